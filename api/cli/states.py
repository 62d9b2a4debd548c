"""`heyi states`: the state machines as the docs draw them, from the tables that the program runs from."""

from itertools import groupby

from api.people.tables import people, person_changes
from foundation.states import Machine
from reconciliation.tables import DAY, STATEMENT
from settlement.allocation.tables import allocation_lines, non_receipts
from settlement.batches.tables import batch_rows
from settlement.bills.tables import bills, pay_codes, shares
from settlement.cases import CASE
from settlement.clearance.registering import registrations
from settlement.clearance.tables import clearances
from settlement.districts.tables import region_versions
from settlement.exchanges.tables import exchanges
from settlement.joint.tables import joint_orders, joint_payments
from settlement.messages.tables import text_messages
from settlement.months.tables import month_statements
from settlement.payments.tables import channel_orders, payment_codes
from settlement.property.earlier import unit_code_candidates
from settlement.receipts.tables import red_letters
from settlement.refunds.tables import channel_refunds, refund_lines, refunds
from settlement.rule_sets.tables import rule_sets
from settlement.windows.tables import window_versions

MACHINES = (
    bills,
    batch_rows,
    shares,
    payment_codes,
    channel_orders,
    joint_payments,
    joint_orders,
    month_statements,
    allocation_lines,
    pay_codes,
    exchanges,
    refunds,
    refund_lines,
    channel_refunds,
    non_receipts,
    red_letters,
    clearances,
    text_messages,
    registrations,
    unit_code_candidates,
    STATEMENT,
    DAY,
    CASE,
    rule_sets,
    people,
    person_changes,
    region_versions,
    window_versions,
)


def drawn() -> str:
    """All machines as one Markdown page with Mermaid diagrams and the table of who may."""
    head = "# States\n\nDrawn by `make states` from the tables in the code; a test holds this page to them.\n"
    return "\n".join([head, *(_machine(machine) for machine in MACHINES)])


def _machine(machine: Machine) -> str:
    arrows = [f"    [*] --> {machine.first}"]
    arrows += [f"    {rule.source} --> {rule.target}: {rule.event}" for rule in machine.rules]
    by_event = groupby(machine.rules, key=lambda rule: (rule.event, rule.target, rule.who))
    rows = [
        f"| {', '.join(rule.source for rule in group)} | {event} | {target} | {', '.join(sorted(who))} |"
        for (event, target, who), group in by_event
    ]
    table = ["| from | event | to | who may |", "| --- | --- | --- | --- |", *rows]
    return "\n".join([f"## {machine.name}", "", "```mermaid", "stateDiagram-v2", *arrows, "```", "", *table, ""])
