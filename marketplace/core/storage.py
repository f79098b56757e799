"""Files: content-addressed, encrypted in frames, streamed.

A blob is a header and frames of AES-256-GCM, each with its index and a last-frame flag in the
associated data, so that no frame can be dropped, moved or cut off. Its address is a keyed digest
of the content: a plain digest would tell a stranger that we hold a file he knows.
"""

import contextlib
import hashlib
import hmac
import io
import os
import secrets
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import fsspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from marketplace.core.clock import now
from marketplace.core.errors import NotFound, TooLarge, Unavailable

FRAME = 1024 * 1024
TAG = 16
MAGIC = b"QSB1"
HEADER = struct.Struct(">4s16sQ")


@dataclass(frozen=True)
class Blob:
    """What was stored: its address, its SHA-256 in hex, its size in bytes."""

    address: str
    sha256: str
    size: int


class Store:
    """A folder or a bucket of encrypted blobs. `secret` is 32 bytes from `KEY_DIR`."""

    def __init__(self, url: str, secret: bytes) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(url)
        self._secret = secret

    def put(self, chunks: Iterable[bytes], limit: int | None = None) -> Blob:
        """Store a stream, counting and hashing; TooLarge past `limit` bytes. Nothing stays on failure."""
        part = f"{self._root}/staged/{secrets.token_hex(16)}"
        salt = os.urandom(16)
        digest, size = hashlib.sha256(), 0
        try:
            self._fs.makedirs(f"{self._root}/staged", exist_ok=True)
            with self._fs.open(part, "wb") as out:
                out.write(HEADER.pack(MAGIC, salt, 0))
                cipher = AESGCM(self._key(salt))
                for index, frame, last in _frames(chunks):
                    size += len(frame)
                    if limit is not None and size > limit:
                        raise TooLarge("file_too_large", limit=limit)
                    digest.update(frame)
                    out.write(cipher.encrypt(_nonce(index), frame, _bound(index, last)))
                _make_lasting(out)
            blob = Blob(self._address(digest.digest()), digest.hexdigest(), size)
            self._settle(part, self._path(blob.address))
        except OSError as full:
            self._discard(part)
            raise Unavailable("storage_unavailable", reason=full.strerror or "") from full
        except BaseException:
            self._discard(part)
            raise
        return blob

    def size(self, address: str) -> int:
        """Bytes of the content."""
        stored = int(self._fs.size(self._existing(address))) - HEADER.size
        frames = max(1, -(-stored // (FRAME + TAG)))
        size = stored - frames * TAG
        if size < 0:
            raise Unavailable("file_damaged")
        return size

    def read(self, address: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The content from `start` up to but not including `end`, in pieces of at most 1 MiB.

        NotFound `file_gone` at once; Unavailable `file_damaged` at the frame that is.
        """
        size = self.size(address)
        stop = size if end is None else min(end, size)
        return self._pieces(self._path(address), size, start, stop)

    def _pieces(self, path: str, size: int, start: int, stop: int) -> Iterator[bytes]:
        last_frame = max(0, size - 1) // FRAME
        beyond = -(-stop // FRAME) if size else 1  # an empty file is one empty frame
        with self._fs.open(path, "rb") as file:
            cipher = AESGCM(self._key(_salt_of(file)))
            for index in range(start // FRAME, beyond):
                plain = _open_frame(file, cipher, index, index == last_frame)
                low = max(start - index * FRAME, 0)
                high = min(stop - index * FRAME, len(plain))
                if high > low:
                    yield plain[low:high]

    def exists(self, address: str) -> bool:
        return bool(self._fs.exists(self._path(address)))

    def destroy(self, address: str) -> None:
        """Remove the content. The caller has made sure that nothing else refers to it."""
        self._discard(self._path(address))

    def sweep(self, older_than: timedelta = timedelta(days=1)) -> int:
        """Remove what uploads that were killed on their way left behind; how many parts."""
        folder = f"{self._root}/staged"
        parts = self._fs.ls(folder, detail=False) if self._fs.exists(folder) else []
        left = [part for part in parts if self._modified(part) < now() - older_than]
        for part in left:
            self._discard(part)
        return len(left)

    def _modified(self, path: str) -> datetime:
        try:
            instant: datetime = self._fs.modified(path)
        except FileNotFoundError:  # settled in this moment
            return now()
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)

    def _settle(self, part: str, path: str) -> None:
        if self._fs.exists(path):
            self._discard(part)
            return
        self._fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        self._fs.mv(part, path)

    def _discard(self, path: str) -> None:
        if self._fs.exists(path):
            self._fs.rm(path)

    def _key(self, salt: bytes) -> bytes:
        return HKDF(hashes.SHA256(), 32, salt, b"quanshu blob").derive(self._secret)

    def _address(self, sha256: bytes) -> str:
        return hmac.new(self._secret, b"address" + sha256, hashlib.sha256).hexdigest()

    def _path(self, address: str) -> str:
        return f"{self._root}/{address[:2]}/{address}"

    def _existing(self, address: str) -> str:
        path = self._path(address)
        if not self._fs.exists(path):
            raise NotFound("file_gone")
        return path


def _frames(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """Cut a stream into frames of exactly FRAME bytes, the last one shorter or empty."""
    buffer, index = bytearray(), 0
    for chunk in chunks:
        for at in range(0, len(chunk), FRAME):  # a great chunk must not make a great buffer
            buffer += chunk[at : at + FRAME]
            if len(buffer) > FRAME:
                yield index, bytes(buffer[:FRAME]), False
                del buffer[:FRAME]
                index += 1
    yield index, bytes(buffer), True


def _make_lasting(out: Any) -> None:
    """A blob on this machine's disk is on the disk before a row can refer to it."""
    out.flush()
    with contextlib.suppress(io.UnsupportedOperation, AttributeError):  # a bucket has no disk
        os.fsync(out.fileno())


def _salt_of(file: BinaryIO) -> bytes:
    head = file.read(HEADER.size)
    if len(head) != HEADER.size:
        raise Unavailable("file_damaged")
    magic, salt, reserved = HEADER.unpack(head)
    if magic != MAGIC or reserved:
        raise Unavailable("file_damaged")
    return bytes(salt)


def _nonce(index: int) -> bytes:
    return struct.pack(">IQ", 0, index)


def _bound(index: int, last: bool) -> bytes:
    return struct.pack(">Q?", index, last)


def _open_frame(file: BinaryIO, cipher: AESGCM, index: int, last: bool) -> bytes:
    file.seek(HEADER.size + index * (FRAME + TAG))
    sealed = file.read(FRAME + TAG)
    try:
        return cipher.decrypt(_nonce(index), sealed, _bound(index, last))
    except InvalidTag as tampered:
        raise Unavailable("file_damaged") from tampered
