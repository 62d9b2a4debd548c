"""`heyi channel certificates`: asks for the channels' encryption certificates now, and says what is pinned."""

import asyncio

import typer

from adapters.unionpay.encryption import pinned
from api.certificates import renew_encryption_certificates
from api.cli.surroundings import Surroundings, surroundings
from api.wiring import build
from foundation import clock
from foundation.settings import Settings, settings
from settlement.channels import AcpChannel


def certificates() -> None:
    """Asks UnionPay for its encryption certificate (95/00) and pins it, as is done each morning; then lists them."""
    given = settings()
    with surroundings(given) as around:
        for line in asyncio.run(_renewed(given, around)):
            typer.echo(line)


async def _renewed(given: Settings, around: Surroundings) -> list[str]:
    house = build(given, around.database_url, around.home / "keys", around.environment)
    try:
        await house.take_up_districts()
        renewed = await renew_encryption_certificates(house.office)
        return [
            f"{code} {one.number} {clock.local(one.from_at):%Y-%m-%d} to {clock.local(one.until):%Y-%m-%d}"
            f"{' (new)' if one == renewed.get(code) else ''}"
            for code, region in house.office.regions.items()
            if isinstance(region.channel, AcpChannel)
            for one in pinned(region.channel)
        ]
    finally:
        await house.close()
