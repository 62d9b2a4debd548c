"""The two cases of the demonstration: an existing home and a shop on allocated land, both in 六安金安 (341502).

The people are invented; their identity numbers have right check digits and a birth year in which nobody alive was born.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

REGION = "341502"


@dataclass(frozen=True, slots=True)
class DemoCase:
    """A case as the window hands it in, and which sides come to pay."""

    title: str
    body: Mapping[str, Any]
    payers: tuple[str, ...]

    def tail(self, side: str) -> str:
        """The last four characters of the identity number of a side."""
        return next(str(party["identity"])[-4:] for party in self.body["parties"] if party["side"] == side)


def demo_cases(on: date) -> tuple[DemoCase, DemoCase]:
    """The cases, contracted on a day."""
    return _home(on), _shop(on)


def _home(on: date) -> DemoCase:
    body = {
        "case_number": f"LA{on:%Y%m%d}-0001",
        "unit_code": "341502001001GB00012F00030602",
        "transaction": {
            **_frame(on),
            "property": {"use": "residential", "area_m2": "120", "land": "granted"},
            "price": {"amount_fen": 150_000_000, "includes_vat": True},
            "transferor": {"kind": "individual", "acquired_on": "2018-03-01", "only_home": True},
            "transferee": {"kind": "individual", "homes_owned": 0},
        },
        "parties": _parties("王晓明", "341502190001010016", "李国强", "341502190002020021"),
        "split": {"choice": "all_by_transferee"},
    }
    return DemoCase("存量住房 120 ㎡，150 万元，税费全部由买方缴", body, ("transferee",))


def _shop(on: date) -> DemoCase:
    body = {
        "case_number": f"LA{on:%Y%m%d}-0002",
        "unit_code": "341502001002GB00007F00010103",
        "transaction": {
            **_frame(on),
            "property": {"use": "commercial", "area_m2": "80", "land": "allocated"},
            "price": {"amount_fen": 120_000_000, "includes_vat": False},
            "transferor": {"kind": "individual", "acquired_on": "2015-06-01"},
            "transferee": {"kind": "individual"},
        },
        "parties": _parties("陈静", "341502190003030037", "赵德海", "341502190004040042"),
        "split": {"choice": "each_own"},
    }
    return DemoCase("划拨土地上的商铺 80 ㎡，120 万元，买卖双方各缴各的，同一个码", body, ("transferee", "transferor"))


def _frame(on: date) -> dict[str, Any]:
    return {
        "region": REGION,
        "location": "urban",
        "contract_date": on.isoformat(),
        "declaration_date": on.isoformat(),
        "registration": "transfer",
        "transfer": "sale",
        "certificates": 1,
    }


def _parties(buyer: str, buyer_id: str, seller: str, seller_id: str) -> list[dict[str, str]]:
    return [
        {"side": "transferee", "name": buyer, "identity": buyer_id, "identity_kind": "resident_id"},
        {"side": "transferor", "name": seller, "identity": seller_id, "identity_kind": "resident_id"},
    ]
