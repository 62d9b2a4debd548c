"""The bank's credit, the tax office's states and the e-receipts held against a day that really happened."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from adapters.wire.text_table import TableReader
from api.statement_sources import Filed
from api.wiring import House
from reconciliation.days import close_day
from reconciliation.files import bring
from reconciliation.report import DayReport
from settlement.bills.reading import BillView
from settlement.book import OurBook
from settlement.payments.queries import query_bill
from settlement.ports.statements import RawStatement, Source
from settlement.regions import ChannelFee
from settlement.statement_files import TextTable, known_layouts
from tests.days import REGION, morning_after, noon_of_a_past_monday
from tests.played import Played, confirmed, followed_through, home_case, paid

FEE = ChannelFee(rate=Decimal("0.0006"), most_fen=380)
HEADS = {
    Source.bank: "账号,交易日期,清算日期,流水号,借贷标志,发生额,手续费",
    Source.tax_status: "税务机关代码,状态日期,电子税票号码,应征凭证序号,状态,实缴金额",
    Source.e_receipts: "执收单位编码,开票日期,缴款码,票据号码,票据状态,金额",
}


@pytest.fixture
async def day(played: Played) -> date:
    """A clearing day on a Monday of the past, so that the bank credits on the next day."""
    return noon_of_a_past_monday(played)


async def settled(house: House, played: Played) -> BillView:
    """A bill whose money has arrived everywhere and whose receipts are there."""
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await followed_through(house, played, view.id)
    return view


def file(source: Source, *rows: str) -> bytes:
    fen = sum(int(row.split(",")[5].replace(".", "")) for row in rows)
    return "\n".join([HEADS[source], *rows, "总笔数,总金额", f"{len(rows)},{fen / 100:.2f}", ""]).encode()


def layout(source: Source) -> TextTable:
    """That of the lists which stand here, which name no balances."""
    table = known_layouts()[source.value]
    assert table.totals is not None
    return table.model_copy(update={"totals": table.totals.model_copy(update={"opening": "", "closing": ""})})


async def closed(house: House, played: Played, day: date, files: dict[Source, bytes]) -> DayReport:
    morning_after(played, day)
    sources = [Filed(source, TableReader(source, REGION, layout(source), "A1"), None) for source in files]
    for source, raw in files.items():
        async with house.office.database.begin() as db:
            await bring(db, REGION, source, day, RawStatement(f"{source}.csv", raw), actor="wang")
    contract = house.office.region(REGION).model_copy(update={"channel_fee": FEE})
    return await close_day(house.office.database, REGION, day, sources, OurBook({REGION: contract}))


def kinds(report: DayReport) -> dict[str, list[str]]:
    return {one.source: [each.kind for each in one.breaks] for one in report.sources}


def truth(played: Played, day: date) -> dict[Source, list[list[str]]]:
    """What the three would list of a day, from the simulator's own records."""
    world = played.simulator.world
    vouchers = [
        ["A1", f"{day:%Y%m%d}", one.tax_voucher_no or "", one.levy_number, "已入库", f"{one.amount_fen / 100:.2f}"]
        for one in world.vouchers.values()
    ]
    codes = [
        ["A1", f"{day:%Y%m%d}", code, "1", "正常", f"{one.amount_fen / 100:.2f}"]
        for code, one in world.pay_codes.items()
    ]
    return {Source.tax_status: vouchers, Source.e_receipts: codes}


async def test_the_bank_credits_a_day_net_of_its_fee_on_the_next(house: House, played: Played, day: date) -> None:
    view = await settled(house, played)
    report = await closed(house, played, day, {Source.bank: file(Source.bank)})
    assert kinds(report) == {"bank": []}
    assert [row.expected_on for row in report.sources[0].pool] == [day + timedelta(days=1)] * 2
    following, net = day + timedelta(days=1), f"{(view.amount_fen - 380) / 100:.2f}"
    credit = f"A1,{following:%Y%m%d},{day:%Y%m%d},1,贷,{net},"
    report = await closed(house, played, following, {Source.bank: file(Source.bank, credit + "3.80")})
    assert (kinds(report), report.sources[0].matched) == ({"bank": []}, report.sources[0].ours)
    (_, theirs) = (one for one in report.equations if "银行" in one.words.zh)
    assert ([term.fen for term in theirs.terms], theirs.holds) == ([view.amount_fen, -380, 0], True)
    for off, kind in ((-1, "S-3"), (1, "S-4")):
        wrong = credit.replace(net, f"{(view.amount_fen - 380 + off) / 100:.2f}") + "3.80"
        report = await closed(house, played, following, {Source.bank: file(Source.bank, wrong)})
        assert kinds(report) == {"bank": [kind]}
    strange = f"A1,{following:%Y%m%d},20200101,2,"
    rows = (credit + "3.80", strange + "贷,1.00,0.00", strange + "借,2.00,0.00")
    report = await closed(house, played, following, {Source.bank: file(Source.bank, *rows)})
    assert sorted(kinds(report)["bank"]) == ["S-5", "S-6"]
    report = await closed(house, played, following, {Source.bank: file(Source.bank)})
    assert kinds(report) == {"bank": ["S-2"]}


async def test_a_fee_debited_by_itself_is_explained_by_the_contract(house: House, played: Played, day: date) -> None:
    view = await settled(house, played)
    following = day + timedelta(days=1)
    credit = f"A1,{following:%Y%m%d},{day:%Y%m%d},1,贷,{view.amount_fen / 100:.2f},0.00"
    fee = f"A1,{following:%Y%m%d},{{on:%Y%m%d}},2,手续费,{{yuan}},0.00"
    right = fee.format(on=day, yuan="3.80")
    for rows, found in (
        ((credit, right), []),
        ((credit, fee.format(on=day, yuan="3.81")), ["P-13"]),
        ((credit,), ["P-13"]),
        ((credit, right, fee.format(on=day - timedelta(days=99), yuan="1.00")), ["S-6"]),
    ):
        report = await closed(house, played, following, {Source.bank: file(Source.bank, *rows)})
        assert kinds(report) == {"bank": found}
        assert all(one.holds for one in report.equations)


async def test_states_and_receipts_are_held_against_what_arrived(house: House, played: Played, day: date) -> None:
    await settled(house, played)
    true = truth(played, day)
    whole = {source: file(source, *(",".join(row) for row in rows)) for source, rows in true.items()}
    report = await closed(house, played, day, whole)
    assert kinds(report) == {"tax_status": [], "e_receipts": []}
    assert all(one.matched and one.matched.count for one in report.sources)
    report = await closed(house, played, day, {source: file(source) for source in true})
    assert set(kinds(report)["tax_status"]) == {"X-2"}
    assert set(kinds(report)["e_receipts"]) == {"N-5"}
    other = {source: [[*row[:-1], "0.01"] for row in rows] for source, rows in true.items()}
    report = await closed(house, played, day, {s: file(s, *(",".join(row) for row in r)) for s, r in other.items()})
    assert set(kinds(report)["tax_status"]) == {"T-11"}
    assert set(kinds(report)["e_receipts"]) == {"E-1"}
