"""The treasury: what came in on a work date, as a TIPS file 3139 (docs/protocols.md, section 4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from xml.etree import ElementTree

from starlette.routing import Route

from adapters.simulator.amounts import yuan
from adapters.simulator.breaks import Breaks
from adapters.simulator.faults import Faults, Source
from adapters.simulator.gateway_signature import Call, File, Gate
from adapters.simulator.refusal import Refusal
from adapters.simulator.statements import delivered, statement_day
from adapters.simulator.world import World

_TIPS = "100000000000"


@dataclass(frozen=True, slots=True)
class Income:
    """One row of a treasury statement: what came in by one tax voucher."""

    tax_voucher_no: str
    levy_number: str
    subject: str
    amount_fen: int

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
            Income(each.tax_voucher_no or "", each.levy_number, each.subject, each.amount_fen)
            for each in self._world.vouchers.values()
            if each.region == region and self._world.arrived_on(each) == day
        ]

    def _statement(self, call: Call) -> File:
        treasury, day = call.path["treasury"], statement_day(call.path["day"])
        if treasury != call.region.treasury:
            raise Refusal(404, "unknown_treasury", f"treasury: {treasury} is not {call.region.treasury}")
        # A treasury may serve several regions; a file tells of all of them, a fault is of the caller's.
        regions = [each.region for each in self._world.setup.regions if each.treasury == treasury]
        rows = [row for region in regions for row in self.breaks.shown(region, day)]
        file = statement(treasury, day, rows, self._world.serial())
        content = delivered(Source.treasury, call, day, file, self._faults, self._world)
        return File(f"3139_{treasury}_{day:%Y%m%d}.xml", "application/xml", content)


def statement(treasury: str, day: date, rows: Sequence[Income], serial: int) -> bytes:
    """The GBK XML of a work date."""
    root = ElementTree.Element("CFX")
    number = f"{day:%Y%m%d}3139{serial % 10**8:08d}"
    head = {"VER": "1.0", "SRC": _TIPS, "DES": f"{treasury}00", "APP": "TIPS", "MsgNo": "3139"}
    _add(root, "HEAD", head | {"MsgID": number, "MsgRef": number, "WorkDate": f"{day:%Y%m%d}"})
    message = ElementTree.SubElement(root, "MSG")
    total = sum(each.amount_fen for each in rows)
    totals = {"AllNum": str(len(rows)), "AllAmt": yuan(total)}
    _add(message, "BatchHead3139", {"TreCode": treasury, "ChkDate": f"{day:%Y%m%d}"} | totals)
    for each in rows:
        detail = {
            "TreCode": treasury,
            "ExpTaxVouNo": each.tax_voucher_no,
            "BudgetType": "1",
            "BudgetLevelCode": "4",
            "BudgetSubjectCode": each.subject,
            "TraAmt": yuan(each.amount_fen),
            "OriOuterLevyNo": each.levy_number,
        }
        _add(message, "IncomeDetail3139", detail)
    ElementTree.indent(root)
    text = '<?xml version="1.0" encoding="GBK"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
    return text.encode("gbk")


def _add(parent: ElementTree.Element, name: str, values: dict[str, str]) -> None:
    group = ElementTree.SubElement(parent, name)
    for field, value in values.items():
        ElementTree.SubElement(group, field).text = value
