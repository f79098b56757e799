"""`make run`: prepare what a first start needs, then keep the processes of one instance running.

Web server, worker and sealer always; in a demo also the local card-payment and mail servers. A
process that ends is started again; Ctrl-C ends them all, and so does the death of this one.
"""

import ctypes
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

import requests

from marketplace import prepare
from marketplace.config import Settings, SettingsError, read_settings
from marketplace.payments import local_server

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 8
CALM_SECONDS = 5
SMALLEST_FREE = 200 * 1024 * 1024
PR_SET_PDEATHSIG = 1


class StartError(Exception):
    """The instance cannot start; the text is one sentence."""


@dataclass
class Part:
    """One supervised process. `once`: a task that is not started again when it ends well."""

    name: str
    command: list[str]
    once: bool = False
    after: Callable[[], None] | None = None  # what has to be told to it once it answers
    told: bool = False
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0
    next_start: float = 0.0


@dataclass
class Instance:
    """The processes of one data folder, and the environment they share."""

    settings: Settings
    environment: dict[str, str]
    parts: list[Part] = field(default_factory=list)
    stopping: bool = False

    @property
    def logs(self) -> Path:
        return self.settings.data_dir / "logs"

    def start(self, part: Part) -> None:
        """Start a process with its output in `DATA_DIR/logs`."""
        part.started = time.monotonic()
        with (self.logs / f"{part.name}.log").open("ab") as log:
            part.process = subprocess.Popen(  # noqa: S603 - our own commands
                part.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us, and we pass it on
                preexec_fn=_die_with_parent,
            )
        self._note()

    def _note(self) -> None:
        """Keep the process ids in `DATA_DIR/running.json`, for whoever looks after the machine."""
        ids = {part.name: part.process.pid for part in self.parts if part.process}
        (self.settings.data_dir / "running.json").write_text(json.dumps(ids))

    def watch(self) -> None:
        """Start again what ended, with growing delay."""
        for part in self.parts:
            if part.process is not None and part.process.poll() is not None:
                self._ended(part, part.process.returncode)
            if part.process is None and part.next_start and time.monotonic() >= part.next_start:
                part.next_start = 0.0
                part.told = False
                self.start(part)
            self.tell(part)

    @staticmethod
    def tell(part: Part) -> bool:
        """Do what has to be done once a part answers; whether it is done."""
        if part.after is not None and not part.told:
            try:
                part.after()
            except requests.RequestException:
                return False  # not up yet
            part.told = True
        return True

    def _ended(self, part: Part, code: int) -> None:
        part.process = None
        if part.once and code == 0:
            return
        if part.once:
            say(f"{part.name} 未完成（退出码 {code}），见 {self.logs / (part.name + '.log')}")
            return
        lived = time.monotonic() - part.started
        part.failures = 1 if lived > CALM_SECONDS else part.failures + 1
        delay = min(10.0, 0.25 * 2**part.failures)
        part.next_start = time.monotonic() + delay
        say(
            f"{part.name} 意外退出（{code}），{delay:.0f} 秒后重启 · restarted after an unexpected end"
        )

    def stop(self) -> None:
        """End everything: ask first, insist after a while."""
        running = [part.process for part in reversed(self.parts) if part.process]
        for process in running:
            process.terminate()
        end = time.monotonic() + PATIENCE_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def say(text: str) -> None:
    """A line for the person at the terminal."""
    print(text, flush=True)  # noqa: T201 - the command's output


def main() -> int:
    """Run until Ctrl-C; 1 with one clear sentence when it cannot start."""
    try:
        settings = read_settings()
        check_start(settings)
        with _only_one(settings.data_dir):
            return _serve(settings)
    except (StartError, SettingsError) as wrong:
        print(f"quanshu: {wrong}", file=sys.stderr)  # noqa: T201 - the command's answer
        return 1


def check_start(settings: Settings) -> None:
    """What commonly keeps an instance from starting, each as one sentence."""
    for folder in (settings.data_dir, settings.key_dir):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.chmod(0o700)
        except OSError as wrong:
            raise StartError(f"cannot use the folder {folder}: {wrong.strerror}.") from wrong
    if shutil.disk_usage(settings.data_dir).free < SMALLEST_FREE:
        raise StartError(f"the disk of {settings.data_dir} is full: less than 200 MB are free.")
    if (settings.data_dir / "quanshu.db").exists() or (settings.data_dir / "founded").exists():
        missing = prepare.missing_keys(settings.key_dir)
        if missing:
            raise StartError(f"the key {missing[0]} is missing: restore KEY_DIR from its backup.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as wrong:
            raise StartError(
                f"port {settings.port} on {settings.host} cannot be used ({wrong.strerror}); "
                "set PORT to another."
            ) from wrong


@contextmanager
def _only_one(folder: Path) -> Iterator[IO[str]]:
    with (folder / "running.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(
                f"another copy is running on {folder}; set DATA_DIR and PORT."
            ) from None
        yield lock


def _serve(settings: Settings) -> int:
    instance = Instance(settings, dict(os.environ))
    instance.logs.mkdir(exist_ok=True, mode=0o700)
    _be_explicit(instance)
    prepare.make_keys(settings.key_dir)
    _simulate_outside(instance)
    try:
        if not _is_prepared(settings):
            _run_first(instance, ["prepare"])
            if settings.is_demo:
                _run_first(instance, ["accounts", "seed-demo"])
        _start_parts(instance)
        _announce(instance)
        _wait(instance)
    finally:
        say("正在停止 · stopping")
        instance.stop()
    return 0


def _is_prepared(settings: Settings) -> bool:
    """Whether an earlier start did all of the first start's work: then this one is quick."""
    marks = ["founded", *(["demo-accounts.json"] if settings.is_demo else [])]
    known = all((settings.data_dir / mark).exists() for mark in marks)
    return known and prepare.is_current(settings.database_url)


def _be_explicit(instance: Instance) -> None:
    """Children read the same settings, whatever the working folder."""
    settings = instance.settings
    instance.environment.update(
        DATA_DIR=str(settings.data_dir),
        KEY_DIR=str(settings.key_dir),
        DATABASE_URL=settings.database_url,
        STORAGE_URL=settings.storage_url,
        HOST=settings.host,
        PORT=str(settings.port),
        PUBLIC_URL=settings.public_url,
        MODE=settings.mode,
        PYTHONUNBUFFERED="1",
    )


def _simulate_outside(instance: Instance) -> None:
    """In a demo, a card-payment and a mail server on this machine stand in for the real ones."""
    settings = instance.settings
    if not settings.is_demo:
        return
    if not settings.smtp_url:
        port = free_port()
        folder = settings.data_dir / "mail"
        folder.mkdir(exist_ok=True, mode=0o700)
        instance.environment["SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        _add(instance, "mail", _flask("mail-server", "--port", str(port), "--folder", str(folder)))
    if not settings.stripe_api_base:
        port = free_port()
        secret = f"whsec_{secrets.token_hex(24)}"
        instance.environment.update(
            STRIPE_API_BASE=f"http://127.0.0.1:{port}",
            STRIPE_API_KEY=f"sk_test_{secrets.token_hex(12)}",
            STRIPE_WEBHOOK_SECRETS=secret,
        )
        hook = f"http://{settings.host}:{settings.port}/hooks/stripe"
        cards = _add(instance, "card-payments", local_server.command(port))
        base = f"http://127.0.0.1:{port}"
        cards.after = partial(local_server.configure_webhook, base, hook, secret)
        _until(lambda: instance.tell(cards), "the local card-payment server did not answer")


def _start_parts(instance: Instance) -> None:
    settings = instance.settings
    address = f"{settings.host}:{settings.port}"
    web = [
        *(sys.executable, "-m", "gunicorn", "app:app", "--bind", address, "--no-control-socket"),
        *("--worker-class", "gthread", "--workers", str(settings.web_workers)),
        *("--threads", str(settings.web_threads), "--graceful-timeout", "5", "--timeout", "120"),
    ]
    _add(instance, "web", web)
    _until(
        lambda: requests.get(f"http://{address}/healthz", timeout=2).ok,
        f"the web server did not answer; see {instance.logs / 'web.log'}",
    )
    _add(instance, "worker", _flask("worker"))
    _add(instance, "sealer", _flask("ledger", "seal", "--forever"))
    if _wants_demo_data(settings):
        _add(
            instance,
            "demo-data",
            _flask("demo", "load", "--base-url", f"http://{address}"),
            once=True,
        )


def _wants_demo_data(settings: Settings) -> bool:
    loaded = (settings.data_dir / "demo-loaded").exists()
    return settings.is_demo and settings.demo_data == "all" and not loaded


def _announce(instance: Instance) -> None:
    settings = instance.settings
    say(f"\n泉数 · Quanshu  {settings.public_url}   (English: {settings.public_url}/en/)")
    if settings.is_demo:
        say("演示环境 · demo: 银行卡支付与邮件由本机模拟；数据、机构与金额均不产生真实交易。")
        say("Simulated: card payments (localstripe), mail (kept in DATA_DIR/mail), the registrar.")
        for line in prepare.demo_accounts(settings.data_dir):
            say(line)
        say(
            "二次验证码 · a code for the second factor: .venv/bin/flask --app app accounts code operator"
        )
        if _wants_demo_data(settings):
            say("正在装入演示数据，约一分钟 · loading demo data, about a minute.")
    say("Ctrl-C 结束 · ends everything.\n")


def _wait(instance: Instance) -> None:
    def ask_to_stop(_number: int, _frame: object) -> None:
        instance.stopping = True

    signal.signal(signal.SIGINT, ask_to_stop)
    signal.signal(signal.SIGTERM, ask_to_stop)
    while not instance.stopping:
        instance.watch()
        time.sleep(0.2)


def _add(instance: Instance, name: str, command: list[str], *, once: bool = False) -> Part:
    part = Part(name, command, once)
    instance.parts.append(part)
    instance.start(part)
    return part


def _run_first(instance: Instance, arguments: list[str]) -> None:
    """A command that has to end well before the processes start; its last line says why not."""
    done = subprocess.run(  # noqa: S603 - our own command
        _flask(*arguments),
        cwd=ROOT,
        env=instance.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise StartError(lines[-1] if lines else f"flask {' '.join(arguments)} failed.")


def _flask(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "app", *arguments]


def _until(done: Callable[[], bool], otherwise: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if done():
                return
        except requests.RequestException:
            pass  # not up yet
        time.sleep(0.1)
    raise StartError(f"{otherwise}.")


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> None:
    """On Linux a child gets SIGTERM when this process dies, even by kill -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
