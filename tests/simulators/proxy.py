"""A TCP proxy for one HTTP server that, on request, cuts an answer, delays it, or sends a request twice."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Proxy:
    """Forwards one request a connection. `plan` maps words in the request line to faults.

    `cut`: the request reaches the server, its answer never the client. `lost`: the request never
    reaches the server. `twice`: the server gets the request two times. Each fault is used once.
    """

    def __init__(self, port: int) -> None:
        self.target = ("127.0.0.1", port)
        self.plan: list[tuple[str, str]] = []
        self.seen: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fault(self, kind: str, words: str) -> None:
        """The next request whose first line holds `words` meets this fault."""
        self.plan.append((kind, words))

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(client,), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.settimeout(10)
            raw = _whole_request(client)
            if not raw:
                return
            line = raw.split(b"\r\n", 1)[0].decode()
            self.seen.append(line)
            kind = self._fault_for(line)
            if kind == "lost":
                return
            answer = self._forward(raw)
            if kind == "twice":
                answer = self._forward(raw)
            if kind != "cut":
                client.sendall(answer)

    def _fault_for(self, line: str) -> str:
        for one in self.plan:
            if one[1] in line:
                self.plan.remove(one)
                return one[0]
        return ""

    def _forward(self, raw: bytes) -> bytes:
        with socket.create_connection(self.target, 10) as server:
            server.sendall(raw.replace(b"\r\nConnection: keep-alive", b"\r\nConnection: close", 1))
            answer = b""
            while piece := server.recv(65536):
                answer += piece
            return answer


def _whole_request(client: socket.socket) -> bytes:
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = client.recv(65536)
        if not piece:
            return b""
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def proxy_to(port: int) -> Iterator[Proxy]:
    """A proxy in front of a local server."""
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.stop()
