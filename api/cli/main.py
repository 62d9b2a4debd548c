"""`heyi`: the commands of those who run and try it."""

import logging
import sys
from typing import Annotated

import typer

from adapters.simulator.command import simulate
from adapters.unionpay.command import verify
from api.cli.assess import assess, rules_app
from api.cli.certificates import certificates
from api.cli.kiosks import kiosk_app
from api.cli.ledger import ledger_app
from api.cli.people import people_app
from api.cli.reconcile import reconcile
from api.cli.rule_sets import add_commands
from api.cli.surroundings import surroundings
from foundation.errors import HeyiError
from foundation.logging import configure
from foundation.settings import settings

app = typer.Typer(
    no_args_is_help=True,
    help="Heyi 合一: settles what a property transfer owes.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
channel_app = typer.Typer(no_args_is_help=True, help="What a payment channel says.")

app.command("simulate")(simulate)
app.command("assess")(assess)
app.command("reconcile")(reconcile)
add_commands(rules_app)
app.add_typer(rules_app, name="rules")
channel_app.command("verify")(verify)
channel_app.command("certificates")(certificates)
app.add_typer(channel_app, name="channel")
app.add_typer(people_app, name="people")
app.add_typer(kiosk_app, name="kiosk")
app.add_typer(ledger_app, name="ledger")


@app.command()
def demo(
    leave: Annotated[bool, typer.Option("--exit", help="End after the day is closed.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8800,
) -> None:
    """Runs the main job on two real cases of 六安, step by step, and then keeps serving the pages."""
    from api.cli.demo import run_demo

    configure("console", logging.WARNING)
    raise typer.Exit(run_demo(settings(), port, leave=leave))


@app.command()
def rehearse(
    bills: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many bills in all.")] = 1_000,
    faults: Annotated[float, typer.Option(min=0, max=1, help="Share of what can go wrong that does.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Where everything is drawn from.")] = 7,
    days: Annotated[int, typer.Option(min=1, max=366, help="Over how many simulated days.")] = 1,
    leg_faults: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="The share of tax and fee payments; as --faults if not said."),
    ] = None,
) -> None:
    """Rehearses many bills with every fault of the outside world, and holds the book against what really happened."""
    from api.cli.rehearse import run_rehearsal
    from api.cli.rehearse.command import Wish

    configure("console", logging.CRITICAL)
    raise typer.Exit(
        run_rehearsal(settings(), Wish(bills, faults, seed, days, faults if leg_faults is None else leg_faults))
    )


@app.command()
def serve(
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8800,
) -> None:
    """Serves the HTTP interface and the pages, and works on the job queue."""
    from api.cli.serve import run_server

    configure(settings().log_format)
    run_server(settings(), host, port)


@app.command()
def migrate() -> None:
    """Brings the database to this version's schema."""
    with surroundings(settings(), outside=False) as around:
        typer.echo(f"the database is up to date ({around.database_url.rsplit('/', 1)[-1].split('?')[0]})")


@app.command()
def states() -> None:
    """Draws the state machines, as docs/states.md shows them."""
    from api.cli.states import drawn

    typer.echo(drawn(), nl=False)


def run() -> None:
    """The entry point: our own errors as one sentence and exit status 2."""
    try:
        app()
    except HeyiError as error:
        print(f"heyi: {error.detail}", file=sys.stderr)
        sys.exit(2)
