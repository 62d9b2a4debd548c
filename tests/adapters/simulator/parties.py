"""The merchant's side of the simulator, written from docs/protocols.md for the tests alone."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from adapters.simulator.setup import Behaviour, RegionSetup, Setup

CHINA = timezone(timedelta(hours=8))
UNIT_CODE = "341502001001GB00001F00010001"

REGION = RegionSetup(
    region="341502",
    merchant="898341502000001",
    treasury_receiver="898341502000101",
    non_tax_receiver="898341502000201",
    app_ids=("heyi-341502",),
    office_code="13415020000",
    treasury="1205010000",
    unit="3415020001",
    fees={"103043211001": "不动产登记费（住宅类）", "103043211003": "不动产登记证书工本费"},
)
SETUP = Setup(
    regions=(REGION,),
    behaviour=Behaviour(resend_minute_seconds=0.02, answer_seconds=2, arrival_seconds=0, return_seconds=0),
)


def split_data(parts: dict[str, str]) -> str:
    receivers = [{"accSplitMerId": k, "accSplitAmt": v} for k, v in parts.items()]
    return base64.b64encode(json.dumps({"accSplitType": "1", "accSplitMchts": receivers}).encode()).decode()


@dataclass
class Merchant:
    """Signs as docs/protocols.md says, without a line of the simulator's code."""

    folder: Path
    now: datetime

    def signed(self, fields: dict[str, str]) -> dict[str, str]:
        number = REGION.merchant
        certificate = x509.load_pem_x509_certificate((self.folder / f"{number}.cer").read_bytes())
        key = serialization.load_pem_private_key(
            (self.folder / f"{number}.key").read_bytes(), None, unsafe_skip_rsa_key_validation=True
        )
        whole = {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "certId": str(certificate.serial_number),
            "accessType": "0",
            "merId": number,
            **fields,
        }
        text = "&".join(f"{k}={whole[k]}" for k in sorted(whole) if whole[k])
        signature = key.sign(hashlib.sha256(text.encode()).hexdigest().encode(), PKCS1v15(), hashes.SHA256())
        return {**whole, "signature": base64.b64encode(signature).decode()}

    def order(self, back_url: str = "http://127.0.0.1:9/notify", **changed: str) -> dict[str, str]:
        parts = {REGION.treasury_receiver: "1500000", REGION.non_tax_receiver: "8000"}
        return self.signed(
            {
                "txnType": "01",
                "txnSubType": "01",
                "bizType": "000201",
                "channelType": "08",
                "orderId": "HY" + secrets.token_hex(8),
                "txnTime": f"{self.now:%Y%m%d%H%M%S}",
                "txnAmt": "1508000",
                "currencyCode": "156",
                "frontUrl": "http://127.0.0.1:9/back?bill=1",
                "backUrl": back_url,
                "orderDesc": "不动产登记税费",
                "payTimeout": f"{self.now + timedelta(minutes=15):%Y%m%d%H%M%S}",
                "accSplitData": split_data(parts),
                **changed,
            }
        )

    def query(self, order: dict[str, str], **changed: str) -> dict[str, str]:
        same = {name: order[name] for name in ("bizType", "orderId", "txnTime")}
        return self.signed({"txnType": "00", "txnSubType": "00", **same, **changed})

    def back(self, txn_type: str, sub_type: str, **fields: str) -> dict[str, str]:
        plain = {
            "txnType": txn_type,
            "txnSubType": sub_type,
            "bizType": "000201",
            "channelType": "08",
            "orderId": "RF" + secrets.token_hex(8),
            "txnTime": f"{self.now:%Y%m%d%H%M%S}",
            "currencyCode": "156",
            "backUrl": "http://127.0.0.1:9/notify",
        }
        return self.signed(plain | fields)

    def file(self, settle_date: str) -> dict[str, str]:
        fixed = {"txnType": "76", "txnSubType": "01", "bizType": "000000", "fileType": "00"}
        return self.signed({**fixed, "settleDate": settle_date, "txnTime": f"{self.now:%Y%m%d%H%M%S}"})


def raw_fields(answer: httpx.Response) -> dict[str, str]:
    return dict(each.split("=", 1) for each in answer.content.decode().split("&"))


def assert_from_unionpay(fields: dict[str, str], folder: Path) -> None:
    """The whole check of an answer: chain, dates, common name, signature."""
    leaf = x509.load_pem_x509_certificate(fields["signPubKeyCert"].encode())
    middle = x509.load_pem_x509_certificate((folder / "acp_middle.cer").read_bytes())
    root = x509.load_pem_x509_certificate((folder / "acp_root.cer").read_bytes())
    leaf.verify_directly_issued_by(middle)
    middle.verify_directly_issued_by(root)
    assert "\r\n" in fields["signPubKeyCert"]
    name = leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    assert str(name).split("@")[2] == "中国银联股份有限公司"
    text = "&".join(f"{k}={fields[k]}" for k in sorted(fields) if k != "signature" and fields[k])
    digest = hashlib.sha256(text.encode()).hexdigest().encode()
    leaf.public_key().verify(base64.b64decode(fields["signature"]), digest, PKCS1v15(), hashes.SHA256())


@dataclass
class Caller:
    """Calls the gateways with their signature, and checks that of the answer."""

    client: httpx.Client
    secret: bytes
    now: datetime

    def call(self, method: str, path: str, message: object = None, nonce: str = "") -> httpx.Response:
        body = b"" if message is None else json.dumps(message, ensure_ascii=False).encode()
        nonce = nonce or secrets.token_hex(16)
        sent_at = f"{self.now:%Y%m%d%H%M%S}"
        text = f"{method}\n{path}\n{sent_at}\n{nonce}\n{hashlib.sha256(body).hexdigest()}"
        headers = {
            "X-App-Id": "heyi-341502",
            "X-Timestamp": sent_at,
            "X-Nonce": nonce,
            "X-Signature": self._hmac(text),
        }
        answer = self.client.request(method, path, content=body, headers=headers)
        expected = f"{nonce}\n{answer.status_code}\n{hashlib.sha256(answer.content).hexdigest()}"
        assert answer.headers["X-Signature"] == self._hmac(expected)
        return answer

    def _hmac(self, text: str) -> str:
        return base64.b64encode(hmac.digest(self.secret, text.encode(), "sha256")).decode()


class Inbox:
    """A merchant's notification address that keeps what arrives and answers with the statuses it is given."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.raw: list[bytes] = []
        self.statuses: list[int] = []
        self.arrived = threading.Semaphore(0)
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                inbox.raw.append(body)
                inbox.received.append(dict(parse_qsl(body.decode(), strict_parsing=True)))
                self.send_response(inbox.statuses.pop(0) if inbox.statuses else 200)
                self.end_headers()
                inbox.arrived.release()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/notify"

    def wait(self, count: int = 1) -> None:
        for _ in range(count):
            assert self.arrived.acquire(timeout=60), f"only {len(self.received)} notifications came"
