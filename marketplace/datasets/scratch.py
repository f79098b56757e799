"""Readable copies for the table engine: in private folders, swept when they are left behind."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from marketplace.core.errors import Unavailable
from marketplace.core.holdings import holdings

LEFT_BEHIND_SECONDS = 3 * 3600


def root() -> Path:
    """`DATA_DIR/scratch`, mode 0700."""
    folder = holdings().settings.data_dir / "scratch"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


@contextmanager
def folder() -> Iterator[Path]:
    """A private folder, gone afterwards."""
    sweep()
    made = Path(tempfile.mkdtemp(dir=root(), prefix=f"{os.getpid()}-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write bounded pieces to a file; Unavailable when the disk is full."""
    try:
        with path.open("wb") as out:
            for piece in pieces:
                out.write(piece)
    except OSError as full:
        raise Unavailable("storage_unavailable", reason=full.strerror or "") from full


def sweep(older_than_seconds: float = LEFT_BEHIND_SECONDS) -> int:
    """Remove what a killed process left behind, at once, and what is too old; how many folders."""
    count = 0
    for left in root().iterdir():
        try:
            old = time.time() - left.stat().st_mtime >= older_than_seconds
        except FileNotFoundError:
            continue
        if old or not _is_alive(left.name.split("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
            count += 1
    return count


def _is_alive(pid: str) -> bool:
    """Whether the process that made a folder still runs on this machine."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
