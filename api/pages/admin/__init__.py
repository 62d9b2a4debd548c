"""The administrators' pages: people, district, audit."""

from fastapi import APIRouter

from api.pages.admin import audit, district, people

router = APIRouter()
for room in (people, district, audit):
    router.include_router(room.router)
