"""Every kind of difference between our book and one statement, planted and found: kind, rows, sentence."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation.columns import keyed_pass
from reconciliation.explanation import Explained, explain
from reconciliation.judgement import Judgement
from reconciliation.kinds import KINDS
from reconciliation.ports import BookRow, KnownRow, Standing
from settlement.ports.columns import columns_of
from settlement.ports.statements import Beside, Source, StatementRow
from tests.reconciliation.conftest import DAY, REGION, ours, theirs

CHANNEL, TREASURY, NON_TAX = Source.channel, Source.treasury, Source.non_tax
BANK, STATUS, RECEIPTS = Source.bank, Source.tax_status, Source.e_receipts


@dataclass
class Plant:
    """One planted difference: the rows, what else is known, and the kinds that must be found."""

    source: Source
    ours: list[BookRow]
    theirs: list[StatementRow]
    kinds: list[str]
    known: tuple[KnownRow, ...] = ()
    beside: Beside = field(default_factory=Beside)


def known(key: str, second: str, standing: Standing, fen: int = 100) -> KnownRow:
    return KnownRow(key, second, fen, None, standing)


FROM_Q1 = Beside(originals={"q8": "q1", "q9": "q1"})

PLANTS = {
    "settlement not credited": Plant(BANK, [ours("20260302", 100)], [], ["S-2"]),
    "credited too little": Plant(BANK, [ours("20260302", 100)], [theirs("20260302", 99)], ["S-3"]),
    "credited too much": Plant(BANK, [ours("20260302", 100)], [theirs("20260302", 101)], ["S-4"]),
    "credited twice": Plant(
        BANK, [ours("20260302", 100)], [theirs("20260302", 100), theirs("20260302", 100, line=2)], ["S-4"]
    ),
    "fee not as by contract": Plant(
        BANK,
        [ours("20260302", 100), ours("20260302", -2, account="fee")],
        [theirs("20260302", 100), theirs("20260302", -3, account="fee", line=2)],
        ["P-13"],
    ),
    "fee not taken": Plant(
        BANK,
        [ours("20260302", 100), ours("20260302", -2, account="fee")],
        [theirs("20260302", 100)],
        ["P-13"],
    ),
    "nothing settled, so no fee": Plant(
        BANK, [ours("20260302", 100), ours("20260302", -2, account="fee")], [], ["S-2"]
    ),
    "credit of unknown origin": Plant(BANK, [], [theirs("x", 100)], ["S-5"]),
    "debit without instruction": Plant(BANK, [], [theirs("x", -100)], ["S-6"]),
    "open at the tax office": Plant(STATUS, [ours("v1", 100, second="l1")], [], ["X-2"]),
    "paid there, not ours": Plant(STATUS, [], [theirs("v1", 100)], ["X-1"]),
    "closed there, not heard of": Plant(
        STATUS, [ours("", 100, second="l1")], [theirs("v1", 100, second="l1")], ["X-1"]
    ),
    "assessed anew": Plant(STATUS, [ours("v1", 100)], [theirs("v1", 90)], ["T-11"]),
    "another voucher for the levy": Plant(
        STATUS, [ours("v1", 100, second="l1")], [theirs("v2", 100, second="l1")], ["T-11"]
    ),
    "money without a receipt": Plant(RECEIPTS, [ours("p1", 100)], [], ["N-5"]),
    "receipt without money": Plant(RECEIPTS, [], [theirs("p1", 100)], ["N-6"]),
    "receipt over another amount": Plant(RECEIPTS, [ours("p1", 100)], [theirs("p1", 90)], ["E-1"]),
    "red receipt of ours": Plant(RECEIPTS, [], [theirs("p1", -100)], ["E-1"], (known("p1", "", Standing.done),)),
    "paid, nothing heard": Plant(
        CHANNEL, [], [theirs("q1", 100, second="o1")], ["P-2"], (known("", "o1", Standing.pending),)
    ),
    "paid after close": Plant(
        CHANNEL, [], [theirs("q1", 100, second="o1")], ["P-3"], (known("", "o1", Standing.closed),)
    ),
    "paid, recorded as failed": Plant(
        CHANNEL, [], [theirs("q1", 100, second="o1")], ["P-4"], (known("", "o1", Standing.failed),)
    ),
    "replaced code paid": Plant(
        CHANNEL, [], [theirs("q1", 100, second="o1")], ["P-21"], (known("", "o1", Standing.replaced),)
    ),
    "not of ours": Plant(CHANNEL, [], [theirs("q1", 100, second="o1")], ["P-5"]),
    "order paid twice": Plant(
        CHANNEL,
        [ours("q1", 100, second="o1")],
        [theirs("q1", 100, second="o1"), theirs("q2", 100, second="o1", line=2)],
        ["P-6"],
        (known("q1", "o1", Standing.done),),
    ),
    "order paid twice, first try failed": Plant(
        CHANNEL,
        [],
        [theirs("q2", 100, second="o1")],
        ["P-6"],
        (known("q1", "o1", Standing.done), known("", "o1", Standing.failed)),
    ),
    "row repeated": Plant(CHANNEL, [ours("q1", 100)], [theirs("q1", 100), theirs("q1", 100, line=2)], ["P-7"]),
    "row repeated with another amount": Plant(
        CHANNEL, [ours("q1", 100)], [theirs("q1", 90), theirs("q1", 100, line=2)], ["P-7"]
    ),
    "row of an earlier day": Plant(CHANNEL, [], [theirs("q1", 100)], ["P-7"], (known("q1", "o1", Standing.done),)),
    "missing": Plant(CHANNEL, [ours("q1", 100)], [], ["P-9"]),
    "twice in our book": Plant(CHANNEL, [ours("q1", 100), ours("q1", 100)], [theirs("q1", 100)], ["P-9"]),
    "too much": Plant(CHANNEL, [ours("q1", 100)], [theirs("q1", 109)], ["P-10"]),
    "too little": Plant(CHANNEL, [ours("q1", 100)], [theirs("q1", 91)], ["P-11"]),
    "reversed": Plant(CHANNEL, [], [theirs("q8", -100, second="o1")], ["P-15"], (known("q1", "o1", Standing.done),)),
    "taken back by the channel alone": Plant(
        CHANNEL, [], [theirs("q8", -60, second="x8")], ["P-15"], (known("q1", "o1", Standing.done),), FROM_Q1
    ),
    "more taken back than was paid": Plant(
        CHANNEL,
        [],
        [theirs("q8", -60, second="x8"), theirs("q9", -60, second="x9", line=2)],
        ["R-5", "R-5"],
        (known("q1", "o1", Standing.done),),
        FROM_Q1,
    ),
    "refunded, still at work here": Plant(
        CHANNEL, [], [theirs("q8", -60, second="r1")], ["R-1"], (known("", "r1", Standing.pending, -60),)
    ),
    "refunded, failed here": Plant(
        CHANNEL, [], [theirs("q8", -60, second="r1")], ["R-3"], (known("", "r1", Standing.failed, -60),)
    ),
    "refund of an earlier day again": Plant(
        CHANNEL, [], [theirs("q8", -60, second="r1")], ["P-7"], (known("q8", "r1", Standing.done, -60),)
    ),
    "dispute": Plant(CHANNEL, [], [theirs("ZME0000010302100000", 60, account="adjustment")], ["P-20"]),
    "other query id": Plant(CHANNEL, [ours("q1", 100, second="o1")], [theirs("q2", 100, second="o1")], ["P-17"]),
    "other query id and amount": Plant(
        CHANNEL, [ours("q1", 100, second="o1")], [theirs("q2", 90, second="o1")], ["P-11"]
    ),
    "discount that another bears": Plant(
        CHANNEL, [ours("q1", 100)], [theirs("q1", 91)], ["P-12"], beside=Beside(discounts={"q1": 9})
    ),
    "discount that explains not all": Plant(
        CHANNEL, [ours("q1", 100)], [theirs("q1", 90)], ["P-11"], beside=Beside(discounts={"q1": 9})
    ),
    "paid with a test card": Plant(CHANNEL, [ours("q1", 100)], [theirs("q1", 100, account="test")], ["P-19"]),
    "a test that is not ours": Plant(CHANNEL, [], [theirs("q1", 100, account="test")], ["P-19"]),
    "a test under an order that waits": Plant(
        CHANNEL, [], [theirs("q1", 100, second="o1", account="test")], ["P-19"], (known("", "o1", Standing.pending),)
    ),
    "paid to another merchant, nothing heard": Plant(
        CHANNEL, [], [theirs("q1", 100, second="o1", account="m2")], ["P-18"], (known("", "o1", Standing.pending),)
    ),
    "half of a refund": Plant(
        CHANNEL, [ours("q8", -100)], [theirs("q8", -100, account="parts")], ["R-7"], beside=Beside(part_sums={"q8": 60})
    ),
    "half of a refund that failed here": Plant(
        CHANNEL,
        [],
        [theirs("q8", -100, second="r1", account="parts")],
        ["R-7"],
        (known("", "r1", Standing.failed, -100),),
    ),
    "refund came back": Plant(
        CHANNEL,
        [ours("q1", -100, second="r1")],
        [theirs("q1", -100, second="r1"), theirs("q8", 100, second="r1", line=2)],
        ["R-8"],
        (known("q1", "r1", Standing.done, -100),),
    ),
    "refund came back under a number of its own": Plant(
        CHANNEL, [], [theirs("q8", 100, second="x8")], ["R-8"], (known("q1", "r1", Standing.done, -100),), FROM_Q1
    ),
    "other merchant": Plant(CHANNEL, [ours("q1", 100, account="m1")], [theirs("q1", 100, account="m2")], ["P-18"]),
    "refund missing": Plant(CHANNEL, [ours("q1", -100)], [], ["R-2"]),
    "refund of nothing": Plant(CHANNEL, [], [theirs("q1", -100)], ["R-4"]),
    "treasury refund missing": Plant(TREASURY, [ours("v1", -100)], [], ["R-6"]),
    "returned": Plant(TREASURY, [], [theirs("v1", -100)], ["T-3"], (known("v1", "", Standing.done),)),
    "other subject": Plant(TREASURY, [ours("v1", 100, account="101")], [theirs("v1", 100, account="102")], ["T-4"]),
    "voucher not of ours": Plant(TREASURY, [], [theirs("v1", 100)], ["T-5"]),
    "parts differ": Plant(
        TREASURY,
        [ours("v1", 100, account="101"), ours("v1", 200, account="102")],
        [theirs("v1", 150, account="101"), theirs("v1", 150, account="102", line=2)],
        ["T-6"],
    ),
    "amounts changed places": Plant(
        TREASURY,
        [ours("v1", 100, account="101"), ours("v1", 200, account="102")],
        [theirs("v1", 200, account="101"), theirs("v1", 100, account="102", line=2)],
        ["T-6"],
    ),
    "received though given back": Plant(
        TREASURY, [], [theirs("v1", 100, second="l1")], ["T-14"], (known("", "l1", Standing.returned),)
    ),
    "in the account though given back": Plant(
        NON_TAX, [], [theirs("p1", 100)], ["N-11"], (known("p1", "", Standing.returned),)
    ),
    "received twice": Plant(TREASURY, [ours("v1", 100)], [theirs("v1", 100), theirs("v1", 100, line=2)], ["T-7"]),
    "not in the treasury": Plant(TREASURY, [ours("v1", 100)], [], ["T-8"]),
    "received, not heard of": Plant(TREASURY, [ours("", 100, second="l1")], [theirs("v1", 100, second="l1")], ["T-9"]),
    "received twice, not heard of": Plant(
        TREASURY,
        [ours("", 100, second="l1")],
        [theirs("v1", 100, second="l1"), theirs("v1", 100, second="l1", line=2)],
        ["T-9", "T-7"],
    ),
    "received, of a day that is not ours yet": Plant(
        TREASURY, [], [theirs("v1", 100, second="l1")], ["T-9"], (known("", "l1", Standing.pending),)
    ),
    "two without a number have nothing in common": Plant(NON_TAX, [ours("", 100)], [theirs("", 100)], ["N-2", "N-3"]),
    "tax differs": Plant(TREASURY, [ours("v1", 100)], [theirs("v1", 103)], ["T-12"]),
    "fee not in the account": Plant(NON_TAX, [ours("p1", 100)], [], ["N-2"]),
    "credit without pay code": Plant(NON_TAX, [], [theirs("", 100)], ["N-3"]),
    "pay code paid elsewhere": Plant(NON_TAX, [], [theirs("p1", 100)], ["N-3"], (known("p1", "", Standing.pending),)),
    "other item": Plant(NON_TAX, [ours("p1", 100, account="a")], [theirs("p1", 100, account="b")], ["N-4"]),
    "fee differs": Plant(NON_TAX, [ours("p1", 100)], [theirs("p1", 90)], ["N-7"]),
    "pay code paid twice": Plant(NON_TAX, [ours("p1", 100)], [theirs("p1", 100), theirs("p1", 100, line=2)], ["N-8"]),
    "fee returned": Plant(NON_TAX, [], [theirs("p1", -100)], ["N-9"], (known("p1", "", Standing.done),)),
    "return came back": Plant(
        NON_TAX, [], [theirs("TF1", 100, second="p1")], ["N-10"], (known("TF1", "p1", Standing.done, -100),)
    ),
    "returned, not recorded": Plant(
        NON_TAX, [ours("", -100, second="p1")], [theirs("TF1", -100, second="p1")], ["N-10"]
    ),
    "given back by the treasury, not recorded": Plant(
        TREASURY, [ours("", -100, second="l1")], [theirs("TH1", -100, second="l1")], ["R-6"]
    ),
    "return missing": Plant(NON_TAX, [ours("p1", -100)], [], ["N-10"]),
}


def explained(plant: Plant) -> Explained:
    rest = keyed_pass(plant.ours, columns_of(plant.theirs))
    went_back = Counter[str]()
    for row in plant.theirs:
        went_back[plant.beside.originals.get(row.key, "")] -= row.amount_fen
    judgement = Judgement(REGION, plant.source, DAY, None, (), plant.beside, went_back)
    return explain(rest.ours, rest.theirs, plant.known, judgement)


@pytest.mark.parametrize("what", PLANTS)
def test_a_planted_difference_is_found_and_named(what: str) -> None:
    plant = PLANTS[what]
    found = explained(plant).breaks
    assert [one.kind for one in found] == plant.kinds
    assert all(one.kind in KINDS and one.reason.zh and one.reason.en for one in found)


@pytest.mark.parametrize("what", PLANTS)
def test_the_fingerprint_does_not_depend_on_amounts(what: str) -> None:
    plant = PLANTS[what]
    again = Plant(
        plant.source,
        plant.ours,
        [StatementRow(row.line_no + 7, row.key, row.second_key, row.amount_fen, row.account) for row in plant.theirs],
        plant.kinds,
        plant.known,
        plant.beside,
    )
    assert [one.fingerprint for one in explained(plant).breaks] == [one.fingerprint for one in explained(again).breaks]


def numbered(text: str, number: int) -> str:
    return text and f"{number}-{text}"


def mixed(source: Source, names: list[str]) -> Plant:
    """Many planted differences of one source on one day, on numbers of their own, among twenty good rows."""
    originals: dict[str, str] = {}
    discounts: dict[str, int] = {}
    whole = Plant(source, [], [], [], beside=Beside(originals, discounts))
    for n in range(20):
        whole.ours.append(ours(f"good{n}", 100 + n, second=f"order{n}", account="101"))
        whole.theirs.append(theirs(f"good{n}", 100 + n, second=f"order{n}", account="101", line=n))
    for number, name in enumerate(names):
        plant = PLANTS[name]

        def own(row: Any, number: int = number) -> Any:
            return replace(row, key=numbered(row.key, number), second_key=numbered(row.second_key, number))

        whole.ours += map(own, plant.ours)
        whole.theirs += map(own, plant.theirs)
        whole.known += tuple(map(own, plant.known))
        originals |= {numbered(key, number): numbered(of, number) for key, of in plant.beside.originals.items()}
        discounts |= {numbered(key, number): fen for key, fen in plant.beside.discounts.items()}
        whole.kinds += plant.kinds
    return whole


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_mixtures_of_planted_differences_are_found_all_and_no_others(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(Source))
    of_source = sorted(name for name, plant in PLANTS.items() if plant.source is source)
    names = data.draw(st.lists(st.sampled_from(of_source), max_size=15))
    plant = mixed(source, names)
    found = explained(plant)
    assert Counter(one.kind for one in found.breaks) == Counter(plant.kinds)
    assert len({one.fingerprint for one in found.breaks}) == len(found.breaks)
    for number, name in enumerate(names):
        mine = [one.kind for one in found.breaks if one.key.startswith(f"{number}-")]
        if all(row.key for row in (*PLANTS[name].ours, *PLANTS[name].theirs)):
            assert mine == PLANTS[name].kinds


def test_what_stands_under_a_number_of_ours_is_not_another_row_renumbered() -> None:
    """The treasury shows our 退库 under a strange number, and took the tax itself back as well."""
    book = [ours("v1", 100, second="l1"), ours("TH1", -100, second="l1")]
    statement = [
        theirs("v1", 100, second="l1"),
        theirs("v1", -100, second="l1", line=2),
        theirs("w9", -100, second="l1", line=3),
    ]
    heard = (known("v1", "l1", Standing.done),)
    found = explained(Plant(TREASURY, book, statement, [], heard))
    assert {(one.kind, one.key, one.theirs[0].key) for one in found.breaks} == {
        ("P-17", "TH1", "w9"),
        ("T-3", "v1", "v1"),
    }
    only = explained(Plant(TREASURY, book, statement[:2], [], heard))  # the 退库 under the number of its tax
    assert {(one.kind, one.key, one.theirs[0].key) for one in only.breaks} == {("P-17", "TH1", "v1")}


@pytest.mark.parametrize(("back", "after"), [(-50, 0), (-100, 1)], ids=["another amount", "a later day"])
def test_a_tax_taken_back_is_not_our_return_of_another_amount_or_a_later_day(back: int, after: int) -> None:
    book = [ours("v1", 100, second="l1"), ours("TH1", back, second="l1", due=DAY + timedelta(days=after))]
    statement = [theirs("v1", 100, second="l1"), theirs("v1", -100, second="l1", line=2)]
    found = explained(Plant(TREASURY, book, statement, [], (known("v1", "l1", Standing.done),)))
    assert ("T-3", "v1", "v1") in {(one.kind, one.key, one.theirs[0].key) for one in found.breaks if one.theirs}
    assert [one.row.key for one in found.pool] == ["TH1"] * after


def test_the_reason_has_both_figures() -> None:
    one = explained(Plant(CHANNEL, [ours("q1", 12345678)], [theirs("q1", 12345687)], [])).breaks[0]
    assert one.reason.zh == "金额不同：我方 123,456.78，银联 123,456.87，差 +0.09"
    assert one.reason.en == "Amount differs: ours 123,456.78, UnionPay 123,456.87, difference +0.09"


def test_every_differing_field_is_named() -> None:
    plant = Plant(TREASURY, [ours("v1", 100, account="101")], [theirs("v1", 130, account="102")], [])
    reason = explained(plant).breaks[0].reason
    assert reason.zh == "金额不同：我方 1.00，国库 1.30，差 +0.30；去向不同：我方 101，国库 102"


def test_gross_net_and_discount_are_named() -> None:
    plant = Plant(CHANNEL, [ours("q1", 10000)], [theirs("q1", 9700)], [], beside=Beside(discounts={"q1": 300}))
    reason = explained(plant).breaks[0].reason
    assert reason.zh == (
        "金额不同：我方 100.00，银联 97.00，差 -3.00；对账单列优惠 3.00（非缴款人承担）：97.00 + 3.00 = 100.00"
    )


def test_a_test_is_void_only_where_something_was_counted_for_it() -> None:
    assert [len(KINDS["P-19"].preview(fen, 100)) for fen in (0, 100)] == [1, 0]


def test_money_that_nobody_knows_names_open_rows_of_its_amount() -> None:
    waiting = [ours(f"p{n}", 100) for n in range(7)] + [ours("p8", 101)]
    found = explained(Plant(NON_TAX, waiting, [theirs("x", 100)], [])).breaks
    assert found[-1].candidates == (("p0",), ("p1",), ("p2",), ("p3",), ("p4",))


def test_the_preview_of_an_action_balances_with_the_difference() -> None:
    entry = KINDS["P-10"].preview(9, 9)[0]
    assert (entry.debit, entry.credit, entry.amount_fen) == ("渠道在途", "长款挂账", 9)


def test_not_due_is_no_difference() -> None:
    tomorrow = DAY + timedelta(days=1)
    found = explained(Plant(CHANNEL, [ours("q1", 100, due=tomorrow)], [], []))
    assert ([one.row.key for one in found.pool], found.breaks) == (["q1"], [])


def test_every_kind_that_rows_can_have_is_planted() -> None:
    planted = {kind for plant in PLANTS.values() for kind in plant.kinds}
    of_statements = ("F0", "I-", "T-10", "S-7")
    assert planted == {kind for kind in KINDS if not kind.startswith(of_statements)}
