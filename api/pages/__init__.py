"""The pages: window, citizen, finance, tax office. Rendered here, in Chinese or English, from our own host alone."""

from fastapi import APIRouter

from api.pages import book, citizen, finance, front, periods, tax, window
from api.pages.assets import mount_static

router = APIRouter()
for room in (front, window, citizen, finance, book, periods, tax):
    router.include_router(room.router)

__all__ = ["mount_static", "router"]
