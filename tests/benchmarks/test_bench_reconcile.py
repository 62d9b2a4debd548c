"""The bench of reconciliation runs, and finds what it plants: each difference under its name, and no other."""

from pathlib import Path

from benchmarks.bench_reconcile import EVERY, reconcile, wanted, write_sides


def test_every_planted_difference_is_found_under_its_name(own_database_url: str, tmp_path: Path) -> None:
    rows = EVERY + 500
    write_sides(tmp_path, rows)
    _, _, found = reconcile(tmp_path, own_database_url)
    assert len(found) == 18
    assert set(found) == wanted(rows)
