"""`make setup`: prepare everything without starting anything. Standard library only.

`python3 -m marketplace.environment [--tests]` makes `.venv` from the pinned requirements (by uv
when at hand, else by pip), the payment simulator's own environment, and the browser files. What
is up to date is left alone, so that a second run takes a moment.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
SIMULATOR = ROOT / ".venv-localstripe"
PYTHON = (3, 11)


class SetupError(Exception):
    """Setting up cannot go on; the text is one sentence."""


def main(arguments: list[str] | None = None) -> int:
    """Prepare the environments; 0, or 1 with one sentence on standard error."""
    parser = argparse.ArgumentParser(description="Prepare the environment.")
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    options = parser.parse_args(arguments)
    try:
        prepare(tests=options.tests)
    except SetupError as wrong:
        print(f"setup: {wrong}", file=sys.stderr)  # noqa: T201 - the command's answer
        return 1
    return 0


def prepare(*, tests: bool) -> None:
    """Make or refresh the environments and the browser files."""
    if sys.version_info[:2] != PYTHON:
        raise SetupError(
            f"Python 3.11 is needed, and this is {sys.version.split()[0]}; say PYTHON=/path/to/python3.11."
        )
    _environment(VENV, [("requirements.txt", ()), ("requirements-demo.txt", ("--no-deps",))])
    if tests:
        _environment(VENV, [("requirements-dev.txt", ())], stamp="tests")
    if shutil.which("npm") is None:
        _environment(VENV, [("requirements-node.txt", ())], stamp="node")
    _environment(SIMULATOR, [("requirements-localstripe.txt", ())])
    run([str(python_of(VENV)), "-m", "marketplace.browser_files"])


def python_of(venv: Path) -> Path:
    """The interpreter of an environment."""
    return venv / "bin" / "python"


def run(command: list[str]) -> None:
    """Run a command in the repository; SetupError with its name when it fails."""
    done = subprocess.run(command, cwd=ROOT, env=_environment_variables(), check=False)  # noqa: S603
    if done.returncode != 0:
        raise SetupError(f"this command failed: {' '.join(command)}")


def _environment(
    venv: Path, lists: list[tuple[str, tuple[str, ...]]], stamp: str = "requirements"
) -> None:
    """Install pinned lists into an environment, unless its stamp says they are there already."""
    digest = hashlib.sha256(sys.version.encode())
    for name, _ in lists:
        digest.update((ROOT / name).read_bytes())
    mark = venv / f".{stamp}.sha256"
    if mark.exists() and mark.read_text() == digest.hexdigest() and python_of(venv).exists():
        return
    uv = shutil.which("uv")
    if not python_of(venv).exists():
        _create(venv, uv)
    for name, flags in lists:
        run([*_installer(venv, uv), *flags, "--require-hashes", "-r", name])
    mark.write_text(digest.hexdigest())


def _create(venv: Path, uv: str | None) -> None:
    if uv:
        run([uv, "venv", "-q", "--python", sys.executable, str(venv)])
        return
    try:
        run([sys.executable, "-m", "venv", str(venv)])
    except SetupError:
        folder = sysconfig.get_path("stdlib")
        raise SetupError(
            f"this Python cannot make environments (no ensurepip in {folder}); install python3.11-venv."
        ) from None


def _installer(venv: Path, uv: str | None) -> list[str]:
    python = str(python_of(venv))
    if uv:
        return [uv, "pip", "install", "-q", "--python", python]
    return [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]


def _environment_variables() -> dict[str, str]:
    kept = dict(os.environ)
    kept.pop("PYTHONHOME", None)
    return kept | {"PYTHONUNBUFFERED": "1"}


if __name__ == "__main__":
    sys.exit(main())
