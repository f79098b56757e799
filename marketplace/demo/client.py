"""A person at the API: signs in, asks, waits. Knows addresses and JSON, nothing of the server's code."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp
import requests

PATIENCE_SECONDS = 120.0
TIMEOUT = (5, 120)
TOTP_PERIOD = 30


class Unexpected(Exception):
    """The server did something else than it should; the text is one line for the person."""


@dataclass
class Account:
    """One account of the demo: address, password, and the second factor's secret where there is one."""

    key: str
    email: str
    password: str
    label: str = ""
    totp: str | None = None
    pin: str | None = None


@dataclass
class Client:
    """Requests to one instance, as one account or as nobody. Every unexpected answer ends the demo."""

    base_url: str
    account: Account | None = None
    token: str = ""
    _http: requests.Session = field(default_factory=requests.Session, repr=False)
    _repeated: bool = False

    def sign_in(self) -> "Client":
        """Open a session for a token; with a fresh code where a second factor is asked."""
        assert self.account is not None
        body: dict[str, Any] = {"email": self.account.email, "password": self.account.password}
        if self.account.totp:
            body["totp"] = pyotp.TOTP(self.account.totp).now()
        answer = self._send("POST", "/sessions", json=body)
        if answer.status_code != 201 and self.account.totp:
            time.sleep(TOTP_PERIOD - time.time() % TOTP_PERIOD + 0.5)  # this code was used before
            body["totp"] = pyotp.TOTP(self.account.totp).now()
            answer = self._send("POST", "/sessions", json=body)
        self.token = str(self._checked(answer, (201,))["token"])
        return self

    def get(self, path: str, **query: Any) -> Any:
        return self._checked(self._send("GET", path, params=query), (200,))

    def post(
        self, path: str, body: Any = None, *, key: str = "", again: str = "", **more: Any
    ) -> Any:
        """POST JSON; `key` goes as Idempotency-Key.

        When the connection broke, the same is sent once more; a 409 then means that the first
        sending was heard, and the answer is what stands at the address `again`.
        """
        headers = more.pop("headers", {}) | ({"Idempotency-Key": key} if key else {})
        if body is not None:
            more["json"] = body
        answer = self._send("POST", path, headers=headers, **more)
        if answer.status_code == 409 and self._repeated:
            return self.get(again) if again else None
        return self._checked(answer, (200, 201, 202, 204))

    def put(self, path: str, body: Any = None, **more: Any) -> Any:
        if body is not None:
            more["json"] = body
        return self._checked(self._send("PUT", path, **more), (200, 201, 202, 204))

    def refused(self, method: str, path: str, status: int, code: str = "", **more: Any) -> str:
        """A request that must be refused with this status (and code); its code."""
        answer = self._send(method, path, **more)
        said = _code(answer)
        if answer.status_code != status or (code and said != code):
            raise Unexpected(
                f"{method} {path}: {answer.status_code} {said}, expected {status} {code}"
            )
        return said

    def fetch(self, path: str, **headers: str) -> requests.Response:
        """Bytes from any address of the instance, such as a download; the caller looks at the status."""
        url = path if path.startswith("http") else self.base_url + path
        sent = self._headers() | headers
        return self._patiently(lambda: self._http.get(url, headers=sent, timeout=TIMEOUT))

    def until(self, path: str, done: Callable[[Any], bool], what: str) -> Any:
        """Ask again until it is so; Unexpected after two minutes."""
        end = time.monotonic() + PATIENCE_SECONDS
        pause = 0.1
        while True:
            found = self.get(path)
            if done(found):
                return found
            if time.monotonic() > end:
                raise Unexpected(f"{what}: still not so after {PATIENCE_SECONDS:.0f} s")
            time.sleep(pause)
            pause = min(1.0, pause * 1.3)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _send(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = self._headers() | more.pop("headers", {})
        url = f"{self.base_url}/api/v1{path}"
        return self._patiently(
            lambda: self._http.request(method, url, headers=headers, timeout=TIMEOUT, **more)
        )

    def _patiently(self, ask: Callable[[], requests.Response]) -> requests.Response:
        """Ask again while the server is starting or busy; at most a minute."""
        self._repeated = False
        end = time.monotonic() + 60
        while True:
            try:
                answer = ask()
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                if time.monotonic() > end:
                    raise
                self._repeated = True
                time.sleep(0.5)
                continue
            if answer.status_code not in (502, 503) or time.monotonic() > end:
                return answer
            time.sleep(float(answer.headers.get("Retry-After", "1")))

    @staticmethod
    def _checked(answer: requests.Response, wanted: tuple[int, ...]) -> Any:
        if answer.status_code not in wanted:
            request = answer.request
            raise Unexpected(
                f"{request.method} {request.path_url}: {answer.status_code} {answer.text[:600]}"
            )
        kind = answer.headers.get("Content-Type", "")
        return answer.json() if "json" in kind and answer.content else None


def _code(answer: requests.Response) -> str:
    try:
        return str(answer.json().get("code", ""))
    except ValueError:
        return ""


def read_accounts(path: Path) -> dict[str, Account]:
    """The accounts that the instance wrote at its first start."""
    found = json.loads(path.read_text(encoding="utf-8"))["accounts"]
    names = set(Account.__dataclass_fields__)
    return {one["key"]: Account(**{k: v for k, v in one.items() if k in names}) for one in found}
