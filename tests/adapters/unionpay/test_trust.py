import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from adapters.unionpay.trust import TEST_SIGNER, Trust
from settlement.ports.channel import Unauthentic
from tests.adapters.unionpay import authority
from tests.adapters.unionpay.authority import FROM, NOW, SIGNER_NAME, UNTIL, Holder, issue, middle, root, signed

FIELDS = {
    "version": "5.1.0",
    "merId": "898341502000001",
    "orderId": "1234567890",
    "respMsg": "成功",
    "reserved": "{a=1&b}",
}
COMPANY = "中国银联股份有限公司"
TEST_NAME = f"041@Z1@{TEST_SIGNER}@00000001"


def trust(**changes: object) -> Trust:
    pinned = {"roots": (root().certificate,), "middles": (middle().certificate,), "signers": (COMPANY,)}
    return Trust(**{**pinned, **changes})  # type: ignore[arg-type]


def refusal(fields: dict[str, str], by: Trust | None = None, at: datetime = NOW) -> str:
    with pytest.raises(Unauthentic) as caught:
        (by or trust()).check(fields, at)
    return caught.value.detail


def test_an_authentic_message_passes_with_its_chain() -> None:
    chain = trust().check(signed(FIELDS), NOW)
    assert chain == (authority.unionpay().certificate, middle().certificate, root().certificate)


@pytest.mark.parametrize("field", [*FIELDS, "signMethod", "signPubKeyCert", "signature"])
def test_one_changed_character_in_any_field_is_noticed(field: str) -> None:
    message = signed(FIELDS)
    last = message[field].rstrip("=\r\n-")[-1]
    place = message[field].rindex(last)
    changed = message[field][:place] + ("x" if last != "x" else "y") + message[field][place + 1 :]
    assert refusal({**message, field: changed})


@pytest.mark.parametrize("field", [*FIELDS, "signMethod", "signPubKeyCert", "signature"])
def test_a_missing_field_is_noticed(field: str) -> None:
    message = signed(FIELDS)
    del message[field]
    assert refusal(message)


def test_an_added_field_is_noticed() -> None:
    assert "does not fit" in refusal({**signed(FIELDS), "txnAmt": "1"})


def test_a_certificate_of_ones_own_is_refused() -> None:
    assert "stranger" in refusal(signed(FIELDS, issue(SIGNER_NAME, None, role="forger", is_ca=True)))


def test_the_right_name_from_a_wrong_authority_is_refused() -> None:
    wrong = issue("Another root", None, role="forger", is_ca=True)
    assert "stranger" in refusal(signed(FIELDS, issue(SIGNER_NAME, wrong, role="unionpay")))


def test_an_authority_of_the_same_name_with_another_key_is_refused() -> None:
    false_middle = issue("Middle of the tests", root(), role="forger", is_ca=True)
    assert "did not sign it" in refusal(signed(FIELDS, issue(SIGNER_NAME, false_middle, role="unionpay")))


@pytest.mark.parametrize("name", ["a merchant", f"a@b@{COMPANY}x@c", COMPANY, f"{COMPANY}@a@b", TEST_NAME, "a@b"])
def test_a_right_chain_with_a_wrong_name_is_refused(name: str) -> None:
    assert "not of" in refusal(signed(FIELDS, issue(name, middle(), role="unionpay")))


def test_the_test_environments_name_counts_only_where_it_is_allowed() -> None:
    message = signed(FIELDS, issue(TEST_NAME, middle(), role="unionpay"))
    assert trust(signers=(TEST_SIGNER,)).check(message, NOW)
    assert "not of" in refusal(signed(FIELDS), trust(signers=(TEST_SIGNER,)))


def test_another_holder_of_the_chain_cannot_issue() -> None:
    merchant = authority.merchant()
    by = trust(middles=(middle().certificate, merchant.certificate))
    assert "stranger" in refusal(signed(FIELDS, issue(SIGNER_NAME, merchant, role="unionpay")), by)


@pytest.mark.parametrize("at", [FROM - timedelta(seconds=1), UNTIL + timedelta(seconds=1)])
def test_dates_are_asked_at_each_use(at: datetime) -> None:
    message, by = signed(FIELDS), trust()
    by.check(message, NOW)
    assert "is valid from" in refusal(message, by, at)


def test_an_expired_link_is_refused() -> None:
    old = issue("Old middle", root(), role="middle", is_ca=True, until=datetime(2026, 1, 1, tzinfo=UTC))
    by = trust(middles=(old.certificate,))
    message = signed(FIELDS, issue(SIGNER_NAME, old, role="unionpay"))
    assert by.check(message, datetime(2025, 12, 31, tzinfo=UTC))
    assert "Old middle" in refusal(message, by)


def test_two_middles_may_stand_side_by_side() -> None:
    new = issue("New middle", root(), role="new middle", is_ca=True)
    by = trust(middles=(middle().certificate, new.certificate))
    assert by.check(signed(FIELDS, issue(SIGNER_NAME, new, role="unionpay")), NOW)
    assert by.check(signed(FIELDS), NOW)


def old_fashioned() -> tuple[Holder, Holder]:
    old_middle = authority.with_sha1(issue("Old middle", root(), role="middle", is_ca=True), root())
    return old_middle, authority.with_sha1(issue(SIGNER_NAME, old_middle, role="unionpay"), old_middle)


def test_sha1_links_count_only_where_they_are_allowed() -> None:
    old_middle, leaf = old_fashioned()
    message = signed(FIELDS, leaf)
    assert "SHA-1" in refusal(message, trust(middles=(old_middle.certificate,)))
    assert trust(middles=(old_middle.certificate,), sha1_links=True).check(message, NOW)


def test_a_false_sha1_link_is_refused() -> None:
    old_middle, _ = old_fashioned()
    forger = issue("Old middle", None, role="forger", is_ca=True)
    leaf = authority.with_sha1(issue(SIGNER_NAME, forger, role="unionpay"), forger)
    by = trust(middles=(old_middle.certificate,), sha1_links=True)
    assert "did not sign it" in refusal(signed(FIELDS, leaf), by)


@pytest.mark.parametrize("pem", ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "A" * 9000])
def test_an_unusable_certificate_is_named(pem: str) -> None:
    assert "certificate" in refusal({**signed(FIELDS), "signPubKeyCert": pem})


@pytest.mark.parametrize("damage", [b"\x00", b"\xff", b"\x30", b""])
def test_a_certificate_damaged_anywhere_is_refused_in_our_words(damage: bytes) -> None:
    whole = authority.unionpay().certificate.public_bytes(Encoding.DER)
    message, by = signed(FIELDS), trust()
    for place in range(len(whole)):
        broken = whole[:place] + damage + whole[place + 1 :]
        if broken != whole:
            pem = base64.encodebytes(broken).decode()
            refusal({**message, "signPubKeyCert": f"-----BEGIN CERTIFICATE-----\n{pem}-----END CERTIFICATE-----\n"}, by)


@pytest.mark.parametrize("method", ["11", "12", "", "02"])
def test_other_methods_are_not_certificates(method: str) -> None:
    assert "signMethod" in refusal({**signed(FIELDS), "signMethod": method})
