"""The treasury: what came in on a work date, as a TIPS file 3139 (docs/protocols.md, section 4)."""

from datetime import date
from xml.etree import ElementTree

from starlette.routing import Route

from adapters.simulator.amounts import yuan
from adapters.simulator.gateway_signature import Call, File, Gate
from adapters.simulator.refusal import Refusal
from adapters.simulator.tax_office import SUBJECTS
from adapters.simulator.world import Voucher, World

_TIPS = "100000000000"


class Treasury:
    """All treasuries of the played regions."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self, gate: Gate) -> list[Route]:
        return [
            Route("/treasury/v1/statements/{treasury}/{day}", gate.around(self._statement), methods=["GET"])
        ]

    def rows(self, treasury: str, day: date) -> list[Voucher]:
        """What reached a treasury on a day, in the order of the tax vouchers' numbers."""
        regions = {each.region for each in self._world.setup.regions if each.treasury == treasury}
        came = [
            each
            for each in self._world.vouchers.values()
            if each.region in regions and self._world.arrived_on(each.received_at) == day
        ]
        return sorted(came, key=lambda each: each.tax_voucher_no or "")

    def _statement(self, call: Call) -> File:
        treasury, day = call.path["treasury"], statement_day(call.path["day"])
        if treasury != call.region.treasury:
            raise Refusal(404, "unknown_treasury", f"treasury: {treasury} is not {call.region.treasury}")
        refuse_unfinished(day, self._world)
        content = statement(treasury, day, self.rows(treasury, day), self._world.serial())
        return File(f"3139_{treasury}_{day:%Y%m%d}.xml", "application/xml", content)


def statement_day(text: str) -> date:
    """The yyyy-MM-dd of a path. Refusal 422 for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise Refusal(422, "invalid_field", f"date: {text} is not yyyy-MM-dd")
    return day


def refuse_unfinished(day: date, world: World) -> None:
    """Refusal 404 not_ready for a day that is not over."""
    if day >= world.clock.today():
        raise Refusal(404, "not_ready", f"date: {day} is not over")


def statement(treasury: str, day: date, rows: list[Voucher], serial: int) -> bytes:
    """The GBK XML of a work date."""
    root = ElementTree.Element("CFX")
    number = f"{day:%Y%m%d}3139{serial:08d}"
    head = {"VER": "1.0", "SRC": _TIPS, "DES": f"{treasury}00", "APP": "TIPS", "MsgNo": "3139"}
    _add(root, "HEAD", head | {"MsgID": number, "MsgRef": number, "WorkDate": f"{day:%Y%m%d}"})
    message = ElementTree.SubElement(root, "MSG")
    total = sum(each.amount_fen for each in rows)
    totals = {"AllNum": str(len(rows)), "AllAmt": yuan(total)}
    _add(message, "BatchHead3139", {"TreCode": treasury, "ChkDate": f"{day:%Y%m%d}"} | totals)
    for each in rows:
        detail = {
            "TreCode": treasury,
            "ExpTaxVouNo": each.tax_voucher_no or "",
            "BudgetType": "1",
            "BudgetLevelCode": "4",
            "BudgetSubjectCode": SUBJECTS[each.item],
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
