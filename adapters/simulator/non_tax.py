"""The non-tax platform of the finance office: pay codes, confirmations, e-receipts, statements."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from starlette.routing import Route

from adapters.simulator.amounts import Fen, Yuan, fen, yuan
from adapters.simulator.breaks import Breaks
from adapters.simulator.faults import EVERYWHERE, Source, Way
from adapters.simulator.fees import Fees
from adapters.simulator.gateway_signature import Call, File, Gate
from adapters.simulator.records import Fee, PayCode
from adapters.simulator.refusal import Message, NoAnswer, Refusal, read
from adapters.simulator.statements import befalls, delivered, statement_day
from adapters.simulator.waiting_faults import Faults

_ANOTHER_ITEM = Fee("103043211999", "其他", 0)
_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Item(Message):
    code: str
    name: _Text
    amount: Yuan


class PayCodeRequest(Message):
    reference: _Text
    unit: str
    payer_name: _Text
    payer_identity: _Text
    items: Annotated[list[Item], Field(min_length=1)]
    total: Yuan


class Issued(Message):
    pay_code: str
    total: Fen


class Confirmation(Message):
    pay_code: str
    amount: Yuan
    order_id: str
    query_id: str
    paid_at: Annotated[datetime, Field(strict=False)]
    again_after: str | None = None


class VoidRequest(Message):
    pay_code: str
    amount: Yuan


class Status(Message):
    pay_code: str
    state: Literal["unpaid", "in_account", "passed_on", "sent_back", "void"]
    confirmation_no: str | None = None
    confirmed_on: date | None = None
    passed_on_no: str | None = None
    passed_on_date: date | None = None
    sent_back_no: str | None = None


class ReceiptRequest(Message):
    pay_code: str


class ReceiptAnswer(Message):
    code: str
    number: str
    check_code: str
    issued_on: date
    amount: Fen


@dataclass(frozen=True, slots=True)
class FeeIncome:
    """What came in by one pay code; a statement has a row for each of its items.

    With a `return_no` it is about a 退付 under that number: money out, or, where it `comes_back`, in again.
    """

    pay_code: str
    confirmation_no: str
    query_id: str
    fees: tuple[Fee, ...]
    return_no: str = ""
    comes_back: bool = False

    @property
    def key(self) -> str:
        return self.return_no or self.pay_code

    @property
    def signed_fen(self) -> int:
        return -self.amount_fen if self.return_no and not self.comes_back else self.amount_fen

    @property
    def amount_fen(self) -> int:
        return sum(fee.amount_fen for fee in self.fees)

    def with_amount(self, amount_fen: int) -> "FeeIncome":
        first, *others = self.fees
        changed = replace(first, amount_fen=first.amount_fen + amount_fen - self.amount_fen)
        return replace(self, fees=(changed, *others))

    def renumbered(self, serial: int) -> "FeeIncome":
        return replace(
            self,
            pay_code=f"{self.pay_code[:10]}{serial:010d}",
            confirmation_no=f"{self.confirmation_no[:14]}{serial % 10**8:08d}",
            query_id=f"{self.query_id[:14]}{serial % 10**7:07d}",
            return_no=self.return_no and _return_no(serial),
        )

    def under(self, serial: int) -> "FeeIncome":
        if self.return_no:
            return replace(self, return_no=_return_no(serial))
        return replace(self.renumbered(serial), query_id=self.query_id)

    def elsewhere(self) -> "FeeIncome":
        return replace(self, fees=(replace(_ANOTHER_ITEM, amount_fen=self.amount_fen),))

    def taken_back(self, serial: int) -> "FeeIncome":
        return replace(self, return_no=_return_no(serial))


def _return_no(serial: int) -> str:
    return f"TF{serial:010d}"


def _befallen(row: FeeIncome, how: Way, _by_fen: int, _serial: int) -> tuple[FeeIncome, ...] | None:
    """What a statement shows for a row that something befell: a 退付 that the payer's bank sent back (退回)."""
    return (row, replace(row, comes_back=True)) if how == "bounced" and row.return_no else None


class NonTax:
    """All non-tax platforms of the played regions, at their gateway."""

    def __init__(self, fees: Fees, faults: Faults) -> None:
        self._fees = fees
        self._world = fees.world
        self._faults = faults
        self.breaks = Breaks(self._moved, _befallen, self._ways, debt=lambda row: row.pay_code)

    def routes(self, gate: Gate) -> list[Route]:
        return [
            Route("/nontax/v1/paycodes", gate.around(self._issue), methods=["POST"]),
            Route("/nontax/v1/confirmations", gate.around(self._confirm), methods=["POST"]),
            Route("/nontax/v1/voids", gate.around(self._void), methods=["POST"]),
            Route("/nontax/v1/paycodes/{pay_code}", gate.around(self._show), methods=["GET"]),
            Route("/nontax/v1/receipts", gate.around(self._receipt), methods=["POST"]),
            Route("/nontax/v1/statements/{unit}/{day}", gate.around(self._statement), methods=["GET"]),
        ]

    def _ways(self, _region: str, row: FeeIncome) -> Sequence[Way]:
        """What is drawn for a row. What finance gave back itself is not taken back as well: nobody could tell which of
        both a statement shows, as the number of a 退付 is written down by hand.
        """
        if row.return_no:
            return (*EVERYWHERE, "elsewhere", "bounced")
        is_given_back = any(one.key == row.pay_code for one in self._world.hand_backs.values())
        return (*EVERYWHERE, "elsewhere") if is_given_back else (*EVERYWHERE, "elsewhere", "taken_back")

    def _moved(self, region: str, day: date) -> list[FeeIncome]:
        return [*self._came(region, day), *self._went_back(region, day)]

    def _went_back(self, region: str, day: date) -> list[FeeIncome]:
        """退付 of a day. Of what item it was is told at the counter, or it is of the first that is large enough."""
        found = []
        for given in self._world.hand_backs.values():
            if (given.source, given.region, given.on) == (Source.non_tax.value, region, day):
                code = self._world.pay_codes[given.key]
                fits = [
                    fee for fee in code.fees if given.item in (None, fee.code) and fee.amount_fen >= given.amount_fen
                ]
                fee = replace((fits or code.fees)[0], amount_fen=given.amount_fen)
                number, query_id = code.confirmation_no or "", code.query_id or ""
                found.append(FeeIncome(code.number, number, query_id, (fee,), given.reference))
        return found

    def _came(self, region: str, day: date) -> list[FeeIncome]:
        return [
            FeeIncome(each.number, each.confirmation_no or "", each.query_id or "", each.fees)
            for each in self._world.pay_codes.values()
            if each.region == region and self._fees.arrived_on(each) == day
        ]

    def _issue(self, call: Call) -> Issued:
        sent = read(PayCodeRequest, call.body)
        if sent.unit != call.region.unit:
            raise Refusal(422, "unknown_unit", f"unit: {sent.unit} is not {call.region.unit}")
        total = sum(fen(item.amount) for item in sent.items)
        if total != fen(sent.total) or total == 0:
            raise Refusal(422, "wrong_total", f"total: {sent.total} is not the items' sum {yuan(total)}, or is zero")
        if (call.region.region, sent.reference) not in self._world.pay_code_of:
            number = f"{call.region.region}{self._world.clock.now():%y}30{self._world.serial():010d}"
            fees = [Fee(item.code, item.name, fen(item.amount)) for item in sent.items]
            self._fees.issue(call.region, number, sent.reference, (sent.payer_name, sent.payer_identity), fees)
        code = self._world.pay_code_of[call.region.region, sent.reference]
        return Issued(pay_code=code.number, total=code.amount_fen)

    def _confirm(self, call: Call) -> Status:
        sent = read(Confirmation, call.body)
        code = self._find(call, sent.pay_code)
        payment = (sent.order_id, sent.query_id, fen(sent.amount))
        fault = self._fees.take(call.region, code, payment, sent.again_after)
        if fault is not None and fault.how == "lost":
            raise NoAnswer
        if fault is not None and fault.how == "duplicate":
            raise Refusal(409, "repeated", "order_id: this payment was reported before")
        return self._status(code)

    def _void(self, call: Call) -> Status:
        code = self._find(call, read(VoidRequest, call.body).pay_code)
        self._fees.void(code)
        return self._status(code)

    def _show(self, call: Call) -> Status:
        return self._status(self._find(call, call.path["pay_code"]))

    def _status(self, code: PayCode) -> Status:
        if code.is_void or code.sent_back_no:
            state: Literal["void", "sent_back"] = "void" if code.is_void else "sent_back"
            return Status(pay_code=code.number, state=state, sent_back_no=code.sent_back_no)
        arrived_on = self._fees.arrived_on(code)
        if arrived_on is None:
            return Status(pay_code=code.number, state="unpaid")
        passed_on = self._fees.passed_on(code)
        return Status(
            pay_code=code.number,
            state="passed_on" if passed_on else "in_account",
            confirmation_no=code.confirmation_no,
            confirmed_on=arrived_on,
            passed_on_no=code.passed_on_no,
            passed_on_date=passed_on,
        )

    def _receipt(self, call: Call) -> ReceiptAnswer:
        code = self._find(call, read(ReceiptRequest, call.body).pay_code)
        receipt = self._fees.receipt(call.region, code)
        return ReceiptAnswer(
            code=receipt.code,
            number=receipt.number,
            check_code=receipt.check_code,
            issued_on=receipt.issued_on,
            amount=code.amount_fen,
        )

    def _statement(self, call: Call) -> File:
        unit, day = call.path["unit"], statement_day(call.path["day"])
        if unit != call.region.unit:
            raise Refusal(404, "unknown_unit", f"unit: {unit} is not {call.region.unit}")
        fault = befalls(Source.non_tax, call, day, self._faults, self._world)
        file = statement(unit, day, self.breaks.shown(call.region.region, day))
        return delivered(f"nontax_{unit}_{day:%Y%m%d}.csv", "text/csv; charset=utf-8", file, fault, day)

    def _find(self, call: Call, number: str) -> PayCode:
        return self._fees.find(call.region, number)


def statement(unit: str, day: date, incomes: Sequence[FeeIncome]) -> bytes:
    """The UTF-8 CSV of a day: one row an item of a pay code; one about a 退付 begins with R and has its number."""
    rows = [
        f"{'R' if each.return_no else 'D'},{each.pay_code},{each.return_no or each.confirmation_no},{fee.code},"
        f"{'-' if each.signed_fen < 0 else ''}{yuan(fee.amount_fen)},{each.query_id}"
        for each in incomes
        for fee in each.fees
    ]
    total = sum(each.signed_fen for each in incomes)
    return "\n".join([f"H,{unit},{day}", *rows, f"T,{len(rows)},{yuan(total)}", ""]).encode()
