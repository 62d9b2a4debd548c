"""Why an entry is refused. Each reason is an error of its own with a stable code.

Order of precedence, first to last. The first group is found before the database is asked, and the first entry
of the batch that has one stops the whole call; the rest are found set-wise by the posting function, and where
several stand against one entry, the first in this list is reported.

1. `EntryWithoutTransfers`, `PurposesMixed`, `ReferenceNotAllowed`, `EffectiveDayOutOfRange`,
   `AmountNotAllowed`, `SameAccountTwice`, `BatchTooLarge`
2. `KeyConflict`
3. `UnknownAccount`
4. `AccountClosed`
5. `KindForbids`
6. `DayClosed`
7. `UnknownOriginal`, `AlreadyReversed`, `NotAMirror`
8. `UnknownHold`, `HoldEnded`, `HoldExpired`, `BeyondHold`
9. `LimitReached`
10. `CounterOverflow`
"""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from foundation.errors import BadInput, Conflict, HeyiError, NotFound


class BatchTooLarge(BadInput):
    """More entries or transfers than one batch may carry."""

    code = "ledger_batch_too_large"


class EntryWithoutTransfers(BadInput):
    """An entry moves at least one amount."""

    code = "ledger_entry_without_transfers"


class PurposesMixed(BadInput):
    """An entry reverses, holds, or ends a hold; it does not do two of these."""

    code = "ledger_purposes_mixed"


class ReferenceNotAllowed(BadInput):
    """A reference is one printable line of 1 to 128 characters."""

    code = "ledger_reference_not_allowed"


class EffectiveDayOutOfRange(BadInput):
    """An effective day outside the years that the book is kept for is a slip of the pen."""

    code = "ledger_effective_day_out_of_range"


class AmountNotAllowed(BadInput):
    """Amounts are whole positive fen that fit the database."""

    code = "ledger_amount_not_allowed"


class SameAccountTwice(BadInput):
    """A transfer from an account to itself moves nothing."""

    code = "ledger_same_account_twice"


class AccountNotAllowed(BadInput):
    """An account's code is its region, its class and what tells it from its kin."""

    code = "ledger_account_not_allowed"


class KeyConflict(Conflict):
    """The key was used before, for an entry with another body."""

    code = "ledger_key_conflict"

    def __init__(self, key: UUID, fields: list[str]) -> None:
        super().__init__(
            f"entry {key}: already in the book with another {', '.join(fields)}; "
            "send the first body again, or a new key for a new entry",
            key=key,
            fields=fields,
        )


class UnknownAccount(NotFound):
    """An account must be opened before it is posted to."""

    code = "ledger_unknown_account"

    def __init__(self, key: UUID, account: str) -> None:
        super().__init__(f"entry {key}: there is no account {account}; open it first", key=key, account=account)


class AccountClosed(Conflict):
    """A closed account takes no entries."""

    code = "ledger_account_closed"

    def __init__(self, key: UUID, account: str) -> None:
        super().__init__(
            f"entry {key}: the account {account} is closed; post to its successor", key=key, account=account
        )


class KindForbids(HeyiError):
    """The kind of an entry says which classes of accounts may face each other."""

    code = "ledger_kind_forbids"

    def __init__(self, key: UUID, kind: str, debit: str, credit: str) -> None:
        super().__init__(
            f"entry {key}: {kind} may not debit {debit} and credit {credit}; "
            "see the table of kinds for the classes that it allows",
            key=key,
            kind=kind,
            debit=debit,
            credit=credit,
        )


class DayClosed(Conflict):
    """A closed day takes no entries."""

    code = "ledger_day_closed"

    def __init__(self, key: UUID, effective_on: str, region: str) -> None:
        super().__init__(
            f"entry {key}: {effective_on} is closed in region {region}; "
            "date a correction on an open day and refer to the original",
            key=key,
            effective_on=date.fromisoformat(effective_on),
            region=region,
        )


class UnknownOriginal(NotFound):
    """A reversal names an entry of an earlier batch."""

    code = "ledger_unknown_original"

    def __init__(self, key: UUID, reverses: str) -> None:
        super().__init__(
            f"entry {key}: there is no entry {reverses} to reverse; post the original first",
            key=key,
            reverses=UUID(reverses),
        )


class AlreadyReversed(Conflict):
    """An entry is reversed at most once."""

    code = "ledger_already_reversed"

    def __init__(self, key: UUID, reverses: str) -> None:
        super().__init__(
            f"entry {key}: entry {reverses} is reversed already; nothing is left to reverse",
            key=key,
            reverses=UUID(reverses),
        )


class NotAMirror(HeyiError):
    """A reversal has the kind of its original, and its transfers in order with the two sides changed over."""

    code = "ledger_not_a_mirror"

    def __init__(self, key: UUID, reverses: str) -> None:
        super().__init__(
            f"entry {key}: does not mirror entry {reverses}; a reversal has the same kind and the same "
            "transfers in the same order, with debit and credit changed over",
            key=key,
            reverses=UUID(reverses),
        )


class UnknownHold(NotFound):
    """What is ended must be a hold of an earlier batch."""

    code = "ledger_unknown_hold"

    def __init__(self, key: UUID, ends: str) -> None:
        super().__init__(f"entry {key}: there is no hold {ends} to end; post the hold first", key=key, ends=UUID(ends))


class HoldEnded(Conflict):
    """A hold is ended once."""

    code = "ledger_hold_ended"

    def __init__(self, key: UUID, ends: str) -> None:
        super().__init__(
            f"entry {key}: the hold {ends} was ended before; nothing of it is left", key=key, ends=UUID(ends)
        )


class HoldExpired(Conflict):
    """Nothing of a hold is posted after its deadline."""

    code = "ledger_hold_expired"

    def __init__(self, key: UUID, ends: str, deadline: str) -> None:
        super().__init__(
            f"entry {key}: the hold {ends} ended at its deadline {deadline}; post the money by a new entry",
            key=key,
            ends=UUID(ends),
            deadline=datetime.fromisoformat(deadline),
        )


class BeyondHold(HeyiError):
    """What ends a hold moves between the accounts that it held, and no more than it held."""

    code = "ledger_beyond_hold"

    def __init__(self, key: UUID, ends: str) -> None:
        super().__init__(
            f"entry {key}: moves more than the hold {ends} held between two accounts; "
            "post the rest by an entry of its own",
            key=key,
            ends=UUID(ends),
        )


class LimitReached(Conflict):
    """An account opened with a limit does not leave it."""

    code = "ledger_limit_reached"

    def __init__(self, key: UUID, account: str, would_be: int, lowest: int | None, highest: int | None) -> None:
        bounds = " and ".join(
            [f"not below {lowest}"] * (lowest is not None) + [f"not above {highest}"] * (highest is not None)
        )
        super().__init__(
            f"entry {key}: would bring {account} to {would_be} fen; it must stay {bounds}",
            key=key,
            account=account,
            would_be=would_be,
            lowest=lowest,
            highest=highest,
        )


class CounterOverflow(Conflict):
    """An account's counters end at 2**63 - 1 fen."""

    code = "ledger_counter_overflow"

    def __init__(self, key: UUID) -> None:
        super().__init__(
            f"entry {key}: would bring an account beyond 92,233,720,368,547,758.07 yuan; check the amounts", key=key
        )


BY_REASON: dict[str, Callable[..., HeyiError]] = {
    "key_conflict": KeyConflict,
    "unknown_account": UnknownAccount,
    "closed_account": AccountClosed,
    "kind_forbids": KindForbids,
    "day_closed": DayClosed,
    "unknown_original": UnknownOriginal,
    "already_reversed": AlreadyReversed,
    "not_a_mirror": NotAMirror,
    "unknown_hold": UnknownHold,
    "hold_ended": HoldEnded,
    "hold_expired": HoldExpired,
    "beyond_hold": BeyondHold,
    "limit_reached": LimitReached,
    "counter_overflow": CounterOverflow,
}
