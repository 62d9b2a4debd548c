"""Every state machine: walked exhaustively, and drawn in the docs as it runs."""

from pathlib import Path

import pytest

from api.cli.states import MACHINES, drawn
from foundation.states import Machine, WrongState

ROLES = ("system", "clerk", "partner", "integrator", "finance", "tax_officer", "administrator")

machines = pytest.mark.parametrize("machine", MACHINES, ids=[machine.name for machine in MACHINES])


@machines
def test_each_state_can_be_reached(machine: Machine) -> None:
    reached = {machine.first}
    while True:
        more = {rule.target for rule in machine.rules if rule.source in reached} - reached
        if not more:
            break
        reached |= more
    assert reached == set(machine.states)


@machines
def test_an_event_in_a_state_leads_to_one_place(machine: Machine) -> None:
    for state in machine.states:
        for event in {rule.event for rule in machine.rules}:
            for role in ROLES:
                targets = {
                    rule.target
                    for rule in machine.rules
                    if (rule.source, rule.event) == (state, event) and role in rule.who
                }
                if targets:
                    assert {machine.rule(state, event, role).target} == targets
                else:
                    with pytest.raises(WrongState, match=f"not possible in state '{state}'"):
                        machine.rule(state, event, role)


@machines
def test_who_may_is_a_role_that_exists(machine: Machine) -> None:
    assert {role for rule in machine.rules for role in rule.who} <= set(ROLES)


def test_the_docs_draw_what_runs() -> None:
    page = Path(__file__).parent.parent / "docs" / "states.md"
    assert page.read_text(encoding="utf-8") == drawn(), "run `make states`"
