"""The citizen's page says what is known, and no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import product
from uuid import UUID

import pytest

from api.pages.citizen.standing import standing
from foundation.money import divide
from settlement.bills.reading import BillView, LineView
from settlement.bills.share_view import ShareView
from settlement.bills.tables import bills
from settlement.payments.codes import PaymentCode
from settlement.payments.tables import payment_codes

_ID = UUID(int=1)
_NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
_CODE = PaymentCode(_ID, _ID, "token", "live", _NOW, _NOW + timedelta(hours=24), 5, "https://heyi.test/p/token")


def line(item: str, payer: str, transferee_fen: int, transferor_fen: int) -> LineView:
    paid_by = {"transferee": transferee_fen, "transferor": transferor_fen}
    fen = sum(paid_by.values())
    return LineView(_ID, item, payer, fen, None, None, "rule", (), "因为", "because", paid_by)


def share(payer: str, fen: int, state: str = "due", *, order_open: bool = False) -> ShareView:
    return ShareView(payer, fen, state, None, None, order_open, ((fen, state == "paid"),))


_VIEW = BillView(
    id=_ID, region="341502", number="1", kind="transfer", case_number="1", unit_code="3" * 28,
    state="confirmed", amount_fen=330,
    rule_set="0", split={"choice": "each_own"}, transaction={}, stopped_by=None, created_by="window", created_at=_NOW,
    confirmed_at=_NOW, paid_at=None, cleared_at=None, parties=(),
    lines=(line("deed_tax", "transferee", 300, 0), line("stamp_tax", "transferor", 0, 30)),
    shares=(share("transferee", 300), share("transferor", 30)), pieces=(), code=_CODE, steps=(),
)  # fmt: skip


def name(view: BillView, code: PaymentCode, party: str | None = "transferee", after: timedelta = timedelta()) -> str:
    return standing(view, code, party, _NOW + after).name


def test_a_live_code_asks_for_ones_own_share_alone() -> None:
    how = standing(_VIEW, _CODE, "transferor", _NOW)
    assert (how.name, how.payable, how.share and how.share.amount_fen) == ("active", True, 30)
    assert [(one.line.item, one.amount_fen) for one in how.lines] == [("stamp_tax", 30)]


def test_before_saying_who_one_is_there_is_nothing_to_see_and_nothing_to_pay() -> None:
    how = standing(_VIEW, _CODE, None, _NOW)
    assert (how.share, how.lines, how.pieces, how.payable) == (None, (), (), False)


def test_an_open_order_is_not_called_unpaid() -> None:
    view = replace(_VIEW, shares=(share("transferee", 300, order_open=True), share("transferor", 30)))
    assert name(view, _CODE) == "paying"
    assert name(view, _CODE, "transferor") == "active"
    assert name(view, _CODE, None) == "paying"


def test_an_order_past_its_time_is_not_known() -> None:
    late = replace(share("transferee", 300, order_open=True), open_until=_NOW + timedelta(minutes=15))
    view = replace(_VIEW, shares=(late, share("transferor", 30)))
    assert name(view, _CODE) == "paying"
    assert name(view, _CODE, after=timedelta(minutes=15)) == "unknown"
    assert name(view, _CODE, "transferor", after=timedelta(minutes=15)) == "active"


def test_another_code_of_a_bill_that_stands_is_a_replaced_one() -> None:
    newer = replace(_CODE, id=UUID(int=2), token="newer")
    old = replace(_CODE, state="cancelled")
    assert name(replace(_VIEW, code=newer), old) == "replaced"
    assert name(replace(_VIEW, code=newer, state="withdrawn"), old) == "withdrawn"
    assert name(replace(_VIEW, code=newer, state="paid"), old) == "paid"
    assert name(_VIEW, old) == "withdrawn"


def test_time_over_is_being_checked_until_the_channel_was_asked() -> None:
    assert name(_VIEW, _CODE, after=timedelta(hours=25)) == "expiring"
    assert name(_VIEW, replace(_CODE, state="expiring")) == "expiring"
    assert name(_VIEW, replace(_CODE, state="expired")) == "expired"


def test_who_has_paid_is_told_so_even_where_the_other_has_not_and_the_code_expired() -> None:
    view = replace(_VIEW, state="part_paid", shares=(share("transferee", 300, "paid"), share("transferor", 30)))
    assert name(view, replace(_CODE, state="expired")) == "paid"
    assert name(view, _CODE, "transferor") == "part_paid"
    assert standing(view, _CODE, "transferor", _NOW).payable


def test_the_side_that_pays_nothing_is_not_asked() -> None:
    view = replace(_VIEW, shares=(share("transferee", 330),))
    assert name(view, _CODE, "transferor") == "nothing_due"


@pytest.mark.parametrize(
    ("state", "code_state", "party"),
    list(product(bills.states, payment_codes.states, (None, "transferee", "transferor"))),
)
def test_only_a_live_code_with_a_share_that_is_due_can_be_paid(state: str, code_state: str, party: str | None) -> None:
    how = standing(replace(_VIEW, state=state), replace(_CODE, state=code_state), party, _NOW)
    if how.payable:
        assert code_state in ("live", "paying", "created")
        assert state not in ("withdrawn", "refunded", "paid", "settled", "cleared")
    if how.name == "expired":
        assert code_state == "expired"


@pytest.mark.parametrize("fen", [1, 7, 99, 1001])
def test_what_both_sides_see_of_a_line_is_the_line(fen: int) -> None:
    first, second = divide(fen, [Fraction(1), Fraction(2)])
    view = replace(_VIEW, lines=(line("deed_tax", "transferee", first, second),))
    seen = [one.amount_fen for side in ("transferee", "transferor") for one in standing(view, _CODE, side, _NOW).lines]
    assert sum(seen) == fen


def test_money_that_came_too_late_is_said_whatever_became_of_the_bill() -> None:
    assert standing(replace(_VIEW, state="withdrawn", surplus=True), _CODE, None, _NOW).late
    assert not standing(_VIEW, _CODE, None, _NOW).late


def test_a_page_on_which_someone_may_type_does_not_change_by_itself() -> None:
    assert not standing(_VIEW, _CODE, "transferee", _NOW).moving
    assert not standing(_VIEW, _CODE, None, _NOW).moving
    assert standing(_VIEW, replace(_CODE, state="expiring"), None, _NOW).moving
