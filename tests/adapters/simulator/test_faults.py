"""What goes wrong on request, and the answer key to it."""

import base64
import io
import time
import zipfile
import zlib
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.exceptions import InvalidSignature

from adapters.simulator.server import Simulator
from tests.adapters.simulator.parties import (
    REGION,
    Caller,
    Inbox,
    Merchant,
    assert_from_unionpay,
    raw_fields,
)
from tests.adapters.simulator.test_server import PAY_CODE, declaration


def plan(served: httpx.Client, **fault: object) -> dict[str, object]:
    answer = served.post("/control/faults", json=fault)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def pay(served: httpx.Client, order: dict[str, str]) -> str:
    served.post("/gateway/api/frontTransReq.do", data=order)
    return str(served.post("/control/payments", json={"order_id": order["orderId"]}).json()["query_id"])


def test_a_notification_is_sent_until_it_is_taken_but_five_times_at_most(
    served: httpx.Client, merchant: Merchant, inbox: Inbox
) -> None:
    inbox.statuses = [500, 302, 200]
    pay(served, merchant.order(inbox.address))
    inbox.wait(3)
    inbox.statuses = [500] * 9
    pay(served, merchant.order(inbox.address))
    inbox.wait(5)
    time.sleep(0.2)
    assert len(inbox.received) == 8


def test_a_dropped_notification_never_comes(served: httpx.Client, merchant: Merchant, inbox: Inbox) -> None:
    lost, kept = merchant.order(inbox.address), merchant.order(inbox.address)
    plan(served, kind="notification", how="dropped", order_id=lost["orderId"])
    pay(served, lost)
    pay(served, kept)
    inbox.wait()
    assert [each["orderId"] for each in inbox.received] == [kept["orderId"]]


def test_a_repeated_notification_comes_as_often_as_wished(
    served: httpx.Client, merchant: Merchant, inbox: Inbox
) -> None:
    plan(served, kind="notification", how="repeated", times=3)
    pay(served, merchant.order(inbox.address))
    inbox.wait(3)
    assert len({frozenset(each.items()) for each in inbox.received}) == 1


def test_a_delayed_notification_comes_after_the_browser_is_back(
    served: httpx.Client, merchant: Merchant, inbox: Inbox
) -> None:
    plan(served, kind="notification", how="delayed", seconds=0.3)
    began = time.monotonic()
    pay(served, merchant.order(inbox.address))
    inbox.wait()
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("how", ["forged", "altered"])
def test_a_false_notification_fails_the_check_and_the_true_one_follows(
    served: httpx.Client, merchant: Merchant, inbox: Inbox, key_folder: Path, how: str
) -> None:
    plan(served, kind="notification", how=how)
    pay(served, merchant.order(inbox.address))
    inbox.wait(2)
    false, true = inbox.received
    with pytest.raises(InvalidSignature):
        assert_from_unionpay(false, key_folder)
    assert_from_unionpay(true, key_folder)
    assert true["txnAmt"] == "1508000"


def test_a_wrong_amount_is_rightly_signed(
    served: httpx.Client, merchant: Merchant, inbox: Inbox, key_folder: Path
) -> None:
    plan(served, kind="notification", how="wrong_amount")
    pay(served, merchant.order(inbox.address))
    inbox.wait()
    assert_from_unionpay(inbox.received[0], key_folder)
    assert inbox.received[0]["txnAmt"] == "1508001"


def test_the_tax_office_can_be_made_to_differ(served: httpx.Client, caller: Caller) -> None:
    plan(served, kind="tax_amount", case_number="SL-1", item="deed_tax", amount_fen=1500001)
    assert caller.call("POST", "/tax/v1/declarations", declaration()).json()["total"] == "15000.01"


def test_an_unknown_fault_is_refused(served: httpx.Client) -> None:
    assert served.post("/control/faults", json={"kind": "earthquake"}).status_code == 422
    wrong = {"kind": "notification", "how": "dropped", "invented": 1}
    assert served.post("/control/faults", json=wrong).status_code == 422


class Day:
    """A day with two paid orders, whose statements are there."""

    def __init__(self, served: httpx.Client, simulator: Simulator, merchant: Merchant, caller: Caller) -> None:
        self.served, self.merchant, self.caller = served, merchant, caller
        for number in ("HY-1", "HY-2"):
            [voucher] = caller.call("POST", "/tax/v1/declarations", declaration(number)).json()["vouchers"]
            code = caller.call("POST", "/nontax/v1/paycodes", PAY_CODE | {"reference": number}).json()["pay_code"]
            order = merchant.order()
            money = {"order_id": order["orderId"], "query_id": pay(served, order)}
            key = {name: voucher[name] for name in ("taxpayer_id", "office_code", "levy_number")}
            caller.call("POST", "/tax/v1/payments", key | money | {"amount": "15000.00"})
            paid_at = simulator.world.clock.now().isoformat()
            fee = {"pay_code": code, "amount": "80.00", "paid_at": paid_at}
            caller.call("POST", "/nontax/v1/confirmations", fee | money)
        first = next(iter(simulator.world.by_query_id.values())).payment
        assert first is not None
        self.clearing, self.day = first.clearing_day, first.at.date()
        simulator.world.clock.set((first.at + timedelta(days=3)).replace(hour=9))
        merchant.now = caller.now = simulator.world.clock.now()

    def of(self, source: str) -> date:
        return self.clearing if source == "channel" else self.day

    def amounts(self, source: str, later: int = 0) -> dict[str, int] | None:
        """Fen by key as the statement shows them; None where there is no statement."""
        day = self.of(source) + timedelta(days=later)
        if source == "channel":
            file = raw_fields(self.served.post("/", data=self.merchant.file(f"{day:%m%d}")))
            if file["respCode"] == "98":
                return None
            archive = zipfile.ZipFile(io.BytesIO(zlib.decompress(base64.b64decode(file["fileContent"]))))
            lines = archive.read(archive.namelist()[0]).split(b"\r\n")[:-1]
            return summed((each[87:108].decode(), int(each[361:373])) for each in lines)
        where = (
            f"treasury/v1/statements/{REGION.treasury}"
            if source == "treasury"
            else f"nontax/v1/statements/{REGION.unit}"
        )
        answer = self.caller.call("GET", f"/{where}/{day}")
        if answer.status_code == 404:
            return None
        text = answer.content.decode("gbk" if source == "treasury" else "utf-8")
        if source == "treasury":
            rows = [each.split("</ExpTaxVouNo>") for each in text.split("<ExpTaxVouNo>")[1:]]
            return summed((key, fen(rest.split("<TraAmt>")[1].split("<")[0])) for key, rest in rows)
        rows = [each.split(",") for each in text.splitlines() if each.startswith("D,")]
        return summed((each[1], fen(each[4])) for each in rows)


def fen(yuan: str) -> int:
    return int(yuan.replace(".", ""))


def summed(rows: object) -> dict[str, int]:
    amounts: dict[str, int] = {}
    for key, amount in rows:  # type: ignore[attr-defined]
        amounts[key] = amounts.get(key, 0) + amount
    return amounts


@pytest.fixture
def day(served: httpx.Client, simulator: Simulator, merchant: Merchant, caller: Caller) -> Day:
    return Day(served, simulator, merchant, caller)


SOURCES = ["channel", "treasury", "non_tax"]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("how", ["missing", "altered", "repeated", "added", "late"])
def test_a_planted_break_changes_what_its_answer_says_and_nothing_else(day: Day, source: str, how: str) -> None:
    sound, where = (
        day.amounts(source),
        {"source": source, "region": "341502", "day": day.of(source).isoformat()},
    )
    assert sound is not None and len(sound) == 2
    answer = plan(day.served, kind="row", how=how, by_fen=-1, **where)["answer"]
    assert isinstance(answer, dict)
    key, shown = answer["key"], answer["shown_fen"]
    broken = day.amounts(source)
    expected = {k: v for k, v in sound.items() if k != key} | ({key: shown} if shown is not None else {})
    assert broken == expected != sound
    assert answer["true_fen"] == sound.get(key)
    if how == "late":
        assert day.amounts(source, later=1) == {key: sound[key]}
    calm = day.served.post("/control/calm", json={}).json()
    assert calm == day.served.get("/control/faults").json()
    assert calm["answers"] == [answer]
    assert day.amounts(source) == broken
    day.served.delete("/control/faults")
    assert day.amounts(source) == sound


@pytest.mark.parametrize("source", SOURCES)
def test_a_statement_can_be_missing_for_a_while(day: Day, source: str) -> None:
    where = {"source": source, "region": "341502", "day": day.of(source).isoformat()}
    plan(day.served, kind="statement", how="missing", times=2, **where)
    assert [day.amounts(source) is None for _ in range(3)] == [True, True, False]


def test_a_truncated_settlement_file_breaks_off_in_a_line(day: Day) -> None:
    where = {"source": "channel", "region": "341502", "day": day.clearing.isoformat()}
    plan(day.served, kind="statement", how="truncated", **where)
    file = raw_fields(day.served.post("/", data=day.merchant.file(f"{day.clearing:%m%d}")))
    archive = zipfile.ZipFile(io.BytesIO(zlib.decompress(base64.b64decode(file["fileContent"]))))
    assert not archive.read(archive.namelist()[0]).endswith(b"\r\n")


def test_an_empty_day_has_nothing_to_break(day: Day) -> None:
    where = {"source": "treasury", "region": "341502", "day": "2020-01-01"}
    answer = day.served.post("/control/faults", json={"kind": "row", "how": "missing", **where})
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_break")
