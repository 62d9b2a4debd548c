"""`heyi serve`."""

import asyncio

import typer
import uvloop

from api.cli.surroundings import Surroundings, surroundings
from api.server import serving, spare_the_collector
from api.wiring import build
from foundation.settings import Settings


def run_server(settings: Settings, host: str, port: int) -> None:
    """Serves until interrupted."""
    with surroundings(settings) as around:
        if around.simulated:
            typer.echo(f"no HEYI_OUTSIDE: the institutions are played at {around.simulated}", err=True)
        try:
            uvloop.run(_serve(settings, around, host, port))
        except KeyboardInterrupt:
            typer.echo("stopped", err=True)


async def _serve(settings: Settings, around: Surroundings, host: str, port: int) -> None:
    house = build(settings, around.database_url, around.home / "keys", around.environment)
    try:
        async with serving(house, around.database_url, host, port):
            typer.echo(f"http://{host}:{port}", err=True)
            spare_the_collector()
            await asyncio.Event().wait()
    finally:
        await house.close()
