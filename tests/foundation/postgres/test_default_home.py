"""Where the data lies if nobody says."""

from pathlib import Path

import pytest

from foundation.postgres import default_home, launcher
from foundation.settings import Settings


@pytest.mark.parametrize(
    ("environment", "uid", "expected"),
    [
        ({"HEYI_HOME": "/srv/heyi", "XDG_DATA_HOME": "/data"}, 0, "/srv/heyi"),
        ({"XDG_DATA_HOME": "/data"}, 0, "/var/lib/heyi"),
        ({"XDG_DATA_HOME": "/data"}, 1000, "/data/heyi"),
        ({"HOME": "/home/li"}, 1000, "/home/li/.local/share/heyi"),
    ],
)
def test_default_home(environment: dict[str, str], uid: int, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEYI_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(launcher, "settings", Settings)
    monkeypatch.setattr("os.geteuid", lambda: uid)
    assert default_home() == Path(expected)
