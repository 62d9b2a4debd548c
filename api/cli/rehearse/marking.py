"""Marks how the days found the breaks that were planted: which were named rightly, and which differences are false."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.cli.rehearse.planting import Damage
from reconciliation.report import DayReport

KINDS: Mapping[tuple[str, str], frozenset[str]] = {
    ("channel", "missing"): frozenset({"P-9", "R-2"}),
    ("channel", "late"): frozenset({"P-9", "R-2"}),
    ("channel", "altered"): frozenset({"P-10", "P-11", "P-2", "P-4"}),  # the last two: of a payment not heard of yet
    ("channel", "repeated"): frozenset({"P-7"}),
    ("channel", "renumbered"): frozenset({"P-17"}),
    ("channel", "elsewhere"): frozenset({"P-18"}),
    ("channel", "taken_back"): frozenset({"P-15", "R-5"}),
    ("channel", "adjusted"): frozenset({"P-20"}),
    ("channel", "discounted"): frozenset({"P-12"}),
    ("channel", "test_card"): frozenset({"P-19"}),
    ("channel", "halved"): frozenset({"R-7"}),
    ("channel", "bounced"): frozenset({"R-8"}),
    ("channel", "added"): frozenset({"P-5", "R-4"}),
    ("treasury", "missing"): frozenset({"T-8"}),
    ("treasury", "late"): frozenset({"T-8"}),
    ("treasury", "altered"): frozenset({"T-12"}),
    ("treasury", "repeated"): frozenset({"T-7"}),
    ("treasury", "added"): frozenset({"T-5"}),
    ("treasury", "renumbered"): frozenset({"P-17"}),
    ("treasury", "taken_back"): frozenset({"T-3"}),
    ("treasury", "elsewhere"): frozenset({"T-4"}),
    ("non_tax", "missing"): frozenset({"N-2", "N-10"}),
    ("non_tax", "late"): frozenset({"N-2", "N-10"}),
    ("non_tax", "elsewhere"): frozenset({"N-4"}),
    ("non_tax", "taken_back"): frozenset({"N-9"}),
    ("non_tax", "bounced"): frozenset({"N-10"}),
    ("non_tax", "altered"): frozenset({"N-7"}),
    ("non_tax", "repeated"): frozenset({"N-8"}),
    ("non_tax", "added"): frozenset({"N-3", "N-9"}),
    ("bank", "missing"): frozenset({"S-2"}),
    ("bank", "late"): frozenset({"S-2"}),
    ("bank", "altered"): frozenset({"S-3", "S-4"}),
    ("bank", "repeated"): frozenset({"S-4"}),
    ("bank", "added"): frozenset({"S-5"}),
    ("tax_status", "missing"): frozenset({"X-2"}),
    ("tax_status", "late"): frozenset({"X-2"}),
    ("tax_status", "altered"): frozenset({"T-11"}),
    ("tax_status", "repeated"): frozenset({"X-1"}),
    ("tax_status", "added"): frozenset({"X-1"}),
    ("e_receipts", "missing"): frozenset({"N-5"}),
    ("e_receipts", "late"): frozenset({"N-5"}),
    ("e_receipts", "altered"): frozenset({"E-1"}),
    ("e_receipts", "repeated"): frozenset({"N-6"}),
    ("e_receipts", "added"): frozenset({"N-6"}),
}
"""Under which kinds a planted break may be found; which of two depends on whether money came in or went out."""

_NO_BREAK = frozenset({"another_card"})
"""What is planted and is no difference: whatever is found of such a row must be true for another reason."""


_LATE = frozenset({"late", "partial", "wrong_subject", "returned", "unconfirmed"})
"""Faults by which money is not where it should be when it should be there, or its office does not say that it is."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`missed`: planted, and not found on its day by class and key. `false`: found, and neither planted nor true."""

    planted: int
    missed: tuple[str, ...]
    false: tuple[str, ...]

    @property
    def found(self) -> int:
        return self.planted - len(self.missed)


def mark(
    answers: Sequence[Mapping[str, Any]],
    damaged: Mapping[Damage, str],
    reports: Mapping[tuple[str, date], DayReport],
    truth: Mapping[str, Any],
    misled: Collection[str] = (),
) -> Mark:
    """Holds the days' breaks against the answer key; what is neither planted nor borne out by the truth is false.

    `damaged` has the state in which each damaged statement was found. `misled` are orders about which the channel
    answered wrongly when it was asked.
    """
    breaks = [one for one in answers if one["how"] not in _NO_BREAK]
    found = [
        (region, day, source.source, one)
        for (region, day), report in reports.items()
        for source in report.sources
        for one in source.breaks
    ]
    by_number: dict[tuple[str, str, str, str], list[str]] = {}
    for region, day, source, one in found:
        by_number.setdefault((region, day.isoformat(), source, one.key), []).append(one.kind)
    come_since = set(_come_since(reports))
    believed = tuple(
        f"{one.region} {one.day} {one.source} {one.how}: the statement was {state}"
        for one, state in damaged.items()
        if state != one.seen_as
    )
    missed = tuple(
        f"{one['region']} {one['day']} {one['source']} {one['how']} {one['key']}: "
        f"found as {by_number.get(_place(one), ['nothing'])}"
        for one in breaks
        if not KINDS[one["source"], one["how"]] & set(by_number.get(_place(one), ()))
        and not (one["how"] == "late" and _place(one) in come_since)
    )
    planted = {(one["source"], one["key"]) for one in breaks}
    true = set(differences(truth)) | {("channel", order_id) for order_id in misled}
    false = tuple(
        f"{region} {day} {source} {one.kind} {one.key or one.second_key}: {one.reason.zh}"
        for region, day, source, one in found
        if (source, one.key) not in planted and not {(source, one.key), (source, one.second_key)} & true
    )
    return Mark(len(breaks) + len(damaged), missed + believed, false)


def _come_since(reports: Mapping[tuple[str, date], DayReport]) -> Iterator[tuple[str, str, str, str]]:
    """Rows that were due and are in the pool: of a day that waited for a statement, the next one's had them already."""
    for (region, day), report in reports.items():
        for source in report.sources:
            yield from (
                (region, day.isoformat(), source.source, row.key) for row in source.pool if row.expected_on <= day
            )


def _place(answer: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return answer["region"], answer["day"], answer["source"], answer["key"]


def differences(truth: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Differences that are there: orders paid again, money not divided, or that came late, elsewhere, or went back."""
    for order in truth["orders"]:
        for again in order["payments"][1:]:
            yield "channel", again["query_id"]
    withheld = {
        payment["query_id"] for order in truth["orders"] if order["was_withheld"] for payment in order["payments"]
    }

    def is_true(debt: Mapping[str, Any]) -> bool:
        came_by = {one["query_id"] for one in debt["portions"]}
        return debt["query_id"] is None or bool(withheld & came_by) or not _LATE.isdisjoint(debt["befell"])

    for voucher in filter(is_true, truth["vouchers"]):
        for source in ("treasury", "tax_status"):
            yield source, voucher["levy_number"]
            yield source, voucher["tax_voucher_no"] or ""
    for code in filter(is_true, truth["pay_codes"]):
        yield "non_tax", code["pay_code"]
        yield "e_receipts", code["pay_code"]
