"""The simulator as one HTTP server, alone or inside a test."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.simulator.acp_back import AcpBack
from adapters.simulator.acp_gateway import AcpGateway
from adapters.simulator.aside import Aside
from adapters.simulator.at_the_counter import AtTheCounter
from adapters.simulator.breaks import Breaks
from adapters.simulator.cashier import Cashier
from adapters.simulator.certificates import open_keys
from adapters.simulator.cnnontax import Cnnontax
from adapters.simulator.control import Control
from adapters.simulator.control_legs import legs_routes
from adapters.simulator.faults import Source
from adapters.simulator.fees import Fees
from adapters.simulator.fiscal_papers import FiscalPapers
from adapters.simulator.gateway_signature import Gate
from adapters.simulator.lists import Lists
from adapters.simulator.merchant_bills import MerchantBills
from adapters.simulator.messages import Messages
from adapters.simulator.non_tax import NonTax
from adapters.simulator.notifications import Notifier
from adapters.simulator.qra import Qra
from adapters.simulator.qra_voice import QraVoice
from adapters.simulator.registry import Registry
from adapters.simulator.scripts import Scripts
from adapters.simulator.setup import Setup
from adapters.simulator.tax_office import TaxOffice
from adapters.simulator.tax_papers import TaxPapers
from adapters.simulator.taxes import Taxes
from adapters.simulator.terminals import Terminals
from adapters.simulator.tips import Tips
from adapters.simulator.treasury import Treasury
from adapters.simulator.ums import Ums
from adapters.simulator.ums_voice import UmsVoice
from adapters.simulator.valuation import valuation_routes
from adapters.simulator.voices import AcpVoice, Voice
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World


class Simulator:
    """All played institutions. `world` is the truth, `keys` what everyone signs with, `faults` what is to go wrong.
    `voices` are how each channel tells of money.

    `async with Simulator(setup, folder).running() as address` serves it in a thread of its own; `serving()` is the
    same for code that is not asynchronous. `socket_address` is where CNNONTAX is spoken, port 0 takes a free one.
    """

    def __init__(self, setup: Setup, key_folder: Path, socket_port: int = 0) -> None:
        self.world = World(setup)
        self.keys = open_keys(key_folder, setup)
        self.faults = Faults()
        self.scripts = Scripts(self.faults, setup.behaviour.magic_amounts)
        self.taxes, self._fees = Taxes(self.world, self.faults), Fees(self.world, self.faults)
        self.cnnontax = Cnnontax(self._fees, self.keys)
        self.socket_address = f"127.0.0.1:{socket_port}"
        self._socket_port = socket_port
        self.voices: dict[str, Voice] = {
            "acp": AcpVoice(self.keys),
            "ums": UmsVoice(self.world, self.keys),
            "qra": QraVoice(self.world, self.keys),
        }
        self._aside = Aside()
        self._notifier = Notifier(self.voices, setup.behaviour, self.faults, self._aside)
        self._cashier = Cashier(self.world, self.voices, self.faults, self._notifier, self._aside)

    def app(self) -> Starlette:
        """The web application."""
        gate = Gate(self.world, self.keys)
        back = AcpBack(self.world, self.faults, self.scripts, self._cashier, self._notifier)
        gateway = AcpGateway(self.world, self.keys, self.faults, back, self._aside)
        treasury, non_tax = Treasury(self.world, self.faults), NonTax(self._fees, self.faults)
        lists, terminals = Lists(self.world, self.faults), Terminals(self.world, self.faults)
        breaks: dict[Source, Breaks[Any]] = {
            Source.channel: gateway.breaks,
            Source.treasury: treasury.breaks,
            Source.non_tax: non_tax.breaks,
            Source.bank: lists.credits,
            Source.tax_status: lists.states,
            Source.e_receipts: lists.receipts,
        }
        return Starlette(
            routes=[
                *gateway.routes(),
                *Ums(self.world, self.keys, self.faults, self.scripts, self._notifier).routes(),
                *Qra(self.world, self.keys, self.faults, self.scripts, self._cashier).routes(),
                *self._cashier.routes(),
                *TaxPapers(self.world, self.faults).routes(gate),
                *TaxOffice(self.taxes, self.faults).routes(gate),
                *Tips(self.taxes).routes(gate),
                *valuation_routes(gate),
                *treasury.routes(gate),
                *non_tax.routes(gate),
                *lists.routes(gate),
                *FiscalPapers(self.world, self.faults).routes(gate),
                *Messages(self.world, self.faults).routes(gate),
                *terminals.routes(gate),
                *AtTheCounter(self.world, terminals, self._cashier, self.faults, self.scripts).routes(),
                *Registry(self.world, self.keys, self.faults).routes(),
                *Control(self.world, self._cashier, self.faults, self.scripts, breaks).routes(),
                *legs_routes(self.taxes, self.cnnontax),
                *MerchantBills(self.world, self.faults, gateway.breaks).routes(),
            ],
            exception_handlers={HTTPException: _unknown_path},
            lifespan=self._lifespan,
        )

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[str]:
        """Serves on 127.0.0.1 until the block ends; gives the address. Port 0 takes a free one."""
        listener = socket.create_server(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(self.app(), log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listener],), name="simulator", daemon=True)
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise RuntimeError("the simulator did not start; its log says why")
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
            listener.close()

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[str]:
        """As `serving`, without blocking the caller's event loop."""
        served = self.serving(port)
        address = await asyncio.to_thread(served.__enter__)
        try:
            yield address
        finally:
            await asyncio.to_thread(served.__exit__, None, None, None)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        server = await self.cnnontax.serve(self._socket_port)
        self.socket_address = "{}:{}".format(*server.sockets[0].getsockname()[:2])
        async with server:
            yield
        await self._notifier.close()


async def _unknown_path(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "unknown_path", 405: "unknown_method"}.get(status, "refused")
    return JSONResponse({"code": code, "message": str(error)}, status)
