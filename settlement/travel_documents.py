"""Documents of people without a resident identity number: permits, passports, residence cards of foreigners.

Only the form can be checked, none of them has a published check digit, except the residence card of 2023, which is
built like the resident identity number (facts: treasury-nontax E, where it says M).
"""

import re

from foundation.errors import BadInput

_HK_MACAU = re.compile(r"[HM]\d{8}(\d{2})?", re.ASCII)
_TAIWAN = re.compile(r"\d{8}|\d{10}(?:[A-Z]|\([A-Z]\))", re.ASCII)
_PASSPORT = re.compile(r"(?=[A-Z]*\d)[A-Z0-9]{5,15}", re.ASCII)
_FORMER_RESIDENCE_CARD = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)


def hk_macau_permit(number: str, field: str) -> str:
    """港澳居民来往内地通行证: H or M and 8 digits, on older ones 2 more for the issue."""
    allowed = "H 或 M 加 8 位数字，旧版再加 2 位。H or M and 8 digits, on an older permit 2 more"
    return _in_form(_HK_MACAU, number, field, allowed)


def taiwan_permit(number: str, field: str) -> str:
    """台湾居民来往大陆通行证: 8 digits, on older ones 10 digits and a letter, which may stand in brackets."""
    allowed = "8 位数字，旧版为 10 位数字加 1 位字母。8 digits, on an older permit 10 and a letter"
    return _in_form(_TAIWAN, number, field, allowed)


def passport(number: str, field: str) -> str:
    """护照 of any country: 5 to 15 capitals and digits, at least one digit (ICAO 9303 has 9, some countries more)."""
    allowed = "5 至 15 位大写字母和数字，与护照一致。5 to 15 capitals and digits as in the passport, without blanks"
    return _in_form(_PASSPORT, number, field, allowed)


def former_residence_card(number: str) -> str | None:
    """The number of a foreigner's residence card of before 2023 (3 letters and 12 digits), or None."""
    text = number.strip().upper()
    return text if _FORMER_RESIDENCE_CARD.fullmatch(text) else None


def hidden(number: str) -> str:
    """What an error may show of a number: its end."""
    return f"…{number[-4:]}" if len(number) > 4 else "…"


def _in_form(form: re.Pattern[str], number: str, field: str, allowed: str) -> str:
    text = re.sub(r"\s", "", number).upper().replace("（", "(").replace("）", ")")
    if not form.fullmatch(text):
        raise BadInput(field, hidden(text), allowed)
    return text
