"""What is looked after again and again, so that nothing hangs on one message, one job or one answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from foundation.errors import HeyiError
from reconciliation.consistency import watch
from settlement.allocation.passing_on import look_what_was_passed_on
from settlement.allocation.stuck import open_cases_of_newly_stuck_lines, open_cases_of_stuck_lines
from settlement.allocation.unfinished import queue_unfinished
from settlement.joint.finishing import finish_joint_payments
from settlement.kiosks.visiting import forget_old_visits
from settlement.messages.sending import queue_unsent
from settlement.months.making import settle_months
from settlement.months.watching import watch_months
from settlement.office import Office
from settlement.payments.cards import queue_open_sales
from settlement.payments.closing import expire_codes
from settlement.payments.queries import query_due_orders
from settlement.receipts.fetching import queue_missing_papers
from settlement.refunds.sending import pursue_refund, refunds_under_way

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sweep:
    """Something to look after, and when by the clock: a cron line, which comes about every so many minutes."""

    act: Callable[[Office], Awaitable[object]]
    cron: str
    minutes: int


async def pursue_refunds(office: Office) -> None:
    """Takes every refund under way one step on; one that an institution holds up does not hold up the others."""
    for refund_id in await refunds_under_way(office):
        try:
            await pursue_refund(office, refund_id)
        except HeyiError as error:
            log.warning("refund not pursued", refund=str(refund_id), error=error.detail)


async def _watch(office: Office) -> None:
    await watch(office.database)


SWEEPS: Mapping[str, Sweep] = {
    "ask_channels": Sweep(query_due_orders, "* * * * *", 1),
    "follow_sales": Sweep(queue_open_sales, "* * * * *", 1),
    "expire_codes": Sweep(expire_codes, "* * * * *", 1),
    "finish_joint_payments": Sweep(finish_joint_payments, "* * * * *", 1),
    "follow_unfinished": Sweep(queue_unfinished, "* * * * *", 1),
    "fetch_papers": Sweep(queue_missing_papers, "* * * * *", 1),
    "send_messages": Sweep(queue_unsent, "* * * * *", 1),
    "pursue_refunds": Sweep(pursue_refunds, "* * * * *", 1),
    "forget_old_visits": Sweep(forget_old_visits, "* * * * *", 1),
    "watch_consistency": Sweep(_watch, "* * * * *", 1),
    "watch_newly_late_lines": Sweep(open_cases_of_newly_stuck_lines, "* * * * *", 1),
    "watch_lines": Sweep(open_cases_of_stuck_lines, "*/10 * * * *", 10),
    "settle_months": Sweep(settle_months, "5 * * * *", 60),
    "watch_months": Sweep(watch_months, "10 * * * *", 60),
    "look_what_was_passed_on": Sweep(look_what_was_passed_on, "25 * * * *", 60),
}
"""By the name under which the job queue knows each."""
