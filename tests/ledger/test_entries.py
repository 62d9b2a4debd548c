"""The canonical form, to the byte: proofs that people hold depend on it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import pytest

from ledger import Entry, EntryKind, Transfer
from ledger.entries import LARGEST_AMOUNT, microseconds
from ledger.errors import (
    AmountNotAllowed,
    EffectiveDayOutOfRange,
    EntryWithoutTransfers,
    PurposesMixed,
    ReferenceNotAllowed,
    SameAccountTwice,
)

MOVE = Transfer("341502:receivable:a", "341502:due_treasury:b", 1)
ENTRY = Entry(UUID(int=1), EntryKind.bill_confirmed, date(2026, 3, 17), "税票 1", (MOVE, replace(MOVE, amount_fen=2)))


def test_the_canonical_form() -> None:
    assert ENTRY.canonical().decode() == (
        "heyi entry 1\n00000000-0000-0000-0000-000000000001\nbill_confirmed\n2026-03-17\n税票 1\n-\n-\n-\n"
        "341502:receivable:a 341502:due_treasury:b 1\n341502:receivable:a 341502:due_treasury:b 2\n"
    )
    assert ENTRY.digest() == sha256(b"\0" + ENTRY.canonical()).digest()


def test_what_else_an_entry_says_has_a_line_of_its_own() -> None:
    lines = {
        5: (replace(ENTRY, reverses=UUID(int=2)), str(UUID(int=2))),
        6: (replace(ENTRY, pending_until=datetime(1970, 1, 1, 0, 0, 1, 5, UTC)), "1000005"),
        7: (replace(ENTRY, ends=UUID(int=3)), str(UUID(int=3))),
    }
    for place, (entry, text) in lines.items():
        assert entry.canonical().decode().splitlines()[place] == text


def test_instants_are_written_in_utc() -> None:
    china = timezone(timedelta(hours=8))
    assert microseconds(datetime(2026, 3, 17, 8, 0, 0, 7, china)) == microseconds(
        datetime(2026, 3, 17, 0, 0, 0, 7, UTC)
    )


ALLOWED = [
    ENTRY,
    replace(ENTRY, reference="x"),
    replace(ENTRY, reference="x" * 128),
    replace(ENTRY, effective_on=date(2000, 1, 1)),
    replace(ENTRY, effective_on=date(2099, 12, 31)),
    replace(ENTRY, transfers=(replace(MOVE, amount_fen=LARGEST_AMOUNT),)),
    replace(ENTRY, transfers=(), ends=UUID(int=3)),
    replace(ENTRY, reverses=UUID(int=2)),
]


@pytest.mark.parametrize("entry", ALLOWED)
def test_what_is_allowed_to_the_edge(entry: Entry) -> None:
    entry.check()


REFUSED = [
    (
        replace(ENTRY, transfers=()),
        EntryWithoutTransfers,
        "transfers: () is not allowed; allowed: one transfer or more",
    ),
    (
        replace(ENTRY, reverses=UUID(int=2), ends=UUID(int=3)),
        PurposesMixed,
        "reverses, pending_until, ends: 'several of them' is not allowed; allowed: one of them, or none, in one entry",
    ),
    (
        replace(ENTRY, reference=""),
        ReferenceNotAllowed,
        "reference: '' is not allowed; allowed: one printable line of 1 to 128 characters",
    ),
    (replace(ENTRY, reference="x" * 129), ReferenceNotAllowed, None),
    (replace(ENTRY, reference="a\nb"), ReferenceNotAllowed, None),
    (
        replace(ENTRY, effective_on=date(1999, 12, 31)),
        EffectiveDayOutOfRange,
        "effective_on: '1999-12-31' is not allowed; allowed: 2000-01-01 to 2099-12-31",
    ),
    (replace(ENTRY, effective_on=date(2100, 1, 1)), EffectiveDayOutOfRange, None),
    (
        replace(ENTRY, transfers=(MOVE, replace(MOVE, amount_fen=0))),
        AmountNotAllowed,
        "amount_fen: 0 is not allowed; allowed: whole fen from 1 to 9223372036854775807",
    ),
    (replace(ENTRY, transfers=(replace(MOVE, amount_fen=-1),)), AmountNotAllowed, None),
    (replace(ENTRY, transfers=(replace(MOVE, amount_fen=LARGEST_AMOUNT + 1),)), AmountNotAllowed, None),
    (replace(ENTRY, transfers=(replace(MOVE, amount_fen=True),)), AmountNotAllowed, None),
    (
        replace(ENTRY, transfers=(replace(MOVE, credit=MOVE.debit),)),
        SameAccountTwice,
        "credit: '341502:receivable:a' is not allowed; allowed: another account than the one that is debited",
    ),
]


@pytest.mark.parametrize(("entry", "error", "said"), REFUSED)
def test_what_is_refused_before_the_book_is_asked(entry: Entry, error: type[Exception], said: str | None) -> None:
    with pytest.raises(error) as refused:
        entry.check()
    assert said is None or refused.value.detail == said  # type: ignore[attr-defined]
