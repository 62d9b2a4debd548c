"""TIPS: 银行端查询缴税 as messages 2091, 2090, 2108 and 9003 over the tax office's own books (docs/protocols.md, 8)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from starlette.routing import Route

from adapters.simulator import cfx
from adapters.simulator.amounts import fen, yuan
from adapters.simulator.faults import LegFault
from adapters.simulator.gateway_signature import Call, File, Gate
from adapters.simulator.records import Voucher
from adapters.simulator.refusal import NoAnswer, Refusal
from adapters.simulator.setup import RegionSetup
from adapters.simulator.taxes import COUNTY, NAMES, Taxes
from adapters.simulator.tips_forms import FORMS

_TIPS = "100000000000"

_DONE, _NO_SUCH_DEBT, _PAID_BEFORE, _NO_MONEY, _REPEATED = "90000", "24001", "24002", "24003", "94052"


@dataclass(slots=True)
class _Taken:
    """A 2090 that was taken, by bank, day and serial."""

    voucher: Voucher
    serial: str
    is_told: bool = False


@dataclass(slots=True)
class Tips:
    """The network between the channel's clearing bank and the tax office."""

    taxes: Taxes
    seen: set[str] = field(default_factory=set)
    by_levy: dict[tuple[str, str, str], _Taken] = field(default_factory=dict)

    def routes(self, gate: Gate) -> list[Route]:
        return [Route("/tips/v1/messages", gate.around(self._message), methods=["POST"])]

    def _message(self, call: Call) -> File:
        number, reference, bank = "0000", "0" * 20, _TIPS
        try:
            message = cfx.read(call.body)
            number, reference, bank = (message.head[name] for name in ("MsgNo", "MsgID", "SRC"))
            if number not in FORMS or message.head["APP"] != "TIPS":
                raise cfx.Wrong(cfx.UNKNOWN_MESSAGE, f"message {number} of {message.head['APP']}")
            groups = cfx.taken(message.body, FORMS[number])
            if reference in self.seen and number != "2108":
                raise cfx.Wrong(_REPEATED, f"MsgID {reference} came before")
            answers: Mapping[str, Callable[..., tuple[str, dict[str, Any]]]] = {
                "2091": self._owed,
                "2090": self._declared,
                "2108": self._paid,
                "9003": self._status,
            }
            self.seen.add(reference)
            answer, said = answers[number](call.region, **groups)
        except cfx.Wrong as wrong:
            answer, said = "9120", _general(number, wrong.result, wrong.said)
        serial = f"{self.taxes.world.serial() % 10**8:08d}"
        today = self.work_date()
        own = f"{today:%Y%m%d}{answer}{serial}"
        content = cfx.document((_TIPS, bank, "TIPS", answer, own, reference), today, said)
        return File(f"{answer}.xml", "application/xml", content)

    def work_date(self) -> date:
        """The network's work date: it turns at 18:00 (an example; TIPS tells its own by 9101)."""
        return (self.taxes.world.clock.now() + timedelta(hours=6)).date()

    def _find(self, region: RegionSetup, asked: Mapping[str, str]) -> Voucher:
        try:
            return self.taxes.find(region, asked["TaxPayCode"], asked["TaxOrgCode"], asked["OuterLevyNo"])
        except Refusal:
            raise cfx.Wrong(_NO_SUCH_DEBT, "没有该三要素的应缴信息") from None

    def _owed(self, region: RegionSetup, DeclareQuery2091: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        head = {
            "BankNo": DeclareQuery2091["BankNo"],
            "OriEntrustDate": DeclareQuery2091["EntrustDate"],
            "OriQueryNo": DeclareQuery2091["QueryNo"],
        }
        try:
            voucher = self._find(region, DeclareQuery2091)
            if voucher.received_at is not None:
                raise cfx.Wrong(_PAID_BEFORE, "该凭证已缴款")
        except cfx.Wrong as no:
            return "1009", {"RealHead1009": head | {"Result": no.result, "AddWord": no.said}}
        same = {name: DeclareQuery2091[name] for name in ("TaxOrgCode", "TaxPayCode", "OuterLevyNo")}
        return "1009", {
            "RealHead1009": head | {"Result": _DONE},
            "Payment1009": same
            | {
                "TraAmt": yuan(voucher.amount_fen),
                "DetailNum": "1",
                "TaxTypeList1009": [
                    {"ProjectId": "1", "TaxTypeName": NAMES[voucher.item], "TaxTypeCode": _tax_type(voucher)}
                    | self._period()
                    | {"TaxType": "1", "DetailNum": "1", "TaxSubjectList1009": [_detail(voucher)]}
                ],
            },
        }

    def _declared(
        self, region: RegionSetup, DeHead2090: Mapping[str, str], Declare2090: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        key = (DeHead2090["BankNo"], DeHead2090["EntrustDate"], DeHead2090["LevyNo"])
        if key in self.by_levy:
            raise cfx.Wrong(_REPEATED, f"LevyNo {key[2]} came before")
        _adds_up(Declare2090)
        head = {
            "TaxOrgCode": Declare2090["TaxOrgCode"],
            "EntrustDate": f"{self.work_date():%Y%m%d}",
            "TraNo": f"{self.taxes.world.serial() % 10**8:08d}",
            "OriBankNo": key[0],
            "OriEntrustDate": key[1],
            "OriLevyNo": key[2],
        }
        try:
            voucher = self._find(region, Declare2090)
            fault = self._take(region, voucher, fen(Declare2090["TraAmt"]))
        except cfx.Wrong as no:
            return "1008", {"RealHead1008": head | {"Result": no.result, "AddWord": no.said}}
        self.by_levy[key] = _Taken(voucher, head["TraNo"])
        voucher.taken_on, voucher.taken_under = self.work_date(), head["TraNo"]
        self.taxes.befall(region, voucher, fault)
        answer = self._taken(region, voucher, head, Declare2090["HandOrgName"])
        if fault is not None and fault.how == "lost":
            raise NoAnswer
        if fault is not None and fault.how == "duplicate":
            raise cfx.Wrong(_REPEATED, "包重复")
        return "1008", answer

    def _take(self, region: RegionSetup, voucher: Voucher, amount_fen: int) -> LegFault | None:
        """Takes a voucher's money from what its receiver got by the payments of its bill."""
        if voucher.received_at is not None:
            raise cfx.Wrong(_PAID_BEFORE, "该凭证已缴款")
        if amount_fen != voucher.amount_fen:
            raise cfx.Wrong(_NO_SUCH_DEBT, f"应缴 {yuan(voucher.amount_fen)}")
        found = self.taxes.world.payments_for(voucher.reference, region.treasury_receiver, amount_fen)
        if sum(left for _, _, left in found) < amount_fen:
            raise cfx.Wrong(_NO_MONEY, "经收处未收到该款")
        fault = self.taxes.begin(voucher, voucher.sent_back_no)
        for order_id, query_id, left in found:
            portion = min(left, amount_fen - sum(voucher.portions.values()))
            if portion:
                self.taxes.take(region, voucher, order_id, query_id, portion)
        return fault

    def _taken(
        self, region: RegionSetup, voucher: Voucher, head: dict[str, str], payer: str
    ) -> dict[str, dict[str, Any]]:
        today = f"{self.work_date():%Y%m%d}"
        amount = yuan(voucher.amount_fen)
        return {
            "RealHead1008": head | {"Result": _DONE},
            "TurnAccount1008": {
                "TreCode": region.treasury,
                "PayeeAcct": f"{region.treasury}001",
                "PayeeName": "待报解预算收入",
                "PayOpBkCode": "011361000010",
            },
            "Payment1008": {
                "HandOrgName": payer,
                "TraAmt": amount,
                "TaxVouNo": voucher.tax_voucher_no,
                "BillDate": today,
                "TaxPayCode": voucher.taxpayer_id,
                "TaxPayName": voucher.taxpayer_name,
                "BudgetType": "1",
                "TrimSign": "0",
                "PrintVouSign": "0",
                "TaxTypeNum": "1",
                "TaxTypeList1008": [
                    {
                        "ProjectId": "1",
                        "BudgetSubjectCode": voucher.subject,
                        "LimitDate": today,
                        "TaxTypeName": NAMES[voucher.item],
                        "BudgetLevelCode": COUNTY,
                        "BudgetLevelName": "县级",
                    }
                    | self._period()
                    | {
                        "TaxType": "1",
                        "TaxTypeAmt": amount,
                        "DetailNum": "1",
                        "TaxSubjectList1008": [_detail(voucher)],
                    }
                ],
            },
        }

    def _paid(self, region: RegionSetup, SingleReturn2108: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        for taken in self.by_levy.values():
            if (taken.voucher.tax_voucher_no, taken.serial) == (
                SingleReturn2108["TaxVouNo"],
                SingleReturn2108["OriTraNo"],
            ):
                result = _REPEATED if taken.is_told else _DONE
                taken.is_told = True
                return "9120", _general("2108", result, "")
        raise cfx.Wrong(cfx.WRONG_VALUE, f"no 1008 of TaxVouNo {SingleReturn2108['TaxVouNo']} in {region.region}")

    def _status(self, region: RegionSetup, TraStatusCheck9003: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        key = tuple(TraStatusCheck9003[name] for name in ("SendOrgCode", "OriEntrustDate", "OriTraNo"))
        found = next((each for levy, each in self.by_levy.items() if levy == key), None)
        told = dict(TraStatusCheck9003) | ({"ChkDate": f"{self.work_date():%Y%m%d}"} if found else {})
        return "9004", {"TraStatusCheck9004": told | {"OpStat": "1" if found else "0"}}

    def _period(self) -> dict[str, str]:
        today = f"{self.taxes.world.clock.today():%Y%m%d}"
        return {"TaxStartDate": today, "TaxEndDate": today}

    def state_change(self, node: str, day: date, sys_stat: str) -> bytes:
        """9101 to a node: 0 open, 1 the work date turns, 2 maintenance."""
        own = f"{day:%Y%m%d}9101{self.taxes.world.serial() % 10**8:08d}"
        said = {"ChangeState9101": {"WorkDate": f"{day:%Y%m%d}", "SysStat": sys_stat}}
        return cfx.document((_TIPS, node, "TIPS", "9101", own, own), day, said)


def _general(number: str, result: str, said: str) -> dict[str, Any]:
    return {"MsgReturn9120": {"OriMsgNo": number, "Result": result, "Information": said[:60]}}


def _tax_type(voucher: Voucher) -> str:
    return {"deed_tax": "10119", "stamp_tax": "10111", "land_premium": "30148", "sea_area_fee": "30704"}[voucher.item]


def _detail(voucher: Voucher) -> dict[str, str]:
    amount = yuan(voucher.amount_fen)
    code = _tax_type(voucher) + "01"
    return {"DetailNo": "1", "TaxSubjectCode": code, "TaxNumber": "1", "TaxAmt": amount, "FactTaxAmt": amount}


def _adds_up(declared: Mapping[str, Any]) -> None:
    types = declared["TaxTypeList2090"]
    for each in types:
        details = sum(fen(detail["FactTaxAmt"]) for detail in each["TaxSubjectList2090"])
        if fen(each["TaxTypeAmt"]) != details or int(each["DetailNum"]) != len(each["TaxSubjectList2090"]):
            raise cfx.Wrong(cfx.WRONG_VALUE, "TaxTypeAmt is not the sum of FactTaxAmt")
    if fen(declared["TraAmt"]) != sum(fen(each["TaxTypeAmt"]) for each in types):
        raise cfx.Wrong(cfx.WRONG_VALUE, "TraAmt is not the sum of TaxTypeAmt")
    if int(declared["DetailNum"]) != len(types):
        raise cfx.Wrong(cfx.WRONG_VALUE, "DetailNum is not the number of tax types")
