"""The treasury: what came in on a work date, as a TIPS file 3139 (docs/protocols.md, section 4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from xml.etree import ElementTree

from starlette.routing import Route

from adapters.simulator.amounts import yuan
from adapters.simulator.breaks import Breaks
from adapters.simulator.faults import Source
from adapters.simulator.gateway_signature import Call, File, Gate
from adapters.simulator.records import Voucher
from adapters.simulator.refusal import Refusal
from adapters.simulator.statements import befalls, delivered, statement_day
from adapters.simulator.taxes import ANOTHER_SUBJECT
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

_TIPS = "100000000000"
_SESSIONS = ("0001", "0002", "0003")
"""The batches (对账批次) of a work date: until noon, until 16:00, and at its turn (日切)."""
_NOON, _AFTERNOON = 12, 16


@dataclass(frozen=True, slots=True)
class Income:
    """One row of a treasury statement: what came in by one tax voucher."""

    tax_voucher_no: str
    levy_number: str
    subject: str
    amount_fen: int
    session: str

    @property
    def key(self) -> str:
        return self.tax_voucher_no

    def with_amount(self, amount_fen: int) -> "Income":
        return replace(self, amount_fen=amount_fen)

    def renumbered(self, serial: int) -> "Income":
        return replace(
            self,
            tax_voucher_no=f"{self.tax_voucher_no[:7]}{serial:011d}",
            levy_number=f"{self.levy_number[:6]}{serial:014d}",
        )

    def under(self, serial: int) -> "Income":
        return replace(self.renumbered(serial), levy_number=self.levy_number)

    def elsewhere(self) -> "Income":
        return replace(self, subject=ANOTHER_SUBJECT)

    def taken_back(self, _serial: int) -> "Income":
        return self.with_amount(-self.amount_fen)


class Treasury:
    """All treasuries of the played regions."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self.breaks = Breaks(self._came)

    def routes(self, gate: Gate) -> list[Route]:
        return [Route("/treasury/v1/statements/{treasury}/{day}", gate.around(self._statement), methods=["GET"])]

    def _came(self, region: str, day: date) -> list[Income]:
        return [
            Income(each.tax_voucher_no or "", each.levy_number, each.subject, each.amount_fen, self._session(each, day))
            for each in self._world.vouchers.values()
            if each.region == region and self._world.arrived_on(each) == day
        ]

    def _session(self, voucher: Voucher, work_date: date) -> str:
        arrival = self._world.arrival(voucher.received_at or self._world.clock.now())
        return session_of(arrival, work_date)

    def _statement(self, call: Call) -> File:
        treasury, day = call.path["treasury"], statement_day(call.path["day"])
        if treasury != call.region.treasury:
            raise Refusal(404, "unknown_treasury", f"treasury: {treasury} is not {call.region.treasury}")
        # A treasury may serve several regions; a file tells of all of them, a fault is of the caller's.
        regions = [each.region for each in self._world.setup.regions if each.treasury == treasury]
        rows = [row for region in regions for row in self.breaks.shown(region, day)]
        fault = befalls(Source.treasury, call, day, self._faults, self._world)
        file = statement(treasury, day, rows, self._world.serial(), miscounted=fault == "sessions")
        return delivered(f"3139_{treasury}_{day:%Y%m%d}.xml", "application/xml", file, fault, day)


def session_of(arrival: datetime, work_date: date) -> str:
    """In which batch of its work date what arrived then is checked; what came on an earlier evening is in the first."""
    if arrival.date() < work_date:
        return _SESSIONS[0]
    return _SESSIONS[(arrival.hour >= _NOON) + (arrival.hour >= _AFTERNOON)]


def statement(treasury: str, day: date, rows: Sequence[Income], serial: int, *, miscounted: bool = False) -> bytes:
    """The GBK XML of a work date: its totals, those of its batches, the rows. `miscounted`: the first row is counted in
    another batch than it stands in.
    """
    root = ElementTree.Element("CFX")
    number = f"{day:%Y%m%d}3139{serial % 10**8:08d}"
    head = {"VER": "1.0", "SRC": _TIPS, "DES": f"{treasury}00", "APP": "TIPS", "MsgNo": "3139"}
    _add(root, "HEAD", head | {"MsgID": number, "MsgRef": number, "WorkDate": f"{day:%Y%m%d}"})
    message = ElementTree.SubElement(root, "MSG")
    total = sum(each.amount_fen for each in rows)
    totals = {"AllNum": str(len(rows)), "AllAmt": yuan(total)}
    _add(message, "BatchHead3139", {"TreCode": treasury, "ChkDate": f"{day:%Y%m%d}"} | totals)
    counted = [replace(rows[0], session=_another(rows[0].session)), *rows[1:]] if miscounted and rows else rows
    for session in _SESSIONS:
        amounts = [each.amount_fen for each in counted if each.session == session]
        kind = "1" if session == _SESSIONS[-1] else "0"
        batch = {"ChkAcctOrd": session, "ChkAcctType": kind, "AllNum": str(len(amounts)), "AllAmt": yuan(sum(amounts))}
        _add(message, "ChkAcct3139", batch)
    for each in rows:
        detail = {
            "TreCode": treasury,
            "ExpTaxVouNo": each.tax_voucher_no,
            "BudgetType": "1",
            "BudgetLevelCode": "4",
            "BudgetSubjectCode": each.subject,
            "TraAmt": yuan(each.amount_fen),
            "OriOuterLevyNo": each.levy_number,
            "ChkAcctOrd": each.session,
        }
        _add(message, "IncomeDetail3139", detail)
    ElementTree.indent(root)
    text = '<?xml version="1.0" encoding="GBK"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
    return text.encode("gbk")


def _another(session: str) -> str:
    return _SESSIONS[_SESSIONS.index(session) - 1]


def _add(parent: ElementTree.Element, name: str, values: dict[str, str]) -> None:
    group = ElementTree.SubElement(parent, name)
    for field, value in values.items():
        ElementTree.SubElement(group, field).text = value
