"""The cases of a rehearsal as the window hands them in. Their people are invented; check digits are right."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from api.cli.rehearse.plan import SIDES, Kind, Plan

Facts = dict[str, Any]

BANK = ("示例银行", "91110000MA0000000H")
DEVELOPER = ("示例置业有限公司", "91340000MA0000001E")

_HOMETOWN = "341502"
_OWN_RATE_OF_PREMIUM = frozenset({"341502"})
"""Regions whose rules say what is owed for allocated land; elsewhere each case has to."""

_RATE_OF_PREMIUM = {"land_premium_rate": "0.01", "land_premium_rounding": "fen"}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_FIRST_BIRTH = date(1900, 1, 1)  # of whom nobody is alive
_LOAN = {"loan_fen": 90_000_000, "collaterals": 1, "same_parcel": True}
_BOTH = ("transferee", "transferor")


def _home(plan: Plan) -> Facts:
    return {
        "property": {"use": "residential", "area_m2": _area(plan), "land": "granted"},
        "price": {"amount_fen": plan.price_fen, "includes_vat": True},
        "transferor": {"kind": "individual", "acquired_on": "2015-06-01", "only_home": True},
        "transferee": {"kind": "individual", "homes_owned": plan.number % 3},
    }


def _shop(plan: Plan) -> Facts:
    return {
        "property": {"use": "commercial", "area_m2": _area(plan), "land": "allocated"},
        "price": {"amount_fen": plan.price_fen, "includes_vat": False},
        "transferor": {"kind": "individual", "acquired_on": "2015-06-01"},
        "transferee": {"kind": "individual"},
        "parameters": {} if plan.region in _OWN_RATE_OF_PREMIUM else _RATE_OF_PREMIUM,
    }


def _tower(plan: Plan) -> Facts:
    return {**_shop(plan), "property": {"use": "office", "area_m2": "48000", "land": "granted"}}


def _sold(facts: Callable[[Plan], Facts]) -> Callable[[Plan], Facts]:
    return lambda plan: {"transfer": "sale", "certificates": 1, **facts(plan)}


def _inherited(transfer: str) -> Callable[[Plan], Facts]:
    return lambda plan: {"transfer": transfer, "certificates": 1, **_home(plan)}


def _land_premium(plan: Plan) -> Facts:
    return {"property": {"use": "commercial", "land": "allocated"}, "land_premium_fen": plan.price_fen // 20}


_KINDS: Mapping[Kind, tuple[str, tuple[str, ...], Callable[[Plan], Facts]]] = {
    **dict.fromkeys((Kind.home, Kind.home_each_own, Kind.home_joint), ("transfer", _BOTH, _sold(_home))),
    **dict.fromkeys((Kind.shop, Kind.shop_joint), ("transfer", _BOTH, _sold(_shop))),
    Kind.tower: ("transfer", _BOTH, _sold(_tower)),
    Kind.with_mortgage: (
        "transfer_with_mortgage",
        (*_BOTH, "mortgagee"),
        lambda plan: {**_sold(_home)(plan), "mortgage": _LOAN},
    ),
    Kind.inheritance: ("inheritance", ("transferee",), _inherited("legal_inheritance")),
    Kind.bequest: ("inheritance", _BOTH, _inherited("bequest")),
    **dict.fromkeys(
        (Kind.mortgage, Kind.mortgages),
        ("mortgage", ("mortgagee",), lambda plan: {"property": {"use": "residential"}, "mortgage": _LOAN}),
    ),
    Kind.fees: (
        "fees",
        ("owner",),
        lambda plan: {
            "registration": "first",
            "property": {"use": "commercial"},
            "certificates": 1 + plan.number % 3,
        },
    ),
    Kind.land_premium: ("land_premium", ("owner",), _land_premium),
    Kind.sea_area: ("sea_area", ("owner",), lambda plan: {"sea_area_fee_fen": plan.price_fen // 40}),
    Kind.forest: ("forest", ("applicant",), lambda plan: {"certificates": 1}),
}
"""The window's kind of business, who takes part, and the facts of the transaction."""

_SPLITS: Mapping[Kind, dict[str, Any]] = {
    Kind.home: {"choice": "all_by_transferee"},
    Kind.home_each_own: {"choice": "each_own"},
    Kind.home_joint: {"choice": "custom", "transferee_parts": "2", "transferor_parts": "1"},
    Kind.shop: {"choice": "each_own"},
    Kind.shop_joint: {"choice": "custom", "transferee_parts": "1", "transferor_parts": "1"},
    Kind.with_mortgage: {"choice": "all_by_transferee"},
}
"""Who pays what was agreed on; else as the kind of business says."""


def case_of(plan: Plan, on: date, attempt: int = 1, place: int = 0) -> dict[str, Any]:
    """The body of a case taken in on a day; a second attempt follows a bill that was withdrawn.

    `place` tells cases apart that come at once, from 0.
    """
    kind, sides, facts = _KINDS[plan.kind]
    day = on.isoformat()
    tail = (f"-P{place}" if place else "") + ("" if attempt == 1 else f"-{attempt}")
    return {
        "kind": kind,
        "case_number": f"RE{on:%Y%m%d}-{plan.number:06d}{tail}",
        "unit_code": unit_code(plan, place),
        "transaction": {
            "region": plan.region,
            "location": "urban",
            "contract_date": day,
            "declaration_date": day,
            **facts(plan),
        },
        "parties": [_party(plan, side) for side in sides],
        **({"split": _SPLITS[plan.kind]} if plan.kind in _SPLITS else {}),
    }


def unit_code(plan: Plan, place: int = 0) -> str:
    """The property of a case; `place` as in `case_of`."""
    return f"{plan.region}001{plan.number % 1000:03d}GB{plan.number % 100000:05d}F{place:02d}{plan.number % 10**6:06d}"


def tail_of(case: dict[str, Any], side: str) -> str:
    """The last four characters of the identity number of a side."""
    return next(str(one["identity"])[-4:] for one in case["parties"] if one["side"] == side)


def identity(plan: Plan, place: int) -> str:
    """A person's number; `place` tells the people of a case apart, from 0 to 9."""
    born, order = divmod(10 * plan.number + place, 1000)
    body = f"{_HOMETOWN}{_FIRST_BIRTH + timedelta(days=born):%Y%m%d}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def _party(plan: Plan, side: str) -> dict[str, str]:
    if side == "mortgagee":
        return {"side": side, "name": BANK[0], "identity": BANK[1], "identity_kind": "credit_code"}
    number = identity(plan, SIDES.index(side))
    return {"side": side, "name": f"{_ROLES[side]}{plan.number}", "identity": number, "identity_kind": "resident_id"}


def _area(plan: Plan) -> str:
    return str(40 + plan.number % 160)


_ROLES = {"transferee": "买方", "transferor": "卖方", "owner": "权利人", "applicant": "申请人"}
