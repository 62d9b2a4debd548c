"""What TIPS tells by itself: 9101, its work date and where in its day it is (0 open, 1 turning, 2 maintenance)."""

from collections.abc import Callable, Mapping
from datetime import datetime

from adapters.tax_office.tips.line import APPLICATION, DONE, MESSAGES, TIPS
from adapters.wire.cfx import Head, envelope, opened, written
from adapters.wire.gateway import check_request
from adapters.wire.xml import BadXml, gbk_document, gbk_tree
from foundation import clock
from foundation.errors import BadInput
from settlement.ports.journal import Phase
from settlement.ports.pushes import DayTurned
from settlement.regions import TaxOfficeConfig

_PHASES = {"0": Phase.open, "1": Phase.turning, "2": Phase.closed}


class TipsPushes:
    """The door for one region."""

    def __init__(self, config: TaxOfficeConfig, node: str, now: Callable[[], datetime] = clock.now) -> None:
        self._config = config
        self._node = node
        self._now = now

    def read(self, path: str, headers: Mapping[str, str], body: bytes) -> DayTurned:
        """Checks and reads a 9101. Unauthentic: not from the front. BadInput: not a message that TIPS pushes."""
        secret = self._config.secret_file.read_bytes().strip()
        check_request(secret, "POST", path, headers, body, self._now())
        try:
            head, groups = opened(gbk_tree(body))
            if (head.application, head.source, head.msg_no) != (APPLICATION, TIPS, "9101"):
                raise BadXml(f"message {head.msg_no} of {head.source}")
            said = MESSAGES.read(groups, "9101")["ChangeState9101"]
        except BadXml as error:
            raise BadInput("9101", str(error), "a state change (9101) of TIPS") from None
        if said["SysStat"] not in _PHASES:
            raise BadInput("SysStat", said["SysStat"], ", ".join(_PHASES))
        return DayTurned(head.msg_id, said["WorkDate"], _PHASES[said["SysStat"]])

    def acknowledgement(self, said: DayTurned) -> bytes:
        """The general answer (9120) to a 9101."""
        own = f"{said.message_id[:8]}9120{said.message_id[12:]}"
        root, body = envelope(Head(self._node, TIPS, APPLICATION, "9120", own, said.message_id, said.day))
        MESSAGES.fill(body, "9120", {"MsgReturn9120": {"OriMsgNo": "9101", "Result": DONE}})
        return gbk_document(written(root))
