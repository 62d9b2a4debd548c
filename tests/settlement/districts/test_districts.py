"""A district's configuration: what may be shown, who decides, what is in force on which day, and what bills keep."""

import copy
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import yaml
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from api.wiring import EXAMPLE_REGIONS, House
from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed
from settlement.allocation.tables import allocation_line
from settlement.bills.confirmation import confirm_bill
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.districts.content import differences, parsed, written
from settlement.districts.deciding import approve_version, propose_version, reject_version
from settlement.districts.reading import configured_on, versions
from settlement.districts.serving import read_files
from settlement.office import Actor
from settlement.payments.queries import query_bill
from tests.played import CLERK, Played, confirmed, followed_through, home_case, paid

ADA, BEA = (Actor(name, "administrator") for name in ("ada", "bea"))
REGION = "341502"


def changed(house: House, **sections: dict[str, Any]) -> dict[str, Any]:
    content = copy.deepcopy(house.districts.file(REGION).shown)
    for name, values in sections.items():
        content[name] |= values
    return content


async def propose(house: House, content: dict[str, Any], first_day: date | None = None, by: Actor = ADA) -> UUID:
    async with house.office.database.begin() as db:
        file = house.districts.file(REGION)
        return await propose_version(db, file, content, first_day or clock.today(), by, "新国库代码")


async def approve(house: House, version_id: UUID, by: Actor = BEA) -> None:
    async with house.office.database.begin() as db:
        await approve_version(db, house.districts.file(REGION), version_id, by)
    await house.take_up_districts()


def test_no_secret_is_shown_and_every_file_is_itself_again(tmp_path: Any) -> None:
    environment = {"HEYI_OUTSIDE": "http://hidden.test", "HEYI_KEYS": "/hidden/keys"}
    for code, file in read_files(EXAMPLE_REGIONS, environment).items():
        assert "hidden" not in written(file.shown)
        assert "secret" not in written(file.shown)
        assert parsed(written(file.shown)) == file.shown
        assert file.under(file.shown) == file.region, code


async def test_a_new_treasury_serves_new_bills_from_its_day_and_old_bills_keep_theirs(
    house: House, played: Played
) -> None:
    before = await confirmed(house, home_case())
    await paid(house, played, before.id, "transferee")
    old = house.office.region(REGION).tax_office.treasury
    tomorrow = clock.today() + timedelta(days=1)
    content = changed(house, tax_office={"treasury": "1205010099"})
    version_id = await propose(house, content, tomorrow)
    await approve(house, version_id)
    assert house.office.region(REGION).tax_office.treasury == old  # not yet its day
    played.set_clocks(clock.now() + timedelta(days=1))
    await house.take_up_districts()
    assert house.office.region(REGION).tax_office.treasury == "1205010099"
    assert (
        house.office.region(REGION).tax_office.secret_file == house.districts.file(REGION).region.tax_office.secret_file
    )
    after = await confirmed(house, home_case(case_number="AFTER-1"))
    await query_bill(house.office, before.id)
    await followed_through(house, played, before.id)
    async with house.office.database.connect() as db:
        rows = (await db.execute(select(allocation_line))).all()
        then = await configured_on(db, house.districts.file(REGION), tomorrow - timedelta(days=1))
        now = await configured_on(db, house.districts.file(REGION), tomorrow)
    accounts = {bill: {row.account for row in rows if row.bill_id == bill} for bill in (before.id, after.id)}
    assert all(old in one or ":due_non_tax:" in one for one in accounts[before.id])
    assert any("1205010099" in one for one in accounts[after.id])
    assert {row.state for row in rows if row.bill_id == before.id} == {"arrived"}
    assert (then.version, now.version, now.first_day) == (0, 1, tomorrow)
    assert then.content["tax_office"]["treasury"] == old


async def test_a_draft_is_confirmed_on_the_accounts_in_force_then(house: House) -> None:
    bill_id = await draft_bill(house.office, parse_case(home_case()), CLERK)
    await approve(house, await propose(house, changed(house, tax_office={"treasury": "1205010099"})))
    await confirm_bill(house.office, bill_id, CLERK)
    async with house.office.database.connect() as db:
        rows = (await db.execute(select(allocation_line).where(allocation_line.c.bill_id == bill_id))).all()
    assert {row.account.split(":")[2] for row in rows if row.leg == "tax"} == {"1205010099"}


async def test_two_decide_and_nothing_approved_is_undone_by_accident(house: House) -> None:
    content = changed(house, tax_office={"treasury": "1205010099"})
    first, second = await propose(house, content), await propose(house, changed(house), by=BEA)
    with pytest.raises(NotAllowed):
        await approve(house, first, ADA)
    with pytest.raises(NotAllowed):
        await propose(house, content, by=Actor("li", "finance"))
    await approve(house, first)
    with pytest.raises(Conflict, match="meanwhile"):
        await approve(house, second, ADA)
    async with house.office.database.begin() as db:
        await reject_version(db, REGION, second, BEA, "重新提出")
        listed = await versions(db, house.districts.file(REGION))
    assert [(one.version, one.state) for one in listed] == [(2, "rejected"), (1, "approved")]
    assert [(one.path, one.after) for one in listed[1].changes] == [("tax_office.treasury", "1205010099")]


async def test_the_database_itself_refuses_one_person_and_rewriting(house: House) -> None:
    version_id = await propose(house, changed(house))
    with pytest.raises(IntegrityError, match="two_people"):
        async with house.office.database.begin() as db:
            await db.execute(text("UPDATE region_version SET state = 'approved', approved_by = proposed_by"))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with house.office.database.begin() as db:
            await db.execute(text("UPDATE region_version SET content = '{}' WHERE id = :id"), {"id": version_id})


@pytest.mark.parametrize(
    ("section", "values", "field"),
    [
        ("tax_office", {"treasury": "12"}, "tax_office.treasury"),
        ("tax_office", {"secret_file": "/etc/passwd"}, "tax_office.secret_file"),
        ("tax_office", {"address": "http://elsewhere.test"}, "tax_office.address"),
        ("channel", {"signing_key": "/tmp/key"}, "channel.signing_key"),
        ("channel", {"merchant": "898341502009999"}, "channel.merchant"),
        ("non_tax", {"unheard_of": 1}, "non_tax.unheard_of"),
    ],
)
async def test_what_does_not_fit_or_stays_in_the_file_is_refused(
    house: House, section: str, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        await propose(house, changed(house, **{section: values}))
    assert refused.value.field == field


async def test_the_past_is_not_rewritten(house: House) -> None:
    with pytest.raises(BadInput, match="first_day"):
        await propose(house, changed(house), clock.today() - timedelta(days=1))
    waiting = await propose(house, changed(house), clock.today())
    clock.travel(clock.now() + timedelta(days=1))
    with pytest.raises(Conflict, match="passed"):
        await approve(house, waiting)


@pytest.mark.parametrize("text_", ["[1]", "a: &x [1]\nb: *x", "a: [", "x" * 40_000])
def test_what_is_not_a_configuration_is_refused(text_: str) -> None:
    with pytest.raises(BadInput):
        parsed(text_)


def test_differences_name_each_setting() -> None:
    before, after = {"a": {"b": 1, "c": [1, 2]}}, yaml.safe_load("a: {b: 2, c: [1, 2], d: x}")
    assert [(one.path, one.before, one.after) for one in differences(before, after)] == [
        ("a.b", "1", "2"),
        ("a.d", None, "x"),
    ]
