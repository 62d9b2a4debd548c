"""The tax office's valuation service 存量房价格评估: one price for a home, known before anything is declared."""

from datetime import date
from decimal import Decimal
from typing import Protocol


class Valuation(Protocol):
    """The valuation service of one region."""

    async def assessed_price(self, unit_code: str, area_m2: Decimal, use: str, on: date) -> int | None:
        """The assessed price in fen of a property on a day, without VAT; None where it is not valued.

        One price per home: the same unit, area, use and day answer the same.
        """
