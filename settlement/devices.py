"""Devices at a counter, as a region configures them: card terminals, and kiosks with what stands beside them.

No public source shows how a card terminal or a card reader is spoken to, and each city has its own: both are reached
through a small bridge whose messages are ours (docs/devices.md), behind the gateway signature.
"""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from settlement.gateways import Gateway
from settlement.ports.limits import MOST_OF_AN_ORDER


class TerminalConfig(Gateway):
    """A card terminal (微终端) that sells under the contract of the region's channel.

    `window` is where it stands. `seconds`: how long it waits for a card. `most_fen`: of one sale, as its contract says.
    """

    window: str = Field(min_length=1, max_length=20)
    seconds: int = Field(90, ge=20, le=300)
    most_fen: int = Field(MOST_OF_AN_ORDER, ge=1, le=MOST_OF_AN_ORDER)


class KioskConfig(BaseModel):
    """A self-service kiosk: a known device. `token_file` holds what its browser proves itself with, once.

    `networks`: from where it may call; none: from anywhere. `terminal` names the card terminal built into it, `reader`
    the bridge of its card reader; without them it has none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: str = Field(min_length=1, max_length=20)
    token_file: Path
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    terminal: str | None = None
    reader: Gateway | None = None
