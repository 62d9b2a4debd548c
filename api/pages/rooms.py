"""All rooms of the pages on one router."""

from fastapi import APIRouter

from api.pages import (
    admin,
    book,
    cases,
    citizen,
    finance,
    finding,
    front,
    papers,
    periods,
    proof,
    property,
    rollups,
    tax,
    verification,
    window,
)

router = APIRouter()
for room in (
    front,
    window,
    citizen,
    finance,
    cases,
    finding,
    book,
    periods,
    proof,
    rollups,
    tax,
    papers,
    verification,
    property,
    admin,
):
    router.include_router(room.router)
