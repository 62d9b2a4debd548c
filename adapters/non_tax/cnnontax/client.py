"""Finance's non-tax platform over CNNONTAX, as the engine's port wants it.

The unit makes the pay code and finance takes it (8994); finance is told which payment brought its money (5996) and
asked how far it is (8997). What was sent and not answered is asked for before it is sent again.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from adapters.non_tax.cnnontax.frame import BadFrame, packed, read_frame, unpacked
from adapters.non_tax.cnnontax.invoice import receipt_of
from adapters.non_tax.cnnontax.voucher import APPLICATION, Voucher, document, read
from adapters.non_tax.items import collected
from adapters.wire.cfx import Head
from adapters.wire.xml import BadXml
from foundation import clock
from foundation.errors import BadInput, Unavailable
from foundation.money import plain_yuan
from settlement.ports.journal import Exchange, Journal, Numbers
from settlement.ports.non_tax import FeePayment, FeeState, FeeStatus, FiscalReceipt, PayCodeRequest
from settlement.ports.refusal import Refused, maybe_taken
from settlement.regions import CnnontaxConfig, NonTaxConfig

_WHOM = "the non-tax platform"
_DONE = "00000"
_SECONDS = 10.0
_UNPAID, _VOID = "0", "3"


class CnnontaxPlatform:
    """Implements `settlement.ports.non_tax.NonTaxPlatform` over CNNONTAX."""

    def __init__(
        self,
        region: str,
        config: NonTaxConfig,
        line: CnnontaxConfig,
        journal: Journal,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._region = region
        self._config = config
        self._line = line
        self._journal = journal
        self._now = now

    async def issue_pay_code(self, request: PayCodeRequest) -> str:
        """The pay code of what one payer owes, made here; BadInput where nothing is owed."""
        items = collected(self._config, request.items)
        total = sum(item.amount_fen for item in items)
        if not total:
            raise BadInput("items", request.reference, "at least one item above zero; what owes nothing needs no code")
        last = await self._journal.last(request.reference, "8994")
        if last is not None and last.state == "sent":
            last = await self._after_silence(last, last.reference, lambda told: told.state is FeeState.unpaid)
        if last is not None and last.state == "accepted":
            return last.reference
        code = last.reference if last is not None else await self._fresh_code()
        fields = {"PayInfo": "".join(_item(one.code, one.name, one.amount_fen) for one in items)}
        fields |= {"PayerName": request.payer_name}
        sent = await self._journal.send(
            request.reference, "8994", lambda numbers: self._bill(numbers, code, total, _UNPAID, fields), code
        )
        await self._conclude(sent, "5001")
        return code

    async def confirm(self, pay_code: str, payment: FeePayment, again_after: str | None = None) -> FeeStatus:
        """Tells finance by 5996 which payment brought a pay code's money, once; then asks how far it is."""
        last = await self._journal.last(pay_code, "5996")
        if last is not None and last.state == "sent":
            last = await self._after_silence(last, pay_code, lambda told: told.state is not FeeState.unpaid)
        if last is not None and last.state == "accepted":
            if again_after is None or last.reference == again_after:
                return await maybe_taken(self.status(pay_code))
            await self._journal.settle(last, "undo", None, again_after)
        paid_at = clock.local(payment.paid_at)
        fields = {
            "PayCode": pay_code,
            "CfmDate": paid_at.date(),
            "CfmTime": paid_at.strftime("%H%M%S"),
            "Amt": payment.amount_fen,
            "TraNoBus": payment.query_id,
        }
        sent = await self._journal.send(
            pay_code, "5996", lambda numbers: self._document("5996", numbers, fields), again_after or payment.query_id
        )
        await self._conclude(sent, "8001")
        return await maybe_taken(self.status(pay_code))

    async def void(self, pay_code: str, amount_fen: int) -> None:
        """Makes a pay code void by 8994 with the status of that. Refused once it was paid."""
        if (await self.status(pay_code)).state is FeeState.void:
            return
        numbers = await self._journal.numbers("8994")
        fields = {"PayInfo": _item("0", "作废", amount_fen), "PayerName": "作废"}
        frame = self._bill(numbers, pay_code, amount_fen, _VOID, fields)
        _good((await self._ask(frame, numbers, "5001")).fields)

    async def status(self, pay_code: str) -> FeeStatus:
        """How far a pay code is, by 8997. A 5996 without an answer is closed by it where the money came."""
        told = await self._told(pay_code)
        if told.state is not FeeState.unpaid:
            last = await self._journal.last(pay_code, "5996")
            if last is not None and last.state == "sent":
                await self._journal.settle(last, "accept", None, "8997")
        return told

    async def _told(self, pay_code: str) -> FeeStatus:
        told = await self._question("8997", {"PayCode": pay_code}, "5997")
        if told["PayCode"] != pay_code:
            raise Unavailable(f"{_WHOM} answered for {told['PayCode']}, asked was {pay_code}")
        state = self._line.pay_stats.get(told.get("PayStats", ""))
        if state is None:
            raise Unavailable(f"{_WHOM} says PayStats {told.get('PayStats')}, which the region does not explain")
        return FeeStatus(
            FeeState(state),
            told.get("CfmNo"),
            told.get("CfmDate"),
            told.get("TreVouNo"),
            told.get("TreDate"),
            told.get("BackNo"),
        )

    async def receipt(self, pay_code: str) -> FiscalReceipt:
        """The e-receipt: its number by 8999, its file by 8982."""
        asked = {"PayCode": pay_code, "ChgAgenCode": self._config.unit}
        number = (await self._question("8999", asked, "5001")).get("Information", "")
        file = await self._question("8982", {"PayCode": pay_code, "InvoiceNo": number}, "5001")
        return receipt_of(file.get("InvoiceFileData", ""), number)

    async def _after_silence(self, sent: Exchange, pay_code: str, worked: Callable[[FeeStatus], bool]) -> Exchange:
        """Asks what became of a message that nobody answered, and records it."""
        try:
            took = worked(await self._told(pay_code))
        except Refused:  # finance does not know the pay code
            took = False
        await self._journal.settle(sent, "accept" if took else "forget", None, "8997")
        return replace(sent, state="accepted" if took else "never_arrived")

    async def _conclude(self, sent: Exchange, expected: str) -> None:
        """Sends what was written down and records the answer. A repetition is as good as a yes: finance has it."""
        answer = await self._ask(sent.request, sent.numbers, expected)
        result = str(answer.fields["Result"])
        is_taken = result == _DONE or result in self._line.repeated
        await self._journal.settle(sent, "accept" if is_taken else "refuse", None, result)
        if not is_taken:
            _good(answer.fields)

    async def _fresh_code(self) -> str:
        year = clock.local(self._now()).year % 100
        serial = await self._journal.never_again()
        return self._line.pay_code.format(region=self._region, year=year, serial=serial)

    def _bill(self, numbers: Numbers, code: str, fen: int, state: str, fields: Mapping[str, Any]) -> bytes:
        account = self._line.account
        whole = {
            "PayCode": code,
            "BillDate": numbers.day,
            "ChgAgenCode": self._config.unit,
            "ChgAgenName": self._line.unit_name,
            "Amt": fen,
            "PayStats": state,
            "RecName": account.name,
            "RecAcct": account.number,
            "RecOpBk": account.bank,
        }
        return self._document("8994", numbers, {"AdmDivCode": self._region} | whole | dict(fields))

    def _document(self, message: str, numbers: Numbers, fields: Mapping[str, Any]) -> bytes:
        own = numbers.message_id
        head = Head(self._line.unit_node, self._line.finance_node, APPLICATION, message, own, own, numbers.day)
        return document(head, self._region, fields)

    async def _question(self, message: str, fields: Mapping[str, Any], expected: str) -> dict[str, Any]:
        numbers = await self._journal.numbers(message)
        asked = self._document(message, numbers, {"AdmDivCode": self._region, **fields})
        return _good((await self._ask(asked, numbers, expected)).fields)

    async def _ask(self, xml: bytes, numbers: Numbers, expected: str) -> Voucher:
        """One connection, one frame each way, all of it within ten seconds. Unavailable: nothing was decided."""
        token = self._config.secret_file.read_bytes().strip()
        message = numbers.message_id[8:12]
        try:
            async with asyncio.timeout(_SECONDS):
                number, answer = unpacked(await self._exchange(packed(message, xml, token)), token)
            said = read(answer, expected)
        except (TimeoutError, OSError, BadFrame, BadXml) as error:
            raise Unavailable(f"{_WHOM} did not answer {message}: {type(error).__name__} {error}") from error
        if number != expected or said.head.msg_ref != numbers.message_id:
            raise Unavailable(f"{_WHOM} answered {number} for {said.head.msg_ref}, asked was {numbers.message_id}")
        return said

    async def _exchange(self, frame: bytes) -> bytes:
        host, _, port = self._line.socket.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(frame)
            await writer.drain()
            return await read_frame(reader)
        finally:
            writer.close()


def _good(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a yes. Refused carries finance's code otherwise."""
    if fields["Result"] != _DONE:
        raise Refused(_WHOM, fields["Result"], fields.get("Information") or "no reason given")
    return fields


def _item(code: str, name: str, fen: int) -> str:
    """PayInfo of one item: code, name, amount, unit, quantity, kind of standard, standard."""
    return f"{code}|{name}|{plain_yuan(fen)}|次|1|不限制|0.0-0.0#"
