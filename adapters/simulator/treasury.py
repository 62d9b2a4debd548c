"""The treasury: what came in on a work date, as a TIPS file 3139 (docs/protocols.md, section 4)."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from xml.etree import ElementTree

from starlette.routing import Route

from adapters.simulator.amounts import yuan
from adapters.simulator.breaks import Breaks
from adapters.simulator.faults import EVERYWHERE, Source, Way
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
_NOON, _AFTERNOON, _MIDNIGHT = 12, 16, 24


@dataclass(frozen=True, slots=True)
class Income:
    """One row of a treasury statement: what came in by one tax voucher, or, below zero, a 退库 under its number."""

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
        self.breaks = Breaks(self._moved, ways=self._ways, debt=lambda row: row.levy_number)

    def routes(self, gate: Gate) -> list[Route]:
        return [
            Route("/treasury/v1/statements/{treasury}/{day}", gate.around(self._statement), methods=["GET"]),
            Route("/treasury/v1/batches/{treasury}/{day}", gate.around(self._totals), methods=["GET"]),
            Route("/treasury/v1/batches/{treasury}/{day}/{number}", gate.around(self._batch), methods=["GET"]),
        ]

    def _ways(self, _region: str, row: Income) -> Sequence[Way]:
        """What is drawn for a row; nothing where the tax office does not know of it: that is a difference by itself."""
        if self._world.vouchers[row.levy_number].is_untold:
            return ()
        if row.amount_fen < 0:  # one that is not there is due on the next working day, and no difference of this one
            return ("altered", "repeated", "added", "renumbered")
        elsewhere: tuple[Way, ...] = ("elsewhere",) if row.subject != ANOTHER_SUBJECT else ()
        return (*EVERYWHERE, "renumbered", "taken_back", *elsewhere)

    def _moved(self, region: str, day: date) -> list[Income]:
        return [*self._came(region, day), *self._drawn_back(region, day)]

    def _drawn_back(self, region: str, day: date) -> list[Income]:
        """退库 of a day, in its last batch: a session that is over changes no more."""
        of = {each.tax_voucher_no: each for each in self._world.vouchers.values()}
        return [
            Income(given.reference, of[given.key].levy_number, of[given.key].subject, -given.amount_fen, _SESSIONS[-1])
            for given in self._world.hand_backs.values()
            if (given.source, given.region, given.on) == (Source.treasury.value, region, day)
        ]

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
        treasury, day = _asked(call)
        rows = self._shown(treasury, day)
        fault = befalls(Source.treasury, call, day, self._faults, self._world)
        file = statement(treasury, day, rows, miscounted=fault == "sessions")
        return delivered(f"3139_{treasury}_{day:%Y%m%d}.xml", "application/xml", file, fault, day)

    def _shown(self, treasury: str, day: date) -> list[Income]:
        """A treasury may serve several regions; a file tells of all of them, a fault is of the caller's."""
        regions = [each.region for each in self._world.setup.regions if each.treasury == treasury]
        return [row for region in regions for row in self.breaks.shown(region, day)]

    def _totals(self, call: Call) -> File:
        """Of the batches that are over by now, the totals; a session that is over changes no more."""
        treasury, day = _asked(call)
        over = self._over(day)
        rows = [row for row in self._shown(treasury, day) if row.session in over]
        file = statement(treasury, day, rows, sessions=over, totals_only=True)
        return File(f"3139_{treasury}_{day:%Y%m%d}_totals.xml", "application/xml", file)

    def _batch(self, call: Call) -> File:
        treasury, day = _asked(call)
        number = call.path["number"]
        if number not in self._over(day):
            raise Refusal(404, "not_ready", f"number: batch {number} of {day} is not over yet")
        fault = self._faults.take_statement(Source.treasury, call.region.region, day)
        if fault == "missing":
            raise Refusal(404, "not_ready", f"number: batch {number} of {day} is not there yet")
        rows = [row for row in self._shown(treasury, day) if row.session == number]
        file = statement(treasury, day, rows, sessions=(number,))
        return delivered(f"3139_{treasury}_{day:%Y%m%d}_{number}.xml", "application/xml", file, fault, day)

    def _over(self, work_date: date) -> tuple[str, ...]:
        """The batches of a work date that have ended: at noon, at 16:00, and when the date turns."""
        now = self._world.clock.now()
        hours = (_NOON, _AFTERNOON, self._world.setup.behaviour.work_date_turns or _MIDNIGHT)
        midnight = datetime(work_date.year, work_date.month, work_date.day, tzinfo=now.tzinfo)
        return tuple(
            number
            for number, hour in zip(_SESSIONS, hours, strict=True)
            if now >= midnight + timedelta(hours=max(hour, _AFTERNOON) if number == _SESSIONS[-1] else hour)
        )


def _asked(call: Call) -> tuple[str, date]:
    """The treasury and day of a path. Refusal 404 for a treasury that is not the caller's."""
    treasury, day = call.path["treasury"], statement_day(call.path["day"])
    if treasury != call.region.treasury:
        raise Refusal(404, "unknown_treasury", f"treasury: {treasury} is not {call.region.treasury}")
    return treasury, day


def session_of(arrival: datetime, work_date: date) -> str:
    """In which batch of its work date what arrived then is checked; what came on an earlier evening is in the first."""
    if arrival.date() < work_date:
        return _SESSIONS[0]
    return _SESSIONS[(arrival.hour >= _NOON) + (arrival.hour >= _AFTERNOON)]


def statement(
    treasury: str,
    day: date,
    rows: Sequence[Income],
    *,
    miscounted: bool = False,
    sessions: Sequence[str] = _SESSIONS,
    totals_only: bool = False,
) -> bytes:
    """The GBK XML of a work date, or of some batches of it: totals in front, those of each batch, the rows.

    `miscounted`: the first row is counted in another batch than it stands in.
    """
    root = ElementTree.Element("CFX")
    # Of what says the same: the same file downloaded again has the same bytes.
    serial = zlib.crc32(repr((treasury, rows, sessions, miscounted, totals_only)).encode()) % 10**8
    number = f"{day:%Y%m%d}3139{serial:08d}"
    head = {"VER": "1.0", "SRC": _TIPS, "DES": f"{treasury}00", "APP": "TIPS", "MsgNo": "3139"}
    _add(root, "HEAD", head | {"MsgID": number, "MsgRef": number, "WorkDate": f"{day:%Y%m%d}"})
    message = ElementTree.SubElement(root, "MSG")
    total = sum(each.amount_fen for each in rows)
    totals = {"AllNum": str(len(rows)), "AllAmt": yuan(total)}
    _add(message, "BatchHead3139", {"TreCode": treasury, "ChkDate": f"{day:%Y%m%d}"} | totals)
    counted = [replace(rows[0], session=_another(rows[0].session)), *rows[1:]] if miscounted and rows else rows
    for session in sessions:
        amounts = [each.amount_fen for each in counted if each.session == session]
        kind = "1" if session == _SESSIONS[-1] else "0"
        batch = {"ChkAcctOrd": session, "ChkAcctType": kind, "AllNum": str(len(amounts)), "AllAmt": yuan(sum(amounts))}
        _add(message, "ChkAcct3139", batch)
    for each in () if totals_only else rows:
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
