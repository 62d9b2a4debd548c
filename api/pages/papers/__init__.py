"""Pages about what comes after the money: papers, certificates checked, texts to the payer, the registry told."""

from fastapi import APIRouter

from api.pages.papers import acting, viewing

router = APIRouter()
router.include_router(viewing.router)
router.include_router(acting.router)

__all__ = ["router"]
