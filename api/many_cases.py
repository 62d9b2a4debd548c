"""Many cases at once: proposed or decided each by itself, so that one that cannot be done keeps none of the others."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from api.access import actor, own_region
from api.people import Person
from foundation.errors import HeyiError
from settlement.adjustments import ask_and_decide, propose
from settlement.adjustments.proposing import the_case
from settlement.office import Office


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case: the state it is in now, or the sentence why nothing was done."""

    case_id: UUID
    state: str | None
    error: str | None


async def propose_many(office: Office, who: Person, case_ids: Sequence[UUID], action: str | None) -> list[Outcome]:
    """Proposes for each case what its kind suggests, with one's own words where they are given."""

    async def one(case_id: UUID) -> str:
        async with office.database.begin() as db:
            await propose(db, office.regions, case_id, actor(who), action)
        return "proposed"

    return await each(office, who, case_ids, one)


async def decide_many(
    office: Office, who: Person, case_ids: Sequence[UUID], *, approve: bool, reason: str | None
) -> list[Outcome]:
    """Approves or rejects the proposal of each case."""

    async def one(case_id: UUID) -> str:
        return await ask_and_decide(office, case_id, actor(who), approve=approve, reason=reason)

    return await each(office, who, case_ids, one)


async def each(
    office: Office, who: Person, case_ids: Sequence[UUID], act: Callable[[UUID], Awaitable[str]]
) -> list[Outcome]:
    """Does something with each case of one's own region; `act` has a transaction of its own for each."""
    outcomes = []
    for case_id in dict.fromkeys(case_ids):
        try:
            async with office.database.begin() as db:
                own_region(who, (await the_case(db, case_id)).region)
            outcomes.append(Outcome(case_id, await act(case_id), None))
        except HeyiError as error:
            outcomes.append(Outcome(case_id, None, error.detail))
    return outcomes
