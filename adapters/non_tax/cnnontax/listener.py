"""Listens for what finance pushes over CNNONTAX: 5996, answered by 8001 once it is stored, and by nothing before."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from adapters.non_tax.cnnontax.frame import BadFrame, packed, read_frame, unpacked
from adapters.non_tax.cnnontax.voucher import APPLICATION, document, read
from adapters.wire.cfx import Head
from adapters.wire.xml import BadXml
from foundation.errors import BadInput, HeyiError
from settlement.ports.pushes import FeeArrived
from settlement.regions import CnnontaxConfig, NonTaxConfig

_SECONDS = 10.0
_AT_ONCE = 64
"""As many connections as are read at the same moment; the others wait in the socket's own queue."""

log = structlog.get_logger()

Heard = Callable[[bytes, str, FeeArrived | HeyiError], Awaitable[bool]]
"""Takes the frame, the sender's address, and what was read or why not; says whether it is stored and good."""


class Listener:
    """The unit's end of the line for one region."""

    def __init__(self, region: str, config: NonTaxConfig, line: CnnontaxConfig, heard: Heard) -> None:
        self._region = region
        self._config = config
        self._line = line
        self._heard = heard
        self._places = asyncio.Semaphore(_AT_ONCE)

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Listens until the block ends; gives the port. Port 0 takes a free one."""
        server = await asyncio.start_server(self._connection, host, port, reuse_port=True)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = str(writer.get_extra_info("peername")[0])
        try:
            async with self._places, asyncio.timeout(_SECONDS):
                answer = await self.answer(await read_frame(reader), source)
                if answer is not None:
                    writer.write(answer)
                    await writer.drain()
        except (TimeoutError, OSError, BadFrame) as error:
            log.warning("a push that is no frame", source=source, error=f"{type(error).__name__} {error}")
        finally:
            writer.close()

    async def answer(self, frame: bytes, source: str) -> bytes | None:
        """The 8001 for a frame; None where it cannot be read: then the sender hears nothing, and a case is open."""
        token = self._config.secret_file.read_bytes().strip()
        try:
            _, xml = unpacked(frame, token)
            said = read(xml, "5996")
        except (BadFrame, BadXml) as error:
            await self._heard(frame, source, BadInput("5996", str(error), "a confirmation in a CNNONTAX frame"))
            return None
        except HeyiError as error:
            await self._heard(frame, source, error)
            return None
        fields = said.fields
        is_good = await self._heard(
            frame,
            source,
            FeeArrived(
                fields["PayCode"], fields["Amt"], fields["TraNoBus"], fields["CfmDate"], fields.get("Hold1") or "-"
            ),
        )
        result = {"OriMsgNo": "5996", "Result": "00000" if is_good else "99999"}
        own = f"{said.head.msg_id[:8]}8001{said.head.msg_id[12:]}"
        there = (self._line.unit_node, self._line.finance_node, APPLICATION, "8001", own, said.head.msg_id)
        return packed("8001", document(Head(*there, said.head.work_date), self._region, result), token)
