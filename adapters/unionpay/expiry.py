"""Certificates that end soon: the day on which one ends, every message fails."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.unionpay.certificates import certificate
from settlement.channels import AcpChannel as AcpConfig


@dataclass(frozen=True, slots=True)
class Ending:
    """One certificate of a channel: its file, and the instant from which it counts no more."""

    file_name: str
    ends_at: datetime


def ending(config: AcpConfig, at: datetime, ahead: timedelta = timedelta(days=30)) -> tuple[Ending, ...]:
    """The channel's own, middle and root certificates that end within a time, the soonest first."""
    paths = (config.signing_certificate, *config.trusted_middles, *config.trusted_roots)
    found = (Ending(path.name, certificate(path).not_valid_after_utc) for path in paths)
    return tuple(sorted((one for one in found if one.ends_at <= at + ahead), key=lambda one: one.ends_at))
