"""A whole instance as real processes, started as `make run` starts it, on either database."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from marketplace.processes import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 90


@dataclass
class Running:
    """An instance that answers at `url`; its folder and its supervisor."""

    url: str
    folder: Path
    environment: dict[str, str]
    supervisor: "subprocess.Popen[str]"

    def process_id(self, name: str) -> int | None:
        """The process id of a part, or None while it is down."""
        try:
            ids: dict[str, int] = json.loads((self.folder / "running.json").read_text())
        except (OSError, ValueError):
            return None
        return ids.get(name)

    def kill(self, name: str) -> bool:
        """kill -9 a part with all its children; whether there was one."""
        found = self.process_id(name)
        if found is None:
            return False
        try:
            os.killpg(found, signal.SIGKILL)  # each part leads a group of its own
        except ProcessLookupError:
            return False
        return True

    def flask(self, *arguments: str, timeout: int = 300) -> "subprocess.CompletedProcess[str]":
        """A command of the instance."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def log(self, name: str) -> str:
        """All that a part has logged."""
        path = self.folder / "logs" / f"{name}.log"
        return path.read_text() if path.exists() else ""


@contextmanager
def running(folder: Path, database_url: str = "", **settings: str) -> Iterator[Running]:
    """Start an instance with its data in `folder`; everything ends with the block."""
    port = settings.get("PORT") or str(free_port())
    environment = {
        key: value
        for key, value in os.environ.items()
        if key.split("_")[0] not in {"STRIPE", "SMTP"}
    }
    environment |= {
        "DATA_DIR": str(folder),
        "KEY_DIR": f"{folder}-keys",
        "PORT": port,
        "HOST": "127.0.0.1",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DEMO_DATA": "none",
    }
    if database_url:
        environment["DATABASE_URL"] = database_url
    environment |= settings
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "marketplace.processes"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    instance = Running(f"http://127.0.0.1:{port}", folder, environment, supervisor)
    try:
        _until_ready(instance)
        yield instance
    finally:
        supervisor.send_signal(signal.SIGTERM)
        try:
            supervisor.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            supervisor.kill()
            supervisor.communicate()


def _until_ready(instance: Running) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if instance.supervisor.poll() is not None:
            output = instance.supervisor.communicate()[0]
            raise RuntimeError(f"the instance did not start: {output[-2000:]}")
        try:
            if requests.get(f"{instance.url}/readyz", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the instance did not answer: {instance.log('web')[-2000:]}")
