"""Joint payments 一并缴款: what one payer has due in many bills, paid by one order at the channel."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api import qr
from api.access import actor, own, signed_in
from api.http.office import TheOffice
from api.idempotency import once
from api.people import Person
from foundation.errors import BadInput
from settlement.batches.reading import read_batch
from settlement.joint.asking import ask_about_attempt
from settlement.joint.choosing import bills_of_list, bills_of_month
from settlement.joint.making import DAYS, DAYS_MAX, cancel_joint_payment, make_joint_payment
from settlement.joint.reading import JointPaymentView, JointSummary, list_joint_payments, read_joint_payment
from settlement.joint.starting import start_joint_payment
from settlement.office import Office

router = APIRouter(prefix="/joint-payments", tags=["joint payments"])

Window = Annotated[Person, Depends(signed_in("clerk", "partner", "integrator"))]
Staff = Annotated[Person, Depends(signed_in("clerk", "partner", "integrator", "finance"))]


class _Month(BaseModel):
    """Bills confirmed in a month, yyyy-MM, of the payer with this identity number (a bank's 统一社会信用代码)."""

    model_config = ConfigDict(extra="forbid")
    identity: str = Field(min_length=4, max_length=40)
    month: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")


class _Wish(BaseModel):
    """Of which bills: those of a list, those named, or those of a payer's month; exactly one of the three."""

    model_config = ConfigDict(extra="forbid")
    payer: str = Field(
        description="the side whose shares are paid: transferee, transferor, owner, applicant, mortgagee"
    )
    title: str = Field("", max_length=100)
    days: int = Field(DAYS, ge=1, le=DAYS_MAX, description="for how long it can be paid")
    batch_id: UUID | None = None
    bill_ids: list[UUID] | None = None
    of_month: _Month | None = None


class _Start(BaseModel):
    return_to: str = Field(pattern=r"^https?://", max_length=200)


class _Reason(BaseModel):
    reason: str = Field(min_length=2, max_length=200)


@router.post("", status_code=201)
async def make(request: Request, wish: _Wish, who: Window, office: TheOffice) -> Response:
    """Makes one. A share is in one joint payment at most; until it is started, each bill can still be paid alone."""

    async def act() -> tuple[int, Any]:
        bill_ids, named = await _wanted(office, wish, who)
        title = wish.title or named
        made = await make_joint_payment(office, who.region, bill_ids, wish.payer, title, actor(who), wish.days)
        return 201, jsonable_encoder(_shown(await read_joint_payment(office, made)))

    return await once(request, who, act)


@router.get("")
async def joint_payments(who: Staff, office: TheOffice) -> list[JointSummary]:
    """The newest of one's own region."""
    return await list_joint_payments(office, who.region, who.only_window)


@router.get("/{payment_id}")
async def one_joint_payment(payment_id: UUID, who: Staff, office: TheOffice) -> dict[str, Any]:
    """One with its shares, what they are for, and its attempts at the channel."""
    return _shown(await _own(office, payment_id, who))


@router.get("/{payment_id}/code.svg")
async def code(payment_id: UUID, who: Staff, office: TheOffice) -> Response:
    """Its code, which opens the payer's page."""
    return Response(qr.svg((await _own(office, payment_id, who)).address), media_type="image/svg+xml")


@router.post("/{payment_id}/start")
async def start(payment_id: UUID, to: _Start, who: Window, office: TheOffice) -> dict[str, Any]:
    """How the payer gets to the channel: a form to be posted (`address`, `fields`), or an `address` to be opened.

    While an order is under way the same one is given again.
    """
    view = await _own(office, payment_id, who)
    return {**jsonable_encoder(await start_joint_payment(office, view.token, to.return_to))}


@router.post("/{payment_id}/query")
async def ask(payment_id: UUID, who: Staff, office: TheOffice) -> dict[str, Any]:
    """Asks the channel about the order that is under way, and gives what is known then."""
    await _own(office, payment_id, who)
    await ask_about_attempt(office, payment_id)
    return _shown(await read_joint_payment(office, payment_id))


@router.post("/{payment_id}/cancel")
async def cancel(payment_id: UUID, why: _Reason, who: Window, office: TheOffice) -> dict[str, Any]:
    """Takes one back; the channel is asked first. Its shares stay due."""
    await _own(office, payment_id, who)
    await cancel_joint_payment(office, payment_id, actor(who), why.reason)
    return _shown(await read_joint_payment(office, payment_id))


async def _wanted(office: Office, wish: _Wish, who: Person) -> tuple[list[UUID], str]:
    given = [one for one in (wish.batch_id, wish.bill_ids, wish.of_month) if one is not None]
    if len(given) != 1:
        raise BadInput("bills", len(given), "exactly one of batch_id, bill_ids and of_month")
    if wish.batch_id is not None:
        batch = await read_batch(office, wish.batch_id)
        own(who, batch)
        return await bills_of_list(office, wish.batch_id, wish.payer), batch.title
    if wish.of_month is not None:
        first = date.fromisoformat(f"{wish.of_month.month}-01")
        identity = wish.of_month.identity
        found = await bills_of_month(office, who.region, wish.payer, identity, first, who.only_window)
        return found, wish.of_month.month
    return list(wish.bill_ids or ()), "一并缴款"


async def _own(office: Office, payment_id: UUID, who: Person) -> JointPaymentView:
    view = await read_joint_payment(office, payment_id)
    own(who, view)
    return view


def _shown(view: JointPaymentView) -> dict[str, Any]:
    """The joint payment with its sums; without its token, which is in the address."""
    shown: dict[str, Any] = jsonable_encoder(view)
    del shown["token"]
    return {**shown, "amount_fen": view.amount_fen, "left_fen": view.left_fen}
