"""Finance pushes that a pay code's money arrived (5996): its lines arrive, once, before anybody asked."""

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import enqueue
from foundation.money import yuan
from settlement.allocation import moving
from settlement.allocation.claims import Claim, paid_claims
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, pay_code
from settlement.cases import open_case
from settlement.exchanges.pushes import Pushed, PushOutcome, keep, was_applied
from settlement.follow_ups import ALLOCATE
from settlement.office import Office
from settlement.ports.non_tax import FeeState, FeeStatus
from settlement.ports.pushes import FeeArrived


async def hear_fee(office: Office, one: Pushed, said: FeeArrived) -> PushOutcome:
    """Applies a confirmation. One for a pay code that is not ours, or not ours to that amount, opens a case."""
    wanted = (
        select(pay_code)
        .join(bill, bill.c.id == pay_code.c.bill_id)
        .where(pay_code.c.code == said.pay_code, bill.c.region == one.region)
    )
    async with office.database.connect() as db:
        row = (await db.execute(wanted)).one_or_none()
    claims = await paid_claims(office, row.bill_id) if row is not None else []
    claim = next((each for each in claims if row is not None and each.row.id == row.id), None)
    async with office.database.begin() as db:
        if await was_applied(db, one):
            return await keep(office, db, one, PushOutcome("duplicate", f"{said.pay_code} was confirmed before"))
        outcome = await _judge(db, one, said, row, claim)
        if outcome.is_good and claim is not None:
            status = FeeStatus(FeeState.in_account, said.confirmation_no, said.confirmed_on)
            await moving.arrive_fee(office, db, claim, status)
            await enqueue(db, ALLOCATE, [str(claim.row.bill_id)])
        return await keep(office, db, one, outcome)


async def _judge(
    db: AsyncConnection, one: Pushed, said: FeeArrived, row: Row[tuple[object, ...]] | None, claim: Claim | None
) -> PushOutcome:
    if row is None:
        return await _case(db, one, said, "unknown", "没有这个缴款码。There is no such pay code.")
    if row.amount_fen != said.amount_fen:
        ours = f"本系统为 {yuan(row.amount_fen)} 元。Ours is over {yuan(row.amount_fen)} yuan."
        return await _case(db, one, said, "conflicting", ours)
    if claim is None:
        went_back = select(allocation_line.c.id).where(
            allocation_line.c.pay_code_id == row.id, allocation_line.c.state == "returned"
        )
        if await db.scalar(went_back.limit(1)) is not None:
            ours = (
                "本系统已由渠道原路退回缴款人，请财政核实后退付。"
                "We gave it back to the payer through the channel; have finance look into it and give it back."
            )
            return await _case(db, one, said, "conflicting", ours)
        # The channel's own word has not come yet: finance tells it again, and we ask.
        return PushOutcome("unknown", f"{said.pay_code} is not paid as far as the channel said")
    return PushOutcome("applied", f"{said.pay_code} confirmed as {said.confirmation_no}")


async def _case(db: AsyncConnection, one: Pushed, said: FeeArrived, outcome: str, why: str) -> PushOutcome:
    await open_case(
        db,
        region=one.region,
        kind="L-fee-push",
        fingerprint=f"L-fee-push:{said.pay_code}:{said.amount_fen}",
        reason=f"财政确认缴款码 {said.pay_code} 到账 {yuan(said.amount_fen)} 元，{why}",
        facts={"pay_code": said.pay_code, "query_id": said.query_id},
        amount_fen=said.amount_fen,
        business_day=clock.today(),
    )
    return PushOutcome(outcome, why)
