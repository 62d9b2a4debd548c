"""How the demonstration tells what happens: one line a step, with its figures."""

from typing import Any

import typer

from foundation.money import yuan

_SIDE = {"transferee": "买方", "transferor": "卖方"}
_SHARE = {"due": "待缴", "paid": "已缴"}
_ITEM = {
    "deed_tax": "契税",
    "stamp_tax": "印花税",
    "land_premium": "土地出让金",
    "registration_fee": "登记费",
    "certificate_fee": "工本费",
}


def heading(text: str) -> None:
    """A new chapter."""
    typer.echo()
    typer.secho(f"■ {text}", bold=True)


def step(what: str, figure: str = "") -> None:
    """One thing that happened."""
    typer.echo(f"  {what:<10}{figure}" if figure else f"  {what}")


def lines(bill: Any) -> None:
    """The lines of a bill, each with who owes it and the sentence for the citizen."""
    for line in bill["lines"]:
        step(f"{_SIDE[line['payer']]} {yuan(line['amount_fen']):>12}", f"  {line['explanation_zh']}")
    step(f"合计 {yuan(bill['amount_fen']):>12}")


def shares(bill: Any) -> None:
    """What each payer pays."""
    for share in bill["shares"]:
        step(f"{_SIDE[share['payer']]}应缴 {yuan(share['amount_fen']):>12}", f"  {_SHARE[share['state']]}")


def arrivals(bill: Any) -> None:
    """Where each fen went, with its proof."""
    for piece in bill["pieces"]:
        where = "国库" if piece["leg"] == "tax" else "非税"
        numbers = f"凭证 {piece['voucher_no']}  证明 {piece['proof']}  {piece['arrived_on']}"
        step(f"{yuan(piece['amount_fen']):>12}", f"  → {where}  {_ITEM[piece['item']]}  {numbers}")


def source(report: Any) -> None:
    """One statement of the day against our book."""
    names = {"channel": "银联清算文件", "treasury": "国库对账单", "non_tax": "非税对账单"}
    name = names[report["source"]]
    if report["ours"] is None:
        step(name, f"  {report['file']['state']}  {report['file']['refusal'] or ''}")
        return
    ours, theirs = report["ours"], report["theirs"]
    step(
        name,
        f"  我方 {ours['count']} 笔 {yuan(ours['fen'])}  对方 {theirs['count']} 笔 {yuan(theirs['fen'])}"
        f"  在途 {len(report['pool'])}  差错 {len(report['breaks'])}",
    )
    for one in report["breaks"]:
        step("差错", f"  {one['kind']}  {one['reason']['zh']}")


def equation(one: Any) -> None:
    """Two amounts that must be equal."""
    sign = "=" if one["left_fen"] == one["right_fen"] else "≠"
    step(one["words"]["zh"], f"  {yuan(one['left_fen'])} {sign} {yuan(one['right_fen'])}")
