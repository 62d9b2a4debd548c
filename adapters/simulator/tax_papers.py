"""The tax office's certificates as files and as answers, and what it hears back from the registry."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from starlette.routing import Route

from adapters.simulator.amounts import Fen, yuan
from adapters.simulator.gateway_signature import Call, File, Gate
from adapters.simulator.paper import paper
from adapters.simulator.records import Registration, Voucher
from adapters.simulator.refusal import Message, Refusal, read
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

KIND = "税收完税证明"
NAMES = {
    "deed_tax": "契税",
    "stamp_tax": "印花税",
    "land_premium": "国有土地使用权出让收入",
    "sea_area_fee": "海域使用金",
}
_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Asked(Message):
    number: _Text
    kind: _Text


class Known(Message):
    number: str
    kind: str
    issued_on: date
    amount: Fen
    item: str
    taxpayer_id: str
    unit_code: str
    state: Literal["valid", "void"]


class Registered(Message):
    case_number: _Text
    unit_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{28}$")]
    title_number: _Text
    registered_at: Annotated[datetime, Field(strict=False)]
    certificates: list[_Text]


class Acknowledged(Message):
    acknowledgement: str


class TaxPapers:
    """What all played tax offices say of their certificates."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults

    def routes(self, gate: Gate) -> list[Route]:
        return [
            Route("/tax/v1/certificates/file", gate.around(self._file), methods=["POST"]),
            Route("/tax/v1/certificates/lookup", gate.around(self._look_up), methods=["POST"]),
            Route("/tax/v1/registrations", gate.around(self._registered), methods=["POST"]),
        ]

    def _file(self, call: Call) -> File:
        voucher = self._find(call)
        if self._faults.take_desk("paper_missing", voucher.certificate_no):
            raise Refusal(404, "not_ready", "the file of this certificate is being sealed; ask again later")
        rows = [
            ("证明号码", voucher.certificate_no or ""),
            ("税票号码", voucher.tax_voucher_no or ""),
            ("纳税人", voucher.taxpayer_name),
            ("纳税人识别号", voucher.taxpayer_id),
            ("税种", NAMES.get(voucher.item, voucher.item)),
            ("不动产单元号", voucher.unit_code),
            ("入（退）库日期", f"{self._world.arrived_on(voucher)}"),
            ("实缴（退）金额", f"¥{yuan(voucher.amount_fen)}"),
        ]
        return File(f"{voucher.certificate_no}.pdf", "application/pdf", paper(KIND, rows, "国家税务总局征税专用章"))

    def _look_up(self, call: Call) -> Known:
        voucher = self._find(call)
        other = self._faults.take_desk("certificate_other_amount", voucher.certificate_no)
        void = self._faults.take_desk("certificate_void", voucher.certificate_no)
        issued_on = self._world.arrived_on(voucher)
        assert issued_on is not None  # a certificate has a number only once the money is in the treasury
        return Known(
            number=voucher.certificate_no or "",
            kind=KIND,
            issued_on=issued_on,
            amount=voucher.amount_fen + (1 if other else 0),
            item=voucher.item,
            taxpayer_id=voucher.taxpayer_id,
            unit_code=voucher.unit_code,
            state="void" if void else "valid",
        )

    def _registered(self, call: Call) -> Acknowledged:
        sent = read(Registered, call.body)
        if self._faults.take_desk("registration_refused", sent.case_number):
            raise Refusal(409, "not_taken", "the tax office cannot take results right now")
        known = self._world.registrations.get((call.region.region, sent.case_number))
        if known is None:
            acknowledgement = f"DB{call.region.region}{self._world.serial():010d}"
            known = Registration(call.region.region, sent.case_number, sent.title_number, acknowledgement)
            self._world.registrations[call.region.region, sent.case_number] = known
        return Acknowledged(acknowledgement=known.acknowledgement)

    def _find(self, call: Call) -> Voucher:
        sent = read(Asked, call.body)
        found = (
            each
            for each in self._world.vouchers.values()
            if (each.certificate_no, each.region) == (sent.number, call.region.region)
        )
        voucher = next(found, None)
        if voucher is None or sent.kind != KIND:
            raise Refusal(404, "unknown_certificate", f"number: no {sent.kind} has the number {sent.number}")
        return voucher
