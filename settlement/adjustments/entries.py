"""From the entries that a proposal names to accounts of the ledger, and the kind of entry that they make.

A proposal moves money between suspense accounts, transit, refunds and what is due. It never touches what payers owe
(应收): that changes by payments alone, and a payment that a statement proves is taken as such (`taking`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import BadInput
from ledger import Account, AccountClass, EntryKind
from settlement import postings
from settlement.bills.tables import voucher
from settlement.regions import Region


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry that a proposal would make, by the names of the accounts; amount in fen, above zero.

    Where a name stands for many accounts (应缴国库, 应缴非税) `debit_of` and `credit_of` say which, as the source
    writes it: budget subject, level and treasury, or the fee item. `reverses`: the key of the entry it takes back.
    """

    debit: str
    credit: str
    amount_fen: int
    debit_of: str = ""
    credit_of: str = ""
    reverses: UUID | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """An entry with its accounts found."""

    kind: EntryKind
    debit: Account
    credit: Account
    amount_fen: int
    reverses: UUID | None


_ONE_OF_A_REGION = {
    "渠道在途": postings.in_transit,
    "长款挂账": postings.surplus,
    "短款挂账": postings.shortage,
    "应付退款": postings.refunds_payable,
}
DUE_TREASURY, DUE_NON_TAX = "应缴国库", "应缴非税"

_DUE = (AccountClass.due_treasury, AccountClass.due_non_tax)
_KINDS = {
    (AccountClass.channel_transit, AccountClass.surplus): EntryKind.surplus_received,
    (AccountClass.shortage, AccountClass.channel_transit): EntryKind.shortage_found,
    (AccountClass.channel_transit, AccountClass.shortage): EntryKind.shortage_cleared,
    (AccountClass.surplus, AccountClass.refunds_payable): EntryKind.refund_approved,
    (AccountClass.refunds_payable, AccountClass.channel_transit): EntryKind.refund_paid,
    **{(due, AccountClass.refunds_payable): EntryKind.refund_approved for due in _DUE},
    **{(AccountClass.refunds_payable, due): EntryKind.refund_paid for due in _DUE},
    **{(one, other): EntryKind.line_redirected for one in _DUE for other in _DUE},
}


async def movements(
    db: AsyncConnection, region: Region, facts: Mapping[str, Any], entries: list[Entry]
) -> list[Movement]:
    """The entries with their accounts. An entry within one account moves nothing and is left out.

    BadInput names an account that is not known, or two that may not face each other.
    """
    found = []
    for entry in entries:
        if entry.amount_fen <= 0:
            raise BadInput("entries.amount_fen", entry.amount_fen, "fen above zero")
        debit = await _account(db, region, facts, entry.debit, entry.debit_of)
        credit = await _account(db, region, facts, entry.credit, entry.credit_of)
        pair = (credit.cls, debit.cls) if entry.reverses else (debit.cls, credit.cls)
        if pair not in _KINDS:
            allowed = "、".join(sorted({f"{one.chinese}/{other.chinese}" for one, other in _KINDS}))
            raise BadInput("entries", f"{entry.debit}/{entry.credit}", f"one of these pairs, debit first: {allowed}")
        if debit != credit:
            found.append(Movement(_KINDS[pair], debit, credit, entry.amount_fen, entry.reverses))
    return found


async def _account(db: AsyncConnection, region: Region, facts: Mapping[str, Any], name: str, of: str) -> Account:
    if name in _ONE_OF_A_REGION:
        return _ONE_OF_A_REGION[name](region)
    if name == DUE_NON_TAX:
        item = of or str(facts.get("account", ""))
        return Account(
            f"{region.region}:due_non_tax:{region.non_tax.unit}:{item}", region.region, AccountClass.due_non_tax
        )
    if name == DUE_TREASURY:
        subject, treasury = _parts(of or str(facts.get("account", "")), region)
        item = await _item(db, facts, subject)
        return Account(f"{region.region}:due_treasury:{treasury}:{item}", region.region, AccountClass.due_treasury)
    cls = name.removeprefix(f"{region.region}:").split(":")[0]
    if name.startswith(f"{region.region}:") and cls in AccountClass.__members__:
        return Account(name, region.region, AccountClass(cls))
    allowed = "、".join((*_ONE_OF_A_REGION, DUE_TREASURY, DUE_NON_TAX))
    raise BadInput("entries", name, f"{allowed}, or the code of an account of {region.region}")


def _parts(account: str, region: Region) -> tuple[str, str]:
    """Budget subject and treasury of what a treasury writes: 'subject level treasury'."""
    parts = account.split()
    return (parts[0] if parts else ""), (parts[-1] if len(parts) > 1 else region.tax_office.treasury)


async def _item(db: AsyncConnection, facts: Mapping[str, Any], subject: str) -> str:
    """The tax item behind a voucher: that of the budget subject, else whatever the voucher was for."""
    named = [voucher.c[name] == facts[fact] for name, fact in _NUMBERS if facts.get(fact)]
    found = await db.execute(
        select(voucher.c.item).where(or_(*named)).order_by((voucher.c.budget_subject == subject).desc()).limit(1)
    )
    item = found.scalar_one_or_none() if named else None
    if item is None:
        raise BadInput("entries", facts.get("key"), "a voucher of ours; name the account by its code instead")
    return str(item)


_NUMBERS = (("tax_voucher_no", "key"), ("levy_number", "second_key"))
