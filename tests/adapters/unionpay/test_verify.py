from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
import typer
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from adapters.unionpay.command import verify
from adapters.unionpay.trust import TEST_SIGNER
from adapters.unionpay.verify import examine
from tests.adapters.unionpay import authority
from tests.adapters.unionpay.authority import NOW, SIGNER_NAME, Holder, issue, raw, root, signed

FIELDS = {"version": "5.1.0", "merId": "700000000000001", "respMsg": "成功[0000000]", "cardTransData": "{a=1&b=c+d}"}


@pytest.fixture
def old_fashioned(tmp_path: Path) -> Holder:
    """A signer as in UnionPay's test environment; its root and middle are in the folder."""
    middle = authority.with_sha1(issue("Old middle", root(), role="middle", is_ca=True), root())
    (tmp_path / "root.cer").write_bytes(root().certificate.public_bytes(Encoding.DER))
    (tmp_path / "middle.CER").write_bytes(middle.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "readme.txt").write_text("not a certificate")
    return authority.with_sha1(issue(f"041@Z1@{TEST_SIGNER}@00000001", middle, role="unionpay"), middle)


def test_both_shapes_are_examined(old_fashioned: Holder, tmp_path: Path) -> None:
    message = signed(FIELDS, old_fashioned)
    answer, notification = examine(raw(message), tmp_path, NOW), examine(urlencode(message).encode(), tmp_path, NOW)
    assert (answer.authentic, answer.shape) == (True, "synchronous answer")
    assert (notification.authentic, notification.shape) == (True, "notification")
    assert "SHA-1" in answer.reason
    assert TEST_SIGNER in answer.reason


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_line_end_of_a_recording_does_not_matter(keys: Path, end: bytes) -> None:
    message = signed(FIELDS)
    assert examine(raw(message) + end, keys, NOW).authentic
    assert examine(urlencode(message).encode() + end, keys, NOW).authentic
    certificate_last = {key: message[key] for key in sorted(message, key=lambda key: key == "signPubKeyCert")}
    assert raw(certificate_last).endswith(b"-----\r\n")
    assert examine(raw(certificate_last), keys, NOW).authentic
    assert examine(raw(certificate_last) + end, keys, NOW).authentic


def test_line_ends_that_an_editor_changed_do_not_matter(keys: Path) -> None:
    recorded = raw(signed(FIELDS)).replace(b"\r\n", b"\n")
    assert examine(recorded, keys, NOW).authentic
    assert examine(recorded + b"\n", keys, NOW).authentic
    assert not examine(recorded.replace(b"\n", b"\n\n"), keys, NOW).authentic


@pytest.mark.parametrize("encode", [raw, lambda fields: urlencode(fields).encode()])
@pytest.mark.parametrize("field", [*FIELDS, "signPubKeyCert", "signature"])
def test_a_changed_field_is_found(keys: Path, field: str, encode: object) -> None:
    message = signed(FIELDS)
    message[field] = message[field].replace(message[field][3], "%", 1)
    assert not examine(encode(message), keys, NOW).authentic  # type: ignore[operator]


def test_a_forged_signer_is_found(keys: Path) -> None:
    forger = issue("Root of the tests", None, role="forger", is_ca=True)
    finding = examine(raw(signed(FIELDS, issue(SIGNER_NAME, forger, role="unionpay"))), keys, NOW)
    assert not finding.authentic
    assert "did not sign it" in finding.reason


@pytest.mark.parametrize("body", [b"", b"hello", b"\xff\xfe", b"a=1", b"BEGIN CERTIFICATE"])
def test_what_is_no_message_is_not_authentic(keys: Path, body: bytes) -> None:
    finding = examine(body, keys, NOW)
    assert not finding.authentic
    assert finding.reason


def test_without_a_root_nobody_is_believed(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        finding = examine(raw(signed(FIELDS)), folder, NOW)
        assert not finding.authentic
        assert "no root certificate" in finding.reason


def test_what_is_no_certificate_is_passed_over_and_named(keys: Path, tmp_path: Path) -> None:
    for name in ("root.cer", "middle.pem"):
        (tmp_path / name).write_bytes((keys / name).read_bytes())
    (tmp_path / "odd.cer").write_bytes(b"odd")
    damaged = authority.root().certificate.public_bytes(Encoding.DER).replace(b"Root of", b"Ro\xfft of")
    (tmp_path / "damaged.cer").write_bytes(damaged)
    assert examine(raw(signed(FIELDS)), tmp_path, NOW).authentic
    assert "damaged.cer, odd.cer" in examine(b"a=1", tmp_path, NOW).reason


@pytest.mark.parametrize(
    ("day", "status", "says"), [("2026-03-02", 0, "authentic: "), ("2024-01-01", 1, "is valid from"), (None, 0, "")]
)
def test_the_command_answers_by_its_exit_status(
    keys: Path, tmp_path: Path, day: str | None, status: int, says: str
) -> None:
    message = tmp_path / "message"
    message.write_bytes(raw(signed(FIELDS)))
    app = typer.Typer()
    app.command()(verify)
    at = ["--at", day] if day else []
    done = CliRunner().invoke(app, ["--channel", "acp", "--body", str(message), "--ca", str(keys), *at])
    assert done.exit_code == status or datetime.now(NOW.tzinfo) > authority.UNTIL
    assert says in done.output
