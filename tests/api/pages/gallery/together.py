"""Many bills of one payer, paid by one order: the payer's page and the window's."""

import httpx

from settlement.joint.asking import ask_about_attempt
from settlement.joint.making import make_joint_payment
from settlement.joint.reading import JointPaymentView, read_joint_payment
from settlement.joint.starting import start_joint_payment
from settlement.ports.channel import PaymentForm
from tests.api.pages.conftest import Site
from tests.api.pages.gallery.scene import scene
from tests.played import CLERK, PLAIN, confirmed, home_case


async def _made(site: Site) -> JointPaymentView:
    bills = [(await confirmed(site.house, home_case(case_number=f"HOME-{one}"))).id for one in range(3)]
    made = await make_joint_payment(site.house.office, "341502", bills, "transferee", "示例置业 3 套", CLERK)
    return await read_joint_payment(site.house.office, made)


async def _started(site: Site, view: JointPaymentView) -> str:
    form = await start_joint_payment(site.house.office, view.token, "http://127.0.0.1:8800/j/back")
    assert isinstance(form, PaymentForm)
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        await browser.post(form.address, data=dict(form.fields))
    return form.fields["orderId"]


async def _paid(site: Site) -> JointPaymentView:
    view = await _made(site)
    site.played.control("payments", {"order_id": await _started(site, view)})
    await ask_about_attempt(site.house.office, view.id)
    return view


@scene("citizen/together-due")
async def _citizen_due(site: Site) -> str:
    return f"/j/{(await _made(site)).token}"


@scene("citizen/together-paying")
async def _citizen_paying(site: Site) -> str:
    view = await _made(site)
    await _started(site, view)
    return f"/j/{view.token}?lang=en"


@scene("citizen/together-paid")
async def _citizen_paid(site: Site) -> str:
    return f"/j/{(await _paid(site)).token}"


@scene("window/together-due", role="clerk")
async def _window_due(site: Site) -> str:
    view = await _made(site)
    await _started(site, view)
    return f"/window/together/{view.id}"


@scene("window/together-paid", role="clerk")
async def _window_paid(site: Site) -> str:
    return f"/window/together/{(await _paid(site)).id}"
