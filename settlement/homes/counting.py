"""Counts a family's homes and says of each why it counts or does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from foundation.errors import BadInput, NotAllowed
from foundation.sealing import masked_identity
from settlement.homes.intake import Holding, Homes
from settlement.homes.what_counts import HomeRules, home_rules
from settlement.office import Actor


@dataclass(frozen=True, slots=True)
class HomeEvidence:
    """One home: its number masked, whose it is by role, the family's share, and why it counts or does not."""

    home: str
    owners: tuple[str, ...]
    share: str
    counts: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class HomeCount:
    """How many homes a family has in a region before the purchase of a day, and on what that rests.

    `decided_by` is holdings, pledge or override; `counted` what the holdings give (None without a query result);
    `reason` and `by` are there for a pledge (the buyer's role) and for an override (the clerk's name).
    """

    region: str
    on: date
    count: int
    counted: int | None
    decided_by: str
    reason: str | None
    by: str | None
    evidence: tuple[HomeEvidence, ...]
    law: tuple[str, ...]


def settle_count(homes: Homes, region: str, on: date, bought: str | None, actor: Actor) -> HomeCount:
    """The count in a region before a purchase of a day. `bought`: the unit code of that purchase, which never counts.

    BadInput where the pledge contradicts the query result: then a clerk has to decide, with a reason. NotAllowed for
    an override by anyone but a clerk.
    """
    rules = home_rules(region, on)
    evidence = () if homes.holdings is None else tuple(_evidence(homes, rules, on, bought))
    counted = None if homes.holdings is None else sum(one.counts for one in evidence)

    def result(count: int, decided_by: str, reason: str | None = None, by: str | None = None) -> HomeCount:
        return HomeCount(region, on, count, counted, decided_by, reason, by, evidence, rules.law)

    if homes.override:
        if actor.role != "clerk":
            raise NotAllowed(
                f"{actor.name} is {actor.role}; a home count is overridden by a clerk", field="homes.override"
            )
        return result(homes.override.count, "override", homes.override.reason, actor.name)
    if homes.pledge and counted is None:
        return result(homes.pledge.count, "pledge", f"买方书面承诺 {homes.pledge.on}", "buyer")
    assert counted is not None, "the door lets in no homes without a query result, a pledge or an override"
    if homes.pledge and homes.pledge.count != counted:
        raise BadInput("homes.pledge.count", homes.pledge.count, f"{counted}, as queried, or a clerk's override")
    return result(counted, "holdings")


def _evidence(homes: Homes, rules: HomeRules, on: date, bought: str | None) -> Iterator[HomeEvidence]:
    members = _members(homes, rules, on)
    by_home: dict[str, list[Holding]] = {}
    for holding in homes.holdings or ():
        by_home.setdefault(holding.home.upper(), []).append(holding)
    for home, held in by_home.items():
        of_family = [one for one in held if one.owner in members]
        share = min(sum((one.share for one in of_family), Decimal(0)), Decimal(1))
        counts, zh, en = _reason(of_family, share, rules, on, home == bought)
        owners = tuple(dict.fromkeys(homes.family[one.owner].role for one in held))
        yield HomeEvidence(masked_identity(home), owners, format(share.normalize(), "f"), counts, zh, en)


def _members(homes: Homes, rules: HomeRules, on: date) -> frozenset[int]:
    """The places of those whose homes count: a grown child's do not."""
    return frozenset(
        place
        for place, one in enumerate(homes.family)
        if ("minor_child" if one.role == "child" else one.role) in rules.members
        and (one.role != "child" or _years(one.birthday(f"homes.family.{place}"), on) < rules.adult_at)
    )


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _reason(
    held: Sequence[Holding], share: Decimal, rules: HomeRules, on: date, is_bought: bool
) -> tuple[bool, str, str]:
    """Whether a home counts, and why, in both languages; the first reason against it is the one that is named."""
    if is_bought:
        return False, "本次购买的住房", "the home being bought"
    if not held:
        return False, "不属于认定范围内的家庭成员", "not held by a member of the family who counts"
    one = held[0]
    if all(each.since is not None and each.since >= on for each in held):
        return False, "购房之日尚未取得", "not yet held on the day of the purchase"
    if one.use not in rules.uses:
        return False, "不是住宅", "not a home by its use"
    if one.land not in rules.land:
        return False, "集体土地上的房屋不计", "on collective land, which does not count here"
    if all(each.record not in rules.records for each in held):
        return False, "仅网签未登记，不计", "signed but not registered, which does not count here"
    if not rules.reaches(one.region):
        return False, "不在认定区域内", "outside the area that counts"
    if share <= rules.share_above:
        return False, "所占份额不计", "a share too small to count here"
    return True, "计入", "counts"
