"""All rooms of the pages on one router, but the citizen's, which is asked before all others."""

from fastapi import APIRouter

from api.pages import (
    admin,
    book,
    cases,
    finance,
    finding,
    front,
    kiosk,
    months,
    non_receipts,
    papers,
    periods,
    proof,
    property,
    red_letters,
    refunds,
    rollups,
    statements,
    tax,
    tax_following,
    tax_rules,
    trends,
    unbooked,
    verification,
    window,
)

router = APIRouter()
for room in (
    front,
    window,
    kiosk,
    months,
    finance,
    cases,
    refunds,
    non_receipts,
    red_letters,
    finding,
    book,
    periods,
    proof,
    rollups,
    trends,
    unbooked,
    statements,
    tax,
    tax_following,
    tax_rules,
    papers,
    verification,
    property,
    admin,
):
    router.include_router(room.router)
