"""Who stands before a kiosk: found only by what is theirs, forgotten when they go, and nobody is told of others."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.wiring import House
from foundation import clock
from foundation.errors import BadInput, NotFound
from settlement.kiosks.bills import bills_of, own_side
from settlement.kiosks.tables import kiosk_visit
from settlement.kiosks.visiting import (
    IDLE,
    TRIES_MAX,
    TRIES_WITHIN,
    NobodyFound,
    TooManyTries,
    begin_read,
    begin_typed,
    end_visit,
    forget_old_visits,
    visit_going_on,
)
from settlement.payments.queries import query_bill
from settlement.ports.card_reader import ReadDocument
from tests.played import Played, confirmed, home_case, paid, shop_case

REGION, KIOSK = "341502", "K1"
BUYER = ("resident_id", "341502190001010016", "王晓明")


async def test_name_and_number_have_to_fit_and_the_visit_ends(house: House) -> None:
    office = house.office
    view = await confirmed(house, home_case())
    await confirmed(house, shop_case())
    visit_id = await begin_typed(office, REGION, KIOSK, "resident_id", " 341502190001010016 ", "王 晓 明")
    visit = await visit_going_on(office, visit_id, REGION, KIOSK)
    assert visit is not None
    (own,) = await bills_of(office, visit)
    assert (own.id, own.side, own.due_fen) == (view.id, "transferee", 1_508_000)
    assert await visit_going_on(office, visit_id, REGION, "K2") is None, "a visit belongs to its kiosk"
    await end_visit(office, visit_id)
    assert await visit_going_on(office, visit_id, REGION, KIOSK) is None
    async with office.database.connect() as db:
        assert await db.scalar(select(kiosk_visit.c.identity_digest)) is None, "whose it was is forgotten"


async def test_nobody_is_told_whether_name_or_number_is_known(house: House) -> None:
    office = house.office
    await confirmed(house, home_case())
    said = set()
    for number, name in (
        ("341502190001010016", "王小明"),
        ("341502190002020021", "王晓明"),
        ("341502190005050058", "张三"),
    ):
        with pytest.raises(NobodyFound) as refused:
            await begin_typed(office, REGION, KIOSK, "resident_id", number, name)
        said.add(refused.value.detail)
    assert len(said) == 1
    with pytest.raises(BadInput, match="last character"):
        await begin_typed(office, REGION, KIOSK, "resident_id", "341502190001010017", "王晓明")
    for _ in range(TRIES_MAX - 3):
        with pytest.raises(NobodyFound):
            await begin_typed(office, REGION, KIOSK, "passport", "E12345678", "Li Wei")
    with pytest.raises(TooManyTries):
        await begin_typed(office, REGION, KIOSK, *BUYER)
    await begin_typed(office, REGION, "K2", *BUYER)
    read = ReadDocument("resident_id", "王晓明", BUYER[1])
    assert await begin_read(office, REGION, KIOSK, read), "a document that is read proves itself"
    clock.travel(clock.now() + TRIES_WITHIN + timedelta(seconds=1))
    assert await begin_typed(office, REGION, KIOSK, *BUYER)


@pytest.mark.parametrize(
    ("kind", "number", "name"),
    [
        ("hk_macau_permit", "H12345678", "陳大文"),
        ("taiwan_permit", "12345678", "林志明"),
        ("passport", "E1234567", "Maria O’Neill"),
        ("residence_card", "USA123456789012", "John·Smith"),
    ],
)
async def test_people_from_elsewhere_are_found_as_well(house: House, kind: str, number: str, name: str) -> None:
    case = home_case()
    buyer, seller = case["parties"]
    case["parties"] = [{**buyer, "identity_kind": kind, "identity": number, "name": name}, seller]
    await confirmed(house, case)
    assert await begin_typed(house.office, REGION, KIOSK, kind, number.lower(), name.upper())
    assert await begin_read(house.office, REGION, KIOSK, ReadDocument(kind, name, number))
    with pytest.raises(NobodyFound):
        await begin_read(house.office, "360102", KIOSK, ReadDocument(kind, name, number))


async def test_a_person_sees_their_own_share_and_no_other_bill(house: House, played: Played) -> None:
    office = house.office
    home, shop = await confirmed(house, home_case()), await confirmed(house, shop_case())
    await paid(house, played, shop.id, "transferor")
    await query_bill(office, shop.id)
    visit_id = await begin_typed(office, REGION, KIOSK, "resident_id", "341502190004040042", "赵德海")
    visit = await visit_going_on(office, visit_id, REGION, KIOSK)
    assert visit is not None
    (own,) = await bills_of(office, visit)
    assert (own.id, own.side, own.amount_fen, own.due_fen) == (shop.id, "transferor", 30_000, 0)
    assert await own_side(office, visit, shop.id) == "transferor"
    with pytest.raises(NotFound):
        await own_side(office, visit, home.id)


async def test_a_visit_that_nobody_ends_is_over_and_forgotten(house: House) -> None:
    office = house.office
    await confirmed(house, home_case())
    visit_id = await begin_typed(office, REGION, KIOSK, *BUYER)
    clock.travel(clock.now() + IDLE - timedelta(seconds=5))
    assert await visit_going_on(office, visit_id, REGION, KIOSK)
    assert await forget_old_visits(office) == 0
    clock.travel(clock.now() + IDLE + timedelta(seconds=1))
    assert await visit_going_on(office, visit_id, REGION, KIOSK) is None
    assert await forget_old_visits(office) == 1
