"""`heyi simulate`: the outside world on a port of this machine."""

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    keys: Annotated[Path, typer.Option(help="Folder for keys and certificates; made where missing, else reused.")],
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8900,
    socket_port: Annotated[int, typer.Option(min=1, max=65535, help="Where CNNONTAX is spoken, on 127.0.0.1.")] = 8901,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets a phone reach the cashier.")
    ] = "127.0.0.1",
    regions: Annotated[Path, typer.Option(help="Folder of region files NNNNNN.yaml to play.")] = Path("deploy/regions"),
    world: Annotated[Path | None, typer.Option(help="World file (JSON or YAML) instead of region files.")] = None,
    resend_minute: Annotated[float, typer.Option(help="Real seconds of one minute between two sends.")] = 60,
    magic_amounts: Annotated[bool, typer.Option(help="Let the last two digits of an amount choose a fault.")] = False,
    faults: Annotated[float, typer.Option(min=0, max=1, help="Share of orders and refunds that get a fault.")] = 0,
    seed: Annotated[int, typer.Option(help="Where those faults are drawn from.")] = 0,
) -> None:
    """Plays UnionPay, tax office, treasury, non-tax platform and registry over HTTP, with real signatures."""
    import uvicorn

    from adapters.simulator.faults import RandomFaults
    from adapters.simulator.server import Simulator
    from adapters.simulator.setup import Behaviour, SetupError, read_regions, read_world_file

    try:
        behaviour = Behaviour(resend_minute_seconds=resend_minute, magic_amounts=magic_amounts)
        setup = read_world_file(world) if world else read_regions(regions, behaviour)
    except (SetupError, OSError) as error:
        typer.echo(f"heyi simulate: {error}", err=True)
        raise typer.Exit(2) from None
    simulator = Simulator(setup, keys, socket_port)
    if faults:
        simulator.scripts.draw(RandomFaults(kind="random", seed=seed, rate=faults))
    merchants = ", ".join(f"{each.region}: {each.merchant}" for each in setup.regions)
    typer.echo(f"Simulator on http://{host}:{port} · keys in {keys} · {merchants}")
    uvicorn.run(simulator.app(), host=host, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    typer.run(simulate)
