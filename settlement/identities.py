"""Identity numbers and unit codes: their structure and check digits.

Written here, not taken from python-stdnum, whose tables refuse valid numbers of renamed counties and of residents of
Hong Kong, Macau and Taiwan (facts: treasury-nontax E). A county that is not known is never an error.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

from foundation.errors import BadInput
from settlement.travel_documents import former_residence_card, hidden, hk_macau_permit, passport, taiwan_permit

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_UNIT_CODE = re.compile(r"\d{12}[GJZ][ABCDEFGHSXWY]\d{5}(?:F\d{8}|L\d{8}|Q\d{8}|W0{8})", re.ASCII)
_OTHER = re.compile(r"[0-9A-Z()（）-]{5,24}")
# What is allowed, in Chinese and then in English: people read it at the window and at the kiosk.
_TODAYS = (
    "现行身份证的 18 位号码；15 位号码自 2013 年起停用。"
    "the 18 characters of today's card; numbers of 15 digits ended in 2013"
)
_EIGHTEEN = "18 位，前 17 位为数字，末位为数字或 X。18 characters, digits and at the end a digit or X"
_BIRTH = "第 7 至 14 位为出生日期（年月日）。digits 7 to 14 are a birth date, yyyyMMdd"
_SLIP = (
    "末位与其余各位相符的号码，请核对是否输错。a number whose last character fits the others; check for a typing slip"
)
_CREDIT = (
    "18 位数字和大写字母（不含 I、O、S、V、Z），第 3 至 8 位为数字。"
    "18 characters, digits and capitals without I, O, S, V, Z; 3rd to 8th are digits"
)
_OTHERS = (
    "5 至 24 位数字、大写字母、括号或短横，与证件一致。"
    "5 to 24 digits, capitals, brackets and hyphens, as on the document"
)
_RESIDENCE = (
    "以 9 开头的号码，或旧版证件的 3 位字母加 12 位数字。"
    "a number that begins with 9, or 3 letters and 12 digits on an older card"
)


def resident_id(number: str, field: str) -> str:
    """公民身份号码: 18 characters, a real birth date, check character by ISO 7064 MOD 11-2 (GB 11643).

    Residence permits of people of Hong Kong, Macau and Taiwan (81, 82, 83) have the same form.
    """
    text = number.strip().upper()
    if re.fullmatch(r"\d{15}", text, re.ASCII):
        raise BadInput(field, hidden(text), _TODAYS)
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", text, re.ASCII):
        raise BadInput(field, hidden(text), _EIGHTEEN)
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        raise BadInput(field, hidden(text), _BIRTH) from None
    total = sum(int(digit) * weight for digit, weight in zip(text, _ID_WEIGHTS, strict=False))
    if _ID_CHECKS[total % 11] != text[17]:
        raise BadInput(field, hidden(text), _SLIP)
    return text


def credit_code(number: str, field: str) -> str:
    """统一社会信用代码: 18 characters of an alphabet without I, O, S, V, Z; check by MOD 31-3 (GB 32100-2015)."""
    text = number.strip().upper()
    if len(text) != 18 or any(char not in _USCC_ALPHABET for char in text) or not text[2:8].isdigit():
        raise BadInput(field, text, _CREDIT)
    total = sum(_USCC_ALPHABET.index(char) * weight for char, weight in zip(text, _USCC_WEIGHTS, strict=False))
    if _USCC_ALPHABET[(31 - total % 31) % 31] != text[17]:
        raise BadInput(field, text, _SLIP)
    return text


def other_document(number: str, field: str) -> str:
    """Any other document, such as an officer's card or a foundation's licence: kept as it is."""
    text = number.strip().upper()
    if not _OTHER.fullmatch(text):
        raise BadInput(field, hidden(text), _OTHERS)
    return text


def residence_card(number: str, field: str) -> str:
    """外国人永久居留身份证: since 2023 a 9 and 17 more like a resident's number; before, 3 letters and 12 digits."""
    former = former_residence_card(number)
    if former is not None:
        return former
    text = resident_id(number, field)
    if text[0] != "9":
        raise BadInput(field, hidden(text), _RESIDENCE)
    return text


IDENTITY_KINDS: Mapping[str, Callable[[str, str], str]] = {
    "resident_id": resident_id,
    "credit_code": credit_code,
    "hk_macau_permit": hk_macau_permit,
    "taiwan_permit": taiwan_permit,
    "passport": passport,
    "residence_card": residence_card,
    "other": other_document,
}


def checked_identity(kind: str, number: str, field: str) -> str:
    """The number in its canonical writing, or BadInput."""
    if kind not in IDENTITY_KINDS:
        raise BadInput(f"{field}_kind", kind, " or ".join(IDENTITY_KINDS))
    return IDENTITY_KINDS[kind](number, field)


def unit_code(code: str, field: str = "unit_code") -> str:
    """不动产单元代码: 28 characters (GB/T 37346-2019); no check digit, only consistency.

    Region 6, cadastral area 3, sub-area 3, parcel letters 2, parcel number 5, fixture letter 1, fixture unit 8.
    """
    text = re.sub(r"\s", "", code).upper()
    if len(text) != 28:
        raise BadInput(field, code, f"28 characters; this has {len(text)}")
    if not _UNIT_CODE.fullmatch(text):
        raise BadInput(
            field, code, "12 digits, two letters of the parcel, 5 digits, F, L, Q or W, 8 digits (zeros after W)"
        )
    return text
