"""UnionPay's gateway and file host, as a merchant meets them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.simulator import acp_fields, settlement_file
from adapters.simulator.acp_answers import echo, moved, result
from adapters.simulator.acp_back import AcpBack
from adapters.simulator.acp_encryption import EncryptionCertificate
from adapters.simulator.acp_signing import AcpSigning
from adapters.simulator.acp_wire import AcpRefusal, raw_line, read_form
from adapters.simulator.aside import Aside
from adapters.simulator.breaks import Breaks
from adapters.simulator.certificates import Keys
from adapters.simulator.clock import CHINA
from adapters.simulator.damage import damaged
from adapters.simulator.faults import QueryFault, Source, Way
from adapters.simulator.odd_rows import befallen, ways_of
from adapters.simulator.pages import page
from adapters.simulator.records import Order, Return
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

_LINE = "text/plain; charset=utf-8"


class AcpGateway:
    """Takes orders, answers queries, hands out settlement files."""

    def __init__(self, world: World, keys: Keys, faults: Faults, back: AcpBack, aside: Aside) -> None:
        self._world = world
        self._signing = AcpSigning(keys)
        self._faults = faults
        self._back = back
        self._aside = aside
        self.breaks = Breaks(self._cleared, befallen, self._ways)
        self.encryption = EncryptionCertificate(world, keys)

    def routes(self) -> list[Route]:
        return [
            Route("/gateway/api/frontTransReq.do", self._front, methods=["POST"]),
            Route("/gateway/api/backTransReq.do", self._answered(self._sent_back), methods=["POST"]),
            Route("/gateway/api/queryTrans.do", self._answered(self._query), methods=["POST"]),
            Route("/", self._answered(self._file), methods=["POST"]),
            *self.encryption.routes(),
        ]

    async def _front(self, request: Request) -> Response:
        try:
            fields = self._received(await request.body())
            acp_fields.check(fields, acp_fields.ORDER)
            order = self._known(fields) or self._back.open(fields)
        except AcpRefusal as refusal:
            return page("refused.html", refusal.status, code=refusal.code, text=refusal.text)
        return RedirectResponse(f"/cashier/{order.token}", status_code=303)

    def _known(self, fields: Mapping[str, str]) -> Order | None:
        """The very same unpaid order, which the payer's browser may post again."""
        known = self._world.find(fields["merId"], fields["orderId"], fields["txnTime"])
        if isinstance(known, Order) and known.payment is None and known.fields == fields:
            return known
        return None

    async def _sent_back(self, request: Request) -> Response:
        fields = self._received(await request.body())
        form = acp_fields.BACK.get((fields.get("txnType", ""), fields.get("txnSubType", "")))
        if form is None:
            raise AcpRefusal("10", "报文格式错误[6100030]: txnType, txnSubType")
        acp_fields.check(fields, form)
        if fields["txnType"] == "95":
            return await self._line(echo(fields) | {"certType": "01"} | result("00") | self.encryption.shown())
        answer = await self._back.handle(fields, str(request.base_url).rstrip("/"))
        return await self._line(answer)

    async def _query(self, request: Request) -> Response:
        fields = self._received(await request.body())
        acp_fields.check(fields, acp_fields.QUERY)
        fault = self._faults.take(QueryFault, fields["orderId"])
        match fault.how if fault else None:
            case "unavailable":
                return Response(b"", 503, media_type=_LINE)
            case "not_found":
                return await self._line(echo(fields) | result("34"))
            case "too_often":
                return await self._line(echo(fields) | result("37"))
            case "pending":
                return await self._line(echo(fields) | result("00") | result("05", "origResp"))
            case "forged":
                return await self._line(self._state(fields), forged=True)
            case _:
                return await self._line(self._state(fields))

    def _state(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The truth about a transaction."""
        found = self._world.find(fields["merId"], fields["orderId"], fields["txnTime"])
        if found is None or found.fields["bizType"] != fields["bizType"]:
            return echo(fields) | result("34")
        code, movement = "00", None
        match found:
            case Return():
                code = found.outcome if self._world.is_known(found) else "05"
                movement = found.movement
            case Order(is_reversed=True):
                code = "01"
            case Order(payments=[first, *_]):
                movement = first
            case _:
                code = "05" if self._world.clock.now() <= found.pay_until else "34"
        told = moved(found, movement) if movement is not None and code == "00" else {}
        # The answer repeats the query's own kind, not the original's.
        return told | echo(fields) | result("00") | result(code, "origResp")

    async def _file(self, request: Request) -> Response:
        fields = self._received(await request.body())
        acp_fields.check(fields, acp_fields.FILE)
        plain = echo(fields) | {"settleDate": fields["settleDate"]}
        day = _last_day_of(fields["settleDate"], self._world.clock.today())
        region = self._world.region_of_merchant(fields["merId"])
        if day is None or region is None or self._world.clock.now() < self._ready_at(day):
            return await self._line(plain | result("98"))
        fault = self._faults.take_statement(Source.channel, region.region, day)
        if fault == "missing":
            return await self._line(plain | result("98"))
        shape = self._world.setup.behaviour.settlement_lines
        rows = self.breaks.shown(region.region, day)
        lines = settlement_file.lines(rows, region.receivers, shape)
        inside = day - timedelta(days=1) if fault == "another_day" else day
        disputes = settlement_file.dispute_lines(rows)
        file = settlement_file.packed(region.merchant, inside, damaged(lines, fault, day), disputes)
        content = {"fileType": "00", "fileName": file.name, "fileContent": file.content}
        return await self._line(plain | result("00") | content, forged=fault == "forged")

    def _cleared(self, region: str, day: date) -> list[settlement_file.Cleared]:
        played = next((each for each in self._world.setup.regions if each.region == region), None)
        return settlement_file.cleared(self._world, played, day) if played else []

    def _ways(self, region: str, row: settlement_file.Cleared) -> Sequence[Way]:
        played = next(each for each in self._world.setup.regions if each.region == region)
        return ways_of(played, row, by_receiver=self._world.setup.behaviour.settlement_lines == "receiver")

    def _ready_at(self, day: date) -> datetime:
        midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA)
        return midnight + timedelta(days=1, hours=self._world.setup.behaviour.file_hour)

    def _received(self, body: bytes) -> dict[str, str]:
        fields = read_form(body)
        self._signing.check(fields)
        return fields

    async def _line(self, plain: Mapping[str, str], status: int = 200, *, forged: bool = False) -> Response:
        sign = self._signing.forged if forged else self._signing.true
        signed = await self._aside.make(partial(sign, plain))
        return Response(raw_line(signed), status, media_type=_LINE)

    def _answered(self, handle: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except AcpRefusal as refusal:
                plain = {
                    "version": "5.1.0",
                    "encoding": "UTF-8",
                    "respCode": refusal.code,
                    "respMsg": refusal.text,
                }
                return await self._line(plain, refusal.status)

        return answer


def _last_day_of(month_and_day: str, today: date) -> date | None:
    """The latest day of a MMDD that is not after tomorrow; settleDate carries no year."""
    for year in (today.year + 1, today.year, today.year - 1):
        try:
            day = date(year, int(month_and_day[:2]), int(month_and_day[2:]))
        except ValueError:
            continue
        if day <= today + timedelta(days=1):
            return day
    return None
