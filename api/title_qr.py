"""The QR on a title 不动产权证: its certificates' data itself, signed, readable without asking us and checked by us."""

from collections.abc import Sequence
from typing import Any

from api.tokens import TokenSigner
from foundation.errors import Conflict, NotFound
from settlement.bills.reading import BillView
from settlement.office import Office
from settlement.property.history import TaxedItem

_AUDIENCE = "title"
_MINUTES = 60 * 24 * 366 * 70
"""As long as a home's title lasts."""


class NothingCertified(Conflict):
    """No tax of the bill is certified yet."""

    code = "nothing_certified"


def title_address(signer: TokenSigner, office: Office, view: BillView, items: Sequence[TaxedItem]) -> str:
    """The address in the QR; its last part holds unit code, bill and for each certificate number, item, fen, day."""
    if not items:
        raise NothingCertified("本单还没有完税证明，不能打印二维码。No tax of this bill is certified yet.")
    certified = [[one.certificate, one.item, one.amount_fen, f"{one.arrived_on or ''}"] for one in items]
    token = signer.issue(_AUDIENCE, _MINUTES, u=view.unit_code, b=view.number, c=certified)
    return f"{office.public_url.rstrip('/')}/t/{token}"


def read_title(signer: TokenSigner, token: str) -> dict[str, Any]:
    """What a title's QR holds, if it is ours and unaltered. NotFound otherwise."""
    claims = signer.read(_AUDIENCE, token)
    if claims is None:
        raise NotFound("二维码不是本系统签发的，或内容被改动。This code is not ours, or was altered.")
    return claims
