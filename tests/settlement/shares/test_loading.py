"""What one payer pays, divided among orders: nothing is lost, and each order keeps to the channel's limits."""

from hypothesis import given
from hypothesis import strategies as st

from settlement.ports.limits import Limits
from settlement.shares.loading import Load, loaded

TREASURY, NON_TAX, OTHER = "898341502000101", "898341502000201", "898341502000301"
LIMITS = Limits(longest_order_id=32, most_receivers=5, most_of_a_part=999_999_999)


def test_what_one_order_carries_is_one_order() -> None:
    loads = [Load(0, TREASURY, 999_999_990), Load(1, TREASURY, 9), Load(2, NON_TAX, 8000)]
    assert loaded(loads, LIMITS) == [loads]


def test_a_channel_of_one_receiver_takes_an_order_each() -> None:
    tax, stamp, fee = Load(0, TREASURY, 5), Load(1, TREASURY, 7), Load(2, NON_TAX, 8)
    assert loaded([tax, fee, stamp], Limits(32, 1)) == [[tax, stamp], [fee]]


def test_a_line_beyond_what_a_receiver_may_get_is_cut() -> None:
    loads = [Load(0, TREASURY, 2_100_000_000), Load(1, NON_TAX, 8000)]
    assert loaded(loads, LIMITS) == [
        [Load(0, TREASURY, 999_999_999), Load(1, NON_TAX, 8000)],
        [Load(0, TREASURY, 999_999_999)],
        [Load(0, TREASURY, 100_000_002)],
    ]


@given(
    st.lists(st.tuples(st.sampled_from([TREASURY, NON_TAX, OTHER]), st.integers(1, 5_000)), min_size=1, max_size=12),
    st.integers(1, 3),
    st.integers(100, 2_000),
    st.integers(100, 5_000),
)
def test_orders_keep_to_the_limits_and_sum_to_the_lines(
    lines: list[tuple[str, int]], most_receivers: int, of_a_part: int, of_an_order: int
) -> None:
    limits = Limits(32, most_receivers, of_a_part, of_an_order)
    loads = [Load(place, receiver, fen) for place, (receiver, fen) in enumerate(lines)]
    orders = loaded(loads, limits)
    for order in orders:
        assert order
        assert len({load.receiver for load in order}) <= most_receivers
        assert len({load.ordinal for load in order}) == len(order)
        assert sum(load.amount_fen for load in order) <= of_an_order
        for receiver in {load.receiver for load in order}:
            assert sum(load.amount_fen for load in order if load.receiver == receiver) <= of_a_part
    for load in loads:
        cut = [one for order in orders for one in order if one.ordinal == load.ordinal]
        assert sum(one.amount_fen for one in cut) == load.amount_fen
        assert {one.receiver for one in cut} == {load.receiver}
    assert orders == loaded(loads, limits)
