"""The alarm before a channel's certificate ends: the day on which one ends, every message fails."""

from adapters.unionpay.expiry import ending
from foundation import clock
from settlement.cases import open_case
from settlement.channels import AcpChannel
from settlement.office import Office


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
