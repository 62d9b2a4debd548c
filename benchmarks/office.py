"""An office for benchmarks: the region files of the examples, keys made for the run, institutions that nobody calls."""

import tempfile
from pathlib import Path

from adapters.simulator.certificates import open_keys
from adapters.simulator.setup import read_regions
from api.wiring import EXAMPLE_REGIONS, House, build
from foundation.settings import Settings
from settlement.office import Office


def bench_house(url: str, keys: Path) -> House:
    """A house on a database; the simulator's keys are made in, or taken from, a folder."""
    keys.mkdir(parents=True, exist_ok=True)
    open_keys(keys, read_regions(EXAMPLE_REGIONS))
    return build(Settings(), url, keys, {"HEYI_OUTSIDE": "http://127.0.0.1:9", "HEYI_KEYS": str(keys)})


def bench_office(url: str) -> Office:
    """An office with keys of its own."""
    return bench_house(url, Path(tempfile.mkdtemp(prefix="heyi-bench-keys-"))).office
