"""All rooms of the pages on one router."""

from fastapi import APIRouter

from api.pages import book, cases, citizen, finance, front, periods, tax, window

router = APIRouter()
for room in (front, window, citizen, finance, cases, book, periods, tax):
    router.include_router(room.router)
