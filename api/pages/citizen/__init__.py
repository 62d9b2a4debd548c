"""The citizen's page behind the payment code: what is asked, for what, why, and whether it has arrived."""

from fastapi import APIRouter

from api.pages.citizen import joint, routes

router = APIRouter()
router.include_router(routes.router)
router.include_router(routes.from_outside)
router.include_router(joint.router)
router.include_router(joint.from_outside)

__all__ = ["router"]
