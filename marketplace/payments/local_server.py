"""The demo's local card-payment server: its command line and its webhook.

localstripe (GPL-3.0-or-later) runs as a process of its own, by the interpreter of its own
environment, reachable from this machine only; nothing of it is imported.
"""

from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / ".venv-localstripe" / "bin" / "python"
API_KEY = "sk_test_local"  # localstripe takes any key of this shape
_SECONDS = 5


def is_installed() -> bool:
    """Whether `make setup` could install it."""
    return PYTHON.exists()


def command(port: int) -> list[str]:
    """The command line that runs localstripe on 127.0.0.1 at `port`, from scratch."""
    return [str(PYTHON), "-I", str(Path(__file__).with_name("localstripe_launcher.py")), str(port)]


def configure_webhook(base: str, url: str, secret: str) -> None:
    """Tell the server at `base` to send its events to `url`, signed with `secret`.

    Raises requests' errors while the server is not up yet; safe to do again.
    """
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(
            f"{base.rstrip('/')}/_config/webhooks/quanshu",
            data={"url": url, "secret": secret},
            timeout=_SECONDS,
        )
        answer.raise_for_status()
