"""`heyi kiosk …`: the token by which a kiosk's browser is known."""

import os
import secrets

import typer

from api.cli.surroundings import KEYS, OUTSIDE, SOCKET
from api.wiring import EXAMPLE_REGIONS
from foundation import postgres
from foundation.errors import NotFound
from foundation.settings import settings
from settlement.districts.serving import read_files

kiosk_app = typer.Typer(no_args_is_help=True, help="Self-service kiosks.")


@kiosk_app.command("token")
def token(
    region: str,
    kiosk: str,
    renew: bool = typer.Option(False, "--new", help="Make another token; the kiosk has to prove itself again."),
) -> None:
    """Shows the token of a kiosk, made where there is none, and where to type it: on the kiosk, once."""
    given = settings()
    home = given.home or postgres.default_home()
    outside = {} if OUTSIDE in os.environ else {OUTSIDE: "none", SOCKET: "none:0", KEYS: str(home / "simulator-keys")}
    environment = {KEYS: str(home / "keys"), **outside, **os.environ}
    files = read_files(given.regions or EXAMPLE_REGIONS, environment)
    config = files[region].region.kiosks.get(kiosk) if region in files else None
    if config is None:
        raise NotFound(f"{region} has no kiosk {kiosk}")
    path = config.token_file
    if renew or not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
    typer.echo(f"{given.public_url.rstrip('/')}/kiosk/device · {region} · {kiosk} · {path.read_text('ascii').strip()}")


@kiosk_app.callback()
def _several() -> None:
    """Keeps `token` a command of its own."""
