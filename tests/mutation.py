"""Mutation testing of the ledger and the money functions, by mutmut, on one database server: `make mutation`.

    PYTHON-WITH-MUTMUT tests/mutation.py [--seconds N] [--processes N] [FILE ...]

Works on a copy of the project in a temporary folder. Prints every mutant that survived as a difference, then for each
file how many of its mutants were killed; exit status 1 where fewer than 85 % were. The SQL that these files carry, and
that of ledger/sql, is the matter of tests/mutation_sql.py.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MUTMUT = str(Path(sys.executable).with_name("mutmut"))
TESTS = {
    "foundation/money.py": ("tests/foundation/test_money.py",),
    "foundation/group_commit.py": ("tests/foundation/test_group_commit.py",),
    "ledger/": (
        "tests/ledger/test_accounts.py",
        "tests/ledger/test_balances.py",
        "tests/ledger/test_days.py",
        "tests/ledger/test_entries.py",
        "tests/ledger/test_errors.py",
        "tests/ledger/test_evidence.py",
        "tests/ledger/test_holds.py",
        "tests/ledger/test_merkle.py",
        "tests/ledger/test_open_days.py",
        "tests/ledger/test_periods.py",
        "tests/ledger/test_posting.py",
        "tests/ledger/test_proof_form.py",
        "tests/ledger/test_verify.py",
    ),
    "settlement/assessment/formulas.py": (
        "tests/settlement/assessment/test_formulas.py",
        "tests/settlement/assessment/test_cases.py",
        "tests/settlement/assessment/test_rule_set.py",
        "tests/settlement/assessment/test_against_naive.py",
        "tests/settlement/assessment/test_trace.py",
    ),
    "settlement/shares/splitting.py": ("tests/settlement/shares/test_splitting.py",),
}
"""For each place those that kill fast; the state machine and the crashes would find more, at minutes a mutant."""

MUTATED = (
    "foundation/money.py",
    "foundation/group_commit.py",
    "ledger/accounts.py",
    "ledger/balances.py",
    "ledger/days.py",
    "ledger/entries.py",
    "ledger/evidence.py",
    "ledger/holds.py",
    "ledger/merkle.py",
    "ledger/open_days.py",
    "ledger/periods.py",
    "ledger/posting.py",
    "ledger/proof_form.py",
    "ledger/verify.py",
    "settlement/assessment/formulas.py",
    "settlement/shares/splitting.py",
)
FOLDERS = ("foundation", "ledger", "settlement", "reconciliation", "adapters", "api", "alembic", "tests")
ENOUGH = 0.85
KILLED = ("killed", "timeout", "segfault", "suspicious", "caught by type check")


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("files", nargs="*")
    asked.add_argument("--seconds", type=float, help="ends then; the rest is not tried")
    asked.add_argument("--processes", type=int, default=2)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="heyi-mutation-") as name:
        home = Path(name)
        home.chmod(0o711)  # under root the server runs as another account, which must pass through
        copy = home / "copy"
        for folder in FOLDERS:
            shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
        for file in ("pyproject.toml", "alembic.ini"):
            shutil.copy(ROOT / file, copy)
        (copy / "setup.cfg").write_text(configuration(options.files or MUTATED))
        sys.path.insert(0, str(copy))
        from foundation.postgres import running

        (home / "server").mkdir(mode=0o711)
        with running(home / "server") as server:
            server.psql("ALTER SYSTEM SET fsync = off")  # what is thrown away need not be on the disk
            server.psql("SELECT pg_reload_conf()")
            os.environ["HEYI_TEST_HOME"] = str(home / "server")
            command = [MUTMUT, "run", "--max-children", str(options.processes)]
            with subprocess.Popen(command, cwd=copy, start_new_session=True) as run:
                try:
                    run.wait(options.seconds)
                except subprocess.TimeoutExpired:
                    os.killpg(run.pid, signal.SIGKILL)  # its children too, which would go on in a folder that is gone
                    print(f"stopped after {options.seconds} s; the rest was not tried")
        return report(copy)


def configuration(mutated: Sequence[str]) -> str:
    """What mutmut reads."""
    values = {
        "source_paths": ("foundation", "ledger", "settlement"),
        "only_mutate": mutated,
        "also_copy": (*FOLDERS, "alembic.ini", "pyproject.toml"),
        "pytest_add_cli_args": ("-p", "no:cacheprovider", "-p", "no:xdist.looponfail"),
        "pytest_add_cli_args_test_selection": [
            test for place, tests in TESTS.items() if any(file.startswith(place) for file in mutated) for test in tests
        ],
    }
    lines = [f"{key} =\n" + "".join(f"    {one}\n" for one in given) for key, given in values.items()]
    return "[mutmut]\n" + "".join(lines)


def report(copy: Path) -> int:
    """Says what survived and how many were killed, a file a line."""
    results = subprocess.run(
        [MUTMUT, "results", "--all", "true"], cwd=copy, capture_output=True, text=True, check=True
    ).stdout
    counts: dict[str, Counter[str]] = {}
    for mutant, state in re.findall(r"^\s*(\S+): (.+)$", results, re.MULTILINE):
        file = mutant.partition(".x")[0]
        counts.setdefault(file, Counter())[state] += 1
        if state in ("survived", "no tests"):
            print(f"{state}: {mutant}")
            shown = subprocess.run([MUTMUT, "show", mutant], cwd=copy, capture_output=True, text=True, check=False)
            print(
                "\n".join(line for line in shown.stdout.splitlines() if line[:1] in "+-" and line[:3] not in "+++---")
            )
    tried_in_all = killed_in_all = 0
    for file, states in sorted(counts.items()):
        tried = sum(count for state, count in states.items() if state != "not checked")
        killed = sum(states[state] for state in KILLED)
        tried_in_all, killed_in_all = tried_in_all + tried, killed_in_all + killed
        print(f"{file:28} {killed:4} of {tried:4} killed  {dict(states)}")
    score = killed_in_all / max(1, tried_in_all)
    print(f"killed {killed_in_all} of {tried_in_all}: {score:.1%}")
    return 0 if score >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
