"""The table engine under watch, and files of any size in bounded memory."""

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from marketplace.core.errors import Invalid, TooLarge
from marketplace.core.holdings import holdings
from marketplace.core.storage import Store
from marketplace.datasets import engine, scratch

ROOT = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024


def task(folder: Path, content: bytes) -> dict[str, str]:
    path = folder / "upload"
    path.write_bytes(content)
    return {"task": "examine", "path": str(path), "filename": "a.csv", "scratch": str(folder)}


def test_the_child_answers(tmp_path: Path) -> None:
    found = engine.run(task(tmp_path, b"a,b\n1,2\n"))

    assert (found["rows"], [c["name"] for c in found["columns"]]) == (1, ["a", "b"])


def test_the_childs_refusal_is_ours(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        engine.run(task(tmp_path, b"a,b\n1\n"))

    assert (refused.value.code, refused.value.facts["line"]) == ("rows_ragged", 2)


def test_a_child_that_takes_too_much_is_ended(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="table_too_large"):
        engine.run(task(tmp_path, b"a\n1\n"), memory_bytes=MIB)
    with pytest.raises(Invalid, match="table_took_too_long"):
        engine.run(task(tmp_path, b"a\n1\n"), seconds=0.01)


def test_a_child_that_dies_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(engine.EngineFailed):
        engine.run({"task": "examine"})


def test_two_hundred_megabytes_pass_through_the_store_in_bounded_memory(tmp_path: Path) -> None:
    script = """
import os, resource, sys
from marketplace.core.storage import Store
def pieces(n):
    for i in range(n):
        yield i.to_bytes(8, 'big') * (256 * 1024 // 8)
store = Store('file://' + sys.argv[1], b'k' * 32)
store.put(pieces(8))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
blob = store.put(pieces(800))
total = sum(len(piece) for piece in store.read(blob.address))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(blob.size, total, after - before)
"""
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    size, read, grown_kib = (int(part) for part in told.stdout.split())
    assert size == read == 200 * MIB
    assert grown_kib < 16 * 1024


def test_nothing_stays_of_a_stream_past_the_limit(tmp_path: Path) -> None:
    store = Store(f"file://{tmp_path}", b"k" * 32)

    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * MIB

    with pytest.raises(TooLarge):
        store.put(endless(), limit=3 * MIB)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_wide_csv_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    with path.open("w") as out:
        out.write(",".join(f"c{n}" for n in range(20)) + "\n")
        for row in range(150_000):
            out.write(",".join(str(row * 7 % (n + 3)) + "abcdefgh" for n in range(20)) + "\n")
    whole = {"task": "examine", "path": str(path), "filename": "a.csv", "scratch": str(tmp_path)}

    found = engine.run(whole, memory_bytes=700 * MIB)

    assert found["rows"] == 150_000


def test_scratch_is_private_and_swept(app: Flask) -> None:
    with scratch.folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(scratch.root().stat().st_mode) == 0o700
        (folder / "x").write_text("left behind")
        old = time.time() - 4 * 3600
        os.utime(folder, (old, old))
        assert scratch.sweep() == 1
        assert not folder.exists()
    (scratch.root() / "999999999-x").mkdir()  # of a process that is no more
    with scratch.folder() as next_one:
        assert [left.name for left in scratch.root().iterdir()] == [next_one.name]
    assert holdings().settings.data_dir in scratch.root().parents


def test_the_command_needs_no_server_database_or_key(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "姓名,手机\n" + "".join(f"王芳,138{n:08d}\n" for n in range(40)), encoding="utf-8"
    )
    nowhere = tmp_path / "nowhere"

    told = subprocess.run(
        [sys.executable, "-m", "flask", "datasets", "scan", str(path), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(nowhere),
            "KEY_DIR": str(tmp_path / "nokeys"),
            "DATABASE_URL": f"sqlite:///{nowhere}/none.db",
        },
    )

    found = json.loads(told.stdout)
    assert (found["rows"], found["duplicates"]) == (40, 0)
    assert {"kind", "count", "share", "confidence"} <= set(found["columns"][1]["pii"][0])
    assert not nowhere.exists()
