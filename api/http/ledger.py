"""The book as finance reads it: trial balance, statements, proofs."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from api.access import own_region, signed_in
from api.book_tables import statement_table, trial_balance_table
from api.http.office import TheOffice
from api.pages.rendering import speech
from api.people import Person
from api.spreadsheets import to_keep
from foundation import clock
from foundation.errors import NotFound
from ledger import Balance, Statement, balances_as_of, prove, statement
from ledger.proof_form import ProofForm

router = APIRouter(prefix="/ledger", tags=["ledger"])

Finance = Annotated[Person, Depends(signed_in("finance"))]
Form = Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")]


@router.get("/balances", response_model=list[Balance])
async def trial_balance(
    request: Request,
    who: Finance,
    office: TheOffice,
    on: date | None = None,
    known_at: AwareDatetime | None = None,
    form: Form = "json",
) -> Response | list[Balance]:
    """Each account's debits and credits in fen at the end of a day, today's if none is named, as known at a time."""
    async with office.database.connect() as db:
        book = await balances_as_of(db, on or clock.today(), known_at, region=who.region)
    if form == "json":
        return book
    return to_keep(f"balances-{on or clock.today()}", form, trial_balance_table(speech(request), book))


@router.get("/accounts/{code}/statement", response_model=Statement)
async def account_statement(
    request: Request, code: str, start: date, end: date, who: Finance, office: TheOffice, form: Form = "json"
) -> Response | Statement:
    """An account's transfers from `start` to `end`, both included, at most a year, with a running balance in fen."""
    own_region(who, code.partition(":")[0])
    async with office.database.connect() as db:
        account = await statement(db, code, start, end)
    if form == "json":
        return account
    return to_keep(f"statement-{start}-{end}", form, statement_table(speech(request), account))


@router.get("/proofs/{key}")
async def proof(key: UUID, who: Finance, office: TheOffice) -> ProofForm:
    """The proof that an entry is in the book; whoever has the published head can check it without us."""
    async with office.database.connect() as db:
        found = await prove(db, key)
    if who.region not in found.regions:
        raise NotFound(f"there is no entry {key} in the book of {who.region}", key=key)
    return ProofForm.of(found)
