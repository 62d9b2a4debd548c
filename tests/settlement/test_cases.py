"""Cases: known by fingerprint, proposed by one person and decided by another."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.wiring import House
from foundation.errors import BadInput, NotAllowed
from foundation.identifiers import new_id
from foundation.states import WrongState
from settlement.adjustments import Entry, decide, propose, reopen
from settlement.cases import case_proposal, office_case, open_case, vanish
from settlement.office import Actor

DAY = date(2026, 3, 2)


WANG, LI = Actor("wang", "finance"), Actor("li", "finance")


@pytest.fixture
def database(house: House) -> AsyncEngine:
    return house.office.database


async def opened(db: AsyncConnection, fingerprint: str, fen: int = 9) -> UUID:
    return await open_case(
        db, "341502", "P-10", fingerprint, f"差 {fen}", {"fen": fen}, fen, business_day=DAY, bill_id=None
    )


async def state(db: AsyncConnection, case: UUID) -> tuple[str, int, int]:
    row = (await db.execute(select(office_case).where(office_case.c.id == case))).one()
    return row.state, row.seen, row.amount_fen


async def test_the_same_thing_again_is_the_same_case(database: AsyncEngine) -> None:
    fingerprint = str(new_id())
    async with database.begin() as db:
        first, second = await opened(db, fingerprint, 9), await opened(db, fingerprint, 8)
        assert first == second
        assert await state(db, first) == ("open", 2, 8)


async def test_one_proposes_and_another_decides(database: AsyncEngine, house: House) -> None:
    async with database.begin() as db:
        case = await opened(db, str(new_id()))
        await propose(db, house.office.regions, case, WANG, "差额挂长款", [Entry("渠道在途", "长款挂账", 9)])
        with pytest.raises(NotAllowed, match="another person"):
            await decide(house.office, db, case, WANG, approve=True)
        await decide(house.office, db, case, LI, approve=False)
        assert (await state(db, case))[0] == "open"
        await propose(db, house.office.regions, case, LI, "退回付款人", [])
        await decide(house.office, db, case, WANG, approve=True)
        assert (await state(db, case))[0] == "closed"
        assert await opened(db, (await fingerprint_of(db, case))) == case
        assert (await state(db, case))[0] == "closed"
        await reopen(db, case, LI, "查到新凭证")
        assert (await state(db, case))[0] == "open"


async def test_a_clerk_may_not_decide(database: AsyncEngine, house: House) -> None:
    async with database.begin() as db:
        case = await opened(db, str(new_id()))
        await propose(db, house.office.regions, case, Actor("zhou", "clerk"), "退回", [])
        with pytest.raises(WrongState):
            await decide(house.office, db, case, Actor("li", "clerk"), approve=True)


async def test_the_database_refuses_one_person_in_both_roles(database: AsyncEngine, house: House) -> None:
    with pytest.raises(DBAPIError, match="check constraint"):
        async with database.begin() as db:
            case = await opened(db, str(new_id()))
            await propose(db, house.office.regions, case, WANG, "退回", [])
            await db.execute(
                text("UPDATE case_proposal SET decision = 'approved', decided_by = proposed_by, decided_at = now()")
            )


async def test_what_vanished_takes_its_proposal_with_it_and_returns_when_seen(
    database: AsyncEngine, house: House
) -> None:
    fingerprint = str(new_id())
    async with database.begin() as db:
        case = await opened(db, fingerprint)
        await propose(db, house.office.regions, case, WANG, "退回", [])
        await vanish(db, [(case, "proposed")], "arrived after all")
        decisions = (
            await db.execute(select(case_proposal.c.decision).where(case_proposal.c.case_id == case))
        ).scalars()
        assert ((await state(db, case))[0], list(decisions)) == ("vanished", ["rejected"])
        await opened(db, fingerprint)
        assert (await state(db, case))[:2] == ("open", 2)


async def test_a_proposal_says_what_is_to_be_done(database: AsyncEngine, house: House) -> None:
    async with database.begin() as db:
        case = await opened(db, str(new_id()))
        with pytest.raises(BadInput, match="action"):
            await propose(db, house.office.regions, case, WANG, "  ", [])
        with pytest.raises(BadInput, match="amount_fen"):
            await propose(db, house.office.regions, case, WANG, "退回", [Entry("渠道在途", "长款挂账", 0)])


async def fingerprint_of(db: AsyncConnection, case: UUID) -> str:
    return str((await db.execute(select(office_case.c.fingerprint).where(office_case.c.id == case))).scalar_one())
