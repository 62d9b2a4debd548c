"""Who pays, as it comes from the form on the bill: one of the choices, a ratio, or amounts line by line."""

from collections.abc import Mapping
from typing import Any

from foundation.money import fen_of
from settlement.bills.intake import parse_split
from settlement.bills.reading import BillView
from settlement.shares import Split
from settlement.shares.splitting import MAY_AGREE


def choice_of(typed: Mapping[str, str], view: BillView) -> Split:
    """The parties' choice. BadInput names the figure that cannot be taken."""
    choice = typed.get("choice", "")
    content: dict[str, Any] = {"choice": choice}
    if choice == "custom" and typed.get("by") == "ratio":
        content |= {f"{payer}_parts": typed.get(f"{payer}_parts", "").strip() or None for payer in MAY_AGREE}
    elif choice == "custom":
        content["lines"] = [
            {"item": line.item, "payer": line.payer, **_amounts(typed, line.item, line.payer)}
            for line in view.lines
            if line.amount_fen and line.payer in MAY_AGREE
        ]
    return parse_split(content)


def amount_field(item: str, owed_by: str, payer: str) -> str:
    """The name of the field with what one side pays of a line."""
    return f"pays.{item}.{owed_by}.{payer}"


def _amounts(typed: Mapping[str, str], item: str, owed_by: str) -> dict[str, int]:
    fields = {payer: amount_field(item, owed_by, payer) for payer in MAY_AGREE}
    return {f"{payer}_fen": fen_of(typed.get(field, "").strip() or "0", field) for payer, field in fields.items()}
