"""Settings: one frozen value, read from the environment once. `docs/operations.md` has the table."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast


class SettingsError(Exception):
    """A setting is wrong; the text is one clear sentence for the person who starts the program."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations. Each field is the environment variable in capitals."""

    data_dir: Path = Path("var")
    key_dir: Path = Path("var-keys")
    database_url: str = ""
    storage_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    log_origin: str = ""
    mode: str = "demo"
    demo_data: str = "all"
    smtp_url: str = ""
    mail_from: str = "quanshu@localhost"
    stripe_api_base: str = ""
    stripe_api_key: str = field(default="", repr=False)
    stripe_api_version: str = "2026-05-27.dahlia"
    stripe_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    custody: str = ""
    custody_licence_no: str = ""
    registrar_directory: tuple[str, ...] = ()
    public_code_pattern: str = r"[A-Z0-9][A-Z0-9-]{7,39}"
    web_workers: int = 2
    web_threads: int = 4
    idle_minutes: int = 30
    upload_limit_bytes: int = 2 * 1024**3
    refused_file_days: int = 30
    metrics_token: str = field(default="", repr=False)
    log_level: str = "INFO"
    secure_cookies: bool = False

    @property
    def is_demo(self) -> bool:
        return self.mode == "demo"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment; SettingsError with one sentence when one is wrong."""
    given = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for one in fields(Settings):
        text = given.get(one.name.upper())
        if text is not None and text != "":
            values[one.name] = _parse(one.name, str(one.type), text)
    data_dir = Path(str(values.get("data_dir", "var"))).resolve()
    values["data_dir"] = data_dir
    default_keys = data_dir.with_name(f"{data_dir.name}-keys")
    values["key_dir"] = Path(str(values.get("key_dir", default_keys))).resolve()
    values.setdefault("database_url", f"sqlite:///{data_dir / 'quanshu.db'}")
    values.setdefault("storage_url", f"file://{data_dir / 'files'}")
    host, port = values.get("host", "127.0.0.1"), values.get("port", 8000)
    values.setdefault("public_url", f"http://{host}:{port}")
    values["database_url"] = _with_driver(str(values["database_url"]))
    settings = Settings(**cast(dict[str, Any], values))  # each was parsed to its field's type
    _check(settings)
    return settings


_TRUTH = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(
    ("0", "false", "no", "off"), False
)
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_FROM_ONE = ("web_workers", "web_threads", "idle_minutes", "upload_limit_bytes")


def _parse(name: str, kind: str, text: str) -> object:
    parsers: dict[str, Callable[[str], object]] = {
        "int": int,
        "bool": lambda given: _TRUTH[given.lower()],
        "tuple[str, ...]": lambda given: tuple(p.strip() for p in given.split(",") if p.strip()),
    }
    kind = kind.removeprefix("<class '").removesuffix("'>")
    try:
        return parsers.get(kind, str)(text)
    except ValueError:
        raise SettingsError(f"{name.upper()} must be a whole number, not {text!r}.") from None
    except KeyError:
        raise SettingsError(f"{name.upper()} is true or false, not {text!r}.") from None


def _with_driver(url: str) -> str:
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _check(settings: Settings) -> None:
    _check_plain(settings)
    _check_money(settings)


def _check_plain(settings: Settings) -> None:
    if settings.mode not in {"demo", "production"}:
        raise SettingsError(f"MODE is demo or production, not {settings.mode!r}.")
    if settings.demo_data not in {"all", "none"}:
        raise SettingsError(f"DEMO_DATA is all or none, not {settings.demo_data!r}.")
    if not 1 <= settings.port <= 65_535:
        raise SettingsError(f"PORT is from 1 to 65535, not {settings.port}.")
    for name in _FROM_ONE:
        if getattr(settings, name) < 1:
            raise SettingsError(f"{name.upper()} is at least 1, not {getattr(settings, name)}.")
    if settings.log_level not in _LEVELS:
        raise SettingsError(f"LOG_LEVEL is one of {', '.join(_LEVELS)}.")
    if not settings.public_url.startswith(("http://", "https://")):
        raise SettingsError(f"PUBLIC_URL begins with http:// or https://: {settings.public_url!r}.")
    _check_pattern(settings.public_code_pattern)


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as wrong:
        raise SettingsError(f"PUBLIC_CODE_PATTERN is no regular expression: {wrong}.") from None


def _check_money(settings: Settings) -> None:
    if settings.custody not in {"", "direct", "licensed", "platform"}:
        raise SettingsError(f"CUSTODY is direct, licensed or platform, not {settings.custody!r}.")
    if not settings.is_demo and settings.custody == "platform" and not settings.custody_licence_no:
        raise SettingsError("CUSTODY=platform needs CUSTODY_LICENCE_NO in production.")
    live_key = settings.stripe_api_key.startswith(("sk_live_", "rk_live_"))
    live_host = settings.stripe_api_base.rstrip("/") == "https://api.stripe.com"
    if settings.stripe_api_key and live_key != live_host:
        raise SettingsError(
            "A live Stripe key goes with https://api.stripe.com only, and the reverse."
        )
    if not settings.is_demo and settings.stripe_api_base and not live_host:
        raise SettingsError("Production takes no payment server but https://api.stripe.com.")
