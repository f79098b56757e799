"""Encrypted files: nothing can be cut, moved or changed in them, and nothing half stays behind."""

import hashlib
import os
import resource
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.core.errors import NotFound, TooLarge, Unavailable
from marketplace.core.storage import FRAME, HEADER, TAG, Store

SEALED = FRAME + TAG
CONTENT = os.urandom(2 * FRAME + 777)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"file://{tmp_path / 'files'}", bytes(32))


def _file(store: Store, address: str) -> Path:
    return Path(store._path(address))


def _cut_last_frame(raw: bytes) -> bytes:
    return raw[: HEADER.size + 2 * SEALED]


def _cut_a_byte(raw: bytes) -> bytes:
    return raw[:-1]


def _swap(raw: bytes) -> bytes:
    first, second = HEADER.size, HEADER.size + SEALED
    return raw[:first] + raw[second : second + SEALED] + raw[first:second] + raw[second + SEALED :]


def _drop_the_middle(raw: bytes) -> bytes:
    return raw[: HEADER.size + SEALED] + raw[HEADER.size + 2 * SEALED :]


def _double_the_first(raw: bytes) -> bytes:
    return raw[: HEADER.size + SEALED] + raw[HEADER.size :]


def _flip(at: int) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        changed = bytearray(raw)
        changed[at] ^= 1
        return bytes(changed)

    return change


@pytest.mark.parametrize(
    "harm",
    [
        _cut_last_frame,
        _cut_a_byte,
        _swap,
        _drop_the_middle,
        _double_the_first,
        lambda raw: raw[: HEADER.size],
        lambda raw: raw[:10],
        lambda raw: b"",
        lambda raw: raw + b"x",
        *(_flip(at) for at in (0, 3, 4, 19, 20, 27, 28, 28 + SEALED, -1, -TAG)),
    ],
)
def test_a_damaged_file_is_refused(store: Store, harm: Callable[[bytes], bytes]) -> None:
    blob = store.put([CONTENT])
    path = _file(store, blob.address)
    path.write_bytes(harm(path.read_bytes()))

    with pytest.raises(Unavailable, match="file_damaged"):
        list(store.read(blob.address))


def test_frames_of_another_file_are_refused(store: Store) -> None:
    one, two = store.put([CONTENT]), store.put([CONTENT[::-1]])
    mine, other = _file(store, one.address), _file(store, two.address)
    mine.write_bytes(mine.read_bytes()[: HEADER.size] + other.read_bytes()[HEADER.size :])

    with pytest.raises(Unavailable, match="file_damaged"):
        list(store.read(one.address))


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 2 * FRAME + 1])
def test_what_goes_in_comes_out(store: Store, size: int) -> None:
    content = os.urandom(size)

    blob = store.put(iter([content[: size // 3], b"", content[size // 3 :]]))

    assert blob.size == store.size(blob.address) == size
    assert blob.sha256 == hashlib.sha256(content).hexdigest()
    assert b"".join(store.read(blob.address)) == content
    assert blob.sha256 not in str(_file(store, blob.address))


NEAR = st.sampled_from([0, FRAME, 2 * FRAME, len(CONTENT)]).flatmap(
    lambda border: st.integers(max(0, border - 2), border + 2)
)


@given(NEAR, NEAR)
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_range_is_the_range_of_the_content(store: Store, start: int, end: int) -> None:
    address = store.put([CONTENT]).address

    assert b"".join(store.read(address, start, end)) == CONTENT[start:end]
    assert b"".join(store.read(address, start)) == CONTENT[start:]


def test_the_same_content_is_kept_once_and_destroyed_at_all(store: Store, tmp_path: Path) -> None:
    one, two = store.put([CONTENT]), store.put([CONTENT])

    files = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert one == two
    assert len(files) == 1
    assert CONTENT[:64] not in files[0].read_bytes()

    store.destroy(one.address)
    store.destroy(one.address)

    assert not store.exists(one.address)
    with pytest.raises(NotFound, match="file_gone"):
        store.read(one.address)  # at once: the answer's status is not sent yet


def _nothing_left(folder: Path) -> bool:
    return not [path for path in folder.rglob("*") if path.is_file()]


def test_too_large_a_file_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="file_too_large"):
        store.put([CONTENT], limit=len(CONTENT) - 1)

    assert _nothing_left(tmp_path)
    assert store.put([CONTENT], limit=len(CONTENT)).size == len(CONTENT)


def test_an_upload_that_breaks_off_leaves_nothing(store: Store, tmp_path: Path) -> None:
    def breaking() -> Iterator[bytes]:
        yield CONTENT
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError, match="gone"):
        store.put(breaking())

    assert _nothing_left(tmp_path)


class _FullDisk:
    """A real file that refuses to grow past a limit, as a full disk does."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __enter__(self) -> "_FullDisk":
        return self

    def __exit__(self, *_why: object) -> None:
        self._inner.close()

    def write(self, data: bytes) -> None:
        if self._inner.tell() + len(data) > FRAME + 100:
            raise OSError(28, "No space left on device")
        self._inner.write(data)


def test_a_full_disk_is_told_and_leaves_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = store._fs.open
    monkeypatch.setattr(
        store._fs, "open", lambda path, mode: _FullDisk(real(path, mode)), raising=False
    )

    with pytest.raises(Unavailable, match="No space left"):
        store.put([CONTENT])

    monkeypatch.undo()
    assert _nothing_left(tmp_path)


def test_what_killed_uploads_left_is_swept_after_a_day(store: Store, tmp_path: Path) -> None:
    assert store.sweep() == 0
    blob = store.put([CONTENT])
    old, young = tmp_path / "files/staged/old", tmp_path / "files/staged/young"
    old.write_bytes(b"x")
    young.write_bytes(b"x")
    os.utime(old, (time.time() - 90_000,) * 2)

    assert store.sweep(timedelta(days=1)) == 1

    assert not old.exists()
    assert young.exists()
    assert store.exists(blob.address)


def test_300_mb_pass_through_a_small_memory(store: Store) -> None:
    piece = os.urandom(FRAME)
    store.put([piece])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    blob = store.put(piece for _ in range(300))
    read = sum(len(one) for one in store.read(blob.address))

    assert read == 300 * FRAME
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
