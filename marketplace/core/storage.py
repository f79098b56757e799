"""Files: content-addressed, encrypted in frames, streamed.

A blob is a header and frames of AES-256-GCM, each with its index and a last-frame flag in the
associated data, so that no frame can be dropped, moved or cut off. Its address is a keyed digest
of the content: a plain digest would tell a stranger that we hold a file he knows.
"""

import hashlib
import hmac
import os
import secrets
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import fsspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

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
        self._fs.makedirs(f"{self._root}/staged", exist_ok=True)
        salt = os.urandom(16)
        digest, size = hashlib.sha256(), 0
        try:
            with self._fs.open(part, "wb") as out:
                out.write(HEADER.pack(MAGIC, salt, 0))
                cipher = AESGCM(self._key(salt))
                for index, frame, last in _frames(chunks):
                    size += len(frame)
                    if limit is not None and size > limit:
                        raise TooLarge("file_too_large", limit=limit)
                    digest.update(frame)
                    out.write(cipher.encrypt(_nonce(index), frame, _bound(index, last)))
        except OSError as full:
            self._discard(part)
            raise Unavailable("storage_unavailable", reason=full.strerror or "") from full
        except BaseException:
            self._discard(part)
            raise
        blob = Blob(self._address(digest.digest()), digest.hexdigest(), size)
        self._settle(part, self._path(blob.address))
        return blob

    def size(self, address: str) -> int:
        """Bytes of the content."""
        stored = int(self._fs.size(self._existing(address))) - HEADER.size
        frames = max(1, -(-stored // (FRAME + TAG)))
        return stored - frames * TAG

    def read(self, address: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The content from `start` up to but not including `end`, in pieces of at most 1 MiB."""
        path = self._existing(address)
        size = self.size(address)
        stop = size if end is None else min(end, size)
        last_frame = max(0, (size - 1) // FRAME) if size else 0
        with self._fs.open(path, "rb") as file:
            magic, salt, _ = HEADER.unpack(file.read(HEADER.size))
            if magic != MAGIC:
                raise Unavailable("file_damaged")
            cipher = AESGCM(self._key(salt))
            for index in range(start // FRAME, last_frame + 1):
                if index * FRAME >= stop and stop > 0:
                    return
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
        buffer += chunk
        while len(buffer) > FRAME:
            yield index, bytes(buffer[:FRAME]), False
            del buffer[:FRAME]
            index += 1
    yield index, bytes(buffer), True


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
