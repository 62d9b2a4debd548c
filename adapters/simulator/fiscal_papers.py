"""The fiscal e-receipt platform: receipts as files, verification, red letters."""

import secrets
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from starlette.routing import Route

from adapters.simulator.amounts import Fen, Yuan, fen, yuan
from adapters.simulator.gateway_signature import Call, File, Gate
from adapters.simulator.paper import paper
from adapters.simulator.records import PayCode, RedReceipt
from adapters.simulator.refusal import Message, NoAnswer, Refusal, read
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
_Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
_Check = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{6}$")]


class Asked(Message):
    code: _Code
    number: _Number


class ToVerify(Asked):
    check_code: _Check
    issued_on: Annotated[date, Field(strict=False)]
    amount: Yuan


class Verified(Message):
    state: Literal["valid", "red_lettered", "unknown"]
    red_lettered: Fen = 0


class RedWish(Asked):
    check_code: _Check
    reference: _Text
    amount: Yuan
    reason: _Text


class RedAnswer(Message):
    code: str
    number: str
    check_code: str
    issued_on: date
    amount: Fen


class FiscalPapers:
    """What all played platforms say of their receipts."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults

    def routes(self, gate: Gate) -> list[Route]:
        return [
            Route("/nontax/v1/receipts/file", gate.around(self._file), methods=["POST"]),
            Route("/nontax/v1/receipts/verify", gate.around(self._verify), methods=["POST"]),
            Route("/nontax/v1/red-receipts", gate.around(self._red_letter), methods=["POST"]),
        ]

    def _file(self, call: Call) -> File:
        sent = read(Asked, call.body)
        if self._faults.take_desk("paper_missing", sent.number):
            raise Refusal(404, "not_ready", "the file of this receipt is being sealed; ask again later")
        red = next((each for each in self._world.red_receipts.values() if each.number == sent.number), None)
        code = self._black(call, red.of_number if red else sent.number, red.code if red else sent.code)
        assert code.receipt is not None
        sign = "-" if red else ""
        rows = [
            ("票据代码", red.code if red else code.receipt.code),
            ("票据号码", red.number if red else code.receipt.number),
            ("校验码", red.check_code if red else code.receipt.check_code),
            ("开票日期", f"{red.issued_on if red else code.receipt.issued_on}"),
            ("交款人", code.payer_name),
            ("缴款码", code.number),
            *[(f"项目 {fee.name}", f"¥{yuan(fee.amount_fen)}") for fee in code.fees if red is None],
            *([("冲红原因", red.reason), ("原票据号码", red.of_number)] if red else []),
            ("金额合计", f"¥{sign}{yuan(red.amount_fen if red else code.amount_fen)}"),
        ]
        title = "非税收入统一票据（电子）" + ("红字" if red else "")
        return File(f"{sent.number}.pdf", "application/pdf", paper(title, rows, "财政票据监制章", red is not None))

    def _verify(self, call: Call) -> Verified:
        sent = read(ToVerify, call.body)
        try:
            code = self._black(call, sent.number, sent.code)
        except Refusal:
            return Verified(state="unknown")
        receipt = code.receipt
        assert receipt is not None
        figures = (receipt.check_code, receipt.issued_on, code.amount_fen)
        if figures != (sent.check_code, sent.issued_on, fen(sent.amount)):
            return Verified(state="unknown")
        red = self._red_sum(receipt.number)
        return Verified(state="red_lettered" if red == code.amount_fen else "valid", red_lettered=red)

    def _red_letter(self, call: Call) -> RedAnswer:
        sent = read(RedWish, call.body)
        code = self._black(call, sent.number, sent.code)
        if code.receipt is None or code.receipt.check_code != sent.check_code:
            raise Refusal(409, "wrong_check_code", "check_code: does not fit the receipt")
        red = self._world.red_receipts.get((call.region.region, sent.reference))
        if red is None:
            wished = fen(sent.amount)
            left = code.amount_fen - self._red_sum(sent.number)
            if not 0 < wished <= left:
                raise Refusal(409, "exceeds", f"amount: {yuan(left)} of the receipt is left")
            today = self._world.clock.today()
            red = RedReceipt(
                sent.number,
                sent.code,
                f"{self._world.serial():010d}",
                f"{secrets.randbelow(10**6):06d}",
                today,
                wished,
                sent.reason,
            )
            self._world.red_receipts[call.region.region, sent.reference] = red
        if self._faults.take_desk("red_letter_lost", sent.number):
            raise NoAnswer
        return RedAnswer(
            code=red.code, number=red.number, check_code=red.check_code, issued_on=red.issued_on, amount=red.amount_fen
        )

    def _red_sum(self, number: str) -> int:
        return sum(each.amount_fen for each in self._world.red_receipts.values() if each.of_number == number)

    def _black(self, call: Call, number: str, code: str) -> PayCode:
        for each in self._world.pay_codes.values():
            receipt = each.receipt if each.region == call.region.region else None
            if receipt is not None and (receipt.code, receipt.number) == (code, number):
                return each
        raise Refusal(404, "unknown_receipt", f"number: no receipt {code} has the number {number}")
