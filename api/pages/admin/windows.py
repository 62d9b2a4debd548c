"""Windows of the district: which are open on a day, who works there, and changes by two administrators."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from api.access import actor
from api.maybe_day import MaybeDay
from api.pages.admin.people import Administrator
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.people import Person
from api.people.reading import colleagues
from api.problems import status_of
from foundation import clock
from foundation.errors import BadInput, HeyiError
from settlement.kinds import business_kinds
from settlement.office import Office
from settlement.windows import WINDOW_KINDS
from settlement.windows.deciding import approve_window, propose_window, reject_window
from settlement.windows.reading import WindowVersion, window_versions_of
from settlement.windows.window import WindowContent

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)


class _Typed(BaseModel):
    """What stands in the form; it stays where it is refused."""

    model_config = ConfigDict(frozen=True)
    code: str = ""
    kind: str = WINDOW_KINDS[0]
    name: str = ""
    place: str = ""
    identity: str = ""
    kinds: tuple[str, ...] = ()
    first_day: MaybeDay = ""
    last_day: MaybeDay = ""
    reason: str = ""


@router.get("/admin/windows")
async def windows(request: Request, who: Administrator, on: MaybeDay = "", change: str = "") -> Response:
    """The windows on a day (today); `change` fills the form with one of them."""
    return await _shown(request, who, on=on or None, change=change)


@router.post("/admin/windows")
async def propose(request: Request, who: Administrator, typed: Annotated[_Typed, Form()]) -> Response:
    """Proposes a window, or what one is to be from a day on."""
    office: Office = request.app.state.office

    async def act(db: AsyncConnection) -> None:
        days = typed.first_day or clock.today(), typed.last_day or None
        region = office.region(who.region)
        await propose_window(db, region, typed.code.strip(), _content(typed), days, actor(who), typed.reason)

    return await _done(request, who, act, typed)


@router.post("/admin/windows/{version_id}/approve")
async def approve(request: Request, who: Administrator, version_id: UUID) -> Response:
    """Puts a version into force from its first day."""
    office: Office = request.app.state.office
    region = office.region(who.region)
    return await _done(request, who, lambda db: approve_window(db, region, version_id, actor(who)))


@router.post("/admin/windows/{version_id}/reject")
async def reject(
    request: Request, who: Administrator, version_id: UUID, reason: Annotated[str, Form()] = ""
) -> Response:
    """Rejects a version."""
    return await _done(request, who, lambda db: reject_window(db, who.region, version_id, actor(who), reason))


def _typed_of(last: WindowVersion) -> _Typed:
    """The form for a change of a window, as it is now."""
    return _Typed(
        code=last.code, kind=last.kind, name=last.name, place=last.place, identity=last.identity or "",
        kinds=last.kinds, last_day=last.last_day or "",
    )  # fmt: skip


def _content(typed: _Typed) -> WindowContent:
    asked = typed.model_dump(include=set(WindowContent.model_fields))
    try:
        return WindowContent.model_validate(asked | {"identity": typed.identity.strip() or None})
    except ValidationError as invalid:
        fault = invalid.errors()[0]
        raise BadInput(str(fault["loc"][0]), fault.get("input"), fault["msg"]) from None


async def _done(
    request: Request, who: Person, act: Callable[[AsyncConnection], Awaitable[Any]], typed: _Typed | None = None
) -> Response:
    office: Office = request.app.state.office
    try:
        async with office.database.begin() as db:
            await act(db)
    except HeyiError as error:
        said = refusal(error, speech(request))
        return await _shown(request, who, said=said, typed=typed, status=status_of(error))
    return RedirectResponse("/admin/windows", 303)


async def _shown(
    request: Request,
    who: Person,
    *,
    on: date | None = None,
    change: str = "",
    said: Refusal | None = None,
    typed: _Typed | None = None,
    status: int = 200,
) -> Response:
    office: Office = request.app.state.office
    day = on or clock.today()
    async with office.database.connect() as db:
        versions = await window_versions_of(db, who.region)
        people = await colleagues(db, who.region)
    region = office.region(who.region)
    kinds = {code: kind.name for code, kind in business_kinds().items() if kind.offered(region)}
    approved = [one for one in versions if one.state == "approved"]
    newest = {one.code: one for one in sorted(approved, key=lambda one: one.version) if one.first_day <= day}
    last = next((one for one in versions if one.code == change and one.state == "approved"), None)
    return page(
        request,
        "admin/windows.html",
        status=status,
        region=region,
        day=day,
        today=clock.today(),
        windows=[one for _, one in sorted(newest.items()) if one.last_day is None or one.last_day >= day],
        waiting=[one for one in versions if one.state == "proposed"],
        versions=[one for one in versions if one.state != "proposed"],
        seated={code: [one for one in people if one.window_code == code] for code in newest},
        window_kinds=WINDOW_KINDS,
        kinds=kinds,
        typed=typed or (_typed_of(last) if last else _Typed()),
        refusal=said,
        here="/admin/windows",
    )
