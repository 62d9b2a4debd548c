"""Three lists of the same truth that prove no money: the bank's account, the tax office's states, the e-receipts.

No public source shows how they are written; these are tables of text with the headings of docs/simulator.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from starlette.routing import Route

from adapters.simulator.amounts import fen, yuan
from adapters.simulator.bank import Credit, credits_of, first_day
from adapters.simulator.breaks import Breaks
from adapters.simulator.faults import Source
from adapters.simulator.gateway_signature import Call, File, Gate
from adapters.simulator.refusal import Refusal
from adapters.simulator.setup import RegionSetup
from adapters.simulator.statements import befalls, delivered, statement_day
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

_BANK = "账号,交易日期,清算日期,流水号,借贷标志,发生额,手续费"
_STATES = "税务机关代码,状态日期,电子税票号码,应征凭证序号,状态,实缴金额"
_RECEIPTS = "执收单位编码,开票日期,缴款码,票据号码,票据状态,金额"


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the tax office or of the issuer of receipts: the number, the second number, the amount in fen."""

    key: str
    second: str
    amount_fen: int

    def with_amount(self, amount_fen: int) -> "Listed":
        return replace(self, amount_fen=amount_fen)

    def renumbered(self, serial: int) -> "Listed":
        number = f"{serial:010d}"
        return replace(self, key=self.key[: -len(number)] + number, second=f"L{number}")

    def under(self, serial: int) -> "Listed":
        return replace(self.renumbered(serial), second=self.second)

    def elsewhere(self) -> None:
        return None

    def taken_back(self, _serial: int) -> "Listed":
        return self.with_amount(-self.amount_fen)


class Lists:
    """The lists of all played regions."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self._closings: dict[tuple[str, date], int] = {}
        self.credits = Breaks(self._credited)
        self.states = Breaks(self._closed)
        self.receipts = Breaks(self._issued)

    def routes(self, gate: Gate) -> list[Route]:
        return [
            Route("/bank/v1/statements/{number}/{day}", gate.around(self._bank), methods=["GET"]),
            Route("/tax/v1/states/{number}/{day}", gate.around(self._states), methods=["GET"]),
            Route("/nontax/v1/receipt-lists/{number}/{day}", gate.around(self._receipts), methods=["GET"]),
        ]

    def _credited(self, region: str, day: date) -> list[Credit]:
        played = next(each for each in self._world.setup.regions if each.region == region)
        return credits_of(self._world, played, day)

    def _closed(self, region: str, day: date) -> list[Listed]:
        return [
            Listed(each.tax_voucher_no or "", each.levy_number, each.amount_fen)
            for each in self._world.vouchers.values()
            if each.region == region and not each.is_untold and self._world.arrived_on(each) == day
        ]

    def _issued(self, region: str, day: date) -> list[Listed]:
        return [
            Listed(each.number, each.receipt.number, each.amount_fen)
            for each in self._world.pay_codes.values()
            if each.region == region and each.receipt is not None and each.receipt.issued_on == day
        ]

    def _bank(self, call: Call) -> File:
        account = call.region.bank.account if call.region.bank else ""
        day = _asked(call, account)
        rows = self.credits.shown(call.region.region, day)
        if not rows and not self._world.setup.is_workday(day):
            raise Refusal(404, "not_ready", f"date: the bank does not work on {day}")
        beside = self._world.setup.behaviour.bank_fee == "beside"
        lines = [f"{account},{day:%Y%m%d},{line}" for row in rows for line in row.lines(beside=beside)]
        opening = self._balance_before(call.region, day)
        closing = opening + sum(row.moved_fen for row in rows)
        balances = {"期初余额": yuan(opening), "期末余额": yuan(closing)}
        file = self._file(Source.bank, call, day, _BANK, lines, balances)
        self._closings[call.region.region, day] = closing
        return file

    def _balance_before(self, region: RegionSetup, day: date) -> int:
        """What the account holds before a day, in fen: what was told of the end of an earlier one, and came since.

        What a statement showed stays in the balance, also when planted breaks are taken back after it.
        """
        told = max((of for where, of in self._closings if where == region.region and of < day), default=None)
        if told is None:
            at, held = first_day(self._world, region) or day, 0
        else:
            at, held = told + timedelta(days=1), self._closings[region.region, told]
        while at < day:
            held += sum(row.moved_fen for row in self.credits.shown(region.region, at))
            at += timedelta(days=1)
        return held

    def _states(self, call: Call) -> File:
        day = _asked(call, call.region.office_code)
        lines = _lines(call.region.office_code, day, ("已入库", "已退库"), self.states.shown(call.region.region, day))
        return self._file(Source.tax_status, call, day, _STATES, lines)

    def _receipts(self, call: Call) -> File:
        day = _asked(call, call.region.unit)
        lines = _lines(call.region.unit, day, ("正常", "红字"), self.receipts.shown(call.region.region, day))
        return self._file(Source.e_receipts, call, day, _RECEIPTS, lines)

    def _file(
        self,
        source: Source,
        call: Call,
        day: date,
        headings: str,
        lines: Sequence[str],
        balances: Mapping[str, str] = MappingProxyType({}),
    ) -> File:
        fault = befalls(source, call, day, self._faults, self._world)
        total = sum(fen(line.split(",")[5]) for line in lines)
        totals = {"总笔数": str(len(lines)), "总金额": yuan(total), **balances}
        content = "\n".join([headings, *lines, ",".join(totals), ",".join(totals.values()), ""]).encode()
        name = f"{source.value}_{call.path['number']}_{day:%Y%m%d}.csv"
        return delivered(name, "text/csv; charset=utf-8", content, fault, day)


def _asked(call: Call, ours: str) -> date:
    """The day that is asked for. Refusal 404 for a number that is not the caller's."""
    if not ours or call.path["number"] != ours:
        raise Refusal(404, "unknown_number", f"number: {call.path['number']} is not the caller's")
    return statement_day(call.path["day"])


def _lines(number: str, day: date, words: tuple[str, str], rows: Iterable[Listed]) -> list[str]:
    """The lines of rows; `words` are for what came and what was taken back."""
    return [
        f"{number},{day:%Y%m%d},{row.key},{row.second},{words[row.amount_fen < 0]},{yuan(abs(row.amount_fen))}"
        for row in rows
    ]
