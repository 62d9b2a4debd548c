"""Who opened the code: kept in a signed cookie of this code's pages alone, for a short time."""

from fastapi import Request, Response

from api.pages.route import secure

COOKIE = "heyi_party"
_AUDIENCE = "party"
_MINUTES = 30


def remember(request: Request, response: Response, token: str, payer: str) -> None:
    """Remembers that this browser answered the last four characters as one side's party."""
    proof = request.app.state.signer.issue(_AUDIENCE, _MINUTES, code=token, payer=payer)
    response.set_cookie(
        COOKIE,
        proof,
        max_age=_MINUTES * 60,
        path=f"/p/{token}",
        httponly=True,
        samesite="strict",
        secure=secure(request),
    )


def party_of(request: Request, token: str) -> str | None:
    """The side that this browser answered for on this very code, or None."""
    proof = request.cookies.get(COOKIE)
    claims = request.app.state.signer.read(_AUDIENCE, proof) if proof else None
    return str(claims["payer"]) if claims and claims.get("code") == token else None
