"""The tax office: takes declarations, works the amounts out by itself, follows the money into the treasury."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from starlette.routing import Route

from adapters.simulator.amounts import Fen, Yuan, fen
from adapters.simulator.faults import Faults
from adapters.simulator.gateway_signature import Call, Gate
from adapters.simulator.records import Voucher
from adapters.simulator.refusal import Message, Refusal, read
from adapters.simulator.world import World

_Side = Literal["transferee", "transferor"]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]

RATES = {
    "deed_tax": {Decimal(rate) for rate in ("0.01", "0.015", "0.02", "0.03", "0.04", "0.05")},
    "stamp_tax": {Decimal(rate) for rate in ("0.0005", "0.00025")},
}
"""The rates that the law knows (契税法 art. 3 and the reliefs; 印花税法 and its half); others are refused."""

SUBJECTS = {"deed_tax": "1011901", "stamp_tax": "1011119", "land_premium": "103014802"}
"""Budget subjects (预算科目) of what is collected here."""

_COUNTY = "4"


class Taxpayer(Message):
    side: _Side
    name: _Text
    identity: Annotated[str, StringConstraints(min_length=1, max_length=20)]


class Line(Message):
    item: Literal["deed_tax", "stamp_tax", "land_premium"]
    side: _Side
    amount: Yuan
    base: Yuan | None
    rate: Annotated[str, StringConstraints(pattern=r"^[01](\.[0-9]{1,8})?$")] | None


class Declaration(Message):
    reference: _Text
    office_code: str
    case_number: _Text
    unit_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{28}$")]
    contract_date: Annotated[date, Field(strict=False)]
    declaration_date: Annotated[date, Field(strict=False)]
    area_m2: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$")] | None
    price: Yuan
    taxpayers: Annotated[list[Taxpayer], Field(min_length=1)]
    lines: list[Line]


class DeclaredVoucher(Message):
    taxpayer_id: str
    office_code: str
    levy_number: str
    side: str
    item: str
    amount: Fen


class Declared(Message):
    reference: str
    total: Fen
    vouchers: list[DeclaredVoucher]


class VoucherKey(Message):
    taxpayer_id: str
    office_code: str
    levy_number: str


class PaymentReport(VoucherKey):
    amount: Yuan
    order_id: str
    query_id: str


class Status(Message):
    state: Literal["unpaid", "received", "in_treasury"]
    tax_voucher_no: str | None = None
    budget_subject: str | None = None
    budget_level: str | None = None
    treasury: str | None = None
    treasury_date: date | None = None


class Certificate(Message):
    number: str
    kind: str = "税收完税证明"
    issued_on: date
    amount: Fen


class TaxOffice:
    """All tax offices of the played regions."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults

    def routes(self, gate: Gate) -> list[Route]:
        return [
            Route("/tax/v1/declarations", gate.around(self._declare), methods=["POST"]),
            Route("/tax/v1/payments", gate.around(self._pay), methods=["POST"]),
            Route(
                "/tax/v1/status",
                gate.around(lambda call: self._status(self._voucher(call, VoucherKey))),
                methods=["POST"],
            ),
            Route("/tax/v1/certificates", gate.around(self._certificate), methods=["POST"]),
        ]

    def _declare(self, call: Call) -> Declared:
        sent = read(Declaration, call.body)
        if sent.office_code != call.region.office_code:
            raise Refusal(422, "unknown_office", f"office_code: {sent.office_code} is not {call.region.office_code}")
        vouchers = self._world.vouchers_of.get((call.region.region, sent.reference))
        if vouchers is None:
            vouchers = [self._assessed(call, sent, line) for line in sent.lines if fen(line.amount) > 0]
            self._world.vouchers_of[call.region.region, sent.reference] = vouchers
            self._world.vouchers.update({each.levy_number: each for each in vouchers})
        return Declared(
            reference=sent.reference,
            total=sum(each.amount_fen for each in vouchers),
            vouchers=[
                DeclaredVoucher(
                    taxpayer_id=each.taxpayer_id,
                    office_code=each.office_code,
                    levy_number=each.levy_number,
                    side=each.side,
                    item=each.item,
                    amount=each.amount_fen,
                )
                for each in vouchers
            ],
        )

    def _assessed(self, call: Call, sent: Declaration, line: Line) -> Voucher:
        taxpayer = next((each for each in sent.taxpayers if each.side == line.side), None)
        if taxpayer is None:
            raise Refusal(422, "no_taxpayer", f"taxpayers: nobody stands on the side {line.side} of {line.item}")
        own = assess(line)
        return Voucher(
            reference=sent.reference,
            case_number=sent.case_number,
            region=call.region.region,
            taxpayer_id=taxpayer.identity,
            office_code=sent.office_code,
            levy_number=f"{call.region.region}{self._world.serial():014d}",
            side=line.side,
            item=line.item,
            amount_fen=self._faults.tax_amounts.get((sent.case_number, line.item), own),
            taxpayer_name=taxpayer.name,
            unit_code=sent.unit_code,
        )

    def _pay(self, call: Call) -> Status:
        sent = read(PaymentReport, call.body)
        voucher = self._find(call, sent)
        if voucher.query_id is None:
            if fen(sent.amount) != voucher.amount_fen:
                raise Refusal(409, "amount_differs", f"amount: the voucher is over {voucher.amount_fen} fen")
            receiver = call.region.treasury_receiver
            if not self._world.claim(receiver, sent.order_id, sent.query_id, voucher.amount_fen):
                raise Refusal(409, "not_received", f"query_id: {receiver} got no such money by {sent.query_id}")
            voucher.query_id = sent.query_id
            voucher.received_at = self._world.clock.now()
            voucher.tax_voucher_no = f"3{call.region.region}{self._world.serial():011d}"
        return self._status(voucher)

    def _status(self, voucher: Voucher) -> Status:
        if voucher.tax_voucher_no is None:
            return Status(state="unpaid")
        arrived_on = self._world.arrived_on(voucher.received_at)
        region = next(each for each in self._world.setup.regions if each.region == voucher.region)
        return Status(
            state="in_treasury" if arrived_on else "received",
            tax_voucher_no=voucher.tax_voucher_no,
            budget_subject=SUBJECTS[voucher.item],
            budget_level=_COUNTY,
            treasury=region.treasury,
            treasury_date=arrived_on,
        )

    def _certificate(self, call: Call) -> Certificate:
        voucher = self._voucher(call, VoucherKey)
        arrived_on = self._world.arrived_on(voucher.received_at)
        if arrived_on is None:
            raise Refusal(409, "not_in_treasury", f"levy_number: {voucher.levy_number} is not in the treasury yet")
        if voucher.certificate_no is None:
            voucher.certificate_no = f"{call.region.region}{arrived_on:%y}{self._world.serial():010d}"
        return Certificate(number=voucher.certificate_no, issued_on=arrived_on, amount=voucher.amount_fen)

    def _voucher(self, call: Call, model: type[VoucherKey]) -> Voucher:
        return self._find(call, read(model, call.body))

    def _find(self, call: Call, key: VoucherKey) -> Voucher:
        voucher = self._world.vouchers.get(key.levy_number)
        if voucher is None or (voucher.region, voucher.taxpayer_id, voucher.office_code) != (
            call.region.region,
            key.taxpayer_id,
            key.office_code,
        ):
            raise Refusal(404, "unknown_voucher", "no voucher has these three elements (纳税三要素)")
        return voucher


def assess(line: Line) -> int:
    """What the tax office finds for a line, in fen: base times rate, half up; as declared where either is missing.

    Plain on purpose: it is the second opinion on the declared amount.
    """
    if line.base is None or line.rate is None:
        return fen(line.amount)
    rate = Decimal(line.rate)
    if line.item in RATES and rate not in RATES[line.item]:
        allowed = ", ".join(str(each) for each in sorted(RATES[line.item]))
        raise Refusal(422, "rate_not_allowed", f"rate: {line.item} has no rate {line.rate}; there are {allowed}")
    if line.item == "land_premium":
        return fen(line.amount)
    return int((fen(line.base) * rate).quantize(Decimal(1), ROUND_HALF_UP))
