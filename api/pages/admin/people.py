"""People: who may sign in, what waits for a second administrator, and what each role may do."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from api.access import signed_in
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.people import MOVE_MONEY_OR_RULES, ROLES, Person
from api.people.changing import Change, Kind, Wish, approve_change, lock, propose_change, reject_change, unlock
from api.people.reading import colleagues, known_changes
from api.problems import status_of
from api.rights import rights
from foundation.errors import HeyiError
from settlement.office import Office

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

Administrator = Annotated[Person, Depends(signed_in("administrator"))]


@router.get("/admin")
async def front(_: Administrator) -> Response:
    """The administrators' first page is that of the people."""
    return RedirectResponse("/admin/people", 303)


@router.get("/admin/people")
async def everybody(request: Request, who: Administrator) -> Response:
    """Everybody of one's region."""
    return await _shown(request, who)


@router.post("/admin/people/changes")
async def propose(
    request: Request,
    who: Administrator,
    kind: Annotated[Kind, Form()],
    name: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
    window: Annotated[str, Form(max_length=16)] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Proposes a change, or makes it where one may alone."""
    wish = Wish(kind, name, reason, role, window.strip() or None)
    return await _done(request, who, lambda db: propose_change(db, wish, who), wish)


@router.post("/admin/people/changes/{change_id}/approve")
async def approve(request: Request, who: Administrator, change_id: UUID) -> Response:
    """Puts a change into effect and shows its one-time password, once."""
    return await _done(request, who, lambda db: approve_change(db, change_id, who))


@router.post("/admin/people/changes/{change_id}/reject")
async def reject(
    request: Request, who: Administrator, change_id: UUID, reason: Annotated[str, Form()] = ""
) -> Response:
    """Rejects a change."""
    return await _done(request, who, lambda db: reject_change(db, change_id, who, reason))


@router.post("/admin/people/{event}")
async def lock_or_unlock(
    request: Request,
    who: Administrator,
    event: Literal["lock", "unlock"],
    name: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Locks a person, or lets them in again."""
    turn = lock if event == "lock" else unlock
    return await _done(request, who, lambda db: turn(db, name, who, reason))


async def _done(
    request: Request,
    who: Person,
    act: Callable[[AsyncConnection], Awaitable[Change | None]],
    wish: Wish | None = None,
) -> Response:
    """Acts in one transaction. A one-time password is shown in the answer and nowhere again; else the page is loaded
    afresh, so that reloading it does nothing twice. What was typed stays where it is refused.
    """
    office: Office = request.app.state.office
    try:
        async with office.database.begin() as db:
            change = await act(db)
    except HeyiError as error:
        said = refusal(error, speech(request))
        return await _shown(request, who, said=said, wish=wish, status=status_of(error))
    if change and change.one_time_password:
        return await _shown(request, who, change=change)
    return RedirectResponse("/admin/people", 303)


async def _shown(
    request: Request,
    who: Person,
    *,
    said: Refusal | None = None,
    wish: Wish | None = None,
    change: Change | None = None,
    status: int = 200,
) -> Response:
    office: Office = request.app.state.office
    async with office.database.connect() as db:
        found, changes = await colleagues(db, who.region), await known_changes(db, who.region)
    return page(
        request,
        "admin/people.html",
        status=status,
        region=office.region(who.region),
        people=found,
        waiting=[one for one in changes if one.state == "proposed"],
        decided=[one for one in changes if one.state != "proposed"],
        roles=ROLES,
        two_decide=MOVE_MONEY_OR_RULES,
        rights=rights(request.app),
        refusal=said,
        typed=wish if wish and wish.kind == "add" else Wish("add", "", ""),
        change=change,
        here="/admin/people",
    )
