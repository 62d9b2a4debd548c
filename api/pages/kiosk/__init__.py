"""The self-service kiosk: the citizen's flow on a touch screen that many people use one after the other."""

from fastapi import APIRouter

from api.pages.kiosk import arriving, bills, device, printing

router = APIRouter()
for part in (device, arriving, bills, printing):
    router.include_router(part.router)

__all__ = ["router"]
