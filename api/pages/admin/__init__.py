"""The administrators' pages: people."""

from fastapi import APIRouter

from api.pages.admin import people

router = APIRouter()
for room in (people,):
    router.include_router(room.router)
