"""The registration window: take a case in, choose who pays, confirm, show the code, watch it being paid."""

from fastapi import APIRouter

from api.pages.window import acting, lists, watching, writing

router = APIRouter()
for part in (writing, watching, acting, lists):
    router.include_router(part.router)

__all__ = ["router"]
