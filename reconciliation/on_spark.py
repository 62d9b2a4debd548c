"""The same match on Apache Spark, for days that one machine does not hold: an option of a deployment (extra `spark`).

Nothing is distributed by code of ours: `hold_together` is given another engine, which runs the same expressions.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import ibis

from reconciliation.columns import Agreement, hold_together


@contextmanager
def spark(master: str) -> Iterator[ibis.BaseBackend]:
    """An engine on a Spark master: `local[2]`, or `spark://host:7077` of a cluster. Needs pyspark and Java 17."""
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master(master)
        .appName("heyi reconciliation")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "8")
        .getOrCreate()
    )
    try:
        yield ibis.pyspark.connect(session)
    finally:
        session.stop()


def match_on(engine: ibis.BaseBackend, sides: Mapping[str, Path]) -> Agreement:
    """Holds sides in Parquet files (the columns of `SIDE_SCHEMA`) together on an engine. Blocking."""
    return hold_together(engine, {name: engine.read_parquet(str(path)) for name, path in sides.items()})
