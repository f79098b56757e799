"""The table engine as a child process under watch: memory and time are bounded from outside."""

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, cast

from marketplace.core.errors import Invalid

MEMORY_BYTES = 3 * 1024**3
SECONDS = 900
PEEK_SECONDS = 0.05
ROOT = Path(__file__).resolve().parent.parent.parent


class EngineFailed(Exception):
    """The child ended without an answer; the job tries again."""


def run(
    task: dict[str, Any], *, memory_bytes: int = MEMORY_BYTES, seconds: float = SECONDS
) -> dict[str, Any]:
    """The child's answer.

    Raises the child's refusal as Invalid; `table_too_large` or `table_took_too_long` when it passed
    its bounds and was ended; EngineFailed when it died of something else.
    """
    with TemporaryFile() as answers, TemporaryFile() as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "marketplace.datasets.table_engine"],
            stdin=subprocess.PIPE,
            stdout=answers,
            stderr=errors,
            cwd=ROOT,
        )
        try:
            _watch(child, json.dumps(task).encode(), memory_bytes, seconds)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        answers.seek(0)
        told = answers.read()
        if child.returncode != 0 or not told:
            errors.seek(0)
            raise EngineFailed(
                f"exit {child.returncode}: {errors.read()[-400:].decode('utf-8', 'replace')}"
            )
    answer = json.loads(told)
    if "refused" in answer:
        raise Invalid(answer["refused"]["code"], **answer["refused"]["facts"])
    return cast(dict[str, Any], answer["ok"])


def _watch(
    child: "subprocess.Popen[bytes]", task: bytes, memory_bytes: int, seconds: float
) -> None:
    assert child.stdin is not None
    child.stdin.write(task)
    child.stdin.close()
    until = time.monotonic() + seconds
    while child.poll() is None:
        if resident_bytes(child.pid) > memory_bytes:
            raise Invalid("table_too_large", most_mib=memory_bytes // 1024**2)
        if time.monotonic() > until:
            raise Invalid("table_took_too_long", seconds=int(seconds))
        time.sleep(PEEK_SECONDS)


def resident_bytes(pid: int) -> int:
    """Resident memory of a process; 0 where the system does not tell."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0
