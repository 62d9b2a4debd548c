"""A whole statement that was damaged counts as found only if it was not believed."""

from datetime import date

from api.cli.rehearse.marking import differences, mark
from api.cli.rehearse.planting import UNBALANCED, Damage
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


def test_a_third_persons_card_is_no_break_and_a_row_of_another_merchant_is_one() -> None:
    row = {"source": "channel", "region": "341502", "day": "2026-03-02", "key": "q1"}
    found = mark([{**row, "how": "another_card"}], {}, {}, NOTHING)
    assert (found.planted, found.missed) == (0, ())
    found = mark([{**row, "how": "elsewhere"}], {}, {}, NOTHING)
    assert (found.planted, found.missed) == (1, ("341502 2026-03-02 channel elsewhere q1: found as ['nothing']",))
    bank = Damage("330206", date(2026, 3, 2), Source.bank, "balance")
    assert mark([], {bank: UNBALANCED}, {}, NOTHING).found == 1
    assert mark([], {bank: "checked"}, {}, NOTHING).found == 0


def test_an_order_that_was_paid_again_is_a_difference_that_is_there() -> None:
    twice = {"was_withheld": False, "payments": [{"query_id": "q1"}, {"query_id": "q2"}]}
    truth = {**NOTHING, "orders": [twice]}
    assert ("channel", "q2") in differences(truth) and ("channel", "q1") not in differences(truth)
