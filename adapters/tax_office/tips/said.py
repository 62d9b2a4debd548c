"""What the tax office says over TIPS, as types: what is owed (1009), and that it was taken (1008)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from settlement.ports.journal import Numbers
from settlement.ports.tax_office import TaxState, TaxStatus, Voucher


class NotTheSame(ValueError):
    """An answer that contradicts itself, or the voucher that was asked about; the message names both figures."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """1008: taken under a number of the tax office, for a treasury, under a budget subject and level."""

    tax_voucher_no: str
    treasury: str
    budget_subject: str
    budget_level: str
    day: date
    serial: str

    def status(self) -> TaxStatus:
        """The same as the port has it."""
        return TaxStatus(TaxState.received, self.tax_voucher_no, self.budget_subject, self.budget_level, self.treasury)


def accepted_by_status(status: TaxStatus) -> Accepted | None:
    """What a lost 1008 said, as far as 2108 needs it, from the tax office's own answer; None where it does not tell."""
    told = (status.tax_voucher_no, status.treasury, status.budget_subject, status.budget_level)
    if status.taken_on is None or status.taken_under is None or None in told:
        return None
    number, treasury, subject, level = (one or "" for one in told)
    return Accepted(number, treasury, subject, level, status.taken_on, status.taken_under)


def demand(groups: Mapping[str, Any], voucher: Voucher) -> Mapping[str, Any]:
    """Payment1009 of a voucher. NotTheSame where it is another's, of another amount, or does not add up."""
    payment: Mapping[str, Any] = groups.get("Payment1009") or _missing("Payment1009")
    _same("OuterLevyNo", payment["OuterLevyNo"], voucher.levy_number)
    _same("TaxPayCode", payment["TaxPayCode"], voucher.taxpayer_id)
    _same("TraAmt", payment["TraAmt"], voucher.amount_fen)
    types = payment["TaxTypeList1009"]
    _same("DetailNum", payment["DetailNum"], len(types))
    for one in types:
        _same("DetailNum of a tax type", one["DetailNum"], len(one["TaxSubjectList1009"]))
    _same("the sum of FactTaxAmt", sum(type_sum(one, "1009") for one in types), voucher.amount_fen)
    return payment


def accepted(groups: Mapping[str, Any], voucher: Voucher, numbers: Numbers) -> Accepted:
    """A 1008 with result 90000. NotTheSame where it answers another 2090 or does not add up to the fen."""
    head = groups["RealHead1008"]
    _same("OriLevyNo", head["OriLevyNo"], numbers.serial)
    _same("OriEntrustDate", head["OriEntrustDate"], numbers.day)
    payment = groups.get("Payment1008") or _missing("Payment1008")
    account = groups.get("TurnAccount1008") or _missing("TurnAccount1008")
    _same("TaxPayCode", payment["TaxPayCode"], voucher.taxpayer_id)
    _same("TraAmt", payment["TraAmt"], voucher.amount_fen)
    types = payment["TaxTypeList1008"]
    _same("TaxTypeNum", payment["TaxTypeNum"], len(types))
    _same("the sum of TaxTypeAmt", sum(one["TaxTypeAmt"] for one in types), voucher.amount_fen)
    for one in types:
        _same("TaxTypeAmt", one["TaxTypeAmt"], type_sum(one, "1008"))
        _same("DetailNum", one["DetailNum"], len(one["TaxSubjectList1008"]))
    booked = {(one["BudgetSubjectCode"], one["BudgetLevelCode"]) for one in types}
    if len(booked) != 1:
        raise NotTheSame(f"one item came in under several subjects and levels: {sorted(booked)}")
    subject, level = booked.pop()
    return Accepted(
        tax_voucher_no=payment["TaxVouNo"],
        treasury=account["TreCode"],
        budget_subject=subject,
        budget_level=level,
        day=head["EntrustDate"],
        serial=head["TraNo"],
    )


def type_sum(tax_type: Mapping[str, Any], message: str) -> int:
    """Fen of one tax type: the sum of what its details really come to."""
    return sum(one["FactTaxAmt"] for one in tax_type[f"TaxSubjectList{message}"])


def _same(what: str, theirs: object, ours: object) -> None:
    if theirs != ours:
        raise NotTheSame(f"{what} is {theirs}, expected {ours}")


def _missing(what: str) -> Mapping[str, Any]:
    raise NotTheSame(f"{what} is missing though the result is good")
