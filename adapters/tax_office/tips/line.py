"""One question and its answer over TIPS: the envelope, the numbers that tie both together, result codes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from adapters.wire.cfx import FieldMap, Head, envelope, opened, written
from adapters.wire.gateway import SignedGateway
from adapters.wire.xml import BadXml, gbk_document, gbk_tree
from foundation.errors import Unavailable
from settlement.ports.journal import Numbers
from settlement.regions import TaxOfficeConfig, TipsConfig

MESSAGES = FieldMap(Path(__file__).with_name("messages.yaml"))

TIPS = "100000000000"
APPLICATION = "TIPS"
DONE = "90000"
REPEATED = "94052"
"""包重复: the network has this message. What became of it is asked for; it is never sent under other numbers."""

_GENERAL_ANSWER = "9120"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: the message's own with its groups, or the general one (9120) with no more than a result."""

    raw: bytes
    result: str
    said: str
    groups: Mapping[str, Any] | None


class TipsLine:
    """The front of the node that sends for us."""

    def __init__(
        self, office: TaxOfficeConfig, tips: TipsConfig, client: httpx.AsyncClient, now: Callable[[], datetime]
    ) -> None:
        self.node = tips.node
        self._gateway = SignedGateway(office.model_copy(update={"address": tips.address}), client, "TIPS", now)

    def document(self, message: str, numbers: Numbers, groups: Mapping[str, Any]) -> bytes:
        """A message as it goes out. BadInput names what does not fit."""
        head = Head(self.node, TIPS, APPLICATION, message, numbers.message_id, numbers.message_id, numbers.day)
        root, body = envelope(head)
        MESSAGES.fill(body, message, groups)
        return gbk_document(written(root))

    async def ask(self, document: bytes, numbers: Numbers, expected: str) -> Reply:
        """Sends a message and reads its answer. Unavailable: no answer, or none to this message."""
        raw = await self._gateway.post_xml("/tips/v1/messages", document)
        try:
            return self.reply(raw, numbers, expected)
        except BadXml as error:
            raise Unavailable(f"TIPS answered what cannot be understood: {error}", whom="TIPS") from None

    def reply(self, raw: bytes, numbers: Numbers, expected: str) -> Reply:
        """Reads an answer to the message of these numbers. BadXml where it is another's, or not in form."""
        head, body = opened(gbk_tree(raw))
        theirs = (head.application, head.destination, head.msg_ref)
        if theirs != (APPLICATION, self.node, numbers.message_id):
            raise BadXml(f"an answer for {theirs}, not for {(APPLICATION, self.node, numbers.message_id)}")
        if head.msg_no == _GENERAL_ANSWER:
            general = MESSAGES.read(body, _GENERAL_ANSWER)["MsgReturn9120"]
            return Reply(raw, general["Result"], general.get("Information", ""), None)
        if head.msg_no != expected:
            raise BadXml(f"message {head.msg_no}, expected was {expected}")
        groups = MESSAGES.read(body, expected)
        first = groups.get(f"RealHead{expected}", {})
        return Reply(raw, first.get("Result", DONE), first.get("AddWord", ""), groups)
