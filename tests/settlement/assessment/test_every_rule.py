"""Every rule in every version, and every row of every bracket, decides at least one case, to the fen.

The cases here are worked by hand from the documents and stand beside the shared ones.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from settlement.assessment import Assessment, RuleSet
from settlement.assessment.cases import assessed
from settlement.assessment.definitions import RuleVersion
from settlement.assessment.formulas import Table, everything_in
from settlement.assessment.pays import ByBrackets, Nothing
from tests.settlement.assessment.conftest import CASES, HOME, amounts, changed

Owed = dict[tuple[str, str], int]


def on(day: str, **changes: Any) -> dict[str, Any]:
    """Changes with both dates on one day; a double underscore stands for the dot of a path."""
    dotted = {name.replace("__", "."): value for name, value in changes.items()}
    return {"contract_date": day, "declaration_date": day, **dotted}


GIFT = {"transfer": "gift", "price": {"assessed_fen": 100_000_000}, "transferee__relation_to_transferor": "none"}
NET = {"amount_fen": 100_000_000, "includes_vat": False}
SHOP = {"property": {"use": "commercial", "land": "granted"}, "price": NET}
BEIJING = {"region": "110105", "property__land": "allocated", "price": {**NET, "amount_fen": 300_000_000}}
UPGRADE = {"transfer": "land_upgrade", "property__land": "allocated_to_granted"}

WORKED: list[tuple[str, dict[str, Any], Owed]] = [
    # deed tax
    ("only home, 90.01, 2020", on("2020-01-01", property__area_m2="90.01", price__includes_vat=False),
     {("deed_tax", "transferee"): 2_250_000}),
    ("only home, 140.01, 2026", on("2026-01-01", property__area_m2="140.01"), {("deed_tax", "transferee"): 2_250_000}),
    ("only ordinary home, 90, 2012", on("2012-01-01", property__area_m2="90", property__ordinary=True),
     {("deed_tax", "transferee"): 1_500_000}),
    ("affordable, half of 3%", on("2010-01-01", transfer="affordable_first_purchase"),
     {("deed_tax", "transferee"): 2_250_000}),
    ("divorce, 2005", on("2005-01-01", transfer="divorce_division", price={"assessed_fen": 1}),
     {("deed_tax", "transferee"): 0}),
    ("heir, 2005", on("2005-01-01", transfer="legal_inheritance", price={"assessed_fen": 100_000_000}),
     {("deed_tax", "transferee"): 0, ("stamp_tax", "transferee"): 50_000}),
    ("public housing, 1998", on("1998-01-01", transfer="reform_first_purchase"), {("deed_tax", "transferee"): 0}),
    ("spouses, 2014", on("2014-01-01", transfer="spouse_change", price={"assessed_fen": 1}),
     {("deed_tax", "transferee"): 0}),
    ("spouses, 2026", on("2026-03-01", transfer="spouse_change", price={"assessed_fen": 1}, certificates=2),
     {("deed_tax", "transferee"): 0, ("registration_fee", "transferee"): 0, ("certificate_fee", "transferee"): 2_000,
      ("vat", "transferor"): 0}),
    ("land price topped up, base of both", on("2025-06-01", **SHOP, land_premium_fen=10_000_000)
     | {"property": {"use": "commercial", "land": "allocated_to_granted"}},
     {("deed_tax", "transferee"): 3_300_000, ("land_premium", "transferee"): 10_000_000}),
    ("exchange, dearer received", on("2025-06-01", transfer="exchange", property__use="office",
     exchange={"transferor_property_fen": 120_000_000, "transferee_property_fen": 100_000_000}),
     {("deed_tax", "transferee"): 600_000, ("deed_tax", "transferor"): 0, ("stamp_tax", "transferor"): 30_000}),
    # land upgrade
    ("holder tops up an office", on("2025-06-01", **UPGRADE, property__use="office", land_market_value_fen=90_000_000,
     land_allocated_value_fen=60_000_000),
     {("land_premium", "owner"): 30_000_000, ("deed_tax", "owner"): 900_000, ("registration_fee", "owner"): 0}),
    ("holder tops up an office, by the rate of the district", on("2025-06-01", **UPGRADE, property__use="office"),
     {("land_premium", "owner"): 1_500_000, ("deed_tax", "owner"): 45_000}),
    ("holder tops up a reform home", on("2025-06-01", **UPGRADE, property__housing_kind="reform",
     land_premium_fen=5_000_000), {("land_premium", "owner"): 5_000_000, ("deed_tax", "owner"): 0}),
    ("Beijing, holder tops up a reform home", on("2023-06-01", **BEIJING, transfer="land_upgrade",
     property__housing_kind="reform", property__area_m2="60"), {("land_premium", "owner"): 93_600}),
    ("upgrade in 2018 is charged", on("2018-06-01", **UPGRADE), {("registration_fee", "owner"): 8_000}),
    # land premium
    ("home on allocated land, rate of the case", on("2025-06-01", property__land="allocated",
     parameters={"land_premium_rate": "0.1"}), {("land_premium", "transferee"): 15_000_000}),
    ("Beijing, preferential price", on("2023-06-01", **BEIJING, property__area_m2="60",
     property__housing_kind="reform_preferential"),
     {("land_premium", "transferee"): 93_600, ("land_premium", "transferor"): 561_600}),
    ("Beijing, affordable from 2008-04-11", on("2023-06-01", **BEIJING, property__housing_kind="affordable",
     transferor__original_contract_date="2008-04-11", transferor__original_price_fen=100_000_000),
     {("land_premium", "transferor"): 140_000_000, ("registration_fee", "transferee"): 0}),
    ("Beijing, the seller pays what is fixed", on("2023-06-01", **BEIJING, property__housing_kind="affordable",
     land_premium_fen=7_000_000), {("land_premium", "transferor"): 7_000_000}),
    # stamp tax
    ("half, first half of 2022", on("2022-03-01", **SHOP), {("stamp_tax", "transferee"): 25_000}),
    ("half, second half of 2022", on("2022-08-01", **SHOP), {("stamp_tax", "transferee"): 25_000}),
    ("bequest to a company, 2023", on("2023-03-01", transfer="bequest", price={"assessed_fen": 100_000_000},
     transferee__kind="company"), {("stamp_tax", "transferee"): 50_000, ("deed_tax", "transferee"): 3_000_000}),
    *((f"heir, {day}", on(day, transfer="legal_inheritance", price={"assessed_fen": 100_000_000}),
       {("stamp_tax", "transferee"): 25_000}) for day in ("2020-01-01", "2022-03-01", "2022-08-01", "2024-01-01")),
    ("loan, 2015, to the jiao", on("2015-01-01", mortgage={"loan_fen": 123_456_789, "borrower": {"kind": "company"}}),
     {("stamp_tax", "lender"): 6_170, ("stamp_tax", "borrower"): 6_170}),
    *((f"loan to an individual, {day}", on(day, mortgage={"loan_fen": 123_456_789, "borrower": {"kind": "individual"}}),
       {("stamp_tax", "lender"): whole, ("stamp_tax", "borrower"): half})
      for day, whole, half in (("2020-01-01", 6_170, 3_090), ("2025-01-01", 6_173, 3_086))),
    ("loan to a company, 2025", on("2025-01-01", mortgage={"loan_fen": 10**8, "borrower": {"kind": "company"}}),
     {("stamp_tax", "lender"): 5_000, ("stamp_tax", "borrower"): 5_000}),
    *((f"certificate of a first registration, {day}", on(day, registration="first", transfer=None, certificates=2),
       {("certificate_stamp_tax", "owner"): fen}) for day, fen in (("2020-01-01", 1_000), ("2025-01-01", 0))),
    *((f"loan to a small firm, {day}", on(day, mortgage={"loan_fen": 10**9, "borrower": {"small_enterprise": True}}),
       {("stamp_tax", "lender"): 0, ("stamp_tax", "borrower"): 0}) for day in ("2019-01-01", "2025-01-01")),
    # VAT and what follows it
    ("gift outside the family, too soon", on("2025-06-01", **GIFT, transferor__acquired_on="2024-06-01"),
     {("vat", "transferor"): 5_000_000, ("urban_maintenance_tax", "transferor"): 175_000,
      ("individual_income_tax", "transferee"): (100_000_000 - 3_000_000 - 25_000) // 5}),
    ("gift of a shop, on the difference", on("2025-06-01", **GIFT, property__use="commercial",
     transferor__original_price_fen=40_000_000), {("vat", "transferor"): 3_000_000}),
    ("gift in the family, 2026", on("2026-06-01", **GIFT) | {"transferee.relation_to_transferor": "sibling"},
     {("vat", "transferor"): 0, ("individual_income_tax", "transferee"): 0}),
    ("Beijing, not ordinary, proved", on("2024-11-30", region="110105", property__ordinary=False,
     price={"amount_fen": 1_050_000_000, "includes_vat": True}, transferor__original_price_fen=630_000_000,
     transferor__only_home=False), {("vat", "transferor"): 20_000_000}),
    ("Beijing, not ordinary, not proved", on("2024-11-30", region="110105", property__ordinary=False,
     price={"amount_fen": 105_000_000, "includes_vat": True}), {("vat", "transferor"): 5_000_000}),
    *((f"urban maintenance tax, {place}, {day}", on(day, location=place, transferor__acquired_on="2016-01-01",
       transferor__kind="individual", price=NET, property={"use": "office", "land": "granted"}),
       {("urban_maintenance_tax", "transferor"): 5_000_000 * percent // (100 if day < "2019" else 200)})
      for day in ("2018-01-01", "2019-06-01", "2022-06-01", "2024-06-01")
      for place, percent in (("urban", 7), ("town", 5), ("rural", 1))),
    ("shop, price without VAT, on the difference", on("2025-06-01", **SHOP, transferor__original_price_fen=60_000_000),
     {("vat", "transferor"): 2_000_000}),
    ("VAT stated in the contract", on("2025-06-01", property={"use": "office", "land": "granted"},
     price={"amount_fen": 109_000_000, "includes_vat": True, "vat_fen": 9_000_000}, transferor__kind="company"),
     {("deed_tax", "transferee"): 3_000_000, ("stamp_tax", "transferor"): 50_000}),
    # income tax and land VAT
    ("fit-out of reform housing, 15%", on("2025-06-01", property__housing_kind="reform", transferor__only_home=False,
     transferor__original_price_fen=100_000_000, transferor__fitout_cost_fen=20_000_000),
     {("individual_income_tax", "transferor"): 7_000_000}),
    ("land VAT assessed", on("2025-06-01", **SHOP, transferor__kind="company",
     parameters={"land_vat_assessed_rate": "0.05"}), {("land_vat", "transferor"): 5_000_000}),
    ("land VAT, above 200%", on("2025-06-01", **SHOP, transferor__land_vat_deduction_fen=10_000_000),
     {("land_vat", "transferor"): 50_500_000}),
    *((f"land VAT by invoice, bracket {row}", on("2025-06-01", **SHOP, transferor__kind="company",
       transferor__original_price_fen=price, transferor__acquired_on="2025-06-01"), {("land_vat", "transferor"): tax})
      for row, price, tax in ((1, 90_000_000, 2_985_000), (2, 60_000_000, 12_977_500), (3, 40_000_000, 23_967_500),
                              (4, 20_000_000, 40_952_500))),
    # registration
    ("first registration of a shop", on("2025-06-01", registration="first", transfer=None, property__use="commercial"),
     {("registration_fee", "owner"): 55_000}),
    ("first registration, small firm", on("2025-06-01", registration="first", transfer=None, property__use="office",
     transferee__small_enterprise=True), {("registration_fee", "owner"): 0}),
    ("first registration, affordable", on("2025-06-01", registration="first", transfer=None,
     property__housing_kind="affordable"), {("registration_fee", "owner"): 0}),
    ("first registration, forest", on("2025-06-01", registration="first", transfer=None, property__use="forest"),
     {("registration_fee", "owner"): 0}),
    *((f"attached parking, {registration}", on("2025-06-01", registration=registration, transfer=transfer,
       property={"use": "parking", "land": "granted", "separately_certified": False}), {("registration_fee", payer): 0})
      for registration, transfer, payer in (("first", None, "owner"), ("transfer", "sale", "transferee"))),
    ("transfer to a small firm", on("2025-06-01", **SHOP, transferee__small_enterprise=True, certificates=2),
     {("registration_fee", "transferee"): 0, ("certificate_fee", "transferee"): 1_000}),
    ("transfer of forest land", on("2025-06-01", property={"use": "forest", "land": "granted"}),
     {("registration_fee", "transferee"): 0}),
    ("forest right, 2018", on("2018-06-01", registration="forest", transfer=None, property__use="forest"),
     {("registration_fee", "applicant"): 55_000}),
    ("objection", on("2025-06-01", registration="objection", transfer=None),
     {("registration_fee", "applicant"): 4_000}),
    ("sea area", on("2025-06-01", registration="first", transfer=None, property__use="sea_area",
     sea_area_fee_fen=12_345), {("sea_area_fee", "owner"): 12_345}),
    ("mortgage of forest land", on("2025-06-01", registration="mortgage", transfer=None, property__use="forest"),
     {("registration_fee", "mortgagee"): 0}),
]  # fmt: skip

CLAIMS: list[tuple[dict[str, Any], Owed]] = [
    ({"kind": "deed_tax", "date": "2025-07-01", "registered": True, "reason": "area_shortfall",
      "deed_tax_paid_fen": 1_500_000, "contract_price_fen": 150_000_000, "settled_price_fen": 147_000_001},
     {("deed_tax_refund", "transferee"): 30_000}),
    ({"kind": "deed_tax", "date": "2025-07-01", "registered": True, "reason": "rescinded_by_agreement"},
     {("deed_tax_refund", "transferee"): 0}),
    ({"kind": "deed_tax", "date": "2015-07-01", "registered": True, "reason": "contract_rescinded"},
     {("deed_tax_refund", "transferee"): 0}),
    ({"kind": "deed_tax", "date": "2015-07-01", "registered": False, "reason": "contract_rescinded",
      "deed_tax_paid_fen": 7}, {("deed_tax_refund", "transferee"): 7}),
    ({"kind": "home_replacement", "date": "2024-06-01", "same_city": True, "is_owner_of_new_home": True,
      "days_between": 365, "income_tax_paid_fen": 1_000, "old_price_fen": 300, "new_price_fen": 200},
     {("iit_refund", "transferor"): 667}),
    ({"kind": "home_replacement", "date": "2022-09-30", "same_city": True, "is_owner_of_new_home": True,
      "days_between": 1}, {("iit_refund", "transferor"): 0}),
]  # fmt: skip


@pytest.mark.parametrize(("title", "changes", "expected"), WORKED, ids=[title for title, _, _ in WORKED])
def test_worked(rules: RuleSet, title: str, changes: dict[str, Any], expected: Owed) -> None:
    found = amounts(assessed(changed(HOME, changes), rules))
    assert {key: found.get(key) for key in expected} == expected, title


@pytest.mark.parametrize(("claim", "expected"), CLAIMS)
def test_claim(rules: RuleSet, claim: dict[str, Any], expected: Owed) -> None:
    assert amounts(assessed({"claim": {"region": "341502", **claim}}, rules)) == expected


def all_assessments(rules: RuleSet) -> Iterator[Assessment]:
    for case in CASES:
        yield assessed(case, rules)
    for _, changes, _ in WORKED:
        yield assessed(changed(HOME, changes), rules)
    for claim, _ in CLAIMS:
        yield assessed({"claim": {"region": "341502", **claim}}, rules)


def deciding(node: Mapping[str, Any], within: tuple[str, str, str] = ("", "", "")) -> Iterator[tuple[Any, ...]]:
    """(definition, rule, day) of every decision in a tree, and with them the rows that decided."""
    if node["form"] == "decision":
        within = node["name"], node["rule"], node["on"]
        yield (*within, None)
    if "row" in node:
        yield (*within, node["row"])
    for part in node.get("of", ()):
        yield from deciding(part, within)


def rows_of(version: RuleVersion) -> Iterator[int | None]:
    yield None
    if isinstance(version.pays, ByBrackets):
        yield from range(1, len(version.pays.rates.rows) + 1)
        return
    for formula in version.pays.formulas():
        for part in everything_in(formula):
            if isinstance(part, Table):
                yield from range(1, len(part.rows) + 1)


def test_each_rule_version_and_row_decides_a_case(rules: RuleSet) -> None:
    decided = {each for found in all_assessments(rules) for line in found.lines for each in deciding(line.trace)}
    by_rule: dict[tuple[str, str], set[tuple[date, int | None]]] = {}
    for name, rule, day, row in decided:
        by_rule.setdefault((name, rule), set()).add((date.fromisoformat(day), row))
    never = {
        (timetable.definition.id, rule.id, version.from_.isoformat(), row)
        for code in rules.files.regions
        if len(code) == 6
        for timetable in (*rules.region(code).charges, *rules.region(code).quantities.values())
        for rule in timetable.definition.rules
        for version in rule.versions
        for row in rows_of(version)
        if version.pays != Nothing(line=False)  # leaves no line to look at; the cases above state what is not owed
        if not any(version.on(day) and row == at for day, at in by_rule.get((timetable.definition.id, rule.id), ()))
    }
    assert never == set()
