"""Contracts with channels: what a region file must say, what stands where it says nothing, and each one's limits."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from settlement.channels import AcpChannel, Channel, QraChannel, UmsChannel

READER: TypeAdapter[AcpChannel | UmsChannel | QraChannel] = TypeAdapter(Channel)
COMMON: dict[str, Any] = {
    "gateway": "https://gateway.test",
    "merchant": "898341502000001",
    "receivers": {"treasury": "898341502000101", "non_tax": "898341502000201"},
}
ACP = {
    **COMMON,
    "kind": "acp",
    "file_download": "https://files.test",
    "signing_key": "a.key",
    "signing_certificate": "a.cer",
    "trusted_roots": ["root.cer"],
}
UMS = {
    **COMMON,
    "kind": "ums",
    "app_id": "app",
    "app_key_file": "app.secret",
    "communication_key_file": "communication.secret",
    "source_id": "3194",
    "terminal": "88880001",
}
QRA = {**COMMON, "kind": "qra", "key_files": {"treasury": "t.secret", "non_tax": "n.secret"}}


@pytest.mark.parametrize(
    ("said", "receivers", "longest", "confirms", "days"),
    [
        (ACP, 5, 32, False, 90),
        ({**ACP, "product": "qr"}, 5, 32, False, 30),
        ({**ACP, "most_receivers": 2}, 2, 32, False, 90),
        (UMS, 20, 24, True, 90),
        (QRA, 1, 32, True, 90),
    ],
)
def test_each_channel_knows_its_limits(
    said: dict[str, Any], receivers: int, longest: int, confirms: bool, days: int
) -> None:
    contract = READER.validate_python(said)
    assert (contract.limits.most_receivers, contract.limits.longest_order_id) == (receivers, longest)
    assert (contract.confirm_by_query, contract.refund_days) == (confirms, days)


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({**ACP, "kind": "wechat"}, "wechat"),
        ({**ACP, "most_receivers": 6}, "most_receivers"),
        ({**ACP, "trusted_roots": []}, "trusted_roots"),
        ({**ACP, "merchant": "short"}, "merchant"),
        ({**ACP, "app_id": "app"}, "app_id"),
        ({**UMS, "app_key_file": None}, "app_key_file"),
        ({**UMS, "interface": "route_server"}, "message_source"),
        ({**UMS, "source_id": "319"}, "source_id"),
        ({**UMS, "sign_type": "SHA1"}, "sign_type"),
        ({**QRA, "sign_type": "SHA256"}, "sign_type"),
        ({**QRA, "key_files": {"treasury": "t.secret"}}, "non_tax"),
        ({**QRA, "receivers": {"treasury": "QRA440305000101", "non_tax": "QRA440305000101"}}, "two receivers"),
    ],
)
def test_what_does_not_fit_is_named(said: dict[str, Any], names: str) -> None:
    with pytest.raises(ValidationError, match=names):
        READER.validate_python(said)
