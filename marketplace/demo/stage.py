"""The stage of a demo: one instance, the accounts that play, and a line for each thing done."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from marketplace.demo.client import Account, Client, Unexpected


@dataclass
class Stage:
    """`say` prints one line: what, number, address. Every account signs in once."""

    base_url: str
    accounts: dict[str, Account]
    say: Callable[[str], None]
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    _people: dict[str, Client] = field(default_factory=dict)

    def person(self, key: str) -> Client:
        """An account at the API, signed in."""
        if key not in self._people:
            if key not in self.accounts:
                raise Unexpected(f"the instance has no demo account {key!r}")
            self._people[key] = Client(self.base_url, self.accounts[key]).sign_in()
        return self._people[key]

    @property
    def nobody(self) -> Client:
        """The public, without an account."""
        return Client(self.base_url)

    def done(self, what: str, number: Any = "", address: str = "") -> None:
        """Say that a step is done."""
        place = (
            address
            if address.startswith("http")
            else f"{self.base_url}{address}"
            if address
            else ""
        )
        self.say(f"✓ {what:<34} {number!s:<40} {place}".rstrip())

    def key(self, name: str) -> str:
        """An idempotency key of this run."""
        return f"demo-{self.run}-{name}"


def check(is_so: bool, what: str) -> None:
    """End the demo at the first thing that is not as expected."""
    if not is_so:
        raise Unexpected(what)
