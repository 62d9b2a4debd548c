"""Recorded messages that a shared key signs: ChinaUMS, QRA, and ACP by methods 11 and 12."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
import typer
from typer.testing import CliRunner

from adapters.unionpay.command import verify
from adapters.unionpay.qra.messages import written
from adapters.unionpay.signature import sign_keyed
from adapters.unionpay.ums.signature import key_append
from foundation.errors import BadInput
from tests.adapters.unionpay.authority import raw

KEY = "fcAmtnx7MwismjWNhNKdHC44mNXtnEQeJkRrhKJwyrW2ysRR"
BILL = {"billNo": "31940000201700002", "billStatus": "PAID", "billDesc": "税费&一", "ns": "cyuT", "signType": "SHA256"}
TRADE = {"mch_id": "QRA29045311KKR1", "out_trade_no": "HY1", "pay_result": "0", "total_fee": "1", "attach": "税"}
ACP = {"version": "5.1.0", "orderId": "HY26030200001", "respMsg": "成功[0000000]", "txnAmt": "1"}


def ums(fields: dict[str, str], encode: Callable[[dict[str, str]], str] = urlencode) -> bytes:
    return encode({**fields, "sign": key_append(fields, KEY, fields.get("signType", "MD5"))}).encode()


def acp(fields: dict[str, str]) -> dict[str, str]:
    return {**fields, "signature": sign_keyed(fields, KEY.encode())}


def said(tmp_path: Path, channel: str, body: bytes, key: str = KEY) -> tuple[int, str]:
    (tmp_path / "body").write_bytes(body)
    (tmp_path / "key").write_text(key + "\n")
    app = typer.Typer()
    app.command()(verify)
    options = ["--channel", channel, "--body", str(tmp_path / "body"), "--key", str(tmp_path / "key")]
    done = CliRunner().invoke(app, options)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


RECORDED = [
    ("ums", ums(BILL), "notification"),
    ("ums", ums({**BILL, "signType": "MD5"}), "MD5"),
    ("ums", ums({key: value for key, value in BILL.items() if key != "signType"}), "MD5"),
    ("ums", ums(BILL, lambda fields: json.dumps(fields, ensure_ascii=False)), "message in JSON"),
    ("ums", json.dumps({**{k: v for k, v in BILL.items() if k != "billDesc"}, "totalAmount": 1, "sign": key_append(
        {**{k: v for k, v in BILL.items() if k != "billDesc"}, "totalAmount": "1"}, KEY, "SHA256")}).encode(), "JSON"),
    ("qra", written(TRADE, KEY), "notification"),
    ("qra", written({**TRADE, "sign_type": "SM3"}, KEY), "SM3"),
    ("qra", written({key: value for key, value in TRADE.items() if key != "pay_result"}, KEY), "synchronous answer"),
    ("acp", urlencode(acp({**ACP, "signMethod": "11"})).encode(), "notification"),
    ("acp", raw(acp({**ACP, "signMethod": "12"})), "synchronous answer"),
]  # fmt: skip


@pytest.mark.parametrize(("channel", "body", "says"), RECORDED)
def test_what_the_key_signed_is_authentic(tmp_path: Path, channel: str, body: bytes, says: str) -> None:
    status, output = said(tmp_path, channel, body)
    assert status == 0, output
    assert output.startswith("authentic: ")
    assert says in output
    assert said(tmp_path, channel, body + b"\r\n")[0] == 0


@pytest.mark.parametrize(("channel", "body", "says"), RECORDED)
def test_each_changed_byte_and_another_key_are_found(tmp_path: Path, channel: str, body: bytes, says: str) -> None:
    assert said(tmp_path, channel, body, key=KEY[:-1] + "S")[0] == 1
    for place in range(0, len(body), 7):
        if body[place : place + 1].isdigit():
            changed = body[:place] + str((body[place] - 47) % 10).encode() + body[place + 1 :]
            status, output = said(tmp_path, channel, changed)
            assert (status, output[:14]) == (1, "not authentic:"), (place, changed)


@pytest.mark.parametrize("channel", ["ums", "qra", "acp"])
@pytest.mark.parametrize(
    "body", [b"", b"hello", b"\xff\xfe", b"a=1", b"{}", b"{", b"[1]", b"<xml>", b"<xml/>", b"{" * 9000]
)
def test_what_is_no_message_is_not_authentic(tmp_path: Path, channel: str, body: bytes) -> None:
    assert said(tmp_path, channel, body)[0] == 1


def test_an_answer_of_the_open_platform_proves_nothing_by_itself(tmp_path: Path) -> None:
    status, output = said(tmp_path, "ums", b'{"errCode": "SUCCESS", "billStatus": "PAID"}')
    assert status == 1
    assert "no signature" in output


def test_without_a_key_nobody_is_believed(tmp_path: Path) -> None:
    for channel in ("ums", "qra", "acp"):
        with pytest.raises(BadInput, match="key"):
            said(tmp_path, channel, b"a=1", key="")
    with pytest.raises(BadInput, match="channel"):
        said(tmp_path, "wechat", b"a=1")
