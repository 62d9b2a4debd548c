import io
import zipfile
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.wire.text_table import TableReader
from settlement.ports.columns import rows_of
from settlement.ports.statements import RawStatement, Source, Statement, StatementRow, UnreadableStatement
from settlement.statement_files import StatementWay, TextTable, known_layouts

DAY, MERCHANT = date(2026, 3, 2), "898341502000001"
UMS = TextTable.model_validate(known_layouts()["ums"].model_dump() | {"order_prefix": "3194"})
HEADINGS = ["清算日期", "交易金额", "交易类型", "商户号", "商户订单号", "银商订单号"]


def row(amount: str, kind: str, order: str, key: str, merchant: str = MERCHANT, day: str = "20260302") -> list[str]:
    return [day, amount, kind, merchant, order, key]


ROWS = [row("15,080.00", "消费", "3194HY0000001", "K1"), row("80", "退货", "3194HY0000002", "K2")]


def ums(body: list[list[str]], separator: str = "\t", headings: list[str] = HEADINGS, after: int = 2) -> bytes:
    lines = ["银联商务对账单", "", "商户：六安", separator.join(headings)]
    lines += [separator.join(cells) for cells in body]
    return "\r\n".join([*lines, *["合计", "结束"][:after], ""]).encode("gbk")


def parsed(raw: bytes, table: TextTable = UMS, merchant: str = MERCHANT) -> Statement:
    return TableReader(Source.channel, "341502", table, merchant).parse(RawStatement("f", raw), DAY)


def refused(raw: bytes, table: TextTable = UMS, merchant: str = MERCHANT) -> tuple[str, str]:
    with pytest.raises(UnreadableStatement) as caught:
        parsed(raw, table, merchant)
    return caught.value.facts["kind"], caught.value.detail


@pytest.mark.parametrize("separator", ["\t", "│"])
def test_chinaums_columns_are_found_by_their_headings(separator: str) -> None:
    expected = (StatementRow(5, "K1", "HY0000001", 1_508_000), StatementRow(6, "K2", "HY0000002", -8_000))
    assert rows_of(parsed(ums(ROWS, separator)).columns) == expected
    turned = [cells[::-1] for cells in ROWS]
    assert rows_of(parsed(ums(turned, separator, HEADINGS[::-1])).columns) == expected


def test_one_row_of_another_merchant_is_set_apart() -> None:
    found = rows_of(parsed(ums([*ROWS, row("1.00", "消费", "o", "k", "898341502000009")])).columns)
    assert [one.account for one in found] == ["", "", "898341502000009"]


@pytest.mark.parametrize(("borne", "told"), [("3.00", {"K1": 300}), ("-3", {"K1": 300}), ("", {}), ("--", {})])
def test_what_another_than_the_payer_bore_is_told(borne: str, told: dict[str, int]) -> None:
    headings = [*HEADINGS, "钱包优惠金额"]
    assert parsed(ums([[*ROWS[0], borne], [*ROWS[1], "9"]], headings=headings)).beside.discounts == told | {"K2": 900}
    assert parsed(ums(ROWS)).beside.discounts == {}


def test_an_empty_day_has_no_rows() -> None:
    assert rows_of(parsed(ums([])).columns) == ()


@pytest.mark.parametrize(
    ("raw", "kind", "says"),
    [
        (b"", "F0-5", "no line has the headings"),
        (b"\xff\xff", "F0-5", "not gbk"),
        (ums(ROWS, headings=["x", *HEADINGS[1:5], "y"]), "F0-5", "no line has the headings"),
        (ums(ROWS, after=0), "F0-4", "lines after the last row"),
        (ums(ROWS, after=1), "F0-4", "lines after the last row"),
        (ums([], after=1), "F0-4", "lines after the last row"),
        (ums([*ROWS, *[row("1.00", "消费", "o", "k", "898341502000009")] * 2]), "F0-8", "line 7: 商户号"),
        (ums([*ROWS, row("1.00", "消费", "o", "k", day="20260303")]), "F0-8", "line 7: 清算日期"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(raw: bytes, kind: str, says: str) -> None:
    found, detail = refused(raw)
    assert (found, says in detail, detail[:3]) == (kind, True, "f: ")


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (ROWS[1][:4], "has 4 columns, expected 6"),
        (row("1.00", "转账", "o", "k"), "交易类型 is '转账'"),
        (row("1.001", "消费", "o", "k"), "交易金额 is '1.001'"),
        (row("1.00", "消费", "o", ""), "银商订单号 is empty"),
        (row("1.00", "消费", "o", "k", merchant=""), "商户号 is empty"),
    ],
)
def test_a_broken_line_is_a_finding(broken: list[str], says: str) -> None:
    statement = parsed(ums([ROWS[0], broken, ROWS[1]]))
    assert [(one.line_no, one.key) for one in rows_of(statement.columns)] == [(5, "K1"), (7, "K2")]
    assert [(one.line_no, says in one.reason) for one in statement.unread] == [(6, True)]


WECHAT = known_layouts()["wechat"]
WECHAT_FILE = (
    "\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注\r\n"
    "`2026-03-02 09:10:11,`wx1,`1900000001,`0,`,`420001,`HY1,`u,`NATIVE,`SUCCESS,`CFT,`CNY,`15080.00,`0.00,`0,`0,`0.00,"
    "`0.00,`,`,`不动产,`,`0.00000,`0.00%,`15080.00,`0.00,`\r\n"
    "`2026-03-02 10:10:11,`wx1,`1900000001,`0,`,`420001,`HY1,`u,`NATIVE,`REFUND,`CFT,`CNY,`0.00,`0.00,"
    "`500001,`HR1,`80.00,`0.00,`ORIGINAL,`SUCCESS,`不动产,`,`0.00000,`0.00%,`0.00,`80.00,`\r\n"
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n"
    "`2,`15080.00,`80.00,`0.00,`0.00000,`15080.00,`80.00\r\n"
)


def test_a_bill_of_wechat_is_read_with_its_totals() -> None:
    statement = parsed(WECHAT_FILE.encode(), WECHAT, "1900000001")
    assert rows_of(statement.columns) == (
        StatementRow(2, "420001", "HY1", 1_508_000),
        StatementRow(3, "500001", "HR1", -8_000),
    )
    for wrong in ("`3,`15080.00", "`2,`15080.01"):
        assert refused(WECHAT_FILE.replace("`2,`15080.00", wrong).encode(), WECHAT, "1900000001")[0] == "F0-4"
    cut = WECHAT_FILE[: WECHAT_FILE.index("总交易单数")].encode()
    assert refused(cut, WECHAT, "1900000001")[0] == "F0-4"
    assert refused(WECHAT_FILE.encode(), WECHAT, "1900000002")[0] == "F0-8"


ALIPAY = known_layouts()["alipay"]
ALIPAY_TEXT = (
    "#支付宝业务明细查询\r\n#账号：[20881234567890120156]\r\n#起始日期：[2026年03月02日 00:00:00]\r\n"
    "#-----业务明细列表-----\r\n"
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注\r\n"
    "2026030222001\t,HY1\t,交易,不动产,2026-03-02 09:00:00,2026-03-02 09:00:05,,,,,*,"
    "15080.00,15080.00,0,0,0,0,0,,0,0,,0,0,\r\n"
    "2026030222001\t,HY1\t,退款,不动产,2026-03-02 10:00:00,2026-03-02 10:00:05,,,,,*,"
    "-80.00,-80.00,0,0,0,0,0,,0,0,HR1,0,0,\r\n"
    "#-----业务明细列表结束-----\r\n#交易合计：1笔\r\n"
)


def alipay(text: str, member: str = "20881_20260302_业务明细.csv") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(member, text.encode("gbk"))
        archive.writestr("20881_20260302_业务明细(汇总).csv", b"")
    return packed.getvalue()


def test_a_bill_of_alipay_is_read_from_its_zip() -> None:
    account = "20881234567890120156"
    assert rows_of(parsed(alipay(ALIPAY_TEXT), ALIPAY, account).columns) == (
        StatementRow(6, "2026030222001", "HY1", 1_508_000),
        StatementRow(7, "HR1", "HR1", -8_000),
    )
    assert refused(alipay(ALIPAY_TEXT), ALIPAY, "2088000")[0] == "F0-8"
    assert refused(alipay(ALIPAY_TEXT[: ALIPAY_TEXT.index("#-----业务明细列表结束")]), ALIPAY, account)[0] == "F0-4"
    assert refused(alipay(ALIPAY_TEXT, "other.csv"), ALIPAY, account)[0] == "F0-5"
    assert refused(alipay(ALIPAY_TEXT)[:-30], ALIPAY, account)[0] == "F0-4"


def test_a_region_names_a_layout_or_changes_one() -> None:
    way = StatementWay.model_validate({"by": "upload", "table": "wechat", "merchant": "1900000001"})
    assert way.table == WECHAT
    changed = {"like": "ums", "order_prefix": "3194"}
    assert StatementWay.model_validate({"by": "upload", "table": changed, "merchant": MERCHANT}).table == UMS
    for wrong in (
        {"by": "upload", "table": "nobody", "merchant": "1"},
        {"by": "upload", "table": "ums"},
        {"by": "sftp", "table": "ums", "merchant": "1"},
        {"table": "ums", "merchant": "1"},
    ):
        with pytest.raises(ValueError):
            StatementWay.model_validate(wrong)


@settings(deadline=None)
@given(st.binary(max_size=20), st.integers(0, 1500), st.sampled_from(["ums", "wechat", "alipay"]))
def test_no_damage_raises_anything_else(damage: bytes, place: int, which: str) -> None:
    whole, table = {
        "ums": (ums(ROWS), UMS),
        "wechat": (WECHAT_FILE.encode(), WECHAT),
        "alipay": (alipay(ALIPAY_TEXT), ALIPAY),
    }[which]
    with suppress(UnreadableStatement):
        parsed(whole[:place] + damage + whole[place + len(damage) :], table)
