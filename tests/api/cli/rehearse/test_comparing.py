"""The comparison sees what is lost, doubled, stuck or unexplained; one that could not fail would prove nothing."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from api.cli.rehearse.book import OurBook
from api.cli.rehearse.comparing import compare
from ledger import AccountClass

BILL = uuid4()
ORDER = {"order_id": "B1A01", "query_id": "q1", "state": "paid", "amount_fen": 100, "number": "B1"}
PAYMENT = {"order_id": "B1A01", "amount_fen": 100, "is_reversed": False, "payments": [{"query_id": "q1"}]}
LINE = {
    **{"id": uuid4(), "state": "arrived", "leg": "tax", "account": "a", "amount_fen": 100, "number": "B1"},
    **{"bill_id": BILL, "item": "deed_tax", "share": "paid", "levy_number": "L1", "code": None},
}
VOUCHER = {"levy_number": "L1", "amount_fen": 100, "treasury_date": "2026-07-01"}
SAYS_LATE = {"kind": "L-stuck", "bill_id": BILL, "facts": {"lines": [str(LINE["id"])]}}
SENT_BACK = {**SAYS_LATE, "kind": "L-sent-back"}
TRUTH: dict[str, Any] = {
    **{"orders": [PAYMENT], "returns": [], "vouchers": [VOUCHER], "pay_codes": [], "hand_backs": []},
    "clearances": [{"message": {"bill_number": "B1"}}],
}


def book(**changes: Any) -> OurBook:
    """One bill that was paid, arrived and was cleared."""
    bill = {"id": BILL, "number": "B1", "case_number": "C1", "state": "cleared", "amount_fen": 100}
    whole = OurBook([ORDER], [], [], [], [LINE], [bill], [], [], {})
    return replace(whole, **changes)


def faults(ours: OurBook, **changes: Any) -> set[str]:
    return {one.fault for one in compare(ours, TRUTH | changes).offenders}


def test_a_book_that_says_what_happened_has_no_offender() -> None:
    found = compare(book(), TRUTH)
    assert found.offenders == ()
    assert (found.paid_fen, found.allocated_fen, found.refunded_fen, found.cleared) == (100, 100, 0, 1)


def test_a_line_that_waits_for_people_is_not_stuck() -> None:
    waits = book(
        lines=[{**LINE, "state": "sent_back"}], cases=[SENT_BACK], balances={AccountClass.channel_transit: 100}
    )
    bill = [{**waits.bills[0], "state": "paid"}]
    assert faults(replace(waits, bills=bill), vouchers=[{**VOUCHER, "treasury_date": None}], clearances=[]) == set()


@pytest.mark.parametrize(
    ("ours", "theirs", "fault"),
    [
        (book(orders=[{**ORDER, "state": "not_paid", "query_id": None}]), {}, "lost"),
        (book(orders=[{**ORDER, "amount_fen": 99}]), {}, "lost"),
        (book(orders=[ORDER, {**ORDER, "order_id": "B1A02"}]), {}, "doubled"),
        (book(), {"orders": []}, "doubled"),
        (book(), {"clearances": []}, "lost"),
        (book(), {"clearances": [{"message": {"bill_number": "B2"}}]}, "doubled"),
        (book(lines=[{**LINE, "state": "in_transit"}]), {}, "stuck"),
        (book(lines=[{**LINE, "state": "in_transit"}], cases=[SAYS_LATE]), {"vouchers": []}, "stuck"),
        (book(), {"vouchers": [{**VOUCHER, "treasury_date": None}]}, "doubled"),
        (book(balances={AccountClass.channel_transit: 1}), {}, "unexplained"),
        (book(balances={AccountClass.receivable: 1}), {}, "unexplained"),
        (
            book(),
            {"hand_backs": [{"source": "treasury", "reference": "TH1", "amount_fen": 5}]},
            "lost",
        ),
        (
            book(),
            {
                "returns": [
                    {"outcome": "00", "order_id": "R1", "amount_fen": 7, "movement": {"query_id": "q7"}},
                ]
            },
            "lost",
        ),
    ],
)
def test_each_difference_is_named(ours: OurBook, theirs: dict[str, Any], fault: str) -> None:
    assert fault in faults(ours, **theirs)
    assert all(one.ours and one.theirs for one in compare(ours, TRUTH | theirs).offenders)
