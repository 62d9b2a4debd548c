"""What each business fact means in the ledger: which accounts, which entry.

The one place where bills meet accounts. Account codes: region, class, and what tells one of a class from another:
the channel's merchant, the treasury and tax item, the non-tax unit and fee item.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID, uuid5

from ledger import Account, AccountClass, Entry, EntryKind, Transfer
from settlement.assessment import Transaction
from settlement.regions import FeeItemCode, Region

FEES = frozenset({"registration_fee", "certificate_fee"})
"""Items of the non-tax leg. Land premium and sea-area fee travel with the taxes (财综〔2021〕19号)."""

TAX_LEG = frozenset(
    {
        "deed_tax",
        "stamp_tax",
        "certificate_stamp_tax",
        "land_premium",
        "sea_area_fee",
        "vat",
        "urban_maintenance_tax",
        "education_surcharge",
        "local_education_surcharge",
        "individual_income_tax",
        "land_vat",
    }
)

_KEYS = UUID("7d1f1c4e-2b1e-5a0e-9f56-4a1d60c2a0b1")


def fee_code(account: str) -> str:
    """Finance's code for the fee of an account of 应缴非税."""
    return account.split(":")[3]


def receivable(region: Region) -> Account:
    """应收: confirmed and not yet paid."""
    return Account(_receivable(region), region.region, AccountClass.receivable)


def in_transit(region: Region) -> Account:
    """渠道在途: paid by the payer, not yet confirmed by treasury or non-tax account."""
    return Account(_in_transit(region), region.region, AccountClass.channel_transit)


def surplus(region: Region) -> Account:
    """长款挂账: money that came and has no bill to go to; opened by a case, closed by its approval."""
    return Account(f"{region.region}:surplus", region.region, AccountClass.surplus)


def shortage(region: Region) -> Account:
    """短款挂账: money that should be there and is not; found by a case, cleared when it is recovered."""
    return Account(f"{region.region}:shortage", region.region, AccountClass.shortage)


def refunds_payable(region: Region) -> Account:
    """应付退款: approved to be given back, and not yet given back."""
    return Account(f"{region.region}:refunds_payable", region.region, AccountClass.refunds_payable)


def due_account(region: Region, item: str, transaction: Transaction) -> str:
    """应缴国库 or 应缴非税: the account code to which a line of an item belongs."""
    if item in FEES:
        return f"{region.region}:due_non_tax:{region.non_tax.unit}:{fee_item(region, item, transaction).code}"
    return f"{region.region}:due_treasury:{region.tax_office.treasury}:{item}"


def fee_item(region: Region, item: str, transaction: Transaction) -> FeeItemCode:
    """Finance's code for a fee; the registration fee has one for homes and one for all else."""
    use = transaction.property.use if transaction.property else None
    keys = [f"{item}.{'residential' if use == 'residential' else 'other'}", item]
    return next(region.non_tax.items[key] for key in keys if key in region.non_tax.items)


def accounts(region: Region, due_codes: Iterable[str]) -> list[Account]:
    """Every account that a bill of the region touches."""
    due = [
        Account(code, region.region, AccountClass.due_non_tax if ":due_non_tax:" in code else AccountClass.due_treasury)
        for code in sorted(set(due_codes))
    ]
    return [receivable(region), in_transit(region), surplus(region), *due]


def confirmed(region: Region, bill_id: UUID, number: str, on: date, owed: Sequence[tuple[str, int]]) -> Entry:
    """The bill is confirmed: receivable against what is due, one transfer an account. `owed`: (account code, fen)."""
    transfers = tuple(Transfer(receivable(region).code, code, fen) for code, fen in _by_account(owed))
    return Entry(_key(bill_id, "confirmed"), EntryKind.bill_confirmed, on, f"bill {number}", transfers)


def withdrawn(bill_id: UUID, entry: Entry, number: str, on: date) -> Entry:
    """A confirmed bill is withdrawn before anybody paid: the confirmation reversed."""
    transfers = tuple(Transfer(one.credit, one.debit, one.amount_fen) for one in entry.transfers)
    return Entry(_key(bill_id, "withdrawn"), entry.kind, on, f"bill {number}", transfers, reverses=entry.key)


def given_up(region: Region, bill_id: UUID, number: str, on: date, owed: Sequence[tuple[str, int]]) -> Entry:
    """What one side never paid of a bill that was given back to the other is owed no more. `owed`: (account, fen)."""
    transfers = tuple(Transfer(code, _receivable(region), fen) for code, fen in _by_account(owed))
    return Entry(_key(bill_id, "given_up"), EntryKind.bill_withdrawn, on, f"bill {number}", transfers)


def paid(region: Region, order_id: str, on: date, fen: int) -> Entry:
    """A share was paid: the money is in transit at the channel, the receivable is settled. `order_id`: its number."""
    transfer = Transfer(_in_transit(region), _receivable(region), fen)
    return Entry(paid_key(order_id), EntryKind.payment_received, on, f"order {order_id}", (transfer,))


def surplus_paid(region: Region, surplus_id: UUID, reference: str, on: date, fen: int) -> Entry:
    """Money came that no share waits for: in transit at the channel, held as surplus until a case decides."""
    transfer = Transfer(in_transit(region).code, surplus(region).code, fen)
    return Entry(_key(surplus_id, "surplus"), EntryKind.surplus_received, on, reference, (transfer,))


def arrived(region: Region, allocation_id: UUID, reference: str, on: date, account: str, fen: int) -> Entry:
    """A line arrived in the treasury or the non-tax account: no longer in transit, no longer due."""
    transfer = Transfer(account, in_transit(region).code, fen)
    return Entry(_key(allocation_id, "arrived"), EntryKind.line_arrived, on, reference, (transfer,))


def refund_approved(
    region: Region, refund_id: UUID, reference: str, on: date, lines: Iterable[tuple[str, int]]
) -> Entry:
    """A refund was approved: what was due to an account, or surplus, is owed to the payer. `lines`: (account, fen)."""
    transfers = tuple(Transfer(account, refunds_payable(region).code, fen) for account, fen in _by_account(lines))
    return Entry(_key(refund_id, "approved"), EntryKind.refund_approved, on, reference, transfers)


def refund_paid(region: Region, refund_line_id: UUID, reference: str, on: date, account: str, fen: int) -> Entry:
    """A line of a refund reached the payer. `account`: where the money was, in transit or its treasury's account."""
    transfer = Transfer(refunds_payable(region).code, account, fen)
    return Entry(_key(refund_line_id, "given_back"), EntryKind.refund_paid, on, reference, (transfer,))


def refund_came_back(region: Region, refund_line_id: UUID, reference: str, on: date, account: str, fen: int) -> Entry:
    """What a line of a refund gave back came back (退汇): where it was before, and owed to the payer again."""
    transfer = Transfer(account, refunds_payable(region).code, fen)
    given_back = _key(refund_line_id, "given_back")
    return Entry(
        _key(refund_line_id, "came_back"), EntryKind.refund_paid, on, reference, (transfer,), reverses=given_back
    )


def paid_key(order_id: str) -> UUID:
    """The key of the entry by which an order was paid. `order_id`: its number."""
    return _key(order_id, "paid")


def arrived_key(allocation_id: UUID) -> UUID:
    """The key of the entry by which a line arrived."""
    return _key(allocation_id, "arrived")


def _receivable(region: Region) -> str:
    return f"{region.region}:receivable"


def _in_transit(region: Region) -> str:
    return f"{region.region}:channel_transit:{region.channel.merchant}"


def _by_account(owed: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """One sum an account, since a transfer names an account once."""
    sums: dict[str, int] = {}
    for code, fen in owed:
        sums[code] = sums.get(code, 0) + fen
    return sorted(sums.items())


def _key(subject: UUID | str, fact: str) -> UUID:
    return uuid5(_KEYS, f"{subject}:{fact}")
