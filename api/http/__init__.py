"""The HTTP interface for other systems, `/v1/…`."""

from fastapi import APIRouter

from api.http import (
    assessments,
    audit,
    batches,
    bills,
    cases,
    clearances,
    codes,
    days,
    districts,
    finding,
    home_counts,
    joint_payments,
    later_assessments,
    ledger,
    messages,
    papers,
    people,
    periods,
    properties,
    pushes,
    refunds,
    registrations,
    rollups,
    rule_sets,
    sessions,
    statements,
    trends,
    windows,
)

router = APIRouter(prefix="/v1")
for part in (
    sessions,
    assessments,
    bills,
    batches,
    joint_payments,
    codes,
    days,
    statements,
    trends,
    cases,
    finding,
    rollups,
    rule_sets,
    home_counts,
    later_assessments,
    ledger,
    periods,
    pushes,
    refunds,
    papers,
    clearances,
    messages,
    people,
    districts,
    windows,
    audit,
    registrations,
    properties,
):
    router.include_router(part.router)

__all__ = ["router"]
