"""`python -m tests.machine`: install what tests need by themselves where they may.

Chromium and a Chinese font by apt (as root), stripe-mock by `go install` where Go is at hand.
What cannot be had is said once here, and the tests that need it say why they are skipped.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".test" / "bin"
STRIPE_MOCK = "github.com/stripe/stripe-mock@v0.197.0"


def chromium() -> str | None:
    """The path of a Chromium, or None."""
    return (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )


def stripe_mock() -> Path | None:
    """The path of the real stripe-mock, or None."""
    path = TOOLS / "stripe-mock"
    return path if path.exists() else None


def main() -> None:
    """Install what is missing; say what could not be had."""
    if chromium() is None and not _apt("chromium", "fonts-wqy-microhei"):
        _say("no Chromium: the browser journeys will be skipped")
    if stripe_mock() is None and not _go_install():
        _say("no Go toolchain: the checks against stripe-mock will be skipped")


def _apt(*packages: str) -> bool:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
    subprocess.run(["apt-get", "update", "-q"], **quiet)
    subprocess.run(
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], **quiet
    )
    return chromium() is not None


def _go_install() -> bool:
    go = shutil.which("go")
    if go is None:
        return False
    TOOLS.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [go, "install", STRIPE_MOCK],
        env=dict(os.environ) | {"GOBIN": str(TOOLS), "GOFLAGS": "-mod=mod"},
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def _say(text: str) -> None:
    print(f"tests: {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
