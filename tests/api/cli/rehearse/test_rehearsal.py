"""A small rehearsal holds, from the window to two signed days, with half of everything going wrong."""

import json
from pathlib import Path

import pytest

from api.cli.rehearse.command import Wish, rehearse, tell
from api.cli.rehearse.outside import free_port
from api.cli.rehearse.telling import Teller
from foundation.settings import Settings
from tests.played import Played


async def test_bills_with_every_second_thing_going_wrong(
    own_database_url: str, played: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = Wish(bills=14, faults=0.5, seed=3, days=2)
    settings = Settings(public_url=f"http://127.0.0.1:{free_port()}")
    with Teller(wish.bills, wish.seed) as teller:
        result = await rehearse(settings, own_database_url, tmp_path / "keys", played.environment, wish, teller)
    tell(result, wish)
    told = capsys.readouterr()
    said = json.loads(told.out.splitlines()[-1])
    assert result.holds, told.err
    assert (said["bills"], said["days_signed"]) == (14, 2)
    assert (said["lost"], said["doubled"], said["unexplained_fen"], said["stuck"]) == (0, 0, 0, 0)
    assert said["paid_fen"] == said["refunded_fen"] + said["allocated_fen"] > 0
    assert said["breaks_found"] == said["breaks_planted"] > 0
    assert said["false_breaks"] == 0
