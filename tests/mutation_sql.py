"""Mutation testing of the book's SQL: `make mutation-sql`.

    PYTHON tests/mutation_sql.py [--every N] [--seconds N] [--processes N] [FILE ...]

Changes one token of one statement at a time, in ledger/sql/*.sql and in the queries that ledger/*.py carries, migrates
a fresh database with it and runs the ledger's tests against that. Prints each mutant that no test noticed, then how
many of each file's mutants were killed; exit status 1 where fewer than 85 % were. A mutant that the database refuses to
create counts nowhere. `--every 5` takes each fifth, for a quick look.
"""

import argparse
import multiprocessing
import os
import random
import re
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("foundation", "ledger", "alembic")
TESTS = (
    "posting", "errors", "properties", "holds", "limits", "days", "open_days", "evidence", "verify", "append_only",
    "machine",
)  # fmt: skip
"""Those that kill fast come first; the state machine is for what they leave."""
ENOUGH = 0.85
LONGEST = 300
"""Seconds after which a mutant counts as killed: it made the book wait for ever."""

OTHERS = {
    "=": "<>", "<>": "=", "<": "<=", "<=": "<", ">": ">=", ">=": ">", " + ": " - ", " - ": " + ",
    "AND": "OR", "OR": "AND", "ANY": "ALL", "ALL": "ANY", "UNION ALL": "UNION", "DESC": "ASC",
    "IS NULL": "IS NOT NULL", "IS NOT NULL": "IS NULL", "IS DISTINCT FROM": "IS NOT DISTINCT FROM",
    "IS NOT TRUE": "IS TRUE", "NOT EXISTS": "EXISTS", "EXISTS": "NOT EXISTS", "LEFT JOIN": "JOIN",
    "FULL JOIN": "LEFT JOIN", "true": "false", "false": "true", "0": "1", "1": "2", "min": "max", "max": "min",
    "sum": "max", "debit": "credit", "credit": "debit", "debits": "credits", "credits": "debits",
}  # fmt: skip
_TOKEN = re.compile(
    r"--[^\n]*|'[^']*'|\$\$"  # left alone: comments, constants, the quotes of a function
    r"|BETWEEN\s+\S+\s+AND|:=|=>|\w+\s*:=|SET \w+ = \w+"
    r"|(?:PERFORM|RAISE)\b[^;]*;"
    r"|<>|<=|>=|(?<=\s)[+-](?=\s)|[=<>]"
    r"|UNION ALL|IS NOT NULL|IS NULL|IS DISTINCT FROM|IS NOT TRUE|NOT EXISTS|(?:LEFT|FULL) JOIN|\b\w+\b"
)
_QUERY = re.compile(r'"""(?:[^"]|"(?!""))*"""')  # of a Python file


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a file: what stands at `place` becomes `new`."""

    file: str
    place: int
    old: str
    new: str

    def applied(self, text: str) -> str:
        return text[: self.place] + self.new + text[self.place + len(self.old) :]

    def shown(self) -> str:
        """The line it changes, with the change."""
        text = (ROOT / self.file).read_text(encoding="utf-8")
        start = text.rfind("\n", 0, self.place) + 1
        number, line = text.count("\n", 0, start) + 1, text[start : text.find("\n", self.place)]
        at = self.place - start
        change = f"[{' '.join(self.old.split())} -> {self.new}]"
        return f"{self.file}:{number}: {line[:at].lstrip()}{change}{line[at + len(self.old) :]}"


def mutants(file: str) -> Iterator[Mutant]:
    """The mutants of a file, in the order of their places."""
    text = (ROOT / file).read_text(encoding="utf-8")
    pieces = (
        [(0, text)]
        if file.endswith(".sql")
        else [(q.start(), q[0]) for q in _QUERY.finditer(text) if "ledger." in q[0] and "SELECT" in q[0]]
    )
    for start, piece in pieces:
        for found in _TOKEN.finditer(piece):
            old = found[0]
            if old.startswith(("PERFORM", "RAISE")):
                yield Mutant(file, start + found.start(), old, "NULL;")
            elif (key := f" {old} " if old in "+-" else old) in OTHERS:
                yield Mutant(file, start + found.start(), old, OTHERS[key].strip())


def outcome(mutant: Mutant) -> tuple[Mutant, str]:
    """'killed', 'survived' or 'refused'. Runs in a process of its own, which it leaves in disorder."""
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LONGEST)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        home = Path(name)
        for folder in FOLDERS:
            shutil.copytree(ROOT / folder, home / folder, ignore=shutil.ignore_patterns("__pycache__"))
        (home / "tests").mkdir()
        for one in ("__init__.py", "conftest.py", "ledger"):
            source = ROOT / "tests" / one
            (shutil.copytree if source.is_dir() else shutil.copy)(source, home / "tests" / one)
        for one in ("pyproject.toml", "alembic.ini"):
            shutil.copy(ROOT / one, home)
        changed = home / mutant.file
        changed.write_text(mutant.applied(changed.read_text(encoding="utf-8")), encoding="utf-8")
        os.chdir(home)
        sys.path.insert(0, str(home))
        return mutant, _tested(home)


def _too_long(*_: object) -> None:
    raise TimeoutError(f"no result after {LONGEST} s")


def _tested(home: Path) -> str:
    import pytest

    from foundation.database import migrate
    from foundation.postgres import create_database, drop_database, running

    template = os.environ["HEYI_TEST_TEMPLATE"] = f"heyi_mutant_{os.getpid()}"
    with running(Path(os.environ["HEYI_TEST_HOME"])) as server:
        create_database(server, template)
        try:
            migrate(server.url(template))
        except Exception:  # whatever it was, there is no such book
            return "refused"
        else:
            Path(os.environ["HEYI_TEST_HOME"], template).write_text("migrated\n")
            tests = [f"tests/ledger/test_{one}.py" for one in TESTS]
            failed = pytest.main(["-x", "-q", "-p", "no:cacheprovider", f"--rootdir={home}", *tests])
            return "killed" if failed else "survived"
        finally:
            drop_database(server, template)


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("files", nargs="*")
    asked.add_argument("--every", type=int, default=1)
    asked.add_argument("--seconds", type=float, default=float("inf"), help="ends then; the rest is not tried")
    asked.add_argument("--processes", type=int, default=2)
    options = asked.parse_args()
    files = options.files or sorted(
        str(path.relative_to(ROOT)) for pattern in ("sql/*.sql", "*.py") for path in (ROOT / "ledger").glob(pattern)
    )
    chosen = [one for file in files for one in mutants(file)][:: options.every]
    random.Random(len(chosen)).shuffle(chosen)  # so that a run that is stopped has tried a fair sample
    print(f"{len(chosen)} mutants", flush=True)
    end = monotonic() + options.seconds
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory(prefix="heyi-mutation-") as name:
        home = Path(name)
        home.chmod(0o711)  # under root the server runs as another account, which must pass through
        sys.path.insert(0, str(ROOT))
        from foundation.postgres import running

        with running(home) as server:
            server.psql("ALTER SYSTEM SET fsync = off")  # what is thrown away need not be on the disk
            server.psql("SELECT pg_reload_conf()")
            os.environ["HEYI_TEST_HOME"] = str(home)
            forget_ours()
            pool = multiprocessing.get_context("fork").Pool(options.processes, maxtasksperchild=1)
            for mutant, state in pool.imap(outcome, chosen, chunksize=1):
                counts.setdefault(mutant.file, Counter())[state] += 1
                if state == "survived":
                    print(mutant.shown(), flush=True)
                if monotonic() > end:
                    print(f"stopped after {options.seconds} s; the rest was not tried")
                    break
            pool.terminate()
            pool.join()
    return report(counts)


def forget_ours() -> None:
    """So that each process loads the mutant's modules, and only the libraries are loaded once."""
    import hypothesis.stateful
    import pytest
    import pytest_asyncio

    del hypothesis, pytest, pytest_asyncio
    sys.path.remove(str(ROOT))
    for name in [one for one in sys.modules if one.partition(".")[0] in (*FOLDERS, "tests")]:
        del sys.modules[name]


def report(counts: dict[str, Counter[str]]) -> int:
    """Says how many were killed, a file a line."""
    killed = sum(one["killed"] for one in counts.values())
    tried = killed + sum(one["survived"] for one in counts.values())
    for file, states in sorted(counts.items()):
        print(f"{file:32} {states['killed']:4} of {states['killed'] + states['survived']:4} killed")
    print(f"killed {killed} of {tried}: {killed / max(1, tried):.1%}")
    return 0 if killed >= ENOUGH * tried else 1


if __name__ == "__main__":
    sys.exit(main())
