from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl

import httpx
import pytest

from adapters.unionpay.signature import verify_rsa
from foundation.errors import Unavailable
from settlement.channels import AcpChannel as AcpConfig
from settlement.ports.channel import Answer, Unauthentic
from tests.adapters.unionpay import authority
from tests.adapters.unionpay.authority import NOW, raw
from tests.adapters.unionpay.merchant import ORDER, PAID, Answering, answering, channel


async def test_the_question_names_the_order_and_is_signed(config: AcpConfig) -> None:
    asked: dict[str, str] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url) == ("POST", "http://gateway.test/gateway/api/queryTrans.do")
        asked.update(parse_qsl(request.content.decode(), strict_parsing=True))
        return answering({**PAID, "origRespCode": "00", "origRespMsg": "成功"})(request)

    proof = await channel(config, answer).query(ORDER)
    assert (proof.answer, proof.amount_fen, proof.clearing_day) == (Answer.paid, 1508000, date(2026, 3, 2))
    assert verify_rsa(asked, authority.merchant().key.public_key())
    assert (asked["txnType"], asked["orderId"], asked["txnTime"]) == ("00", ORDER.order_id, "20260302120000")
    assert "txnAmt" not in asked


LATE = NOW + timedelta(minutes=16)


@pytest.mark.parametrize(
    ("code", "original", "now", "answer"),
    [
        ("00", "A6", NOW, Answer.paid),
        ("00", "42", LATE, Answer.paid),
        ("00", "05", NOW, Answer.pending),
        ("00", "64", NOW, Answer.pending),
        ("00", "64", LATE, Answer.not_paid),
        ("00", "75", LATE, Answer.pending),
        ("00", "", LATE, Answer.pending),
        ("34", "", NOW, Answer.pending),
        ("34", "", LATE, Answer.not_paid),
        ("34", "00", NOW, Answer.pending),
        ("37", "00", NOW, Answer.pending),
        ("37", "", LATE, Answer.pending),
        ("05", "", LATE, Answer.pending),
    ],
)
async def test_what_an_answer_means(config: AcpConfig, code: str, original: str, now: datetime, answer: Answer) -> None:
    fields = {**PAID, "respCode": code, "origRespCode": original}
    proof = await channel(config, answering(fields), now).query(ORDER)
    assert proof.answer is answer
    assert (proof.query_id is not None) == (answer is Answer.paid)
    assert proof.detail.startswith(original if code == "00" else code)


@pytest.mark.parametrize("code", ["10", "11", "31", "32", "", "xx"])
async def test_a_refused_question_decides_nothing(config: AcpConfig, code: str) -> None:
    with pytest.raises(Unavailable):
        await channel(config, answering({**PAID, "respCode": code})).query(ORDER)


@pytest.mark.parametrize("about", [{"orderId": "another0001"}, {"txnTime": "20260302120001"}, {"merId": "x" * 15}])
async def test_an_answer_about_something_else_is_refused(config: AcpConfig, about: dict[str, str]) -> None:
    with pytest.raises(Unauthentic):
        await channel(config, answering({**PAID, "origRespCode": "00", **about})).query(ORDER)


async def test_a_paid_answer_without_its_figures_decides_nothing(config: AcpConfig) -> None:
    with pytest.raises(Unavailable, match="queryId"):
        await channel(config, answering({**PAID, "origRespCode": "00", "queryId": ""})).query(ORDER)


def no_line(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectTimeout("no line", request=request)


@pytest.mark.parametrize(
    "answer",
    [
        no_line,
        lambda _: httpx.Response(500, text="x"),
        lambda _: httpx.Response(404, text="x"),
        lambda _: httpx.Response(302, headers={"Location": "http://elsewhere.test"}),
        lambda _: httpx.Response(200, text="<html>"),
        lambda _: httpx.Response(200, content=b"a=" + b"x" * 70_000),
        lambda _: httpx.Response(200, content=b""),
    ],
)
async def test_no_answer_that_can_be_read_decides_nothing(config: AcpConfig, answer: Answering) -> None:
    with pytest.raises(Unavailable):
        await channel(config, answer).query(ORDER)


async def test_an_unsigned_answer_is_refused(config: AcpConfig) -> None:
    with pytest.raises(Unauthentic):
        await channel(config, lambda _: httpx.Response(200, content=raw(PAID))).query(ORDER)
