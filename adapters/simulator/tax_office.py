"""The tax office: takes declarations, works the amounts out by itself, follows the money into the treasury."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from starlette.routing import Route

from adapters.simulator.amounts import Fen, Yuan, fen
from adapters.simulator.gateway_signature import Call, Gate
from adapters.simulator.records import Voucher
from adapters.simulator.refusal import Message, NoAnswer, Refusal, read
from adapters.simulator.taxes import COUNTY, SUBJECTS, Taxes
from adapters.simulator.waiting_faults import Faults

_Side = Literal["transferee", "transferor", "owner", "applicant"]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]

RATES = {
    "deed_tax": {Decimal(rate) for rate in ("0.01", "0.015", "0.02", "0.03", "0.04", "0.05")},
    "stamp_tax": {Decimal(rate) for rate in ("0.0005", "0.00025")},
}
"""The rates that the law knows (契税法 art. 3 and the reliefs; 印花税法 and its half); others are refused."""


class Taxpayer(Message):
    side: _Side
    name: _Text
    identity: Annotated[str, StringConstraints(min_length=1, max_length=20)]


class Line(Message):
    item: Literal["deed_tax", "stamp_tax", "land_premium", "sea_area_fee"]
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
    again_after: str | None = None


class Status(Message):
    state: Literal["unpaid", "received", "in_treasury", "sent_back"]
    tax_voucher_no: str | None = None
    budget_subject: str | None = None
    budget_level: str | None = None
    treasury: str | None = None
    treasury_date: date | None = None
    sent_back_no: str | None = None
    taken_on: date | None = None
    taken_under: str | None = None


class Certificate(Message):
    number: str
    kind: str = "税收完税证明"
    issued_on: date
    amount: Fen


class TaxOffice:
    """All tax offices of the played regions, at their gateway."""

    def __init__(self, taxes: Taxes, faults: Faults) -> None:
        self._taxes = taxes
        self._world = taxes.world
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
            taxpayer_name=taxpayer.name,
            office_code=sent.office_code,
            levy_number=f"{call.region.region}{self._world.serial():014d}",
            side=line.side,
            item=line.item,
            amount_fen=self._faults.tax_amounts.get((sent.case_number, line.item), own),
            unit_code=sent.unit_code,
            subject=SUBJECTS[line.item],
        )

    def _pay(self, call: Call) -> Status:
        sent = read(PaymentReport, call.body)
        voucher = self._find(call, sent)
        if (sent.order_id, sent.query_id) not in voucher.portions:
            fault = self._taxes.begin(voucher, sent.again_after)
            self._taxes.take(call.region, voucher, sent.order_id, sent.query_id, fen(sent.amount))
            self._taxes.befall(call.region, voucher, fault)
            if fault is not None and fault.how == "lost":
                raise NoAnswer
            if fault is not None and fault.how == "duplicate":
                raise Refusal(409, "repeated", "order_id: this payment was reported before")
        return self._status(voucher)

    def _status(self, voucher: Voucher) -> Status:
        if voucher.sent_back_no is None and voucher.received_at is None:
            return Status(state="unpaid")
        arrived_on = self._taxes.told_on(voucher)
        region = next(each for each in self._world.setup.regions if each.region == voucher.region)
        state: Literal["sent_back", "in_treasury", "received"] = "in_treasury" if arrived_on else "received"
        return Status(
            state="sent_back" if voucher.sent_back_no else state,
            tax_voucher_no=voucher.tax_voucher_no,
            budget_subject=voucher.subject,
            budget_level=COUNTY,
            treasury=region.treasury,
            treasury_date=arrived_on,
            sent_back_no=voucher.sent_back_no,
            taken_on=voucher.taken_on,
            taken_under=voucher.taken_under,
        )

    def _certificate(self, call: Call) -> Certificate:
        voucher = self._voucher(call, VoucherKey)
        arrived_on = self._taxes.told_on(voucher)
        if arrived_on is None:
            raise Refusal(409, "not_in_treasury", f"levy_number: {voucher.levy_number} is not in the treasury yet")
        if voucher.certificate_no is None:
            voucher.certificate_no = f"{call.region.region}{arrived_on:%y}{self._world.serial():010d}"
        return Certificate(number=voucher.certificate_no, issued_on=arrived_on, amount=voucher.amount_fen)

    def _voucher(self, call: Call, model: type[VoucherKey]) -> Voucher:
        return self._find(call, read(model, call.body))

    def _find(self, call: Call, key: VoucherKey) -> Voucher:
        return self._taxes.find(call.region, key.taxpayer_id, key.office_code, key.levy_number)


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
