"""What the finance office keeps, however it is asked: pay codes, the money that came for them, where it went.

Its gateway (non_tax.py) and the CNNONTAX socket (cnnontax.py) are two doors of the same office.
"""

import secrets
from datetime import date, timedelta

from adapters.simulator.faults import LegFault
from adapters.simulator.records import Fee, PayCode, Receipt
from adapters.simulator.refusal import NoAnswer, Refusal
from adapters.simulator.setup import RegionSetup
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World


class Fees:
    """All finance offices of the played regions."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self._faults = faults

    def issue(self, region: RegionSetup, number: str, reference: str, payer: tuple[str, str], fees: list[Fee]) -> None:
        """Takes a pay code into the books. `payer` is name and identity. Refusal 422 for an item that is not known."""
        unknown = [fee.code for fee in fees if fee.code not in region.fees]
        if unknown:
            raise Refusal(422, "unknown_item", f"items: {unknown[0]} is none of {', '.join(region.fees)}")
        code = PayCode(reference, region.region, number, *payer, tuple(fees))
        self.world.pay_codes[number] = self.world.pay_code_of[region.region, reference] = code

    def find(self, region: RegionSetup, number: str) -> PayCode:
        """The pay code; Refusal 404 where it was not issued here."""
        code = self.world.pay_codes.get(number)
        if code is None or code.region != region.region:
            raise Refusal(404, "unknown_pay_code", f"pay_code: {number} was not issued here")
        return code

    def void(self, code: PayCode) -> None:
        """作废: nobody can pay it any more. Refusal 409 once money came."""
        if code.received_at is not None:
            raise Refusal(409, "paid", f"pay_code: {code.number} is paid")
        code.is_void = True

    def take(
        self, region: RegionSetup, code: PayCode, payment: tuple[str, str, int], again_after: str | None
    ) -> LegFault | None:
        """Takes the money of a payment (order id, query id, fen), once; gives the fault that it meets."""
        order_id, query_id, amount_fen = payment
        if (order_id, query_id) in code.portions:
            return None
        if code.is_void:
            raise Refusal(409, "void", f"pay_code: {code.number} is void")
        if amount_fen != code.amount_fen:
            raise Refusal(409, "amount_differs", f"amount: the pay code is over {code.amount_fen} fen")
        if again_after != code.sent_back_no:
            raise Refusal(409, "sent_back", f"pay_code: was sent back as {code.sent_back_no}")
        fault = self._faults.take_leg("non_tax", code.number, code.purpose)
        if fault is not None and fault.how == "unheard":
            raise NoAnswer
        if not self.world.claim(region.non_tax_receiver, order_id, query_id, amount_fen):
            raise Refusal(409, "not_received", f"query_id: {region.non_tax_receiver} got no such money by {query_id}")
        code.sent_back_no = None
        code.portions[order_id, query_id] = amount_fen
        code.received_at = self.world.clock.now()
        code.confirmation_no = f"{region.region}{code.received_at:%Y%m%d}{self.world.serial() % 10**8:08d}"
        self.befall(region, code, fault)
        return fault

    def befall(self, region: RegionSetup, code: PayCode, fault: LegFault | None) -> None:
        """What happens to money that was taken."""
        code.befell += [fault.how] if fault else []
        match fault.how if fault else None:
            case "late" if fault and code.received_at:
                code.received_at += timedelta(seconds=fault.seconds)
            case "partial":
                code.is_stuck = True
            case "returned":
                self.world.send_back(code, region.non_tax_receiver)

    def arrived_on(self, code: PayCode) -> date | None:
        """The day on which a pay code's money came into the non-tax account."""
        return self.world.arrived_on(code)

    def passed_on(self, code: PayCode) -> date | None:
        """The day on which finance handed the money to the treasury (缴库), some time after it arrived."""
        if code.received_at is None or self.arrived_on(code) is None:
            return None
        wait = timedelta(seconds=self.world.setup.behaviour.pass_on_seconds)
        handed = self.world.arrival(code.received_at) + wait
        if self.world.clock.now() < handed:
            return None
        code.passed_on_no = code.passed_on_no or f"JK{self.world.serial():010d}"
        return handed.date()

    def receipt(self, region: RegionSetup, code: PayCode) -> Receipt:
        """The e-receipt of a pay code; the same every time. Refusal 409 before the money has arrived."""
        if self.arrived_on(code) is None:
            raise Refusal(409, "not_in_account", f"pay_code: the money of {code.number} has not arrived")
        if code.receipt is None:
            today = self.world.clock.today()
            check_code = f"{secrets.randbelow(10**6):06d}"
            serial = f"{self.world.serial():010d}"
            code.receipt = Receipt(f"{region.region[:2]}0210{today:%y}", serial, check_code, today)
        return code.receipt
