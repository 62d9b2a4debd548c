"""Holds our book against what really happened outside, and names whatever differs.

The truth is what the simulator's control desk tells: every payment, refund, voucher, pay code and clearance as the
institutions have them. None of it comes through our adapters.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from api.cli.rehearse.book import OurBook
from foundation.money import yuan
from ledger import AccountClass

Fault = Literal["lost", "doubled", "unexplained", "stuck"]

_PAID = ("paid", "paid_late", "paid_other")
_ON_THE_WAY = ("in_transit", "held", "received", "sent_back", "wrong_subject")
_OWING = ("confirmed", "part_paid")
_WAITS_FOR_PEOPLE = ("L-sent-back", "L-wrong-subject", "R-failed", "R-treasury", "R-non-tax", "R-by-hand")
_LATE_CODES = ("live", "paying", "expiring", "cancelling")


@dataclass(frozen=True, slots=True)
class Offender:
    """Something that differs: which bill and number, what each side says, and the fen about which they differ."""

    fault: Fault
    bill: str
    number: str
    ours: str
    theirs: str
    fen: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The totals of the truth in fen, how many bills were cleared, and everything in which our book differs."""

    paid_fen: int
    refunded_fen: int
    allocated_fen: int
    cleared: int
    offenders: tuple[Offender, ...]

    def count(self, fault: Fault) -> int:
        """How many differences of one sort there are."""
        return sum(one.fault == fault for one in self.offenders)

    @property
    def unexplained_fen(self) -> int:
        """The fen that nobody can explain, without regard to their sign."""
        return sum(abs(one.fen) for one in self.offenders if one.fault == "unexplained")


def in_all(comparisons: Sequence[Comparison]) -> Comparison:
    """What came of several regions together."""
    return Comparison(
        paid_fen=sum(one.paid_fen for one in comparisons),
        refunded_fen=sum(one.refunded_fen for one in comparisons),
        allocated_fen=sum(one.allocated_fen for one in comparisons),
        cleared=sum(one.cleared for one in comparisons),
        offenders=tuple(offender for one in comparisons for offender in one.offenders),
    )


def of_region(truth: Mapping[str, Any], region: str) -> dict[str, Any]:
    """What happened in one region: every list of the truth, with its own rows only."""
    return {
        name: [row for row in rows if row["region"] == region] for name, rows in truth.items() if isinstance(rows, list)
    }


def compare(book: OurBook, truth: Mapping[str, Any]) -> Comparison:
    """Every payment once, every refund once, every line arrived, every balance explained."""
    payments = _payments(truth)
    back = {one["movement"]["query_id"]: one for one in truth["returns"] if one["outcome"] == "00"}
    by_hand: Counter[str] = Counter()
    for one in truth["hand_backs"]:
        by_hand[one["source"]] += one["amount_fen"]
    arrived = sum(one["amount_fen"] for one in truth["vouchers"] if one["treasury_date"])
    arrived += sum(one["amount_fen"] for one in truth["pay_codes"] if one["confirmed_on"])
    paid_fen = sum(one["amount_fen"] for one in payments.values())
    returned_fen = sum(one["amount_fen"] for one in back.values())
    at_channel = paid_fen - returned_fen - by_hand["channel"] - arrived
    return Comparison(
        paid_fen=paid_fen,
        refunded_fen=returned_fen + sum(by_hand.values()),
        allocated_fen=arrived - by_hand["treasury"] - by_hand["non_tax"],
        cleared=sum(one["state"] == "cleared" for one in book.bills),
        offenders=(
            *_money_in(book, payments),
            *_money_out(book, back),
            *_handed_back(book, truth),
            *_lines(book, truth),
            *_clearances(book, truth),
            *_balances(book, at_channel),
        ),
    )


def _payments(truth: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every debit of a payer, by query id; an order may have two."""
    return {
        payment["query_id"]: {"order_id": order["order_id"], "amount_fen": order["amount_fen"]}
        for order in truth["orders"]
        if not order["is_reversed"]
        for payment in order["payments"]
    }


def _money_in(book: OurBook, payments: Mapping[str, Mapping[str, Any]]) -> Iterator[Offender]:
    ours = [one for one in book.orders if one["state"] in _PAID]
    ours += [one for one in book.surplus if one["kind"] == "again"]
    numbers = {one["order_id"]: one["number"] for one in book.orders}
    other = {one["query_id"]: one["amount_fen"] for one in book.surplus if one["kind"] == "other_amount"}
    counted = {one["query_id"]: other.get(one["query_id"], one["amount_fen"]) for one in ours}
    for query_id, times in Counter(one["query_id"] for one in ours).items():
        if times > 1 or query_id not in payments:
            row = next(one for one in ours if one["query_id"] == query_id)
            said = f"payment {query_id} of {yuan(row['amount_fen'])}, {times} times"
            yield Offender("doubled", row["number"], row["order_id"], said, _said(payments.get(query_id)))
    for query_id, payment in payments.items():
        if counted.get(query_id) != payment["amount_fen"]:
            order = payment["order_id"]
            known = next((one for one in book.orders if one["order_id"] == order), None)
            said = f"order is {known['state']}, paid by {known['query_id']}" if known else "no such order"
            yield Offender("lost", numbers.get(order, "?"), order, said, f"{query_id}: {_said(payment)}")


def _money_out(book: OurBook, back: Mapping[str, Mapping[str, Any]]) -> Iterator[Offender]:
    ours = [one for one in book.channel_refunds if one["state"] == "done"]
    counted = {one["query_id"]: one["amount_fen"] for one in ours}
    for query_id, times in Counter(one["query_id"] for one in ours).items():
        if times > 1 or query_id not in back:
            row = next(one for one in ours if one["query_id"] == query_id)
            said = f"refund {query_id} of {yuan(row['amount_fen'])}, {times} times"
            yield Offender("doubled", row["number"], row["order_id"], said, _said(back.get(query_id)))
    for query_id, given in back.items():
        if counted.get(query_id) != given["amount_fen"]:
            known = next((one for one in book.channel_refunds if one["order_id"] == given["order_id"]), None)
            number, said = (known["number"], f"refund is {known['state']}") if known else ("?", "no such refund")
            yield Offender("lost", number, given["order_id"], said, f"{query_id}: {_said(given)}")


def _handed_back(book: OurBook, truth: Mapping[str, Any]) -> Iterator[Offender]:
    """What officers gave back at the counters, by the number of the paper."""
    theirs = {one["reference"]: one["amount_fen"] for one in truth["hand_backs"]}
    ours = [one for one in book.refund_lines if one["state"] == "done" and one["way"] not in (None, "channel")]
    counted = {one["reference"]: one["amount_fen"] for one in ours}
    for row in ours:
        if theirs.get(row["reference"]) != row["amount_fen"]:
            said = f"{row['way']} of {yuan(row['amount_fen'])} by paper {row['reference']}"
            yield Offender("doubled", row["number"], row["refund"], said, "no such paper")
    for reference, fen in theirs.items():
        if counted.get(reference) != fen:
            yield Offender("lost", "?", reference, "no such paper", f"{yuan(fen)} given back at the counter")


def _lines(book: OurBook, truth: Mapping[str, Any]) -> Iterator[Offender]:
    """Each line that was paid is where the institutions say it is, or is in a case that names it.

    By now all that is on its way has had days without a fault to arrive, and what arrived has had them to be heard of.
    """
    vouchers = {one["levy_number"]: one for one in truth["vouchers"]}
    codes = {one["pay_code"]: one for one in truth["pay_codes"]}
    named = _named(book.cases)
    for row in book.lines:
        theirs = vouchers.get(row["levy_number"]) or codes.get(row["code"]) or {}
        there = theirs.get("treasury_date") or theirs.get("confirmed_on")
        where = f"{row['item']} of {yuan(row['amount_fen'])} is {row['state']}"
        number = row["levy_number"] or row["code"] or "?"
        if row["state"] in _ON_THE_WAY and (there or not {str(row["id"]), row["bill_id"]} & named):
            yield Offender("stuck", row["number"], number, where, f"arrived on {there}" if there else "not arrived")
        elif (row["state"] == "arrived") != bool(there) and row["state"] not in _ON_THE_WAY:
            fault: Fault = "doubled" if row["state"] == "arrived" else "lost"
            yield Offender(fault, row["number"], number, where, f"arrived on {there}" if there else "not arrived")


def _named(cases: Iterable[Mapping[str, Any]]) -> set[Any]:
    """Lines, by id as text, and bills whose money waits for people. A case that says it is late explains nothing."""
    named: set[Any] = set()
    for one in cases:
        if one["kind"] in _WAITS_FOR_PEOPLE:
            named |= set(one["facts"].get("lines", [one["bill_id"]]))
    return named


def _clearances(book: OurBook, truth: Mapping[str, Any]) -> Iterator[Offender]:
    told = Counter(one["message"]["bill_number"] for one in truth["clearances"])
    ours = {one["number"] for one in book.bills if one["state"] == "cleared"}
    for number in sorted(ours - told.keys()):
        yield Offender("lost", number, "clearance", "cleared", "the registry was not told")
    for number in sorted(told.keys() - ours):
        state = next((one["state"] for one in book.bills if one["number"] == number), "unknown")
        yield Offender("doubled", number, "clearance", f"the bill is {state}", "the registry was told it is cleared")


def _balances(book: OurBook, at_channel: int) -> Iterator[Offender]:
    """The ledger says what the tables say, and what remains at the channel has a name."""
    surplus = _sum(book.surplus) - _sum(
        one for one in book.refund_lines if one["surplus_id"] and one["state"] == "done"
    )
    on_the_way = _sum(one for one in book.lines if one["state"] in _ON_THE_WAY)
    transit = book.balances.get(AccountClass.channel_transit, 0)
    owed_back = _sum(one for one in book.refund_lines if one["state"] == "approved")
    owing = {one["id"] for one in book.bills if one["state"] in _OWING}
    due = _sum(one for one in book.lines if one["state"] == "due" and one["bill_id"] in owing)
    checks = (
        ("in transit, against the channel", transit, at_channel),
        ("in transit, against its lines and surplus", transit, on_the_way + surplus),
        ("refunds payable, against approved refunds", book.balances.get(AccountClass.refunds_payable, 0), owed_back),
        ("receivable, against unpaid lines", book.balances.get(AccountClass.receivable, 0), due),
    )
    for what, ours, theirs in checks:
        if ours != theirs:
            yield Offender("unexplained", "-", what, yuan(ours), yuan(theirs), ours - theirs)
    cases = {one["facts"].get("query_id") for one in book.cases}
    gone = {one["surplus_id"] for one in book.refund_lines if one["state"] == "done"}
    for row in book.surplus:
        if row["id"] not in gone and row["query_id"] not in cases:
            said = f"surplus of {yuan(row['amount_fen'])} under {row['query_id']}, without a case"
            yield Offender("unexplained", row["number"], row["order_id"], said, "-", row["amount_fen"])
    for row in book.codes:
        if row["state"] in _LATE_CODES:
            said = f"still {row['state']}, until {row['expires_at']:%Y-%m-%d %H:%M}Z; the bill is {row['bill']}"
            yield Offender("stuck", row["number"], "payment code", said, "its time is over")


def _sum(rows: Iterable[Mapping[str, Any]]) -> int:
    return sum(one["amount_fen"] for one in rows)


def _said(what: Mapping[str, Any] | None) -> str:
    return f"order {what['order_id']} of {yuan(what['amount_fen'])}" if what else "no such money"
