"""Channels: the merchant and certificates of each region's, when it last answered, and what came in from it."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from adapters.unionpay.expiry import Held, certificates_held
from api.pages.admin.people import Administrator
from api.pages.rendering import page
from api.pages.route import PageRoute
from api.pages.saying import in_language
from foundation import clock
from settlement.book.rollups import districts
from settlement.channels import AcpChannel
from settlement.office import Office
from settlement.payments.contact import Contact, read_contact
from settlement.regions import Region

router = APIRouter(route_class=PageRoute, include_in_schema=False)

SOON_DAYS = 30
"""From here on a certificate that ends is an alarm (and a case, `api.certificates`)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A certificate with its days left; negative: it has ended."""

    held: Held
    days: int | None


@dataclass(frozen=True, slots=True)
class Channel:
    """A region's channel, its certificates, and how it was heard."""

    region: Region
    certificates: tuple[Line, ...]
    contact: Contact


@router.get("/admin/channels")
async def channels(request: Request, who: Administrator) -> Response:
    """The channels of one's region, or of all districts of one's city or province."""
    office: Office = request.app.state.office
    own = districts(who.region)
    served = [one for code, one in sorted(office.regions.items()) if code.startswith(own)]
    async with office.database.connect() as db:
        found = [Channel(one, _lines(one), await read_contact(db, one.region, one.channel.kind)) for one in served]
    return page(
        request,
        "admin/channels.html",
        region=office.region(who.region),
        channels=found,
        soon=SOON_DAYS,
        in_language=in_language,
        refusal=None,
    )


def _lines(region: Region) -> tuple[Line, ...]:
    if not isinstance(region.channel, AcpChannel):
        return ()
    return tuple(
        Line(one, (one.ends_at - clock.now()).days if one.ends_at else None)
        for one in certificates_held(region.channel)
    )
