"""Which items finance wants to see on a pay code."""

from collections.abc import Iterable

from settlement.ports.non_tax import FeeItem
from settlement.regions import NonTaxConfig


def collected(config: NonTaxConfig, items: Iterable[FeeItem]) -> tuple[FeeItem, ...]:
    """Items as the region's finance wants them: equal codes summed, zeros dropped, or each as it stands."""
    wanted = list(items)
    if config.sums_equal_items:
        sums: dict[tuple[str, str], int] = {}
        for item in wanted:
            sums[item.code, item.name] = sums.get((item.code, item.name), 0) + item.amount_fen
        wanted = [FeeItem(code, name, fen) for (code, name), fen in sums.items()]
    return tuple(item for item in wanted if item.amount_fen or not config.drops_zero_items)
