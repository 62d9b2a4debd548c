"""The administrators' pages: people, windows, district, channels, audit."""

from fastapi import APIRouter

from api.pages.admin import audit, channels, district, people, windows

router = APIRouter()
for room in (people, windows, district, channels, audit):
    router.include_router(room.router)
