"""No archive of the channel, however it or its files are damaged, raises anything but that it cannot be read."""

from contextlib import suppress
from datetime import date

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.unionpay.statements import AcpStatements
from settlement.channels import AcpChannel as AcpConfig
from settlement.ports.statements import RawStatement, UnreadableStatement
from tests.adapters.damage import damaged, damages
from tests.adapters.unionpay.zm import MERCHANT, adjustment, line, zipped

DAY = date(2026, 3, 1)


@settings(deadline=None, max_examples=30)
@given(damages, damages, st.booleans())
def test_no_damage_to_the_channels_archive_raises_anything_else(
    config: AcpConfig,
    to_payments: list[tuple[float, int, bytes]],
    to_disputes: list[tuple[float, int, bytes]],
    to_archive: bool,
) -> None:
    payments = b"".join(line(f"{n:021d}", f"O{n}", n + 1) for n in range(4))
    disputes = b"".join(adjustment(f"{n:06d}", "0301093000", 5) for n in range(4))
    name = f"INN26030188ZME_{MERCHANT}"
    raw = zipped(damaged(payments, to_payments), **{name: damaged(disputes, to_disputes)})
    source = AcpStatements(config, "341502", httpx.AsyncClient())
    with suppress(UnreadableStatement):
        source.parse(RawStatement("f.zip", damaged(raw, to_payments) if to_archive else raw), DAY)
