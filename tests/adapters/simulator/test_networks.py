"""The doors of TIPS and CNNONTAX: what is unknown, missing or no message at all is never answered by a yes."""

import asyncio
import hashlib
import hmac
import secrets
from base64 import b64encode

import httpx
import pytest

from adapters.simulator import cfx
from adapters.simulator.server import Simulator
from adapters.simulator.tips_forms import FORMS
from tests.adapters.simulator.parties import REGION, Caller

QUERY = {
    "BankNo": "102421000016",
    "EntrustDate": "20260302",
    "QueryNo": "00000041",
    "PayOpBkCode": "102421000016",
    "BankName": "经收处",
    "TaxOrgCode": REGION.office_code,
    "TaxPayCode": "34150219900101001X",
    "OuterLevyNo": "00000000000000000017",
}


def sent(caller: Caller, body: bytes) -> cfx.Message:
    nonce, at = secrets.token_hex(16), f"{caller.now:%Y%m%d%H%M%S}"
    text = f"POST\n/tips/v1/messages\n{at}\n{nonce}\n{hashlib.sha256(body).hexdigest()}"
    signature = b64encode(hmac.digest(caller.secret, text.encode(), "sha256")).decode()
    headers = {"X-App-Id": REGION.app_ids[0], "X-Timestamp": at, "X-Nonce": nonce, "X-Signature": signature}
    answer = caller.client.post("/tips/v1/messages", content=body, headers=headers)
    assert answer.status_code == 200
    return cfx.read(answer.content)


def document(caller: Caller, number: str, groups: object, serial: int = 42) -> bytes:
    own = f"20260302{number}{serial:08d}"
    head = ("102421000016", "100000000000", "TIPS", number, own, own)
    assert isinstance(groups, dict)
    return cfx.document(head, caller.now.date(), groups)


@pytest.mark.parametrize(
    ("number", "groups", "result"),
    [
        ("1001", {"RealHead1001": {}}, "92001"),
        ("2091", {"DeclareQuery2091": QUERY | {"Extra": "1"}}, "93001"),
        ("2091", {"DeclareQuery2091": {name: text for name, text in QUERY.items() if name != "BankNo"}}, "93002"),
        ("2091", {"DeclareQuery2091": QUERY | {"QueryNo": "41"}}, "93001"),
        ("2091", {}, "93002"),
    ],
)
def test_an_unknown_message_or_field_is_an_error(caller: Caller, number: str, groups: object, result: str) -> None:
    answer = sent(caller, document(caller, number, groups))
    assert answer.head["MsgNo"] == "9120"
    assert answer.body.findtext("MsgReturn9120/Result") == result


@pytest.mark.parametrize(
    "raw", [b"", b"<CFX/>", b'<?xml version="1.0" encoding="GBK"?><!DOCTYPE a><CFX/>', b"\xff\xff"]
)
def test_what_is_no_message_is_an_error(caller: Caller, raw: bytes) -> None:
    assert sent(caller, raw).body.findtext("MsgReturn9120/Result") == "93001"


def test_the_same_message_twice_is_called_a_repetition(caller: Caller) -> None:
    body = document(caller, "2091", {"DeclareQuery2091": QUERY})
    first, second = sent(caller, body), sent(caller, body)
    assert first.body.findtext("RealHead1009/Result") == "24001"  # nobody owes that
    assert second.body.findtext("MsgReturn9120/Result") == "94052"


def test_a_status_nobody_knows_is_said_to_be_unknown(caller: Caller) -> None:
    asked = {
        "SendOrgCode": "102421000016",
        "SearchType": "1",
        "OriMsgNo": "2090",
        "OriEntrustDate": "20260302",
        "OriTraNo": "00000042",
    }
    assert set(asked) == {name.rstrip("?") for name in FORMS["9003"]["TraStatusCheck9003"]} - {"OriPackNo"}
    answer = sent(caller, document(caller, "9003", {"TraStatusCheck9003": asked}))
    assert answer.body.findtext("TraStatusCheck9004/OpStat") == "0"


@pytest.mark.parametrize("raw", [b"", b"hello there", b"99999999", b"87      CNNONTAX1.08997" + b"0" * 64])
async def test_the_socket_ends_the_line_of_who_speaks_otherwise(
    served: httpx.Client, simulator: Simulator, raw: bytes
) -> None:
    assert served.base_url
    host, port = simulator.socket_address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(raw)
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    await writer.wait_closed()


def test_only_a_tax_comes_in_under_a_wrong_subject(served: httpx.Client) -> None:
    fault = {"kind": "leg", "leg": "non_tax", "how": "wrong_subject"}
    assert served.post("/control/faults", json=fault).status_code == 422
