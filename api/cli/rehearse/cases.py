"""The cases of a rehearsal as the window hands them in. Their people are invented; check digits are right."""

from datetime import date, timedelta
from typing import Any

from api.cli.rehearse.plan import SIDES, Kind, Plan

_HOMETOWN = "341502"
_OWN_RATE_OF_PREMIUM = frozenset({"341502"})
"""Regions whose rules say what is owed for allocated land; elsewhere each case has to."""

_RATE_OF_PREMIUM = {"land_premium_rate": "0.01", "land_premium_rounding": "fen"}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_FIRST_BIRTH = date(1900, 1, 1)  # of whom nobody is alive
_SPLITS: dict[Kind, dict[str, Any]] = {
    Kind.home: {"choice": "all_by_transferee"},
    Kind.home_each_own: {"choice": "each_own"},
    Kind.home_joint: {"choice": "custom", "transferee_parts": "2", "transferor_parts": "1"},
    Kind.shop: {"choice": "each_own"},
    Kind.shop_joint: {"choice": "custom", "transferee_parts": "1", "transferor_parts": "1"},
}


def case_of(plan: Plan, on: date, attempt: int = 1) -> dict[str, Any]:
    """The body of a case taken in on a day; a second attempt follows a bill that was withdrawn."""
    shop = plan.kind in (Kind.shop, Kind.shop_joint)
    area = 40 + plan.number % 160
    return {
        "case_number": f"RE{on:%Y%m%d}-{plan.number:06d}" + ("" if attempt == 1 else f"-{attempt}"),
        "unit_code": f"{plan.region}001{plan.number % 1000:03d}GB{plan.number % 100000:05d}F{plan.number % 10**8:08d}",
        "transaction": {
            "region": plan.region,
            "location": "urban",
            "contract_date": on.isoformat(),
            "declaration_date": on.isoformat(),
            "registration": "transfer",
            "transfer": "sale",
            "certificates": 1,
            "parameters": {} if plan.region in _OWN_RATE_OF_PREMIUM else _RATE_OF_PREMIUM,
            "property": {
                "use": "commercial" if shop else "residential",
                "area_m2": str(area),
                "land": "allocated" if shop else "granted",
            },
            "price": {"amount_fen": plan.price_fen, "includes_vat": not shop},
            "transferor": {"kind": "individual", "acquired_on": "2015-06-01", **({} if shop else {"only_home": True})},
            "transferee": {"kind": "individual", **({} if shop else {"homes_owned": plan.number % 3})},
        },
        "parties": [
            {
                "side": side,
                "name": f"{'买' if side == 'transferee' else '卖'}方{plan.number}",
                "identity": _identity(2 * plan.number + place),
                "identity_kind": "resident_id",
            }
            for place, side in enumerate(SIDES)
        ],
        "split": _SPLITS[plan.kind],
    }


def tail_of(case: dict[str, Any], side: str) -> str:
    """The last four characters of the identity number of a side."""
    return next(str(one["identity"])[-4:] for one in case["parties"] if one["side"] == side)


def _identity(serial: int) -> str:
    born, order = divmod(serial, 1000)
    body = f"{_HOMETOWN}{_FIRST_BIRTH + timedelta(days=born):%Y%m%d}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]
