"""What finance handed on from the non-tax account to the treasury (缴库): a state of its own after arrival."""

import structlog
from sqlalchemy import select

from foundation import clock
from foundation.errors import HeyiError
from settlement.bills.tables import bill, pay_code, pay_codes
from settlement.office import Office
from settlement.ports.non_tax import FeeState

_AT_ONCE = 500

log = structlog.get_logger()


async def look_what_was_passed_on(office: Office) -> int:
    """Asks finance about fees that are in its account, those that arrived first first. Returns how many went on.

    What finance does not answer is asked again the next time; the money has arrived either way.
    """
    wanted = (
        select(pay_code.c.id, pay_code.c.code, bill.c.region)
        .join(bill, bill.c.id == pay_code.c.bill_id)
        .where(pay_code.c.state == "in_account", pay_code.c.confirmed_on <= clock.today())
        .order_by(pay_code.c.confirmed_on, pay_code.c.id)
        .limit(_AT_ONCE)
    )
    async with office.database.connect() as db:
        waiting = (await db.execute(wanted)).all()
    gone = 0
    for one in waiting:
        try:
            status = await office.institutions[one.region].non_tax.status(one.code)
        except HeyiError as error:
            log.warning("finance does not say whether it passed a fee on", pay_code=one.code, error=error.detail)
            continue
        if status.state is not FeeState.passed_on:
            continue
        async with office.database.begin() as db:
            await pay_codes.advance(
                db,
                one.id,
                "in_account",
                "pass_on",
                passed_on_no=status.passed_on_no,
                passed_on_date=status.passed_on_date,
            )
        gone += 1
    return gone
