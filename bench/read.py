# ruff: noqa: E501 - invented rows read better on one line
"""One product through the API against a bare Flask and SQLAlchemy route on the same server."""

import re
import shutil
import subprocess
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from bench.catalogue_data import TOKEN, seconds, server
from bench.figure import Figure

ROUNDS = 3
SECONDS = 2


def run() -> list[Figure]:
    """Requests a second, in alternating rounds; the median of each."""
    bearer = f"Bearer {TOKEN}"
    with tempfile.TemporaryDirectory() as folder, server(Path(folder), 500) as (_wire, ids, port):
        ours, bare = f"/api/v1/products/{ids[7]}", f"/bare/row/{ids[7]}"
        wanted = ((bare, ""), (ours, ""), (ours, bearer))
        rounds = [[rate(port, *one) for one in wanted] for _round in range(ROUNDS)]
    reference, public, token = (median(one) for one in zip(*rounds, strict=True))
    return [
        Figure("one-row API read, public", f"{public:.0f}/s", f"bare {reference:.0f}/s", public / reference, 0.8),
        Figure("one-row API read, with a token", f"{token:.0f}/s", f"bare {reference:.0f}/s", token / reference, 0.55),
    ]  # fmt: skip


def rate(port: int, path: str, bearer: str) -> float:
    """Requests a second by wrk; by one Python client where wrk is missing."""
    program = shutil.which("wrk")
    if program is None:
        return _by_hand(port, path, bearer)
    command = [program, "-t1", "-c2", f"-d{SECONDS}s", f"http://127.0.0.1:{port}{path}"]
    if bearer:
        command += ["-H", f"Authorization: {bearer}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said, said
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found, said
    return float(found[1])


def _by_hand(port: int, path: str, bearer: str) -> float:
    wire = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": bearer} if bearer else {}
    count, end = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        seconds(wire, path, **headers)
        count += 1
    return count / SECONDS
