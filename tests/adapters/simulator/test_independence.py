"""The simulator is a second opinion only while it shares no code with what it judges."""

import ast
from pathlib import Path

import adapters.simulator

OURS = {"api", "adapters", "reconciliation", "settlement", "ledger", "foundation"}


def test_the_simulator_imports_nothing_else_of_the_project() -> None:
    [folder] = adapters.simulator.__path__
    imported = set()
    for file in Path(folder).glob("**/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
            elif isinstance(node, ast.Import):
                imported.update(each.name for each in node.names)
    ours = {name for name in imported if name.split(".")[0] in OURS}
    assert ours
    assert all(name.startswith("adapters.simulator") for name in ours)
