"""The certificates of a channel and when they end: the day on which one ends, every message fails."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography.x509.oid import NameOID

from adapters.unionpay.certificates import certificate
from adapters.unionpay.encryption import pinned
from foundation.errors import BadInput
from settlement.channels import AcpChannel as AcpConfig

Use = Literal["signing", "middle", "root", "encryption"]


@dataclass(frozen=True, slots=True)
class Ending:
    """One certificate of a channel: its file, and the instant from which it counts no more."""

    file_name: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate of a channel as its file holds it; `fault` says why the file cannot be read, in place of the rest.

    `signing` is ours, by which the channel knows us; `middle` and `root` are those by which we know the channel;
    `encryption` is the newest that is pinned for what only the channel may read.
    """

    use: Use
    file_name: str
    holder: str = ""
    serial: int = 0
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    fault: str = ""


def certificates_held(config: AcpConfig) -> tuple[Held, ...]:
    """Every certificate of a channel, ours first."""
    return tuple(_held(use, path) for use, path in _files(config))


def ending(config: AcpConfig, at: datetime, ahead: timedelta = timedelta(days=30)) -> tuple[Ending, ...]:
    """The channel's own, middle, root and newest encryption certificates that end within a time, the soonest first."""
    found = (Ending(path.name, certificate(path).not_valid_after_utc) for _, path in _files(config))
    return tuple(sorted((one for one in found if one.ends_at <= at + ahead), key=lambda one: one.ends_at))


def _files(config: AcpConfig) -> Iterator[tuple[Use, Path]]:
    if config.signing_certificate:
        yield "signing", config.signing_certificate
    for path in config.trusted_middles:
        yield "middle", path
    for path in config.trusted_roots:
        yield "root", path
    for one in pinned(config)[:1]:
        yield "encryption", one.path


def _held(use: Use, path: Path) -> Held:
    try:
        found = certificate(path)
    except BadInput as error:
        return Held(use, path.name, fault=error.detail)
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    holder = str(names[0].value) if names else found.subject.rfc4514_string()
    return Held(use, path.name, holder, found.serial_number, found.not_valid_before_utc, found.not_valid_after_utc)
