"""The check for malicious files: pluggable, and when there is none the version says so."""

from collections.abc import Callable
from pathlib import Path

Checker = Callable[[Path], str | None]
_CHECKERS: list[tuple[str, Checker]] = []


def check_with(name: str, checker: Checker) -> None:
    """Plug in a checker: it answers the name of what it found, or None."""
    _CHECKERS[:] = [(name, checker)]


def check(path: Path) -> dict[str, str | None]:
    """What was checked with, and what was found. `checker` is `off` when there is none."""
    if not _CHECKERS:
        return {"checker": "off", "found": None}
    name, checker = _CHECKERS[0]
    return {"checker": name, "found": checker(path)}
