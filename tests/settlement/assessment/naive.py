"""A second, deliberately naive implementation of every item; here the prices and what the buyer owes.

It is written from the published rules and not from the code.
Plain if and else on the transaction as JSON gives it, with every fact known. None stands for an amount that the law
leaves open. It shares nothing with the engine but the sense of the documents.
"""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

Fen = int | None
SMALL_FROM, SMALL_TO = "2019-01-01", "2027-12-31"
STATUTORY = {"34": ("0.03", "0.03"), "36": ("0.04", "0.04"), "11": ("0.03", "0.03"), "31": ("0.03", "0.03"),
             "44": ("0.03", "0.03"), "43": ("0.04", "0.03"), "41": ("0.04", "0.03")}  # fmt: skip
FIRST_TIER = ("11", "31", "4401", "4403")
SALES = ("sale", "new_home_sale")
NO_PRICE = ("gift", "legal_inheritance", "bequest", "divorce_division", "spouse_change")
FAMILY = ("legal_inheritance", "bequest", "divorce_division", "spouse_change")


def half_up(amount: Fraction | int, unit: int = 1) -> int:
    with localcontext() as context:
        context.prec = 80
        exact = Decimal(Fraction(amount).numerator) / Decimal(Fraction(amount).denominator) / unit
        return int(exact.quantize(Decimal(1), ROUND_HALF_UP)) * unit


def first_tier(region: str) -> bool:
    return region.startswith(FIRST_TIER)


def months_held(since: date, until: date) -> int:
    months = 0
    while True:
        months += 1
        year, month = divmod(since.year * 12 + since.month - 1 + months, 12)
        last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - date(year, month + 1, 1)).days
        if date(year, month + 1, min(since.day, last)) > until:
            return months - 1


class Naive:
    """All amounts of one transaction, by item and payer."""

    def __init__(self, t: Mapping[str, Any]) -> None:
        self.t = t
        self.price, self.home = t.get("price", {}), t["property"]["use"] == "residential"
        self.giver, self.taker = t["transferor"], t["transferee"]
        self.signed, self.declared, self.kind = t["contract_date"], t["declaration_date"], t["transfer"]
        self.region, self.params = t["region"], t.get("parameters", {})

    # prices ---------------------------------------------------------------------------------------------------

    def gross(self) -> int:
        joined = sum(a["price_fen"] for a in self.t.get("attachments", ()) if not a["separate_unit"])
        return int(self.price["amount_fen"] + self.price.get("fitout_fen", 0) + joined)

    def held(self) -> int:
        since = self.giver["acquired_on"]
        if self.giver.get("acquired_by") == "gift_lineal":
            since = self.giver["donor"]["acquired_on"]
        return months_held(date.fromisoformat(since), date.fromisoformat(self.signed))

    def needed_months(self) -> int:
        day = self.declared
        if self.region.startswith("31") and "2021-01-22" <= day <= "2024-09-30":
            return 60
        if self.region.startswith("4403") and "2020-07-15" <= day <= "2024-09-29":
            return 60
        return 24

    def vat_rate(self) -> Fraction:
        return Fraction(3, 100) if self.home and self.declared >= "2026-01-01" else Fraction(5, 100)

    def vat_method(self) -> str:
        """exempt, whole, difference, open, or none where the seller's VAT is not settled here."""
        if self.declared < "2016-05-01" or self.giver["kind"] != "individual" or self.kind not in (*SALES, *NO_PRICE):
            return "none"
        kin = self.taker.get("relation_to_transferor") in ("lineal", "spouse", "sibling", "dependant")
        if self.kind in FAMILY or (self.kind == "gift" and kin):
            return "exempt"
        proved = "original_price_fen" in self.giver
        if not self.home:
            if self.declared >= "2026-01-01":
                return "open"
            return "difference" if proved else "whole"
        if self.held() < self.needed_months():
            return "whole"
        if first_tier(self.region) and self.declared < "2024-12-01" and not self.t["property"]["ordinary"]:
            return "difference" if proved else "whole"
        return "exempt"

    def vat(self) -> Fen:
        method, rate = self.vat_method(), self.vat_rate()
        if method == "open":
            return None
        if method in ("exempt", "none"):
            return 0
        if self.kind == "gift":
            base = self.price["assessed_fen"] - (self.giver["original_price_fen"] if method == "difference" else 0)
            return half_up(max(base, 0) * rate)
        taken_off = self.giver["original_price_fen"] if method == "difference" else 0
        base = max(self.gross() - taken_off, 0)
        if self.price["includes_vat"]:
            base = half_up(Fraction(base) / (1 + rate))
        return half_up(base * rate)

    def net(self) -> Fen:
        if self.kind in NO_PRICE:
            return int(self.price["assessed_fen"])
        if not self.price["includes_vat"]:
            return self.gross()
        if self.declared < "2016-05-01":
            return self.gross()
        if "vat_fen" in self.price:
            return self.gross() - int(self.price["vat_fen"])
        if self.giver["kind"] != "individual":
            return half_up(self.gross() / (1 + Fraction(self.price["vat_rate"])))
        if self.vat_method() == "whole":
            return half_up(self.gross() / (1 + self.vat_rate()))
        vat = self.vat()
        return None if vat is None else self.gross() - vat

    # what the buyer owes ----------------------------------------------------------------------------------------

    def deed_tax(self) -> Fen:
        base = self.net()
        general, homes = (Fraction(rate) for rate in STATUTORY[self.region[:2]])
        free_since = {
            "legal_inheritance": "2004-09-02",
            "divorce_division": "1999-06-03",
            "spouse_change": "2013-12-31",
        }
        if self.signed >= free_since.get(self.kind, "9999"):
            return 0
        if base is None:
            return None
        if self.t["property"]["land"] == "allocated_to_granted" and self.kind == "sale":
            premium = self.land_premium()
            if premium is None:
                return None
            base += premium
        person = self.taker["kind"] == "individual"
        if self.kind == "affordable_first_purchase" and person and self.signed >= "2008-03-01":
            return half_up(base * homes / 2)
        if self.kind in SALES:
            base = max(base - self.t.get("expropriation_compensation_fen", 0), 0)
        if not (self.home and person and self.kind in SALES):
            return half_up(base * general)
        return half_up(base * self.home_rate(homes))

    def home_rate(self, homes: Fraction) -> Fraction:
        owned, area = self.taker["homes_owned"], Fraction(self.t["property"]["area_m2"])
        new = self.signed >= "2024-12-01" or self.declared >= "2024-12-01"
        if self.t["property"].get("housing_kind") == "public_sale" and (new or self.signed >= "2023-10-01"):
            return Fraction(1, 100)
        if new:
            large = area > 140
        elif self.signed >= "2016-02-22":
            large = area > 90
            if owned == 1 and first_tier(self.region):
                return homes
        elif self.signed >= "2010-10-01":
            if owned == 0 and self.t["property"]["ordinary"]:
                return Fraction(1, 100) if area <= 90 else homes / 2
            return homes
        else:
            return homes
        if owned == 0:
            return Fraction(15, 1000) if large else Fraction(1, 100)
        if owned == 1:
            return Fraction(2, 100) if large else Fraction(1, 100)
        return homes

    def stamp_tax(self, party: Mapping[str, Any]) -> Fen:
        individual = party["kind"] == "individual"
        bought = self.kind in (*SALES, "reform_first_purchase", "affordable_first_purchase")
        if individual and self.home and bought and self.signed >= "2008-11-01":
            return 0
        base = self.net()
        stated = self.price.get("vat_stated_separately", True) or "vat_fen" in self.price
        if self.kind not in NO_PRICE and self.signed >= "2016-05-01" and self.price["includes_vat"] and not stated:
            base = self.gross()
        if base is None:
            return None
        rate = Fraction(5, 10000)
        if SMALL_FROM <= self.signed <= SMALL_TO and (individual or party.get("small_enterprise")):
            rate /= 2
        if self.signed >= "2022-07-01":
            return half_up(base * rate)
        return 0 if base * rate < 10 else half_up(base * rate, 10)

    def land_premium(self) -> Fen:
        if self.kind != "sale":
            return 0
        if "land_premium_fen" in self.t:
            return int(self.t["land_premium_fen"])
        if "land_market_value_fen" in self.t:
            return max(self.t["land_market_value_fen"] - self.t["land_allocated_value_fen"], 0)
        if self.t["property"]["land"] == "granted":
            return 0
        if "land_premium_rate" in self.params:
            return half_up(self.gross() * Fraction(self.params["land_premium_rate"]))
        return half_up(Fraction(self.gross(), 100)) if self.region == "341502" and not self.home else None

    def registration_fee(self) -> int:
        if self.kind == "spouse_change" or self.taker.get("small_enterprise"):
            return 0
        if self.t["property"].get("housing_kind") == "affordable" or self.kind == "affordable_first_purchase":
            return 0
        if self.t["property"]["use"] in ("parking", "storage"):
            return 8000 if self.declared >= "2019-07-01" else 55000
        return 8000 if self.home else 55000

    def certificate_fee(self) -> int:
        pieces = self.t["certificates"] - (0 if self.kind == "spouse_change" else 1)
        return int(1000 * pieces)
