"""A CNNONTAX message: CFX around one <Voucher>, which travels as base64 of its GBK bytes."""

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from adapters.wire.cfx import FieldMap, Head, Values, envelope, opened, written
from adapters.wire.xml import BadXml, bounded_tree, gbk_document, gbk_tree

MESSAGES = FieldMap(Path(__file__).with_name("messages.yaml"))
APPLICATION = "CNNONTAX"


@dataclass(frozen=True, slots=True)
class Voucher:
    """What a message says: its head and the fields of its one voucher."""

    head: Head
    fields: dict[str, Any]


def document(head: Head, division: str, fields: Values) -> bytes:
    """A message in GBK. BadInput names a field that the map does not allow."""
    voucher = Element("Voucher")
    MESSAGES.fill(voucher, head.msg_no, fields)
    root, body = envelope(head)
    frame = SubElement(body, "MOF")
    SubElement(frame, "VoucherCount").text = "1"
    around = SubElement(frame, "VoucherBody", _attributes(head, division))
    SubElement(around, "Voucher").text = base64.b64encode(written(voucher).encode("gbk")).decode("ascii")
    return gbk_document(written(root))


def read(raw: bytes, expected: str) -> Voucher:
    """Reads a message of a number. BadXml names what is unknown, missing or odd."""
    head, body = opened(gbk_tree(raw))
    if (head.application, head.msg_no) != (APPLICATION, expected):
        raise BadXml(f"message {head.msg_no} of {head.application}, expected {expected} of {APPLICATION}")
    around = body.find("MOF/VoucherBody")
    inner = body.findall("MOF/VoucherBody/Voucher")
    if around is None or len(inner) != 1 or body.findtext("MOF/VoucherCount") != "1":
        raise BadXml("MSG holds MOF with VoucherCount 1 and one VoucherBody with one Voucher")
    try:
        text = base64.b64decode(inner[0].text or "", validate=True).decode("gbk")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise BadXml(f"Voucher is not base64 of GBK: {error}") from None
    voucher = bounded_tree(text)
    if voucher.tag != "Voucher":
        raise BadXml(f"{voucher.tag} where Voucher is expected")
    return Voucher(head, MESSAGES.read(voucher, expected))


def _attributes(head: Head, division: str) -> dict[str, str]:
    return {
        "AdmDivCode": division,
        "StYear": f"{head.work_date:%Y}",
        "VtCode": head.msg_no,
        "VoucherNo": head.msg_id,
    }
