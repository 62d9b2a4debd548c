"""The bills that ChinaUMS and QRA put on their merchants' sites, as whoever keeps the books there downloads them.

Tables of text with the headings of docs/simulator.md. The day of every row is that of the bill, also of one that
comes a day late.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.simulator.amounts import yuan
from adapters.simulator.breaks import Breaks
from adapters.simulator.control import check_caller, refused
from adapters.simulator.damage import damaged
from adapters.simulator.faults import Source
from adapters.simulator.records import Return
from adapters.simulator.refusal import Refusal
from adapters.simulator.settlement_file import Cleared
from adapters.simulator.setup import RegionSetup
from adapters.simulator.statements import statement_day
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

_UMS = ("清算日期", "交易时间", "交易类型", "商户号", "商户订单号", "银商订单号", "交易金额", "钱包优惠金额")
_QRA = (
    "交易时间",
    "商户号",
    "交易状态",
    "平台订单号",
    "商户订单号",
    "总金额",
    "平台退款单号",
    "商户退款单号",
    "退款金额",
)
_QRA_TOTALS = ("总交易单数", "总交易额", "总退款金额")


class MerchantBills:
    """The bills of all regions that are paid through ChinaUMS or QRA. `breaks` are those of the channels."""

    def __init__(self, world: World, faults: Faults, breaks: Breaks[Any]) -> None:
        self._world = world
        self._faults = faults
        self._breaks = breaks

    def routes(self) -> list[Route]:
        return [Route("/control/bills/{region}/{day}", self._download, methods=["GET"])]

    async def _download(self, request: Request) -> Response:
        try:
            check_caller(request)
            return Response(self._bill(**request.path_params), media_type="text/csv")
        except Refusal as refusal:
            return refused(refusal)

    def _bill(self, region: str, day: str) -> bytes:
        """Refusal 404 for a region that downloads nothing by hand, and for a day that is not over."""
        played = next((each for each in self._world.setup.regions if each.region == region), None)
        if played is None or played.channel == "acp":
            raise Refusal(404, "unknown_region", f"region: {region} has no bills of ChinaUMS or QRA")
        of = statement_day(day)
        fault = self._faults.take_statement(Source.channel, region, of) if of < self._world.clock.today() else "missing"
        if fault == "missing":
            raise Refusal(404, "not_ready", f"day: the bill of {day} is not there yet")
        if fault not in (None, "truncated", "encoding", "layout", "another_day"):
            raise Refusal(422, "invalid_field", f"how: a bill that is downloaded by hand cannot be {fault}")
        rows = [row for row in self._breaks.shown(region, of) if not row.is_dispute]
        content = _of_ums(played, of, rows) if played.ums else _of_qra(of, rows)
        return damaged(content, fault, of)


def _of_ums(region: RegionSetup, day: date, rows: Sequence[Cleared]) -> bytes:
    """Four lines above, the headings, the rows, two lines below; tabs, GBK, CRLF."""
    assert region.ums is not None, "only regions of ChinaUMS come here"
    above = ["银联商务交易明细", f"商户号:{region.merchant}", f"清算日期:{day:%Y%m%d}", ""]
    told = [
        (
            f"{day:%Y%m%d}",
            f"{row.movement.at:%H:%M:%S}",
            "退货" if row.is_out else "消费",
            row.merchant or region.merchant,
            f"{region.ums.source_id}{row.order_id.removeprefix(region.ums.source_id)}",
            row.key,
            yuan(row.amount_fen),
            yuan(row.discount_fen),
        )
        for row in rows
    ]
    below = [f"合计笔数:{len(rows)}", "以上数据以清算为准"]
    lines = [*above, *("\t".join(cells) for cells in (_UMS, *told)), *below]
    return "".join(f"{line}\r\n" for line in lines).encode("gbk")


def _of_qra(day: date, rows: Sequence[Cleared]) -> bytes:
    """Headings, rows and totals, commas, each value behind a backtick; UTF-8."""
    told = [
        (
            f"{day} {row.movement.at:%H:%M:%S}",
            row.merchant or row.transaction.merchant,
            "转入退款" if row.is_out else "支付成功",
            row.original.query_id if row.original and row.is_out else row.key,
            row.transaction.order.order_id if row.is_out and isinstance(row.transaction, Return) else row.order_id,
            "0.00" if row.is_out else yuan(row.amount_fen),
            row.key if row.is_out else "",
            row.order_id if row.is_out else "",
            yuan(row.amount_fen) if row.is_out else "0.00",
        )
        for row in rows
    ]
    paid = sum(row.amount_fen for row in rows if not row.is_out)
    returned = sum(row.amount_fen for row in rows if row.is_out)
    totals = (str(len(rows)), yuan(paid), yuan(returned))
    lines = [",".join(_QRA), *map(_behind_backticks, told), ",".join(_QRA_TOTALS), _behind_backticks(totals)]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _behind_backticks(cells: Iterable[str]) -> str:
    return ",".join(f"`{cell}" for cell in cells)
