"""What the tax office keeps, however it is asked: vouchers, the money that came for them, where it went.

Its gateway (tax_office.py) and TIPS (tips.py) are two doors of the same office.
"""

from datetime import date, timedelta

from adapters.simulator.faults import LegFault
from adapters.simulator.records import Voucher
from adapters.simulator.refusal import NoAnswer, Refusal
from adapters.simulator.setup import RegionSetup
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

SUBJECTS = {
    "deed_tax": "1011901",
    "stamp_tax": "1011119",
    "land_premium": "103014802",
    "sea_area_fee": "1030704",
}
"""Budget subjects (预算科目) of what is collected here."""

NAMES = {"deed_tax": "契税", "stamp_tax": "印花税", "land_premium": "土地出让价款收入", "sea_area_fee": "海域使用金"}

COUNTY = "4"
"""Budget level (预算级次) of everything here."""

ANOTHER_SUBJECT = "1011999"
"""Where a tax stands that came in under the wrong subject."""


class Taxes:
    """All tax offices of the played regions, and the treasuries behind them."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self._faults = faults

    def find(self, region: RegionSetup, taxpayer_id: str, office_code: str, levy_number: str) -> Voucher:
        """The voucher of three elements; Refusal 404 where one of them is not right."""
        voucher = self.world.vouchers.get(levy_number)
        theirs = (region.region, taxpayer_id, office_code)
        if voucher is None or (voucher.region, voucher.taxpayer_id, voucher.office_code) != theirs:
            raise Refusal(404, "unknown_voucher", "no voucher has these three elements (纳税三要素)")
        return voucher

    def begin(self, voucher: Voucher, again_after: str | None) -> LegFault | None:
        """Before money is taken: what befalls it, and whether what was sent back may come again."""
        fault = self._faults.take_leg("tax", voucher.levy_number, voucher.purpose)
        if fault is not None and fault.how == "unheard":
            raise NoAnswer
        if voucher.sent_back_no is not None:
            if again_after != voucher.sent_back_no:
                raise Refusal(409, "sent_back", f"levy_number: was sent back as {voucher.sent_back_no}")
            voucher.sent_back_no = None
        return fault

    def take(self, region: RegionSetup, voucher: Voucher, order_id: str, query_id: str, amount_fen: int) -> None:
        """Takes a portion of a voucher's money from what its receiver got by one payment, once."""
        if (order_id, query_id) in voucher.portions:
            return
        if sum(voucher.portions.values()) + amount_fen > voucher.amount_fen or amount_fen == 0:
            raise Refusal(409, "amount_differs", f"amount: the voucher is over {voucher.amount_fen} fen")
        receiver = region.treasury_receiver
        if not self.world.claim(receiver, order_id, query_id, amount_fen):
            raise Refusal(409, "not_received", f"query_id: {receiver} got no such money by {query_id}")
        voucher.portions[order_id, query_id] = amount_fen
        if sum(voucher.portions.values()) == voucher.amount_fen:
            voucher.received_at = self.world.clock.now()
            voucher.tax_voucher_no = voucher.tax_voucher_no or f"3{region.region}{self.world.serial():011d}"

    def befall(self, region: RegionSetup, voucher: Voucher, fault: LegFault | None) -> None:
        """What happens to money that was taken."""
        voucher.befell += [fault.how] if fault else []
        match fault.how if fault else None:
            case "late" if fault and voucher.received_at:
                voucher.received_at += timedelta(seconds=fault.seconds)
            case "partial":
                voucher.is_stuck = True
            case "unconfirmed":
                voucher.is_untold = True
            case "wrong_subject":
                voucher.subject = ANOTHER_SUBJECT
            case "returned":
                self.world.send_back(voucher, region.treasury_receiver)

    def correct(self, voucher: Voucher) -> None:
        """更正: the treasury books a voucher under the subject where it belongs."""
        voucher.subject = SUBJECTS[voucher.item]

    def told_on(self, voucher: Voucher) -> date | None:
        """The treasury's day on which a voucher's money came in, once the tax office knows of it (销号)."""
        return None if voucher.is_untold else self.world.arrived_on(voucher)
