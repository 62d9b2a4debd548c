"""A channel's certificates: the alarm before one ends, and the fetching of the one that is encrypted to."""

from datetime import date

import structlog

from adapters.unionpay.acp import AcpChannel as AcpAdapter
from adapters.unionpay.encryption import Pinned
from adapters.unionpay.expiry import ending
from foundation import clock
from foundation.errors import HeyiError
from settlement.cases import open_case
from settlement.channels import AcpChannel
from settlement.office import Office
from settlement.ports.channel import Unauthentic

log = structlog.get_logger()


async def open_cases_of_ending_certificates(office: Office) -> int:
    """Opens a case for each certificate of each region that ends within thirty days. Returns how many there are.

    The case is known by the file and the day on which it ends: seen daily, it stays one, and a renewed certificate
    that ends again one day has a case of its own.
    """
    found = [
        (region, one)
        for region in office.regions.values()
        if isinstance(region.channel, AcpChannel)
        for one in ending(region.channel, clock.now())
    ]
    async with office.database.begin() as db:
        for region, one in found:
            day = clock.local(one.ends_at).date()
            await open_case(
                db,
                region=region.region,
                kind="S-certificate",
                fingerprint=f"S-certificate:{region.region}:{one.file_name}:{day}",
                amount_fen=0,
                reason=f"证书 {one.file_name} 将于 {day} 到期，到期后收付通知均无法验证，请尽快更换。"
                f"The certificate {one.file_name} ends on {day}; after that no message can be verified. Renew it.",
                facts={"file": one.file_name, "ends_at": one.ends_at.isoformat()},
                business_day=clock.today(),
            )
    return len(found)


async def renew_encryption_certificates(office: Office) -> dict[str, Pinned | None]:
    """Asks for the encryption certificate of each region that pins one; what was pinned anew, by region.

    One that is not to be believed is not pinned and opens a case; a region whose channel does not answer is asked again
    tomorrow, as the old and the new one count side by side for a month.
    """
    renewed: dict[str, Pinned | None] = {}
    for code, region in office.regions.items():
        channel = office.institutions[code].channel
        if not isinstance(channel, AcpAdapter) or not isinstance(region.channel, AcpChannel):
            continue
        if region.channel.encryption_certificates is None:
            continue
        try:
            renewed[code] = await channel.renew_encryption_certificate()
        except Unauthentic as error:
            await _open_case_of_a_false_one(office, code, error.detail, clock.today())
        except HeyiError as error:
            log.warning("encryption certificate not renewed", region=code, error=error.detail)
    return renewed


async def _open_case_of_a_false_one(office: Office, region: str, detail: str, day: date) -> None:
    async with office.database.begin() as db:
        await open_case(
            db,
            region=region,
            kind="S-certificate",
            fingerprint=f"S-certificate:{region}:encryption:{day}",
            amount_fen=0,
            reason=f"渠道给出的加密证书无法验证，未采用：{detail}。"
            f"The encryption certificate that the channel gave cannot be verified and was not pinned: {detail}.",
            facts={"detail": detail},
            business_day=day,
        )
