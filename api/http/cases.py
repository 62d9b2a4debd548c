"""Cases 差错处理单: what waits for a person, proposed by one and decided by another, one by one or many at once."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import actor, own_region, signed_in
from api.case_sheet import RowOutcome, case_sheet, take_in
from api.http.office import TheOffice
from api.many_cases import Outcome, decide_many, propose_many
from api.pages.texts import Speech
from api.people import Person
from api.spreadsheets import to_keep
from settlement.adjustments import Entry, ask_and_decide, give_to, propose, reopen, suggestion
from settlement.adjustments.proposing import the_case
from settlement.cases import CaseFilter, CaseRow, CaseView, group_cases, list_cases, read_case
from settlement.cases.reading import CaseGroup
from settlement.office import Office

router = APIRouter(prefix="/cases", tags=["cases"])

Reader = Annotated[Person, Depends(signed_in("finance", "clerk"))]
Finance = Annotated[Person, Depends(signed_in("finance"))]


class _Wanted(BaseModel):
    state: str | None = None
    kind: str | None = None
    source: str | None = None
    owner: str | None = None
    overdue: bool = False

    def filter(self) -> CaseFilter:
        return CaseFilter(self.state, self.kind, self.source, self.owner, self.overdue)


class _Entry(BaseModel):
    """A journal entry by the names of its accounts, or by their codes; amount in fen."""

    model_config = ConfigDict(extra="forbid")
    debit: str
    credit: str
    amount_fen: int = Field(gt=0, strict=True)
    debit_of: str = ""
    credit_of: str = ""


class _Proposal(BaseModel):
    """What is left out is as the kind of the case suggests."""

    model_config = ConfigDict(extra="forbid")
    action: str | None = Field(None, min_length=2, max_length=200)
    entries: list[_Entry] | None = None


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid")
    approve: bool
    reason: str | None = Field(None, max_length=200)


class _Many(BaseModel):
    case_ids: list[UUID] = Field(min_length=1, max_length=2000)


class _ManyProposals(_Many):
    action: str | None = Field(None, min_length=2, max_length=200)


class _ManyDecisions(_Many, _Decision):
    pass


class _Reason(BaseModel):
    reason: str = Field(min_length=2, max_length=200)


class _Owner(BaseModel):
    owner: str = Field("", max_length=64)


@router.get("")
async def cases(who: Reader, office: TheOffice, wanted: Annotated[_Wanted, Query()]) -> list[CaseRow]:
    """The cases of one's own region that wait for a person, or of one state; those nearest to their limit first."""
    async with office.database.connect() as db:
        return await list_cases(db, who.region, wanted.filter())


@router.get("/groups")
async def groups(who: Reader, office: TheOffice, wanted: Annotated[_Wanted, Query()]) -> list[CaseGroup]:
    """The same cases by cause: how many, how much, how long the oldest waits."""
    async with office.database.connect() as db:
        return await group_cases(db, who.region, wanted.filter())


@router.get("/list.xlsx")
async def as_sheet(
    who: Reader, office: TheOffice, wanted: Annotated[_Wanted, Query()], lang: Literal["zh", "en"] = "zh"
) -> Response:
    """The same cases as an Excel list with a column for the decision, to be filled in and given back."""
    async with office.database.connect() as db:
        rows = await list_cases(db, who.region, wanted.filter())
    return to_keep(f"heyi-cases-{who.region}", "xlsx", case_sheet(rows, Speech(lang)))


@router.post("/import")
async def from_sheet(request: Request, who: Finance, office: TheOffice) -> list[RowOutcome]:
    """Takes the filled-in list back (the workbook as the body); says of every row what became of it."""
    return await take_in(office, who, await request.body())


@router.post("/propose")
async def propose_all(asked: _ManyProposals, who: Reader, office: TheOffice) -> list[Outcome]:
    """Proposes the same for many cases, each by itself: one that cannot be done does not keep the others."""
    return await propose_many(office, who, asked.case_ids, asked.action)


@router.post("/decide")
async def decide_all(asked: _ManyDecisions, who: Finance, office: TheOffice) -> list[Outcome]:
    """Decides on many proposals, each by itself."""
    return await decide_many(office, who, asked.case_ids, approve=asked.approve, reason=asked.reason)


@router.get("/{case_id}")
async def one_case(case_id: UUID, who: Reader, office: TheOffice) -> CaseView:
    """A case with both sides' rows, its proposals, what they posted, and its history."""
    return await _own(office, case_id, who)


@router.get("/{case_id}/suggestion")
async def what_is_suggested(case_id: UUID, who: Reader, office: TheOffice) -> _Proposal:
    """What the kind of the case suggests now, with the entries that it would make."""
    await _own(office, case_id, who)
    async with office.database.begin() as db:
        found = await suggestion(db, await the_case(db, case_id))
    entries = [
        _Entry(debit=one.debit, credit=one.credit, amount_fen=one.amount_fen,
               debit_of=one.debit_of, credit_of=one.credit_of)
        for one in found.entries
    ]  # fmt: skip
    return _Proposal.model_construct(action=found.action, entries=entries)


@router.post("/{case_id}/propose")
async def propose_one(case_id: UUID, asked: _Proposal, who: Reader, office: TheOffice) -> CaseView:
    """Proposes how to close a case; another person approves it."""
    await _own(office, case_id, who)
    entries = None if asked.entries is None else [Entry(**one.model_dump()) for one in asked.entries]
    async with office.database.begin() as db:
        await propose(db, office.regions, case_id, actor(who), asked.action, entries)
    return await _own(office, case_id, who)


@router.post("/{case_id}/decide")
async def decide_one(case_id: UUID, asked: _Decision, who: Finance, office: TheOffice) -> CaseView:
    """Approves a proposal, which posts its entries, or rejects it; never the person who proposed it."""
    await _own(office, case_id, who)
    await ask_and_decide(office, case_id, actor(who), approve=asked.approve, reason=asked.reason)
    return await _own(office, case_id, who)


@router.post("/{case_id}/reopen")
async def reopen_one(case_id: UUID, asked: _Reason, who: Finance, office: TheOffice) -> CaseView:
    """Opens a closed case again; what it posted stands until two people take it back."""
    await _own(office, case_id, who)
    async with office.database.begin() as db:
        await reopen(db, case_id, actor(who), asked.reason)
    return await _own(office, case_id, who)


@router.post("/{case_id}/owner")
async def owner(case_id: UUID, asked: _Owner, who: Finance, office: TheOffice) -> CaseView:
    """Names the person who looks after a case."""
    await _own(office, case_id, who)
    async with office.database.begin() as db:
        await give_to(db, case_id, asked.owner)
    return await _own(office, case_id, who)


async def _own(office: Office, case_id: UUID, who: Person) -> CaseView:
    async with office.database.connect() as db:
        view = await read_case(db, case_id)
    own_region(who, view.region)
    return view
