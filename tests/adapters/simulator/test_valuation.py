"""The played valuation service: one price per home, only homes, only for its own office."""

import pytest

from tests.adapters.simulator.parties import REGION, Caller

HOME = {
    "office_code": REGION.office_code,
    "unit_code": "341502001001GB00012F00030602",
    "area_m2": "120.5",
    "use": "residential",
    "on": "2026-03-01",
}


def test_a_home_has_one_price_that_grows_with_its_area(caller: Caller) -> None:
    first, again = (caller.call("POST", "/tax/v1/valuations", HOME).json() for _ in range(2))
    assert first == again
    assert first["unit_code"] == HOME["unit_code"]
    one = caller.call("POST", "/tax/v1/valuations", {**HOME, "area_m2": "1"}).json()["assessed"]
    assert 8_000 <= float(one) < 16_000
    assert float(first["assessed"]) == float(one) * 120.5
    neighbour = caller.call("POST", "/tax/v1/valuations", {**HOME, "unit_code": "341502001001GB00012F00030603"})
    assert neighbour.json()["assessed"] == first["assessed"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"use": "commercial"}, 404, "not_valued"),
        ({"office_code": "13601020000"}, 422, "unknown_office"),
        ({"area_m2": "-1"}, 422, "invalid_field"),
        ({"unit_code": "341502"}, 422, "invalid_field"),
        ({"invented": 1}, 422, "invalid_field"),
    ],
)
def test_what_is_not_valued_is_refused(change: dict[str, object], status: int, code: str, caller: Caller) -> None:
    answer = caller.call("POST", "/tax/v1/valuations", {**HOME, **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
