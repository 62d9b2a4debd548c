"""The finance office behind its socket: CNNONTAX frames over the books of fees.py (docs/protocols.md, section 9)."""

import asyncio
import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from adapters.simulator import cfx
from adapters.simulator.amounts import fen, yuan
from adapters.simulator.certificates import Keys
from adapters.simulator.faults import LegFault
from adapters.simulator.fees import Fees
from adapters.simulator.records import Fee, PayCode
from adapters.simulator.refusal import NoAnswer, Refusal
from adapters.simulator.setup import RegionSetup

_DONE, _FAILED, _REPEATED = "00000", "99999", "18002"
_LEAST, _MOST, _XML_AT, _MAC = 87, 1 << 20, 23, 64
_SECONDS = 10.0
_CODE, _DAY, _AMOUNT = "[0-9A-Za-z]{1,30}", "[0-9]{8}", r"-?[0-9]{1,15}\.[0-9]{2}"
FORMS: Mapping[str, cfx.Form] = {
    "8994": {
        "AdmDivCode": "[0-9]{6}",
        "PayCode": _CODE,
        "BillDate": _DAY,
        "ChgAgenCode": ".{1,20}",
        "ChgAgenName": ".{1,200}",
        "PayerName": ".{1,200}",
        "Amt": _AMOUNT,
        "PayStats": "[0-9]",
        "RecName": ".{1,200}",
        "RecAcct": ".{0,40}",
        "RecOpBk": ".{1,200}",
        "PayInfo": ".{1,4000}",
    },
    "8997": {"AdmDivCode": "[0-9]{6}", "PayCode": _CODE},
    "5996": {"PayCode": _CODE, "CfmDate": _DAY, "CfmTime": "[0-9]{6}", "Amt": _AMOUNT, "TraNoBus": "[0-9]{1,40}"},
    "8999": {"AdmDivCode": "[0-9]{6}", "PayCode": _CODE, "ChgAgenCode": ".{1,20}"},
    "8982": {"AdmDivCode": "[0-9]{6}", "PayCode": _CODE, "InvoiceNo": "[0-9]{10}"},
}
_ANSWERS = {"8994": "5001", "8999": "5001", "8982": "5001", "8997": "5997", "5996": "8001"}


class Cnnontax:
    """All finance offices of the played regions, at one socket.

    `push_to` is where each region's unit listens for 5996; `pushed` are the answers (8001) that came to pushes.
    """

    def __init__(self, fees: Fees, keys: Keys) -> None:
        self._fees = fees
        self._keys = keys
        self.push_to: dict[str, tuple[str, int]] = {}
        self.pushed: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, port: int) -> asyncio.Server:
        """Opens the socket on 127.0.0.1; port 0 takes a free one."""
        return await asyncio.start_server(self._connection, "127.0.0.1", port)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                first = await reader.readexactly(8)
                length = int(first) if re.fullmatch(rb"[1-9][0-9]{0,7} *", first) else 0
                if not _LEAST <= length <= _MOST:
                    return
                frame = first + await reader.readexactly(length - 8)
                answer = self.answer(frame)
                if answer is not None:
                    writer.write(answer)
                    await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, OSError):
            return
        finally:
            writer.close()

    def answer(self, frame: bytes) -> bytes | None:
        """The answering frame, or None where the line just ends: no frame, a strange MAC, a message nobody knows."""
        number, xml = frame[19:_XML_AT].decode("latin-1"), frame[_XML_AT:-_MAC]
        region = next((each for each in self._fees.world.setup.regions if self._mac(each, xml) == frame[-_MAC:]), None)
        if frame[8:19] != b"CNNONTAX1.0" or region is None or number not in FORMS:
            return None
        try:
            message = cfx.read(xml)
        except cfx.Wrong:
            return None
        fields: Mapping[str, str] = {}
        try:
            fields = _fields(message, number)
            said = self._said(region, number, fields)
        except NoAnswer:
            return None
        except cfx.Wrong as wrong:
            said = {"Result": wrong.result, "Information": wrong.said[:200]}
        except Refusal as refusal:
            said = {"Result": _FAILED, "Information": f"{refusal.code}: {refusal.message}"[:200]}
        about = {"PayCode": fields.get("PayCode", "0")} if number == "8997" else {"OriMsgNo": number}
        return self._framed(region, _ANSWERS[number], message.head["SRC"], message.head["MsgID"], about | said)

    def _said(self, region: RegionSetup, number: str, fields: Mapping[str, str]) -> dict[str, str]:
        match number:
            case "8994":
                return self._bill(region, fields)
            case "8997":
                return self._status(self._fees.find(region, fields["PayCode"]))
            case "5996":
                return self._paid(region, fields)
            case "8999":
                receipt = self._fees.receipt(region, self._fees.find(region, fields["PayCode"]))
                return {"Result": _DONE, "Information": receipt.number}
            case _:
                code = self._fees.find(region, fields["PayCode"])
                return {"Result": _DONE, "InvoiceFileData": self._file(region, code)}

    def _bill(self, region: RegionSetup, fields: Mapping[str, str]) -> dict[str, str]:
        if fields["ChgAgenCode"] != region.unit:
            raise cfx.Wrong("18012", "没有该单位的代收费权限")
        code = self._fees.world.pay_codes.get(fields["PayCode"])
        if fields["PayStats"] == "3":
            self._fees.void(self._fees.find(region, fields["PayCode"]))
            return {"Result": _DONE}
        if code is not None:
            return {"Result": _REPEATED, "Information": "缴款码已存在"}
        fees = [_fee(each) for each in fields["PayInfo"].rstrip("#").split("#")]
        if sum(fee.amount_fen for fee in fees) != fen(fields["Amt"]) or any(not fee.amount_fen for fee in fees):
            raise cfx.Wrong(_FAILED, "金额与明细不符")
        self._fees.issue(region, fields["PayCode"], fields["PayCode"], (fields["PayerName"], ""), fees)
        return {"Result": _DONE, "Information": f"https://nontax.example/pay/{fields['PayCode']}"}

    def _paid(self, region: RegionSetup, fields: Mapping[str, str]) -> dict[str, str]:
        code = self._fees.find(region, fields["PayCode"])
        order = self._fees.world.by_query_id.get(fields["TraNoBus"])
        order_id = order.order_id if order else ""
        if (order_id, fields["TraNoBus"]) in code.portions:
            return {"Result": _REPEATED, "Information": "重复确认"}
        payment = (order_id, fields["TraNoBus"], fen(fields["Amt"]))
        fault = self._fees.take(region, code, payment, code.sent_back_no)
        self._push_later(region, code, fault)
        if fault is not None and fault.how == "lost":
            raise NoAnswer
        repeated = fault is not None and fault.how == "duplicate"
        return {"Result": _REPEATED if repeated else _DONE}

    def _status(self, code: PayCode) -> dict[str, str]:
        told = {"Result": _DONE, "Amt": yuan(code.amount_fen)}
        if code.is_void:
            return told | {"PayStats": "3"}
        if code.sent_back_no:
            return told | {"PayStats": "4", "BackNo": code.sent_back_no}
        arrived_on = self._fees.arrived_on(code)
        if arrived_on is None:
            return told | {"PayStats": "0"}
        told |= {"PayStats": "1", "CfmDate": f"{arrived_on:%Y%m%d}", "CfmNo": code.confirmation_no or ""}
        passed_on = self._fees.passed_on(code)
        if passed_on is None:
            return told
        return told | {"PayStats": "2", "TreDate": f"{passed_on:%Y%m%d}", "TreVouNo": code.passed_on_no or ""}

    def _file(self, region: RegionSetup, code: PayCode) -> str:
        """The e-receipt's file: EInvoice, as far as anyone needs it to verify the receipt."""
        receipt = self._fees.receipt(region, code)
        root = Element("EInvoice")
        header = {"EInvoiceTag": f"CZ-EI-{region.region[:2]}", "EInvoiceID": receipt.number, "Version": "1.1.0"}
        main = {
            "EInvoiceName": "非税收入统一票据（电子）",
            "EInvoiceCode": receipt.code,
            "EInvoiceNumber": receipt.number,
            "RandomNumber": receipt.check_code,
            "TotalAmount": yuan(code.amount_fen),
            "IssueDate": f"{receipt.issued_on:%Y%m%d}",
        }
        items = [{"ItemCode": fee.code, "ItemName": fee.name, "ItemAmount": yuan(fee.amount_fen)} for fee in code.fees]
        cfx.fill(root, {"Header": header, "EInvoiceData": {"Main": main, "Details": {"Item": items}}})
        text = '<?xml version="1.0" encoding="GBK"?>\n' + ElementTree.tostring(root, encoding="unicode")
        return base64.b64encode(text.encode("gbk")).decode("ascii")

    def _push_later(self, region: RegionSetup, code: PayCode, fault: LegFault | None) -> None:
        if region.region in self.push_to:
            times = 2 if fault is not None and fault.how == "duplicate" else 1
            task = asyncio.get_running_loop().create_task(self._push(region, code, times))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _push(self, region: RegionSetup, code: PayCode, times: int) -> None:
        """5996 to the unit once the money has arrived; it is not told again if nobody listens."""
        await asyncio.sleep(self._fees.world.setup.behaviour.arrival_seconds)
        arrived_on = self._fees.arrived_on(code)
        if arrived_on is None or code.received_at is None:
            return
        for _ in range(times):
            try:
                async with asyncio.timeout(_SECONDS):
                    reader, writer = await asyncio.open_connection(*self.push_to[region.region])
                    writer.write(self._pushed(region, code, arrived_on, code.received_at))
                    answer = await reader.read(_MOST)
                    writer.close()
            except (TimeoutError, OSError):
                continue
            if len(answer) > _LEAST:
                self.pushed.append(_fields(cfx.read(answer[_XML_AT:-_MAC]), "8001", _ACKNOWLEDGED)["Result"])

    def confirmations(self, region: str) -> list[bytes]:
        """A 5996 for everything that has arrived in a region, as frames."""
        there = next(each for each in self._fees.world.setup.regions if each.region == region)
        return [
            self._pushed(there, code, arrived_on, code.received_at)
            for code in self._fees.world.pay_codes.values()
            if code.region == region and code.received_at and (arrived_on := self._fees.arrived_on(code))
        ]

    def _pushed(self, region: RegionSetup, code: PayCode, arrived_on: date, received_at: datetime) -> bytes:
        number = f"{arrived_on:%Y%m%d}5996{self._fees.world.serial() % 10**8:08d}"
        fields = self.confirmation(code, arrived_on, received_at)
        return self._framed(region, "5996", f"K{region.unit}", number, fields)

    def confirmation(self, code: PayCode, arrived_on: date, received_at: datetime) -> dict[str, str]:
        """The fields of a 5996 as finance pushes it."""
        return {
            "PayCode": code.number,
            "CfmDate": f"{arrived_on:%Y%m%d}",
            "CfmTime": f"{received_at:%H%M%S}",
            "Amt": yuan(code.amount_fen),
            "TraNoBus": code.query_id or "0",
            "PayerName": code.payer_name,
            "Hold1": code.confirmation_no or "",
        }

    def _framed(self, region: RegionSetup, number: str, to: str, reference: str, fields: Mapping[str, str]) -> bytes:
        voucher = Element("Voucher")
        cfx.fill(voucher, fields)
        inner = ElementTree.tostring(voucher, encoding="unicode").encode("gbk")
        today = self._fees.world.clock.today()
        own = reference if number == "5996" else f"{today:%Y%m%d}{number}{self._fees.world.serial() % 10**8:08d}"
        head = (f"F{region.region}", to, "CNNONTAX", number, own, reference)
        attributes = {"AdmDivCode": region.region, "StYear": f"{today:%Y}", "VtCode": number, "VoucherNo": own}
        xml = _enveloped(head, today, attributes, base64.b64encode(inner).decode("ascii"))
        length = _XML_AT + len(xml) + _MAC
        return b"%-8d" % length + b"CNNONTAX1.0" + number.encode() + xml + self._mac(region, xml)

    def _mac(self, region: RegionSetup, xml: bytes) -> bytes:
        return hashlib.sha256(self._keys.gateway_secrets[region.region] + xml).hexdigest().encode()


_ACKNOWLEDGED: cfx.Form = {"OriMsgNo": "5996", "Result": "[0-9]{5}", "Information?": ".{0,200}"}


def _enveloped(head: tuple[str, ...], today: date, attributes: Mapping[str, str], voucher: str) -> bytes:
    plain = cfx.document(head, today, {"MOF": {"VoucherCount": "1", "VoucherBody": {"Voucher": voucher}}})
    named = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return plain.replace(b"<VoucherBody>", f"<VoucherBody {named}>".encode(), 1)


def _fields(message: cfx.Message, number: str, form: cfx.Form | None = None) -> dict[str, Any]:
    if message.head["APP"] != "CNNONTAX" or message.head["MsgNo"] != number:
        raise cfx.Wrong(cfx.UNKNOWN_MESSAGE, f"message {message.head['MsgNo']}")
    text = message.body.findtext("MOF/VoucherBody/Voucher") or ""
    try:
        voucher = fromstring(base64.b64decode(text, validate=True).decode("gbk"), forbid_dtd=True)
    except (ValueError, ElementTree.ParseError, DefusedXmlException) as error:
        raise cfx.Wrong(cfx.WRONG_VALUE, f"Voucher: {type(error).__name__}") from None
    return cfx.taken(voucher, form or FORMS[number])


def _fee(text: str) -> Fee:
    parts = text.split("|")
    if len(parts) != 7:
        raise cfx.Wrong(cfx.WRONG_VALUE, f"PayInfo: {text[:60]}")
    return Fee(parts[0], parts[1], fen(parts[2]))
