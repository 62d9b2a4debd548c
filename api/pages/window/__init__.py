"""The registration window: take a case in, choose who pays, confirm, show the code, watch it being paid."""

from fastapi import APIRouter

from api.pages.window import (
    acting,
    cards,
    finding,
    handover,
    joint,
    lists,
    queue,
    refunding,
    revealing,
    screen,
    watching,
    writing,
)

router = APIRouter()
for part in (writing, queue, finding, watching, screen, acting, cards, refunding, revealing, handover, lists, joint):
    router.include_router(part.router)

__all__ = ["router"]
