"""What is going to happen follows from the seed alone, and misses no fault."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.simulator.scripts import PAYMENT_FAULTS, TERMINAL_FAULTS
from api.cli.rehearse.plan import Kind, Manner, Turn, plans

REGIONS = ("330206", "341502", "430102")


@given(st.integers(1, 200), st.floats(0, 1), st.integers(0, 10**6), st.integers(1, 40))
def test_a_seed_makes_the_same_bills_again_and_as_many_as_were_wished(
    bills: int, rate: float, seed: int, days: int
) -> None:
    made = list(plans(bills, rate, seed, days, REGIONS))
    assert made == list(plans(bills, rate, seed, days, REGIONS))
    assert sum(plan.bills for plan in made) == bills
    assert [plan.day for plan in made] == sorted(plan.day for plan in made)
    assert all(0 <= plan.day < days for plan in made)


def test_a_thousand_bills_meet_every_fault_kind_turn_and_manner() -> None:
    made = list(plans(1000, 0.2, 7, 1, REGIONS))
    payers = [payer for plan in made for payer in plan.payers.values()]
    assert {plan.region for plan in made} == set(REGIONS)
    assert {plan.kind for plan in made} == set(Kind)
    assert {plan.turn for plan in made} == set(Turn)
    assert {payer.manner for payer in payers} == set(Manner)
    assert {fault.model_dump_json() for payer in payers for fault in payer.faults} == {
        fault.model_dump_json() for fault in (*PAYMENT_FAULTS, *TERMINAL_FAULTS)
    }
    struck = sum(bool(payer.faults) for payer in payers) / len(payers)
    assert 0.17 < struck < 0.23
    assert not any(payer.faults for plan in plans(100, 0, 7, 1, REGIONS) for payer in plan.payers.values())
