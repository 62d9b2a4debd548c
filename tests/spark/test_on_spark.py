"""The match on Spark is the match on DuckDB, row for row. `make spark`; skipped where pyspark or Java is absent."""

import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconciliation.columns import Agreement
from reconciliation.matching import SIDE_SCHEMA
from reconciliation.on_spark import match_on, spark

pyspark = pytest.importorskip("pyspark")
pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java 17")

ROWS, SIDES = 2_000, ("book", "channel", "treasury")


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three sides that mostly agree: some rows missing, repeated, with another amount or account, or without a key."""
    folder, draw = tmp_path_factory.mktemp("sides"), random.Random(7)
    found = {}
    for side in SIDES:
        rows = []
        for number in range(ROWS):
            row = (f"k{number}" if number % 97 else "", f"a{number % 3}", number * 7 + 1)
            match draw.randrange(40):
                case 0:
                    continue
                case 1:
                    rows.append(row)
                case 2:
                    row = (row[0], row[1], row[2] + 1)
                case 3:
                    row = (row[0], "other", row[2])
            rows.append(row)
        draw.shuffle(rows)
        columns = [(place, *row) for place, row in enumerate(rows)]
        table = pa.Table.from_pylist(
            [dict(zip(SIDE_SCHEMA.names, row, strict=True)) for row in columns], schema=SIDE_SCHEMA.to_pyarrow()
        )
        found[side] = folder / f"{side}.parquet"
        pq.write_table(table, found[side])
    return found


Plain = tuple[int, int, list[dict[str, object]], dict[str, list[dict[str, object]]], dict[str, tuple[int, int]]]


def plain(engine: ibis.BaseBackend, agreement: Agreement) -> Plain:
    """Everything that an agreement says, in one order."""
    agreed = engine.to_pyarrow(agreement.agreed.order_by("row_no")).select(SIDE_SCHEMA.names).to_pylist()
    rest = {name: table.select(SIDE_SCHEMA.names).to_pylist() for name, table in agreement.rest.items()}
    return agreement.count, agreement.fen, agreed, rest, dict(agreement.totals)


@pytest.fixture(scope="module")
def wanted(sides: dict[str, Path]) -> Plain:
    engine = ibis.duckdb.connect()
    found = plain(engine, match_on(engine, sides))
    engine.disconnect()
    assert 0 < found[0] < ROWS
    assert all(found[3].values())
    return found


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """A standalone cluster of two workers on this machine: its address."""
    home, port = Path(pyspark.__file__).parent, free_port()
    environment = {
        **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable,
    }  # fmt: skip
    run = [str(home / "bin" / "spark-class")]
    master = f"spark://127.0.0.1:{port}"
    workers = "org.apache.spark.deploy.worker.Worker"
    commands = [
        [*run, "org.apache.spark.deploy.master.Master", "-h", "127.0.0.1", "-p", str(port), "--webui-port", "0"],
        *[[*run, workers, "--cores", "1", "--memory", "1g", "--webui-port", "0", "-d", str(tmp_path / name), master]
          for name in ("one", "two")],
    ]  # fmt: skip
    processes = []
    try:
        for command in commands:
            processes.append(subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL))
            _wait_for(port)
        yield master
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(240):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.5)
    raise AssertionError(f"nothing listens on port {port}")


def test_on_two_threads(sides: dict[str, Path], wanted: Plain) -> None:
    with spark("local[2]") as engine:
        assert plain(engine, match_on(engine, sides)) == wanted


def test_on_a_cluster_of_two_workers(sides: dict[str, Path], wanted: Plain, cluster: str) -> None:
    with spark(cluster) as engine:
        assert plain(engine, match_on(engine, sides)) == wanted
        executors = engine._session.sparkContext._jsc.sc().getExecutorMemoryStatus().size()
    assert executors == 3  # the driver and one on each worker
