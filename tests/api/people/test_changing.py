"""Who may let whom in: one administrator, two, or nobody alone; and what a change does to sessions and passwords."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from api.people import MOVE_MONEY_OR_RULES, ROLES, OneTimePassword, Person, SignInRefused, add_person, sign_in
from api.people.changing import Change, Wish, approve_change, lock, propose_change, reject_change, unlock
from api.people.reading import session_counts
from api.people.starting import refuse_where_two_decide
from api.people.tables import person, person_change
from api.wiring import House
from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound
from foundation.states import WrongState

ADA, BEA = (Person(name, "administrator", "341502") for name in ("ada", "bea"))
FAR = Person("far", "administrator", "360102")
PASSWORD = "a-long-password"


@pytest.fixture
async def staffed(house: House) -> House:
    """A house with two administrators of a region and one of another."""
    for who in (ADA, BEA, FAR):
        await add_person(house.office.database, who, PASSWORD)
    return house


async def propose(house: House, who: Person = ADA, **wish: str) -> Change:
    async with house.office.database.begin() as db:
        return await propose_change(db, Wish(**{"kind": "add", "reason": "新入职", **wish}), who)  # type: ignore[arg-type]


async def approve(house: House, change: Change, who: Person) -> Change:
    async with house.office.database.begin() as db:
        return await approve_change(db, change.id, who)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "partner"])
async def test_a_new_person_who_moves_money_or_rules_needs_two(staffed: House, role: str) -> None:
    made = await propose(staffed, name="new", role=role)
    if role not in MOVE_MONEY_OR_RULES:
        assert made.state == "applied"
        assert made.one_time_password
        return
    assert (made.state, made.one_time_password) == ("proposed", None)
    with pytest.raises(SignInRefused):
        await sign_in(staffed.office.database, "new", PASSWORD)
    for alone in (ADA, Person("clerk", "clerk", "341502"), Person("new", "administrator", "341502")):
        with pytest.raises(NotAllowed):
            await approve(staffed, made, alone)
    with pytest.raises(NotFound):
        await approve(staffed, made, FAR)
    assert (await approve(staffed, made, BEA)).one_time_password
    with pytest.raises(WrongState):
        await approve(staffed, made, BEA)


async def test_a_one_time_password_serves_to_choose_another_and_ends(staffed: House) -> None:
    database = staffed.office.database
    made = await propose(staffed, name="wang", role="clerk")
    assert made.one_time_password
    with pytest.raises(OneTimePassword):
        await sign_in(database, "wang", made.one_time_password)
    for weak in ("short", made.one_time_password):
        with pytest.raises(BadInput, match="new_password"):
            await sign_in(database, "wang", made.one_time_password, weak)
    who = await sign_in(database, "wang", made.one_time_password, "my-own-password")
    assert who == Person("wang", "clerk", "341502")
    assert await sign_in(database, "wang", "my-own-password") == who
    with pytest.raises(SignInRefused):
        await sign_in(database, "wang", made.one_time_password, "another-password")
    late = await propose(staffed, name="wang", kind="password", reason="忘记口令")
    clock.travel(clock.now() + timedelta(days=3, seconds=1))
    assert late.one_time_password
    with pytest.raises(SignInRefused):
        await sign_in(database, "wang", late.one_time_password, "another-password")


async def test_other_rights_end_the_sessions_begun_before(staffed: House) -> None:
    await add_person(staffed.office.database, Person("li", "clerk", "341502"), PASSWORD)
    begun = clock.now().timestamp()
    change = await propose(staffed, name="li", kind="rights", role="finance", reason="转岗")
    async with staffed.office.database.connect() as db:
        assert await session_counts(db, "li", begun)
    await approve(staffed, change, BEA)
    async with staffed.office.database.connect() as db:
        assert not await session_counts(db, "li", begun)
        assert await session_counts(db, "li", clock.now().timestamp())
    assert (await sign_in(staffed.office.database, "li", PASSWORD)).role == "finance"


async def test_a_lock_ends_sessions_and_needs_a_reason(staffed: House) -> None:
    await add_person(staffed.office.database, Person("li", "finance", "341502"), PASSWORD)
    async with staffed.office.database.begin() as db:
        with pytest.raises(BadInput, match="reason"):
            await lock(db, "li", ADA, " ")
        with pytest.raises(NotAllowed):
            await lock(db, "ada", ADA, "休假一周")
        with pytest.raises(NotFound):
            await lock(db, "far", ADA, "休假一周")
        await lock(db, "li", ADA, "休假一周")
        assert not await session_counts(db, "li", clock.now().timestamp())
    with pytest.raises(SignInRefused):
        await sign_in(staffed.office.database, "li", PASSWORD)
    async with staffed.office.database.begin() as db:
        await unlock(db, "li", BEA, "休假结束")
    assert (await sign_in(staffed.office.database, "li", PASSWORD)).role == "finance"


async def test_whoever_moves_money_gets_no_password_from_one_alone(staffed: House) -> None:
    await add_person(staffed.office.database, Person("li", "finance", "341502"), PASSWORD)
    change = await propose(staffed, name="li", kind="password", reason="忘记口令")
    assert change.state == "proposed"
    assert (await sign_in(staffed.office.database, "li", PASSWORD)).name == "li"
    async with staffed.office.database.begin() as db:
        await reject_change(db, change.id, ADA, "本人又想起来了")
    again = await propose(staffed, name="li", kind="password", reason="忘记口令")
    assert (await approve(staffed, again, BEA)).one_time_password
    with pytest.raises(SignInRefused):
        await sign_in(staffed.office.database, "li", PASSWORD)


async def test_what_does_not_fit_is_refused(staffed: House) -> None:
    await propose(staffed, name="li", role="finance")
    with pytest.raises(Conflict, match="waits"):
        await propose(staffed, name="li", role="clerk")
    with pytest.raises(Conflict, match="another region"):
        await propose(staffed, name="far", role="clerk")
    with pytest.raises(Conflict, match="here already"):
        await propose(staffed, name="bea", role="clerk")
    with pytest.raises(Conflict, match="already"):
        await propose(staffed, name="bea", kind="rights", role="administrator")
    for wish in ({"name": "", "role": "clerk"}, {"name": "x", "role": "king"}, {"name": "x", "reason": " "}):
        with pytest.raises(BadInput):
            await propose(staffed, **{"role": "clerk", **wish})
    with pytest.raises(NotFound):
        await propose(staffed, name="nobody", kind="password")


async def test_the_database_itself_refuses_one_person_twice(staffed: House) -> None:
    change = await propose(staffed, name="li", role="finance")
    for alone in ("ada", "li"):
        with pytest.raises(IntegrityError, match="two_people"):
            async with staffed.office.database.begin() as db:
                statement = (
                    "UPDATE person_change SET approved_by = :who, state = 'applied', decided_at = now() WHERE id = :id"
                )
                await db.execute(text(statement), {"who": alone, "id": change.id})


async def test_the_machine_adds_until_there_are_two_administrators(staffed: House) -> None:
    async with staffed.office.database.connect() as db:
        with pytest.raises(NotAllowed, match="--name"):
            await refuse_where_two_decide(db, Person("x", "finance", "341502"))
        await refuse_where_two_decide(db, Person("x", "clerk", "341502"))
        await refuse_where_two_decide(db, Person("x", "finance", "360102"))


_ACTS = st.lists(
    st.tuples(
        st.sampled_from(["add", "rights", "password", "approve", "reject", "lock", "unlock"]),
        st.sampled_from(["ada", "bea"]),
        st.sampled_from(["ada", "bea", "cyn", "dan"]),
        st.sampled_from(ROLES),
    ),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_ACTS)
async def test_nobody_gets_to_money_or_rules_by_one_person(
    staffed: House, acts: list[tuple[str, str, str, str]]
) -> None:
    """Whatever administrators do in whatever order: each role that moves money was agreed on by two."""
    async with staffed.office.database.begin() as outer:
        for act, by, name, role in acts:
            who = Person(by, "administrator", "341502")
            open_one = await outer.scalar(select(person_change.c.id).where(person_change.c.state == "proposed"))
            try:
                async with outer.begin_nested():
                    match act:
                        case "approve" | "reject" if open_one is None:
                            continue
                        case "approve":
                            await approve_change(outer, open_one, who)
                        case "reject":
                            await reject_change(outer, open_one, who, "不需要了")
                        case "lock" | "unlock":
                            await (lock if act == "lock" else unlock)(outer, name, who, "例行检查")
                        case _:
                            await propose_change(outer, Wish(act, name, "岗位调整", role), who)  # type: ignore[arg-type]
            except (NotAllowed, NotFound, Conflict, BadInput):
                continue
        everybody = (await outer.execute(select(person).where(person.c.region == "341502"))).all()
        agreed = (await outer.execute(select(person_change).where(person_change.c.state == "applied"))).all()
        for one in everybody:
            if one.role not in MOVE_MONEY_OR_RULES or one.name in ("ada", "bea"):
                continue
            assert any(
                (done.name, done.role) == (one.name, one.role) and done.approved_by not in (None, done.proposed_by)
                for done in agreed
            ), (one.name, one.role)
        await outer.rollback()
