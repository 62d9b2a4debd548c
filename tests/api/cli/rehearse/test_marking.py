"""A whole statement that was damaged counts as found only if it was not believed."""

from datetime import date

from api.cli.rehearse.marking import mark
from api.cli.rehearse.planting import Damage
from settlement.ports.statements import Source

NOTHING: dict[str, list[object]] = {"orders": [], "vouchers": [], "pay_codes": []}


def test_a_damaged_statement_that_was_believed_is_missed() -> None:
    day = date(2026, 3, 2)
    late = Damage("341502", day, Source.treasury, "missing")
    cut = Damage("341502", day, Source.channel, "truncated")
    found = mark([], {late: "missing", cut: "refused"}, {}, NOTHING)
    assert (found.planted, found.found, found.missed) == (2, 2, ())
    found = mark([], {late: "missing", cut: "checked"}, {}, NOTHING)
    assert (found.planted, found.found) == (2, 1)
    assert found.missed == ("341502 2026-03-02 channel truncated: the statement was checked",)
