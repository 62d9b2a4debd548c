"""Bills of one payer, paid together at the channel; and what is heard of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from api.wiring import House
from foundation import clock
from settlement.bills.reading import BillView, read_bill
from settlement.joint.asking import ask_about_attempt
from settlement.joint.making import make_joint_payment
from settlement.joint.reading import JointPaymentView, read_joint_payment
from settlement.joint.starting import start_joint_payment
from settlement.joint.tables import joint_order
from settlement.payments.file_rows import catch_up
from settlement.ports.channel import PaymentForm
from tests.days import REGION, morning_after, noon_of_a_past_day
from tests.played import CLERK, PLAIN, Played, confirmed, home_case
from tests.settlement.payments.test_proofs import hear, notification

BACK = "http://127.0.0.1:8800/j/back"


@dataclass(frozen=True, slots=True)
class Together:
    """A house and a simulator, seen from somebody who pays many bills with one order."""

    house: House
    played: Played

    async def bills(self, count: int) -> list[BillView]:
        """Confirmed bills, all of whose shares one person pays."""
        return [await confirmed(self.house, home_case(case_number=f"JOINT-{one}")) for one in range(count)]

    async def made(self, views: list[BillView]) -> JointPaymentView:
        ids = [view.id for view in views]
        made = await make_joint_payment(self.house.office, REGION, ids, "transferee", "一并缴款", CLERK)
        return await self.view(made)

    async def view(self, payment_id: UUID) -> JointPaymentView:
        return await read_joint_payment(self.house.office, payment_id)

    async def started(self, joint: JointPaymentView) -> str:
        """Starts an attempt as a browser would; its order number."""
        form = await start_joint_payment(self.house.office, joint.token, BACK)
        assert isinstance(form, PaymentForm)
        async with httpx.AsyncClient(verify=PLAIN) as browser:
            answer = await browser.post(form.address, data=dict(form.fields))
        assert answer.status_code == 303, answer.text
        return form.fields["orderId"]

    async def paid(self, joint: JointPaymentView) -> str:
        """Pays at the channel; nobody tells us."""
        order_id = await self.started(joint)
        self.played.control("faults", {"kind": "notification", "how": "dropped", "order_id": order_id})
        self.played.control("payments", {"order_id": order_id})
        return order_id

    async def hear_by(self, path: str, joint: JointPaymentView, order_id: str, **changes: str) -> None:
        """Hears of a payment by one of the paths, whatever comes of it."""
        if path == "notification":
            await hear(self.house, notification(self.played, order_id, **changes))
        elif path == "query":
            await ask_about_attempt(self.house.office, joint.id)
        else:
            await self.file(clock.today())

    async def file(self, day: date) -> int:
        """Catches up with the channel's file of a day."""
        now = clock.now()
        morning_after(self.played, day)
        channel = self.house.sources[REGION][0]
        raw = await channel.fetch(day)
        assert raw is not None
        caught = await catch_up(self.house.office, channel.parse(raw, day))
        self.played.set_clocks(now)
        return caught

    async def attempt(self, order_id: str) -> Any:
        async with self.house.office.database.connect() as db:
            return (await db.execute(select(joint_order).where(joint_order.c.order_id == order_id))).one()

    async def states(self, views: list[BillView]) -> list[str]:
        return [(await read_bill(self.house.office, view.id)).state for view in views]


@pytest.fixture
def together(house: House, played: Played) -> Together:
    noon_of_a_past_day(played)
    return Together(house, played)
