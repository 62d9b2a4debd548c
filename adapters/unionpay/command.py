"""`heyi channel verify`: is a recorded message authentic, and why not."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from foundation import clock
from foundation.errors import BadInput


def verify(
    channel: Annotated[str, typer.Option(help="the channel that the message came by: acp, ums or qra")],
    body: Annotated[Path, typer.Option(help="the message as it arrived: a notification or a raw answer")],
    ca: Annotated[
        Path | None, typer.Option(help="acp: folder with the roots and middle certificates, .cer or .pem")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            help="ums, qra, and acp by signMethod 11 or 12: file with the shared key (or SM2 public key in hex)"
        ),
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day on which it was received; today if absent")
    ] = None,
) -> None:
    """Says whether a recorded message is from the channel. Exit status 0: authentic; 1: not, with the reason."""
    from adapters.unionpay import verify as acp
    from adapters.unionpay.qra import verify as qra
    from adapters.unionpay.ums import verify as ums

    if not body.is_file():
        raise BadInput("body", str(body), "a file that can be read")
    content = body.read_bytes()
    match channel:
        case "acp" if key is not None:
            finding = acp.examine_keyed(content, _key(key))
        case "acp":
            if ca is None:
                raise BadInput("ca", None, "the folder with UnionPay's certificates, or --key for signMethod 11 and 12")
            received = clock.now() if at is None else at.replace(hour=12, tzinfo=ZoneInfo(clock.CHINA))
            finding = acp.examine(content, ca, received)
        case "ums":
            finding = ums.examine(content, _key(key))
        case "qra":
            finding = qra.examine(content, _key(key))
        case _:
            raise BadInput("channel", channel, "acp, ums or qra")
    typer.echo(f"{'authentic' if finding.authentic else 'not authentic'}: {finding.shape}, {finding.reason}")
    raise typer.Exit(0 if finding.authentic else 1)


def _key(path: Path | None) -> str:
    try:
        text = path.read_text(encoding="ascii").strip() if path else ""
    except (OSError, ValueError) as error:
        raise BadInput("key", str(path), f"a file that can be read, in ASCII ({error})") from None
    if not text:
        raise BadInput("key", str(path), "a file with the shared key of the contract; with none anybody could sign")
    return text
