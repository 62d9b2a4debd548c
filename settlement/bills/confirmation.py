"""Confirms a bill: declares it to the tax office and the non-tax platform, and issues its code.

The institutions are asked first, outside any transaction, under references that answer the same when repeated. Then
one transaction: vouchers, pay codes, allocation lines, ledger, state, code. A difference stops the bill.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from foundation import clock
from foundation.database import enqueue
from foundation.errors import Conflict, NotFound
from foundation.identifiers import new_id
from foundation.money import yuan
from ledger import open_accounts, post_on_open_days
from settlement import postings
from settlement.allocation.tables import allocation_line, allocation_lines
from settlement.assessment import Transaction
from settlement.bills.tables import bill, bills, line, party, pay_code, pay_codes, share, voucher
from settlement.follow_ups import CLEAR
from settlement.office import Actor, Office
from settlement.payments import codes
from settlement.payments.orders import check_parts
from settlement.ports.non_tax import FeeItem, PayCodeRequest
from settlement.ports.tax_office import Declaration, DeclaredLine, Taxpayer, Voucher
from settlement.regions import Region


class TaxDiffers(Conflict):
    """The tax office works out another amount than we do; the bill is stopped until that is cleared."""

    code = "tax_differs"


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted bill with everything that the institutions need to know of it."""

    bill: Row[Any]
    lines: Sequence[Row[Any]]
    parties: Sequence[Taxpayer]
    shares: Sequence[Row[Any]]
    pieces: Sequence[Row[Any]]
    transaction: Transaction


async def confirm_bill(office: Office, bill_id: UUID, actor: Actor) -> None:
    """Declares, compares, and makes the bill payable; the region's channel must be able to carry every share."""
    draft = await _read(office, bill_id)
    bills.rule(draft.bill.state, "confirm", actor.role)
    region = office.region(draft.bill.region)
    if draft.bill.amount_fen == 0:
        await _settle_nothing(office, draft, actor)
        return
    for one in draft.shares:
        check_parts(office, region, draft.bill.number, one, draft.pieces)
    vouchers = await _declare(office, region, draft)
    differences = _differences(draft, vouchers)
    if differences:
        await _stop(office, draft, differences, actor)
    issued = await _pay_codes(office, region, draft)
    await _make_payable(office, region, draft, vouchers, issued, actor)


async def _read(office: Office, bill_id: UUID) -> Draft:
    async with office.database.connect() as db:
        found = (await db.execute(select(bill).where(bill.c.id == bill_id))).one_or_none()
        if found is None:
            raise NotFound(f"there is no bill {bill_id}")
        lines = (await db.execute(select(line).where(line.c.bill_id == bill_id).order_by(line.c.ordinal))).all()
        people = (await db.execute(select(party).where(party.c.bill_id == bill_id).order_by(party.c.ordinal))).all()
        shares = (
            await db.execute(select(share).where(share.c.bill_id == bill_id).order_by(share.c.payer, share.c.ordinal))
        ).all()
        pieces = (await db.execute(select(allocation_line).where(allocation_line.c.bill_id == bill_id))).all()
    taxpayers = [
        Taxpayer(
            one.side,
            office.seal.open(one.name_sealed, "party.name"),
            office.seal.open(one.identity_sealed, "party.identity"),
        )
        for one in people
    ]
    return Draft(found, lines, taxpayers, shares, pieces, Transaction.parse(found.transaction))


async def _declare(office: Office, region: Region, draft: Draft) -> tuple[Voucher, ...]:
    """Declares the tax leg; nothing of it above zero, nothing to declare."""
    lines = [one for one in draft.lines if one.item in postings.TAX_LEG]
    if not any(one.amount_fen for one in lines):
        return ()
    facts = draft.transaction
    declaration = Declaration(
        bill_number=draft.bill.number,
        case_number=draft.bill.case_number,
        unit_code=draft.bill.unit_code,
        contract_date=facts.contract_date or clock.today(),
        declaration_date=facts.declaration_date or clock.today(),
        area_m2=facts.property.area_m2 if facts.property else None,
        price_fen=(facts.price.amount_fen if facts.price else None) or 0,
        taxpayers=tuple(one for one in draft.parties if one.side != "mortgagee"),  # no party to the deal
        lines=tuple(DeclaredLine(one.item, one.payer, one.amount_fen, one.base_fen, one.rate) for one in lines),
    )
    return await office.institutions[region.region].tax_office.declare(declaration)


def _differences(draft: Draft, vouchers: Sequence[Voucher]) -> list[dict[str, Any]]:
    """Every line of which the tax office says another amount, with both figures."""
    theirs: dict[tuple[str, str], int] = {}
    for one in vouchers:
        theirs[one.item, one.side] = theirs.get((one.item, one.side), 0) + one.amount_fen
    ours: dict[tuple[str, str], int] = {}
    for row in draft.lines:
        if row.item in postings.TAX_LEG and row.amount_fen:
            ours[row.item, row.payer] = ours.get((row.item, row.payer), 0) + row.amount_fen
    return [
        {
            "item": item,
            "payer": payer,
            "ours_fen": ours.get((item, payer), 0),
            "theirs_fen": theirs.get((item, payer), 0),
        }
        for item, payer in sorted(ours.keys() | theirs.keys())
        if ours.get((item, payer), 0) != theirs.get((item, payer), 0)
    ]


async def _stop(office: Office, draft: Draft, differences: list[dict[str, Any]], actor: Actor) -> None:
    first = differences[0]
    reason = (
        f"税务核定与本系统计算不一致：{first['item']}（{first['payer']}）本系统 {yuan(first['ours_fen'])} 元，"
        f"税务 {yuan(first['theirs_fen'])} 元。The tax office's amount differs: ours {yuan(first['ours_fen'])}, "
        f"theirs {yuan(first['theirs_fen'])} yuan. Check price, area and number of homes with the tax officer, "
        "correct the case, or ask the tax office to correct theirs, then confirm again."
    )
    async with office.database.begin() as db:
        await bills.advance(
            db,
            draft.bill.id,
            draft.bill.state,
            "differ",
            role=actor.role,
            actor=actor.name,
            reason=reason,
            stopped_by={"differences": differences, "reason": reason},
        )
    raise TaxDiffers(reason, differences=differences)


async def _pay_codes(office: Office, region: Region, draft: Draft) -> dict[UUID, str]:
    """A pay code for each share that carries fees, asked under the share's id."""
    items = {one.id: one.item for one in draft.lines}
    issued = {}
    for one in draft.shares:
        fees = [piece for piece in draft.pieces if piece.share_id == one.id and piece.leg == "non_tax"]
        if fees:
            payer = next(person for person in draft.parties if person.side == one.payer)
            coded = [(postings.fee_item(region, items[fee.line_id], draft.transaction), fee.amount_fen) for fee in fees]
            issued[one.id] = await office.institutions[region.region].non_tax.issue_pay_code(
                PayCodeRequest(
                    reference=str(one.id),
                    payer_name=payer.name,
                    payer_identity=payer.identity,
                    items=tuple(FeeItem(item.code, item.name, fen) for item, fen in coded),
                )
            )
    return issued


async def _make_payable(
    office: Office, region: Region, draft: Draft, vouchers: Sequence[Voucher], issued: dict[UUID, str], actor: Actor
) -> None:
    accounts = _accounts(region, draft)
    owed = [(accounts[piece.id], piece.amount_fen) for piece in draft.pieces]
    monthly = _monthly_side(region, draft)
    async with office.database.begin() as db:
        await bills.advance(
            db,
            draft.bill.id,
            draft.bill.state,
            "confirm",
            role=actor.role,
            actor=actor.name,
            confirmed_at=clock.now(),
            stopped_by=None,
            monthly_side=monthly,
        )
        for one, line_ids in _lines_of_vouchers(draft, vouchers):
            voucher_id = new_id()
            await db.execute(
                insert(voucher).values(
                    id=voucher_id,
                    bill_id=draft.bill.id,
                    item=one.item,
                    side=one.side,
                    taxpayer_sealed=office.seal.close(one.taxpayer_id, "voucher.taxpayer"),
                    office_code=one.office_code,
                    levy_number=one.levy_number,
                    amount_fen=one.amount_fen,
                )
            )
            await db.execute(
                update(allocation_line).where(allocation_line.c.line_id.in_(line_ids)).values(voucher_id=voucher_id)
            )
        for share_id, code in issued.items():
            fees = (allocation_line.c.share_id == share_id) & (allocation_line.c.leg == "non_tax")
            fen = sum(
                piece.amount_fen for piece in draft.pieces if piece.share_id == share_id and piece.leg == "non_tax"
            )
            pay_code_id = new_id()
            await db.execute(
                insert(pay_code).values(
                    id=pay_code_id,
                    bill_id=draft.bill.id,
                    share_id=share_id,
                    code=code,
                    amount_fen=fen,
                    state=pay_codes.first,
                )
            )
            await db.execute(update(allocation_line).where(fees).values(pay_code_id=pay_code_id))
        for piece in draft.pieces:
            if piece.account != accounts[piece.id]:
                new = {"account": accounts[piece.id]}
                await db.execute(update(allocation_line).where(allocation_line.c.id == piece.id).values(new))
        await allocation_lines.advance(db, [piece.id for piece in draft.pieces], "planned", "register")
        await open_accounts(db, postings.accounts(region, [account for account, _ in owed]))
        await post_on_open_days(db, [postings.confirmed(region, draft.bill.id, draft.bill.number, clock.today(), owed)])
        await codes.issue(db, region, draft.bill.id)
        if monthly and all(one.payer == monthly for one in draft.shares):
            await enqueue(db, CLEAR, [str(draft.bill.id)])  # nobody else has to pay first


def _accounts(region: Region, draft: Draft) -> dict[UUID, str]:
    """The account of each piece as the region is configured now: it may have changed since the draft."""
    items = {one.id: one.item for one in draft.lines}
    return {piece.id: postings.due_account(region, items[piece.line_id], draft.transaction) for piece in draft.pieces}


def _monthly_side(region: Region, draft: Draft) -> str | None:
    """The side whose shares wait for the month's statement: that of an institution which agreed to it."""
    for one in region.monthly_payers.payers if region.monthly_payers else ():
        named = {person.identity for person in draft.parties if person.side == one.side}
        if named == {one.identity} and any(part.payer == one.side for part in draft.shares):
            return one.side
    return None


def _lines_of_vouchers(draft: Draft, vouchers: Sequence[Voucher]) -> list[tuple[Voucher, list[UUID]]]:
    """Each voucher with the lines it is for. Sums were compared before.

    An item may stand on the bill in several lines of one side (a home and its parking space): the tax office answers
    one voucher for all of them, or one each, which are then told apart by amount.
    """
    pairs = []
    for key in sorted({(one.item, one.side) for one in vouchers}):
        of_key = sorted((one for one in vouchers if (one.item, one.side) == key), key=lambda one: one.amount_fen)
        lines = sorted(
            (one for one in draft.lines if (one.item, one.payer) == key and one.amount_fen),
            key=lambda one: one.amount_fen,
        )
        if len(of_key) == 1:
            pairs.append((of_key[0], [one.id for one in lines]))
        elif [one.amount_fen for one in of_key] == [one.amount_fen for one in lines]:
            pairs += [(one, [row.id]) for one, row in zip(of_key, lines, strict=True)]
        else:
            raise Conflict(f"the tax office's vouchers for {key[0]} of the {key[1]} cannot be told apart by amount")
    return pairs


async def _settle_nothing(office: Office, draft: Draft, actor: Actor) -> None:
    async with office.database.begin() as db:
        await bills.advance(
            db,
            draft.bill.id,
            draft.bill.state,
            "nothing_due",
            role=actor.role,
            actor=actor.name,
            confirmed_at=clock.now(),
            settled_at=clock.now(),
        )
        await enqueue(db, CLEAR, [str(draft.bill.id)])
