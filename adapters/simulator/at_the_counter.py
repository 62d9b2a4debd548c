"""What a person does at the counter: holds a card to a terminal, or lays a document on a reader. By desk or by page."""

from datetime import timedelta
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.simulator.cashier import Cashier
from adapters.simulator.control import local
from adapters.simulator.faults import TerminalFault
from adapters.simulator.pages import page
from adapters.simulator.records import CardSale, LaidDocument, Part
from adapters.simulator.refusal import Message, Refusal, read
from adapters.simulator.scripts import Scripts
from adapters.simulator.terminals import Terminals, order_fields
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

_SAID = {
    "approved": "交易成功。Approved.",
    "declined": "余额不足（51）。Insufficient funds (51).",
    "unclear": "交易超时，请勿离开。No answer yet.",
}
_READING_ACTS = ("read", "tap", "insert", "decline")


class CardAct(Message):
    """`tap` and `insert` pay; `read` only reads the card, and the PIN is awaited; `decline`: the issuer says no;
    `walk_away`: no card comes."""

    region: str
    terminal: str
    how: Literal["tap", "insert", "read", "decline", "walk_away"]


class DocumentAct(Message):
    """Lays a document on a kiosk's reader; without one, takes away what lies there."""

    region: str
    kiosk: str
    document: LaidDocument | None = None


class AtTheCounter:
    """The people before the terminals and readers."""

    def __init__(self, world: World, terminals: Terminals, cashier: Cashier, faults: Faults, scripts: Scripts) -> None:
        self._world = world
        self._terminals = terminals
        self._cashier = cashier
        self._faults = faults
        self._scripts = scripts

    def routes(self) -> list[Route]:
        return [
            Route("/control/cards", local(self._card), methods=["POST"]),
            Route("/control/documents", local(self._document), methods=["POST"]),
            Route("/counter/{region}/{terminal}", self._show, methods=["GET"]),
            Route("/counter/{region}/{terminal}/{how}", self._press, methods=["POST"]),
        ]

    async def _card(self, body: bytes) -> Any:
        act = read(CardAct, body)
        sale = await self._do(act.region, act.terminal, act.how)
        return {"order_id": sale.order_id, "state": sale.state}

    async def _do(self, region: str, terminal: str, how: str) -> CardSale:
        sale = self._terminals.running(region, terminal)
        if sale is None:
            raise Refusal(409, "no_sale", f"terminal: {terminal} asks for no card")
        if how == "walk_away":
            sale.card_until = self._world.clock.now()
            self._terminals.running(region, terminal)
        elif how == "read":
            sale.state = "at_work"
        elif how == "decline":
            self._ended(sale, "declined")
        else:
            await self._paid(sale)
        return sale

    async def _paid(self, sale: CardSale) -> None:
        fault = self._faults.take(TerminalFault, sale.order_id, ("silent", "declined_paid", "approved_unpaid"))
        how = fault.how if fault else ""
        if how != "approved_unpaid" and not await self._debit(sale):
            self._ended(sale, "declined")
            return
        self._ended(sale, {"silent": "unclear", "declined_paid": "declined"}.get(how, "approved"))

    async def _debit(self, sale: CardSale) -> bool:
        """The acquirer takes the money of the merchant's order, as it does for a code; not under a used number."""
        world, sent = self._world, self._terminals.wanted[sale.region, sale.order_id]
        region = next(each for each in world.setup.regions if each.region == sale.region)
        fields = order_fields(sent, region.business)
        if world.is_number_used(fields):
            return False
        parts = tuple(Part(part.receiver, part.amount_fen) for part in sent.parts)
        until = world.clock.now() + timedelta(minutes=1)
        sale.order = world.open_order(fields, parts, until, region.channel, {"attach": sent.started_at})
        self._scripts.order_arrives(sale.order_id, sale.amount_fen)
        await self._cashier.pay(sale.order)
        return True

    def _ended(self, sale: CardSale, state: str) -> None:
        sale.state, sale.said = state, _SAID[state]

    async def _document(self, body: bytes) -> Any:
        act = read(DocumentAct, body)
        key = (act.region, act.kiosk)
        if act.document is None:
            self._world.documents.pop(key, None)
        else:
            self._world.documents[key] = act.document
        return {"laid": act.document is not None}

    async def _show(self, request: Request) -> Response:
        region, terminal = request.path_params["region"], request.path_params["terminal"]
        return page("counter.html", region=region, terminal=terminal, sale=self._terminals.running(region, terminal))

    async def _press(self, request: Request) -> Response:
        where = request.path_params
        if where["how"] in (*_READING_ACTS, "walk_away"):
            try:
                await self._do(where["region"], where["terminal"], where["how"])
            except Refusal as refusal:
                return page("refused.html", refusal.status, code=refusal.code, text=refusal.message)
        return RedirectResponse(f"/counter/{where['region']}/{where['terminal']}", 303)
