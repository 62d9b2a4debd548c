"""`heyi channel verify`: is a recorded message authentic, and why not."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from foundation import clock
from foundation.errors import BadInput


def verify(
    channel: Annotated[str, typer.Option(help="the channel that the message came by; known: acp")],
    body: Annotated[Path, typer.Option(help="the message as it arrived: a notification or a raw answer")],
    ca: Annotated[Path, typer.Option(help="folder with the roots and middle certificates, .cer or .pem")],
    at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day on which it was received; today if absent")
    ] = None,
) -> None:
    """Says whether a recorded message is from the channel. Exit status 0: authentic; 1: not, with the reason."""
    from adapters.unionpay.verify import examine

    if channel != "acp":
        raise BadInput("channel", channel, "acp")
    if not body.is_file():
        raise BadInput("body", str(body), "a file that can be read")
    received = clock.now() if at is None else at.replace(hour=12, tzinfo=ZoneInfo(clock.CHINA))
    finding = examine(body.read_bytes(), ca, received)
    typer.echo(f"{'authentic' if finding.authentic else 'not authentic'}: {finding.shape}, {finding.reason}")
    raise typer.Exit(0 if finding.authentic else 1)
