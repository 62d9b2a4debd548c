"""Both languages say everything, and every state has a word."""

import re
from pathlib import Path
from string import Formatter

import pytest

from api import pages
from api.audit.trail import KINDS, Trace
from api.cli.states import MACHINES
from api.pages.refunds import RED_LETTER, STANDS
from api.pages.texts import LANGUAGES, Speech, Text, texts
from api.pages.window.progress import WORDS_OF
from api.people import ROLES
from api.people.tables import person_change
from api.reports.audit import event_word, kind_word, state_word
from foundation import clock
from foundation.states import Machine
from reconciliation.tables import DAY, STATEMENT
from settlement.allocation.tables import allocation_lines, non_receipts
from settlement.bills.tables import bills, shares
from settlement.cases import CASE
from settlement.districts.tables import region_version
from settlement.identities import IDENTITY_KINDS
from settlement.payments.tables import channel_orders, payment_codes
from settlement.postings import FEES, TAX_LEG
from settlement.receipts.tables import red_letter, red_letters
from settlement.refunds.tables import channel_refunds, refund_lines, refunds
from settlement.rule_sets.tables import rule_set
from settlement.windows.tables import window_version

_PAGES = Path(pages.__file__).parent
_CHINESE = re.compile("[\u4e00-\u9fff]")
_FOREIGN = {"house.other_language"}  # names the other language in that language


def _values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize(("key", "text"), texts().items())
def test_both_languages_say_the_same(key: str, text: Text) -> None:
    assert text.zh.strip()
    assert text.en.strip()
    assert _values(text.zh) == _values(text.en)
    if key not in _FOREIGN:
        assert not _CHINESE.search(text.en)


@pytest.mark.parametrize("path", sorted(_PAGES.rglob("*.html")), ids=lambda path: str(path.relative_to(_PAGES)))
def test_every_text_that_a_template_asks_for_is_there(path: Path) -> None:
    asked = set(re.findall(r"\bt\('([\w.]+)'[,)]", path.read_text(encoding="utf-8")))
    assert asked <= texts().keys()


@pytest.mark.parametrize(
    ("machine", "prefix"),
    [
        (bills, "bill"),
        (payment_codes, "code"),
        (shares, "share"),
        (channel_orders, "order"),
        (allocation_lines, "piece"),
        (red_letters, "red_letter"),
        (CASE, "case"),
        (DAY, "day"),
    ],
)
def test_every_state_has_a_word(machine: Machine, prefix: str) -> None:
    assert {f"{prefix}.{state}" for state in machine.states} <= texts().keys()


def test_every_step_and_state_of_a_refund_has_a_word() -> None:
    of_line = {rule.event for rule in refund_lines.rules} - {"approve", "reject"}
    wanted = {f"refunds.event.{event}" for event in of_line | {rule.event for rule in refunds.rules}}
    wanted |= {f"refunds.event.red_letter.{event}" for event in ("propose", *(one.event for one in red_letters.rules))}
    wanted |= {f"refunds.event.non_receipt.{event}" for event in ("ask", *(one.event for one in non_receipts.rules))}
    wanted |= {f"non_receipt.{state}" for state in ("told", *non_receipts.states)}
    wanted |= {f"find.state.{state}" for state in {*refunds.states, *refund_lines.states}}
    wanted |= {f"audit.state.{state}" for state in channel_refunds.states}
    wanted |= {f"refunds.stands.{one}" for one in (*STANDS, RED_LETTER)}
    assert wanted <= texts().keys()
    assert {state for states in STANDS.values() for state in states} == set(refunds.states)


def test_every_statement_that_can_be_shown_has_a_word() -> None:
    shown = set(STATEMENT.states) - {"reissued"}  # what was replaced is evidence and not on the board
    assert {f"file.{state}" for state in shown} <= texts().keys()


def test_every_item_role_document_and_machine_has_a_name() -> None:
    wanted = {f"item.{item}" for item in TAX_LEG | FEES} | {f"role.{role}" for role in ROLES}
    wanted |= {f"identity.{kind}" for kind in IDENTITY_KINDS} | {f"step.{machine}" for machine in WORDS_OF}
    assert wanted <= texts().keys()


def test_everything_in_the_audit_log_has_a_word_in_both_languages() -> None:
    for language in LANGUAGES:
        t = Speech(language)
        for kind in KINDS:
            assert kind_word(kind, t)
        for machine in MACHINES:
            for rule in machine.rules:
                one = Trace(clock.now(), "", machine.name, rule.event, rule.source, rule.target, None, None, 1)
                assert event_word(one, t) != rule.event
                assert state_word(machine.name, rule.source, t) and state_word(machine.name, rule.target, t)
        for table in (person_change, red_letter, region_version, rule_set, window_version):
            assert event_word(Trace(clock.now(), "", "proposal", table.name, None, None, None, None, 1), t)


def test_a_missing_text_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(KeyError):
        Speech("zh")("no.such.text")
