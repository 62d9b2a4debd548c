"""Pays tax vouchers over TIPS: 2091 asks what is owed, 2090 declares it, 1008 takes it, 2108 says that it was paid.

Only a result of 90000 is a yes. What was sent and not answered is asked for by 9003 before anything is sent again,
and so is what the network calls a repetition (94052). Deals are declared to the tax office itself, which also tells
when the money is in the treasury and gives the certificate: TIPS carries none of these.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx

from adapters.tax_office.client import TaxOfficeClient
from adapters.tax_office.tips.line import DONE, REPEATED, Reply, TipsLine
from adapters.tax_office.tips.said import Accepted, NotTheSame, accepted, accepted_by_status, demand, type_sum
from foundation import clock
from foundation.errors import BadInput, Unavailable
from settlement.ports.journal import Exchange, Journal, Numbers
from settlement.ports.refusal import Refused, maybe_taken
from settlement.ports.tax_office import Declaration, Portion, TaxCertificate, TaxState, TaxStatus, Voucher
from settlement.regions import TaxOfficeConfig, TipsConfig

_PAY = "2090"
_TELL = "2108"
_FULL_PAYMENT = "1"  # LevyState: the demand is paid whole
_BY_SERIAL = "1"  # SearchType of a status query


class TipsTaxOffice:
    """Implements `settlement.ports.tax_office.TaxOffice` where taxes are paid over TIPS."""

    def __init__(
        self,
        config: TaxOfficeConfig,
        tips: TipsConfig,
        client: httpx.AsyncClient,
        journal: Journal,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._office = TaxOfficeClient(config, client, now)
        self._tips = tips
        self._line = TipsLine(config, tips, client, now)
        self._journal = journal

    async def declare(self, declaration: Declaration) -> tuple[Voucher, ...]:
        """Declares a deal to the tax office itself."""
        return await self._office.declare(declaration)

    async def status(self, voucher: Voucher) -> TaxStatus:
        """What the tax office itself says of a voucher.

        First what was left open is closed: a 2090 without an answer is asked for, a 2108 that was lost, or never sent
        because its 1008 was lost, goes out.
        """
        last = await self._last_payment(voucher)
        if last is not None and last.state == "accepted":
            if last.answer is None:
                return await self._after_a_lost_answer(voucher, last)
            await self._tell_paid(voucher, last, self._said(voucher, last))
        return await self._office.status(voucher)

    async def certificate(self, voucher: Voucher) -> TaxCertificate:
        """Pulls the certificate from the tax office itself."""
        return await self._office.certificate(voucher)

    async def pay(self, voucher: Voucher, portions: Sequence[Portion], again_after: str | None = None) -> TaxStatus:
        """Declares a voucher as paid, once, whatever answers are lost.

        Refused carries the result code; Unavailable: nothing can be said yet, call again.
        """
        if sum(one.amount_fen for one in portions) != voucher.amount_fen:
            raise BadInput("portions", [one.amount_fen for one in portions], f"parts of {voucher.amount_fen} fen")
        last = await self._last_payment(voucher)
        if last is not None and last.state == "accepted":
            if again_after is None or last.reference == again_after:
                return await maybe_taken(self._finish(voucher, last))
            await self._journal.settle(last, "undo", None, again_after)
        asking = self._owed(voucher)  # what is not owed any more may have been taken, whatever 9003 said of it
        owed = await (asking if last is None else maybe_taken(asking))
        return await self._declare_paid(voucher, owed, again_after or ",".join(one.query_id for one in portions))

    async def _declare_paid(self, voucher: Voucher, owed: Mapping[str, Any], reference: str) -> TaxStatus:
        sent = await self._journal.send(
            _subject(voucher),
            _PAY,
            lambda numbers: self._line.document(_PAY, numbers, self._declaration(voucher, owed, numbers)),
            reference,
        )
        reply = await self._line.ask(sent.request, sent.numbers, "1008")
        if reply.result == REPEATED:
            return await maybe_taken(self._finish(voucher, await self._what_became_of(sent)))
        if reply.result != DONE:
            await self._journal.settle(sent, "refuse", reply.raw, reply.result)
            raise Refused("TIPS", reply.result, reply.said or "no reason given")
        self._read(reply, voucher, sent.numbers)
        await self._journal.settle(sent, "accept", reply.raw, reply.result)
        return await maybe_taken(self._finish(voucher, replace(sent, state="accepted", answer=reply.raw)))

    async def _owed(self, voucher: Voucher) -> Mapping[str, Any]:
        numbers = await self._journal.numbers("2091")
        question = {
            "DeclareQuery2091": {
                "BankNo": self._tips.node,
                "EntrustDate": numbers.day,
                "QueryNo": numbers.serial,
                "PayOpBkCode": self._tips.opening_bank,
                "BankName": self._tips.bank_name,
                "TaxOrgCode": voucher.office_code,
                "TaxPayCode": voucher.taxpayer_id,
                "OuterLevyNo": voucher.levy_number,
            }
        }
        reply = await self._line.ask(self._line.document("2091", numbers, question), numbers, "1009")
        if reply.result != DONE or reply.groups is None:
            raise Refused("TIPS", reply.result, reply.said or "no reason given")
        try:
            return demand(reply.groups, voucher)
        except NotTheSame as error:
            raise Refused("TIPS", "amount_differs", str(error)) from None

    def _declaration(self, voucher: Voucher, owed: Mapping[str, Any], numbers: Numbers) -> dict[str, Any]:
        """2090 for a demand: each tax type with its details as the tax office listed them."""
        types = [
            {name: one[name] for name in ("ProjectId", "TaxTypeCode", "TaxStartDate", "TaxEndDate", "TaxType")}
            | {"TaxTypeAmt": type_sum(one, "1009"), "DetailNum": one["DetailNum"]}
            | {"TaxSubjectList2090": one["TaxSubjectList1009"]}
            for one in owed["TaxTypeList1009"]
        ]
        return {
            "DeHead2090": {"BankNo": self._tips.node, "EntrustDate": numbers.day, "LevyNo": numbers.serial},
            "Declare2090": {
                "TaxPayCode": voucher.taxpayer_id,
                "TaxOrgCode": voucher.office_code,
                "PayOpBkCode": self._tips.opening_bank,
                "PayAcct": self._tips.account,
                "HandOrgName": self._tips.bank_name,
                "LevyState": _FULL_PAYMENT,
                "OuterLevyNo": voucher.levy_number,
                "TraAmt": voucher.amount_fen,
                "DetailNum": len(types),
                "TaxTypeList2090": types,
            },
        }

    async def _last_payment(self, voucher: Voucher) -> Exchange | None:
        last = await self._journal.last(_subject(voucher), _PAY)
        return await self._what_became_of(last) if last is not None and last.state == "sent" else last

    async def _what_became_of(self, sent: Exchange) -> Exchange:
        """Asks by 9003 for a message whose answer was lost; the exchange as it stands then. Unavailable: at work."""
        numbers = await self._journal.numbers("9003")
        question = {
            "TraStatusCheck9003": {
                "SendOrgCode": self._tips.node,
                "SearchType": _BY_SERIAL,
                "OriMsgNo": _PAY,
                "OriEntrustDate": sent.numbers.day,
                "OriTraNo": sent.numbers.serial,
            }
        }
        reply = await self._line.ask(self._line.document("9003", numbers, question), numbers, "9004")
        if reply.groups is None:
            raise Unavailable(f"TIPS does not say what became of {sent.numbers.message_id}: {reply.result}")
        told = reply.groups["TraStatusCheck9004"]
        if (told["OriEntrustDate"], told["OriTraNo"]) != (sent.numbers.day, sent.numbers.serial):
            raise Unavailable(f"TIPS answered for {told['OriTraNo']}, asked was {sent.numbers.serial}")
        event = {"done": "accept", "failed": "refuse", "unknown": "forget"}.get(
            self._tips.op_stat.get(told["OpStat"], "at_work")
        )
        if event is None:
            raise Unavailable(f"TIPS is at work on {sent.numbers.message_id} (OpStat {told['OpStat']})")
        await self._journal.settle(sent, event, None, f"9004 {told['OpStat']}")
        ended = {"accept": "accepted", "refuse": "refused", "forget": "never_arrived"}
        return replace(sent, state=ended[event])

    async def _finish(self, voucher: Voucher, taken: Exchange) -> TaxStatus:
        """Says by 2108 that it was paid. Where the 1008 was lost, the tax office itself says under which number."""
        if taken.state != "accepted":
            raise Unavailable(f"TIPS did not take {taken.numbers.message_id} ({taken.state}); it is sent again")
        if taken.answer is None:
            status = await self._after_a_lost_answer(voucher, taken)
            if status.state is TaxState.unpaid:
                raise Unavailable(f"TIPS took {taken.numbers.message_id}; the tax office does not show it yet")
            return status
        said = self._said(voucher, taken)
        await self._tell_paid(voucher, taken, said)
        return said.status()

    async def _after_a_lost_answer(self, voucher: Voucher, taken: Exchange) -> TaxStatus:
        """The tax office's own answer, and 2108 by the numbers that it names in place of the 1008's."""
        status = await self._office.status(voucher)
        said = accepted_by_status(status)
        if said is not None and status.state is not TaxState.sent_back:
            await self._tell_paid(voucher, taken, said)
        return status

    async def _tell_paid(self, voucher: Voucher, taken: Exchange, said: Accepted) -> None:
        """2108, once for each 1008; where its answer was lost the same message goes out again."""
        subject = f"{_subject(voucher)}:{taken.numbers.serial}"
        told = await self._journal.last(subject, _TELL)
        if told is None or told.state == "refused":
            told = await self._journal.send(
                subject, _TELL, lambda numbers: self._line.document(_TELL, numbers, self._paid(voucher, said, numbers))
            )
        if told.state == "accepted":
            return
        reply = await self._line.ask(told.request, told.numbers, "9120")
        is_taken = reply.result in (DONE, REPEATED)
        await self._journal.settle(told, "accept" if is_taken else "refuse", reply.raw, reply.result)
        if not is_taken:
            raise Refused("TIPS", reply.result, reply.said or "no reason given")

    def _paid(self, voucher: Voucher, said: Accepted, numbers: Numbers) -> dict[str, Any]:
        return {
            "SingleReturn2108": {
                "BankNo": self._tips.node,
                "TaxVouNo": said.tax_voucher_no,
                "OriTaxOrgCode": voucher.office_code,
                "OriEntrustDate": said.day,
                "OriTraNo": said.serial,
                "TaxDate": numbers.day,
                "Result": DONE,
            }
        }

    def _said(self, voucher: Voucher, taken: Exchange) -> Accepted:
        """The 1008 that took a message."""
        return self._read(self._line.reply(taken.answer or b"", taken.numbers, "1008"), voucher, taken.numbers)

    def _read(self, reply: Reply, voucher: Voucher, numbers: Numbers) -> Accepted:
        try:
            return accepted(reply.groups or {}, voucher, numbers)
        except (NotTheSame, KeyError) as error:
            raise Unavailable(f"the 1008 for {voucher.levy_number} cannot be believed: {error}") from None


def _subject(voucher: Voucher) -> str:
    """What the messages of one voucher are filed under: its own two numbers."""
    return f"{voucher.office_code}:{voucher.levy_number}"
