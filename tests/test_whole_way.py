"""The whole way of both cases over HTTP, as the demonstration goes it: from the window to the signed day."""

import json
import os
import subprocess
import sys

from foundation.postgres import Server
from tests.ports import kept_port

HOME_FEN = 1_500_000 + 8_000
"""Deed tax 1 % of 1.5 million yuan; 80 yuan for the registration of a home."""

SHOP_FEN = 3_600_000 + 2 * 30_000 + 1_200_000 + 55_000
"""Of 1.2 million yuan: deed tax 3 %, stamp tax 0.025 % a side, land premium 1 %; 550 yuan for the registration."""


def test_the_demonstration_accounts_for_every_fen(database_server: Server) -> None:
    home = {"HEYI_HOME": os.environ["HEYI_TEST_HOME"]}  # joins the server of the tests
    with kept_port() as port:
        done = subprocess.run(
            [sys.executable, "-c", "from api.cli.main import run; run()", "demo", "--exit", "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env={**os.environ, **home},
        )
    assert done.returncode == 0, done.stdout + done.stderr
    last = json.loads(done.stdout.strip().splitlines()[-1])
    assert (last["bills"], last["cleared"], last["breaks"], last["in_transit_fen"]) == (2, 2, 0, 0)
    assert last["paid_fen"] == last["allocated_fen"] == HOME_FEN + SHOP_FEN
    assert last["day_signed"] is True
    assert "█" in done.stdout  # the code in the terminal
