"""The district: its configuration in force on a day, what waits, and every version with what it changes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from api.access import actor
from api.pages.admin.people import Administrator
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.people import Person
from api.problems import status_of
from api.wiring import House
from foundation import clock
from foundation.errors import HeyiError
from settlement.districts.content import parsed, written
from settlement.districts.deciding import approve_version, propose_version, reject_version
from settlement.districts.reading import configured_on, newest_content, versions

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _Typed:
    """What stands in the form; it stays where it is refused."""

    content: str
    first_day: str
    reason: str


@router.get("/admin/district")
async def district(request: Request, who: Administrator, on: date | None = None) -> Response:
    """What is in force on a day, and the versions."""
    return await _shown(request, who, on=on)


@router.post("/admin/district")
async def propose(
    request: Request,
    who: Administrator,
    first_day: Annotated[date, Form()],
    content: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Proposes a version."""
    file = _house(request).districts.file(who.region)

    async def act(db: AsyncConnection) -> None:
        await propose_version(db, file, parsed(content), first_day, actor(who), reason)

    return await _done(request, who, act, _Typed(content, first_day.isoformat(), reason))


@router.post("/admin/district/{version_id}/approve")
async def approve(request: Request, who: Administrator, version_id: UUID) -> Response:
    """Puts a version into force from its first day."""
    file = _house(request).districts.file(who.region)
    return await _done(request, who, lambda db: approve_version(db, file, version_id, actor(who)))


@router.post("/admin/district/{version_id}/reject")
async def reject(
    request: Request, who: Administrator, version_id: UUID, reason: Annotated[str, Form()] = ""
) -> Response:
    """Rejects a version."""
    return await _done(request, who, lambda db: reject_version(db, who.region, version_id, actor(who), reason))


async def _done(
    request: Request,
    who: Person,
    act: Callable[[AsyncConnection], Awaitable[Any]],
    typed: _Typed | None = None,
) -> Response:
    house = _house(request)
    try:
        async with house.office.database.begin() as db:
            await act(db)
    except HeyiError as error:
        said = refusal(error, speech(request))
        return await _shown(request, who, said=said, typed=typed, status=status_of(error))
    await house.take_up_districts()
    return RedirectResponse("/admin/district", 303)


async def _shown(
    request: Request,
    who: Person,
    *,
    on: date | None = None,
    said: Refusal | None = None,
    typed: _Typed | None = None,
    status: int = 200,
) -> Response:
    house = _house(request)
    file = house.districts.file(who.region)
    async with house.office.database.connect() as db:
        shown = await configured_on(db, file, on or clock.today())
        found = await versions(db, file)
        newest = await newest_content(db, file)
    return page(
        request,
        "admin/district.html",
        status=status,
        region=house.office.region(who.region),
        shown=shown,
        text=written(shown.content),
        versions=found,
        typed=typed or _Typed(written(newest), clock.today().isoformat(), ""),
        today=clock.today(),
        refusal=said,
        here="/admin/district",
    )


def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house
