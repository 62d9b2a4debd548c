"""A set comes into force by two people, stays for good, and bills are worked out again under their own."""

import asyncio

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from api.wiring import House
from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound
from foundation.identifiers import new_id
from foundation.states import WrongState, transition
from settlement.assessment import rules_in_force
from settlement.assessment.errors import BadRules
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.bills.reading import read_bill
from settlement.bills.recomputing import recomputation
from settlement.office import Actor
from settlement.rule_sets import approve_set, current, keeping, kept_sets, propose_set, reject_set, set_by_hash
from settlement.rule_sets.keeping import RELEASE, packaged_texts
from settlement.rule_sets.reading import preview
from settlement.rule_sets.tables import rule_set
from tests.played import CLERK, confirmed, home_case
from tests.settlement.rule_sets.sets import with_fee

LI, ZHAO = Actor("li", "tax_officer"), Actor("zhao", "tax_officer")


async def bring_into_force(house: House, texts: dict[str, str]) -> str:
    async with house.office.database.begin() as db:
        proposed = await propose_set(db, texts, LI, "发改委新文件")
    async with house.office.database.begin() as db:
        await approve_set(db, proposed, ZHAO)
    return proposed


async def test_an_empty_database_takes_the_packaged_set(house: House) -> None:
    async with house.office.database.begin() as db:
        assert (await current(db)).hash == rules_in_force().hash
        (only,) = await kept_sets(db)
    assert (only.state, only.delivered, only.proposed_by, only.approved_by) == ("in_force", True, RELEASE, None)


async def test_two_that_start_at_once_deliver_it_once(house: House) -> None:
    async def start() -> str:
        async with house.office.database.begin() as db:
            return (await current(db)).hash

    assert len(set(await asyncio.gather(start(), start(), start()))) == 1
    async with house.office.database.connect() as db:
        assert len((await db.execute(select(rule_set.c.id))).all()) == 1


async def test_an_old_bill_is_worked_out_again_to_the_byte_after_another_set_came_into_force(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await confirmed(house, home_case())
    newer = await bring_into_force(house, with_fee(90))
    after = await confirmed(house, home_case(case_number="AFTER-1"))
    assert after.rule_set == newer != before.rule_set
    assert after.amount_fen == before.amount_fen + 1000
    monkeypatch.setattr(keeping, "_LOADED", {})  # as a process that starts after the packaged set was changed
    old, new = await recomputation(house.office, before.id), await recomputation(house.office, after.id)
    assert old.same
    assert new.same
    assert (old.rule_set, new.rule_set) == (before.rule_set, after.rule_set)
    assert (await read_bill(house.office, before.id)).amount_fen == before.amount_fen


async def test_a_bill_that_was_tampered_with_does_not_compare(house: House) -> None:
    view = await confirmed(house, home_case())
    async with house.office.database.begin() as db:
        await db.execute(text("RESET ROLE"))
        await db.execute(text("UPDATE line SET rule = rule || 'x' WHERE ordinal = 0"))
    assert not (await recomputation(house.office, view.id)).same


async def test_who_proposes_does_not_approve(house: House) -> None:
    async with house.office.database.begin() as db:
        proposed = await propose_set(db, with_fee(90), LI, "fees")
    with pytest.raises(NotAllowed, match="another person"):
        async with house.office.database.begin() as db:
            await approve_set(db, proposed, LI)
    with pytest.raises(WrongState):
        async with house.office.database.begin() as db:
            await approve_set(db, proposed, Actor("wang", "clerk"))
    async with house.office.database.begin() as db:
        assert (await current(db)).hash == rules_in_force().hash


async def test_the_database_refuses_one_person_too(house: House) -> None:
    async with house.office.database.begin() as db:
        proposed = await propose_set(db, with_fee(90), LI, "fees")
    of_it = rule_set.c.hash == proposed
    alone = update(rule_set).where(of_it).values(approved_by="li", in_force_from=clock.now())
    unapproved = update(rule_set).where(of_it).values(state="replaced")
    second = update(rule_set).where(of_it).values(state="in_force", approved_by="zhao", in_force_from=clock.now())
    posing = update(rule_set).where(of_it).values(delivered=True)
    for statement, why in (
        (alone, "rule_set_two_people"),
        (unapproved, "rule_set_approved"),
        (second, "rule_set_one_in_force"),
        (posing, "rule_set_delivered"),
    ):
        with pytest.raises(IntegrityError, match=why):
            async with house.office.database.begin() as db:
                await db.execute(statement)


@pytest.mark.parametrize(
    "statement", ["UPDATE rule_set SET files = '{}'", "UPDATE rule_set SET hash = 'x'", "DELETE FROM rule_set"]
)
async def test_what_a_set_says_stays(statement: str, house: House) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with house.office.database.begin() as db:
            await db.execute(text(statement))


async def test_a_rejected_or_replaced_set_may_come_back(house: House) -> None:
    async with house.office.database.begin() as db:
        proposed = await propose_set(db, with_fee(90), LI, "fees")
        await reject_set(db, proposed, ZHAO, "the figure is wrong")
    assert await bring_into_force(house, with_fee(90)) == proposed
    assert await bring_into_force(house, packaged_texts()) == rules_in_force().hash
    async with house.office.database.begin() as db:
        states = {one.hash: one.state for one in await kept_sets(db)}
        went = await db.scalars(
            select(transition.c.event)
            .where(transition.c.machine == "rule_set")
            .order_by(transition.c.at, transition.c.id)
        )
    assert states == {proposed: "replaced", rules_in_force().hash: "in_force"}
    assert list(went) == ["reject", "propose", "replace", "approve", "propose", "replace", "approve"]


async def test_a_set_is_proposed_once(house: House) -> None:
    for texts in (packaged_texts(), with_fee(90)):
        if texts != packaged_texts():
            async with house.office.database.begin() as db:
                await propose_set(db, texts, LI, "fees")
        with pytest.raises(Conflict, match="already"):
            async with house.office.database.begin() as db:
                await propose_set(db, texts, ZHAO, "fees")


async def test_of_two_approved_at_once_one_is_told_to_look_again(house: House) -> None:
    async with house.office.database.begin() as db:
        both = [await propose_set(db, with_fee(yuan, f"test-{yuan}"), LI, "fees") for yuan in (90, 95)]

    async def approve(wanted: str) -> None:
        async with house.office.database.begin() as db:
            await approve_set(db, wanted, ZHAO)

    outcomes = await asyncio.gather(*(approve(one) for one in both), return_exceptions=True)
    assert sum(isinstance(one, Conflict) for one in outcomes) <= 1
    async with house.office.database.begin() as db:
        assert (await current(db)).hash in both


async def test_a_set_that_is_not_sound_is_not_kept(house: House) -> None:
    texts = with_fee(90)
    texts["national/deed_tax.yaml"] = texts["national/deed_tax.yaml"].replace("amount: taxable_price", "amount: taxed")
    with pytest.raises(BadRules):
        async with house.office.database.begin() as db:
            await propose_set(db, texts, LI, "fees")
    async with house.office.database.begin() as db:
        assert len(await kept_sets(db)) == 1


async def test_a_text_that_unfolds_without_end_is_refused(house: House) -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9))
    texts = with_fee(90) | {"facts.yaml": f"l0: &l0 [x]\n{levels}\n"}
    with pytest.raises(BadInput, match="repeated by alias"):
        async with house.office.database.begin() as db:
            await propose_set(db, texts, LI, "fees")


async def test_a_kept_set_that_was_changed_is_not_used(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with house.office.database.begin() as db:
        forged = {"hash": "f" * 64, "version": "x", "form": 1, "files": packaged_texts(), "state": "proposed"}
        who = {"delivered": False, "published_at": clock.now(), "proposed_by": "li"}
        await db.execute(insert(rule_set).values(id=new_id(), **forged, **who))
        with pytest.raises(keeping.KeptSetUnreadable, match="has the hash"):
            await set_by_hash(db, "f" * 64)
        with pytest.raises(NotFound):
            await set_by_hash(db, "e" * 64)


async def test_the_preview_sums_the_bills_of_last_month(house: House) -> None:
    clock.travel(clock.local_now().replace(year=2026, month=2, day=20, hour=10))
    for number in range(3):
        await draft_bill(house.office, parse_case(home_case(case_number=f"FEB-{number}")), CLERK)
    clock.travel(clock.local_now().replace(year=2026, month=3, day=5, hour=10))
    await draft_bill(house.office, parse_case(home_case(case_number="MAR-1")), CLERK)
    async with house.office.database.begin() as db:
        proposed = await propose_set(db, with_fee(90), LI, "fees")
        found = await preview(db, proposed, "341502")
    assert (found.start.isoformat(), found.end.isoformat(), found.bills) == ("2026-02-01", "2026-03-01", 3)
    (effect,) = found.effects
    assert (effect.item, effect.before_fen, effect.after_fen, effect.cases) == ("registration_fee", 24_000, 27_000, 3)
    assert all("90" in (one.after or "") for one in found.differences)
    assert found.differences
