"""How fast transactions are assessed: one by one with trace and sentences, and in bulk on columns.

    python -m benchmarks.bench_assess [--rows 200000] [--seconds 3]

Homes of 六安 with every fact known, all items. One core; the last line is JSON.
"""

import argparse
import json
import time
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


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    random, rules = Random(20261123), rules_in_force()  # noqa: S311 - it draws examples
    transactions = [Transaction.parse(home(random)) for _ in range(5_000)]
    single = one_by_one(rules, transactions, options.seconds)
    bulk = in_bulk(rules, transactions, options.rows, options.seconds)
    print(f"one by one, with trace: {single:12,.0f} a second ({1e6 / single:.0f} µs each)")
    print(f"in bulk, {options.rows:,} rows: {bulk:12,.0f} a second")
    print(json.dumps({"single_per_s": round(single), "bulk_per_s": round(bulk)}))


if __name__ == "__main__":
    main()
