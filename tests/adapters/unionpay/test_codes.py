import pytest

from adapters.unionpay.codes import answer_of
from settlement.ports.channel import Answer


@pytest.mark.parametrize("code", ["00", "A6", "42"])
@pytest.mark.parametrize("time_is_up", [False, True])
def test_success_is_paid_whenever(code: str, time_is_up: bool) -> None:
    assert answer_of(code, time_is_up) is Answer.paid


@pytest.mark.parametrize("code", ["03", "04", "05", "34", "64", "83", "01", "30"])
def test_only_the_time_limit_makes_not_paid_final(code: str) -> None:
    assert answer_of(code, time_is_up=False) is Answer.pending
    assert answer_of(code, time_is_up=True) is Answer.not_paid


@pytest.mark.parametrize("code", ["06", "74", "75", "99"])
def test_money_that_may_have_moved_is_never_not_paid(code: str) -> None:
    assert answer_of(code, time_is_up=True) is Answer.pending
