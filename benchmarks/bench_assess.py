"""How fast transactions are assessed: one by one with trace and sentences, and in bulk on columns.

    make bench-assess
    python -m benchmarks.bench_assess [--rows 200000] [--seconds 3] [--openfisca PYTHON]

Homes of 六安 with every fact known, all items. One core; the last line is JSON. With the python of an environment that
has OpenFisca, the deed tax alone is worked out by both on the same homes, and the times are compared.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from settlement.assessment import RuleSet, Transaction, rules_in_force
from settlement.assessment.bulk import Columns, assess_columns


def home(random: Random) -> dict[str, Any]:
    """A sale of an existing home in 2026; price, area, holding period and home count vary."""
    day = f"2026-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}"
    return {
        "region": "341502",
        "location": random.choice(["urban", "town", "rural"]),
        "contract_date": day,
        "declaration_date": day,
        "registration": "transfer",
        "transfer": "sale",
        "property": {"use": "residential", "area_m2": f"{random.randint(4000, 20000) / 100:.2f}", "land": "granted"},
        "price": {"amount_fen": random.randint(10**7, 10**9), "includes_vat": True},
        "transferor": {
            "kind": "individual",
            "acquired_on": f"{random.randint(2010, 2025)}-{random.randint(1, 12):02d}-15",
            "only_home": random.random() < 0.5,
        },
        "transferee": {"kind": "individual", "homes_owned": random.randint(0, 3)},
        "certificates": random.randint(1, 3),
        "parameters": {"income_tax_assessed_rate": "0.01"},
    }


def one_by_one(rules: RuleSet, transactions: list[Transaction], seconds: float) -> float:
    """Assessments a second of one core, each with its trace and sentences."""
    done, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        rules.assess(transactions[done % len(transactions)])
        done += 1
    return done / (time.process_time() - start)


def in_bulk(rules: RuleSet, transactions: list[Transaction], rows: int, seconds: float) -> float:
    """Rows a second of one core, all items, from columns to amounts."""
    columns = Columns.of([transactions[row % len(transactions)] for row in range(rows)], rules)
    done, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        assess_columns(rules, columns)
        done += rows
    return done / (time.process_time() - start)


def deed_tax_only(rules: RuleSet) -> RuleSet:
    """The same rules, asked for one item."""
    one_item = rules.files.set.model_copy(update={"items": ("deed_tax",)})
    return replace(rules, files=rules.files.model_copy(update={"set": one_item}))


def against_openfisca(
    python: str, rules: RuleSet, homes: list[dict[str, Any]], rows: int, seconds: float
) -> Iterator[tuple[str, float]]:
    """The deed tax alone by both, on homes whose price has no VAT in it; figures by name."""
    for each in homes:
        each["price"]["includes_vat"] = False
    asked = {
        "rows": rows,
        "seconds": seconds,
        "price": [each["price"]["amount_fen"] / 100 for each in homes],
        "area": [float(each["property"]["area_m2"]) for each in homes],
        "homes": [each["transferee"]["homes_owned"] for each in homes],
    }
    script = Path(__file__).with_name("openfisca_deed_tax.py")
    run = subprocess.run(  # noqa: S603 - the benchmark beside this one
        [python, str(script)], input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True
    )
    theirs = json.loads(run.stdout)
    rules, transactions = deed_tax_only(rules), [Transaction.parse(each) for each in homes]
    taxes = [rules.assess(each).lines[0].amount_fen for each in transactions]
    yield "openfisca_per_s", theirs["bulk_per_s"]
    yield "openfisca_single_per_s", theirs["single_per_s"]
    yield "deed_tax_bulk_per_s", in_bulk(rules, transactions, rows, seconds)
    yield "deed_tax_single_per_s", one_by_one(rules, transactions, seconds)
    yield (
        "openfisca_share_to_the_fen",
        sum(round(tax * 100) == fen for tax, fen in zip(theirs["amounts"], taxes, strict=True)) / len(taxes),
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--openfisca", metavar="PYTHON", help="the python of an environment with OpenFisca")
    options = parser.parse_args()
    random, rules = Random(20261123), rules_in_force()  # noqa: S311 - it draws examples
    homes = [home(random) for _ in range(5_000)]
    transactions = [Transaction.parse(each) for each in homes]
    single = one_by_one(rules, transactions, options.seconds)
    bulk = in_bulk(rules, transactions, options.rows, options.seconds)
    print(f"all items, one by one, with trace: {single:12,.0f} a second ({1e6 / single:.0f} µs each)")
    print(f"all items, in bulk, {options.rows:,} rows: {bulk:12,.0f} a second")
    figures = {"single_per_s": single, "bulk_per_s": bulk}
    if options.openfisca:
        figures.update(against_openfisca(options.openfisca, rules, homes, options.rows, options.seconds))
        for ours, theirs, how in (
            ("deed_tax_single_per_s", "openfisca_single_per_s", "one by one"),
            ("deed_tax_bulk_per_s", "openfisca_per_s", "in bulk"),
        ):
            ratio = figures[f"time_to_openfisca_{how.replace(' ', '_')}"] = figures[theirs] / figures[ours]
            print(f"deed tax alone, {how}: {figures[ours]:,.0f} a second, OpenFisca {figures[theirs]:,.0f}")
            print(f"  our time is {ratio:.2f} times that of OpenFisca")
        share = figures["openfisca_share_to_the_fen"]
        print(f"  OpenFisca's floats are right to the fen on {share:.1%} of the homes, ours are exact on all")
    else:
        print("OpenFisca is not compared: give --openfisca, or run make bench-assess", file=sys.stderr)
    print(json.dumps({name: round(figure) if figure > 100 else round(figure, 3) for name, figure in figures.items()}))


if __name__ == "__main__":
    main()
