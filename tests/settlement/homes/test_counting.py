"""The home count: what counts, region by region, and that a pledge or an override is on record."""

from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import BadInput, NotAllowed
from settlement.homes import HomeCount, parse_homes, settle_count, what_counts
from settlement.homes.what_counts import home_rules
from settlement.office import Actor

CLERK = Actor("wang", "clerk")
DAY = date(2026, 3, 1)
BUYER = {"role": "buyer", "name": "王晓明", "identity": "341502190001010016"}
SPOUSE = {"role": "spouse", "name": "陈静", "identity": "341502190003030037"}
FAMILY = [BUYER, SPOUSE]


def child(born_on: str) -> dict[str, str]:
    return {"role": "child", "name": "王小", "identity": "E12345678", "identity_kind": "other", "born_on": born_on}


def home(**changes: Any) -> dict[str, Any]:
    return {"owner": 0, "home": "皖2018不动产权第0001号", "region": "341502", "use": "residential", **changes}


def count(holdings: list[dict[str, Any]] | None, region: str = "341502", on: date = DAY, **more: Any) -> HomeCount:
    bought = more.pop("bought", None)
    actor = more.pop("actor", CLERK)
    content = {"family": more.pop("family", FAMILY), "holdings": holdings, **more}
    return settle_count(parse_homes(content), region, on, bought, actor)


@pytest.mark.parametrize(
    ("changes", "counted", "word"),
    [
        ({}, 1, "计入"),
        ({"owner": 1}, 1, "计入"),
        ({"share": "0.01"}, 1, "计入"),
        ({"record": "signed"}, 1, "计入"),
        ({"since": "2026-02-28"}, 1, "计入"),
        ({"since": "2026-03-01"}, 0, "购房之日尚未取得"),
        ({"use": "commercial"}, 0, "不是住宅"),
        ({"use": "parking"}, 0, "不是住宅"),
        ({"land": "collective"}, 0, "集体土地"),
        ({"region": "341503"}, 0, "不在认定区域内"),
        ({"home": "341502001001GB00012F00030602"}, 0, "本次购买"),
    ],
)
def test_what_counts_as_a_home(changes: dict[str, Any], counted: int, word: str) -> None:
    found = count([home(**changes)], bought="341502001001GB00012F00030602")
    assert (found.count, found.counted, found.decided_by) == (counted, counted, "holdings")
    (one,) = found.evidence
    assert one.counts is bool(counted)
    assert word in one.zh
    assert one.en
    assert "0001号" not in one.home or "*" in one.home


@pytest.mark.parametrize(
    ("born_on", "counted"), [("2008-03-02", 1), ("2008-03-01", 0), ("2015-01-01", 1), ("1999-01-01", 0)]
)
def test_a_childs_home_counts_until_it_is_grown(born_on: str, counted: int) -> None:
    assert count([home(owner=2)], family=[*FAMILY, child(born_on)]).count == counted


def test_a_home_of_two_members_counts_once_with_their_shares_together() -> None:
    found = count([home(share="0.5"), home(owner=1, share="0.5"), home(home="皖2019不动产权第0002号")])
    assert found.count == 2
    assert found.evidence[0].owners == ("buyer", "spouse")
    assert found.evidence[0].share == "1"


def test_districts_that_count_as_one_do_so_from_their_day() -> None:
    held = [home(region="330106")]
    assert count(held, region="330102", on=date(2025, 4, 17)).count == 0
    found = count(held, region="330102", on=date(2025, 4, 18))
    assert found.count == 1
    assert "杭州" in found.law[0]
    assert count([home(region="330110")], region="330102").count == 0
    assert home_rules("330110", DAY).reaches("330110")


@pytest.mark.parametrize(
    ("said", "holding", "counted"),
    [
        ({"within": "city"}, home(region="341503"), 1),
        ({"within": "city"}, home(region="340102"), 0),
        ({"within": "province"}, home(region="340102"), 1),
        ({"within": "country"}, home(region="110101"), 1),
        ({"records": ["registered"]}, home(record="signed"), 0),
        ({"land": ["state", "collective"]}, home(land="collective"), 1),
        ({"uses": ["residential", "office"]}, home(use="office"), 1),
        ({"share_above": "0.5"}, home(share="0.5"), 0),
        ({"share_above": "0.5"}, home(share="0.51"), 1),
        ({"members": ["buyer"]}, home(owner=1), 0),
    ],
)
def test_a_region_decides_what_counts(
    said: dict[str, Any], holding: dict[str, Any], counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = {"from": "2020-01-01", "law": ["市级口径"], "certainty": "example", **said}
    of_city = (what_counts.Version.model_validate(version),)
    packaged = what_counts.level_rules
    monkeypatch.setattr(what_counts, "level_rules", lambda name: of_city if name == "3415" else packaged(name))
    assert count([holding]).count == counted
    assert count([holding]).law[0] == "市级口径"


def test_the_packaged_files_are_whole() -> None:
    for file in (files("settlement.homes") / "rules").iterdir():
        versions = what_counts.level_rules(file.name.removesuffix(".yaml"))
        days = [day for one in versions for day in (one.from_, one.to or date.max)]
        assert days == sorted(days), f"{file.name}: versions overlap"
    (national,) = what_counts.level_rules("national")
    assert all(getattr(national, name) is not None for name in what_counts.SAID)


def test_a_pledge_stands_in_where_there_is_no_query_result() -> None:
    pledge = {"count": 1, "on": "2026-03-01"}
    found = count(None, pledge=pledge)
    assert (found.count, found.counted, found.decided_by, found.by) == (1, None, "pledge", "buyer")
    assert count([home()], pledge=pledge).decided_by == "holdings"
    with pytest.raises(BadInput, match="clerk's override"):
        count([], pledge=pledge)


def test_a_clerk_overrides_with_a_reason_and_name() -> None:
    override = {"count": 0, "reason": "该房屋已于上月出售，登记未更新"}
    found = count([home()], override=override)
    assert (found.count, found.counted, found.decided_by, found.by) == (0, 1, "override", "wang")
    assert found.reason == override["reason"]
    assert found.evidence[0].counts  # the evidence stays what it was
    with pytest.raises(NotAllowed, match="by a clerk"):
        count([home()], override=override, actor=Actor("shop", "integrator"))


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (None, "homes"),
        ({"family": []}, "homes.family"),
        ({"family": FAMILY}, "homes.holdings"),
        ({"family": [SPOUSE], "holdings": []}, "homes.family"),
        ({"family": [{**BUYER, "identity": "341502190001010017"}], "holdings": []}, "homes.family.0.identity"),
        ({"family": FAMILY, "holdings": [home(owner=2)]}, "homes.holdings.0.owner"),
        ({"family": FAMILY, "holdings": [home(share="0")]}, "homes.holdings.0.share"),
        ({"family": FAMILY, "holdings": [home(use="castle")]}, "homes.holdings.0.use"),
        ({"family": FAMILY, "override": {"count": 1}}, "homes.override.reason"),
        ({"family": FAMILY, "holdings": [], "surprise": 1}, "homes.surprise"),
    ],
)
def test_what_cannot_be_taken_names_the_field(content: Any, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_homes(content)
    assert refused.value.field == field
    assert "341502190001010017" not in refused.value.detail


def test_a_child_without_a_known_birthday_is_asked_for_it() -> None:
    with pytest.raises(BadInput, match="born_on"):
        count([], family=[BUYER, {**child("2015-01-01"), "born_on": None}])


def test_a_day_before_the_first_rule_is_refused() -> None:
    with pytest.raises(BadInput, match="1997-10-01"):
        count([], on=date(1997, 9, 30))


HOLDINGS = st.lists(
    st.builds(
        home,
        owner=st.integers(0, 2),
        home=st.sampled_from(["HOME-A", "HOME-B", "HOME-C", "home-c"]),
        region=st.sampled_from(["341502", "341503"]),
        use=st.sampled_from(["residential", "parking"]),
        land=st.sampled_from(["state", "collective"]),
        share=st.sampled_from(["0.5", "0.25"]),
    ),
    max_size=8,
)


@given(HOLDINGS, st.randoms())
def test_the_count_is_that_of_the_evidence_and_a_further_home_adds_one(holdings: list[Any], random: Any) -> None:
    family = [*FAMILY, child("1999-01-01")]
    found = count(holdings, family=family)
    assert found.count == sum(one.counts for one in found.evidence) <= len({one["home"].upper() for one in holdings})
    assert count([*holdings, home(home="HOME-NEW")], family=family).count == found.count + 1
    assert count([*holdings, home(home="HOME-NEW", owner=2)], family=family).count == found.count
    alike = [{**one, "region": "341502", "use": "residential", "land": "state"} for one in holdings]
    shuffled = random.sample(alike, len(alike))
    assert count(shuffled, family=family).count == count(alike, family=family).count
