"""Bytes on their way out: bounded in number, watched once a second, written down when they end.

No transaction is open while bytes stream. A watcher of its own asks the gate about once a second
and, when it says no, also cuts the connection, so that a reader who does not read is cut as well.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from marketplace.core.clock import now
from marketplace.core.errors import Unavailable
from marketplace.delivery.gate import Decision
from marketplace.delivery.service import Sent

PIECE = 64 * 1024
WATCH_SECONDS = 0.8
STALLED_SECONDS = 60.0
log = logging.getLogger(__name__)


class Slots:
    """At most so many transfers at once in this process: slow readers must not stop the site."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)

    def take(self) -> None:
        """Unavailable with `retry_after` when all are in use."""
        if not self._free.acquire(blocking=False):
            raise Unavailable("too_many_transfers", retry_after=5)

    def release(self) -> None:
        self._free.release()


@dataclass
class Watch:
    """Asks the gate until told to stop; `reason` is set when the answer is no."""

    ask: Callable[[], Decision]
    context: Callable[[], AbstractContextManager[object]]
    connection: socket.socket | None = None
    reason: str = ""
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True, name="delivery-watch").start()

    def stop(self) -> None:
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(WATCH_SECONDS):
            try:
                with self.context():
                    decision = self.ask()
            except Exception:
                # a gate that cannot be read does not stand open
                log.exception("the gate could not be read while bytes streamed")
                decision = Decision(False, "gate_not_readable")
            if not decision.allowed:
                self.reason = decision.reason
                self._cut()
                return

    def _cut(self) -> None:
        if self.connection is not None:
            try:
                self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # the reader has gone already


@dataclass
class Transfer:
    """One answer's body: an iterator that knows how much it gave, and `close` that writes it down."""

    pieces: Iterator[bytes]
    start: int
    end: int
    watch: Watch
    slots: Slots
    write: Callable[[Sent], None]
    started_at: datetime = field(default_factory=now)
    count: int = 0
    _given: int = 0
    _is_closed: bool = False

    def __post_init__(self) -> None:
        self._source = _small(self.pieces)
        self.watch.start()

    def __iter__(self) -> "Transfer":
        return self

    def __next__(self) -> bytes:
        """The server asks for the next piece when the one before is sent: only then it counts."""
        self.count += self._given
        self._given = 0
        if self.watch.reason or self._is_closed:
            self.close()
            raise StopIteration
        try:
            piece = next(self._source)
        except StopIteration:
            self.close()
            raise
        self._given = len(piece)
        return piece

    def close(self) -> None:
        """Called by the server at the end, and when the reader hangs up."""
        if self._is_closed:
            return
        self._is_closed = True
        self.watch.stop()
        self.slots.release()
        ending = "complete" if self.start + self.count >= self.end else "cut"
        if self.watch.reason and ending != "complete":
            ending = "stopped"
        decision = self.watch.reason if ending == "stopped" else "allowed"
        self.write(Sent(self.start, self.end, self.count, ending, decision, self.started_at))


def _small(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for at in range(0, len(piece), PIECE):
            yield piece[at : at + PIECE]
