"""The naive implementation's other half: what the seller and the donee owe, and all amounts together."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from tests.settlement.assessment.naive import (
    FAMILY,
    NO_PRICE,
    SALES,
    SMALL_FROM,
    SMALL_TO,
    Fen,
    Naive,
    half_up,
    months_held,
)


class NaiveSeller(Naive):
    """As Naive, with the taxes of the transfer's other side."""

    def surcharge(self, percent: int) -> Fen:
        vat = self.vat()
        if vat is None:
            return None
        full = half_up(Fraction(vat * percent, 100))
        return full - half_up(Fraction(full, 2)) if SMALL_FROM <= self.declared <= SMALL_TO else full

    def surcharges(self) -> tuple[Fen, Fen, Fen]:
        urban = {"urban": 7, "town": 5, "rural": 1}[self.t["location"]]
        return self.surcharge(urban), self.surcharge(3), self.surcharge(2)

    def transfer_taxes(self) -> Fen:
        parts = [self.stamp_tax(self.giver), *(self.surcharges() if self.giver["kind"] == "individual" else ())]
        return None if None in parts else sum(part for part in parts if part is not None)

    def land_vat(self) -> Fen:
        kin = self.taker.get("relation_to_transferor") in ("lineal", "spouse", "dependant")
        if self.kind in FAMILY or (self.kind == "gift" and kin):
            return 0
        if self.home and self.giver["kind"] == "individual":
            return 0
        income, taxes = self.net(), self.transfer_taxes()
        if "land_vat_deduction_fen" in self.giver:
            if income is None:
                return None
            deductions = int(self.giver["land_vat_deduction_fen"])
        elif "original_price_fen" in self.giver:
            if income is None or taxes is None:
                return None
            stepped = self.giver["original_price_fen"] * (1 + Fraction(5 * self.years(), 100))
            deductions = half_up(stepped) + self.giver.get("original_deed_tax_fen", 0) + taxes
        else:
            if income is None or "land_vat_assessed_rate" not in self.params:
                return None
            return half_up(income * Fraction(self.params["land_vat_assessed_rate"]))
        gain = max(income - deductions, 0)
        for limit, rate, less in ((50, 30, 0), (100, 40, 5), (200, 50, 15)):
            if gain * 100 <= limit * deductions:
                return half_up(Fraction(gain * rate - deductions * less, 100))
        return half_up(Fraction(gain * 60 - deductions * 35, 100))

    def years(self) -> int:
        months = months_held(date.fromisoformat(self.giver["acquired_on"]), date.fromisoformat(self.signed))
        years, rest = divmod(months, 12)
        if rest > 6:
            return years + 1
        if rest < 6:
            return years
        since, until = date.fromisoformat(self.giver["acquired_on"]), date.fromisoformat(self.signed)
        return years + (months_held(since, date.fromordinal(until.toordinal() - 1)) == months)

    def income_tax(self) -> Fen:
        """Of the seller."""
        if self.home and self.held() >= 60 and self.giver["only_home"]:
            return 0
        income = self.net()
        if income is None:
            return None
        gift = "acquired_by" in self.giver
        if not gift and "original_price_fen" not in self.giver:
            rate = self.params.get("income_tax_assessed_rate")
            return None if rate is None else half_up(income * Fraction(rate))
        cost = self.giver["donor"]["cost_fen"] if gift else self.giver["original_price_fen"]
        cost += self.giver.get("original_deed_tax_fen", 0)
        taxes, land_vat = self.transfer_taxes(), self.land_vat()
        if taxes is None or land_vat is None:
            return None
        fifteen = self.t["property"].get("housing_kind") in ("reform", "reform_preferential", "public", "affordable")
        fitout = min(Fraction(self.giver.get("fitout_cost_fen", 0)), Fraction(cost * (15 if fifteen else 10), 100))
        others = self.giver.get("loan_interest_fen", 0) + self.giver.get("other_costs_fen", 0)
        gain = half_up(max(Fraction(income - cost - taxes - land_vat - others) - fitout, Fraction(0)))
        return half_up(Fraction(gain, 5))

    def gift_tax(self) -> Fen:
        """Of the donee."""
        if self.kind in FAMILY or self.taker["relation_to_transferor"] != "none":
            return 0
        value, deed, stamp = self.net(), self.deed_tax(), self.stamp_tax(self.taker)
        assert value is not None and deed is not None and stamp is not None
        return half_up(Fraction(max(value - deed - stamp, 0), 5))


def owed(t: Mapping[str, Any]) -> dict[tuple[str, str], Fen]:
    """What a transfer with every fact known owes; items that are not stated for its dates are left out."""
    n = NaiveSeller(t)
    found: dict[tuple[str, str], Fen] = {("deed_tax", "transferee"): n.deed_tax()}
    if n.kind not in ("legal_inheritance", "bequest"):
        found["stamp_tax", "transferor"] = n.stamp_tax(n.giver)
    found["stamp_tax", "transferee"] = n.stamp_tax(n.taker)
    old_stamp = n.signed < "2022-07-01"
    found["certificate_stamp_tax", "transferee"] = 500 * t["certificates"] if old_stamp else 0
    if n.kind == "sale":
        found["land_premium", "transferee"] = n.land_premium()
    if n.declared >= "2016-12-06":
        found["registration_fee", "transferee"] = n.registration_fee()
        found["certificate_fee", "transferee"] = n.certificate_fee()
    if n.declared >= "2016-05-01" and n.kind in (*SALES, *NO_PRICE):
        if n.giver["kind"] == "individual":
            names = ("urban_maintenance_tax", "education_surcharge", "local_education_surcharge")
            found["vat", "transferor"] = n.vat()
            found.update({(name, "transferor"): fen for name, fen in zip(names, n.surcharges(), strict=True)})
        by_project = n.giver["kind"] == "developer" and (n.kind not in SALES or "land_vat_deduction_fen" not in n.giver)
        if not by_project:
            found["land_vat", "transferor"] = n.land_vat()
        if n.giver["kind"] == "individual" and n.kind in SALES:
            found["individual_income_tax", "transferor"] = n.income_tax()
        if n.kind in NO_PRICE and n.taker["kind"] == "individual":
            found["individual_income_tax", "transferee"] = n.gift_tax()
    return found
