"""Papers that come in: known by their first bytes, not by their name, and bounded in size."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from marketplace.core.errors import Invalid
from marketplace.core.holdings import holdings
from marketplace.core.storage import Blob

LIMIT = 20 * 1024 * 1024
ACCEPT = ".pdf,.png,.jpg,.jpeg,.xml,.ofd,.txt,.csv,.xlsx"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "xml": "application/xml",
    "ofd": "application/ofd",
    "txt": "text/plain",
    "csv": "text/csv",
    "xlsx": _XLSX,
}
_MAGIC = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "application/ofd": b"PK\x03\x04",
    _XLSX: b"PK\x03\x04",
}
_HEAD = 4096


@dataclass(frozen=True)
class Paper:
    """A paper whose bytes lie in the store, not yet anybody's document."""

    kind: str
    name: str
    media_type: str
    blob: Blob


def receive(kind: str, name: str, chunks: Iterable[bytes], field: str = "file") -> Paper:
    """Store an upload while it streams. Invalid on `field` for a wrong type or an empty file.

    Never inside a transaction; TooLarge past 20 MiB.
    """
    stream = iter(chunks)
    head = b""
    while len(head) < _HEAD:
        piece = next(stream, b"")
        if not piece:
            break
        head += piece
    if not head:
        raise Invalid("invalid", {field: ["paper_empty"]})
    media_type = sniff(name, head, field)
    store = holdings().store()
    blob = store.put(_again(head, stream), limit=LIMIT)
    if media_type in {"application/ofd", _XLSX}:
        _check_package(media_type, b"".join(store.read(blob.address)), field)
    return Paper(kind, safe_name(name), media_type, blob)


def sniff(name: str, head: bytes, field: str = "file") -> str:
    """The media type by ending and first bytes together; they have to agree."""
    media_type = _TYPES.get(name.rsplit(".", 1)[-1].lower()) if "." in name else None
    if media_type is None:
        raise Invalid("invalid", {field: ["paper_type_not_allowed"]})
    magic = _MAGIC.get(media_type)
    agrees = head.startswith(magic) if magic else _is_text(head, media_type)
    if not agrees:
        raise Invalid("invalid", {field: ["paper_type_differs"]})
    return media_type


def safe_name(name: str) -> str:
    """The file's own name without folders and control signs, at most 160 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(sign for sign in last if sign.isprintable()).strip(". ")
    return kept[-160:] or "file"


def _again(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _is_text(head: bytes, media_type: str) -> bool:
    if b"\x00" in head:
        return False
    if media_type == "application/xml":
        return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    return True


def _check_package(media_type: str, whole: bytes, field: str) -> None:
    """An OFD or XLSX is a ZIP that holds its own first entry; nothing is unpacked."""
    wanted = "OFD.xml" if media_type == "application/ofd" else "[Content_Types].xml"
    try:
        with zipfile.ZipFile(io.BytesIO(whole)) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        names = set()
    if wanted not in names:
        raise Invalid("invalid", {field: ["paper_type_differs"]})
