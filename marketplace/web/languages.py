"""Chinese at `/`, English under `/en/`: the prefix is a script name, so every link keeps its language."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, request
from flask_babel import Babel

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class LanguagePrefix:
    """Moves a leading `/en` from the path to the script name."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/en" or path.startswith("/en/"):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + "/en"
            environ["PATH_INFO"] = path[3:] or "/"
        return self._app(environ, start_response)


def locale() -> str:
    """`en` under `/en/`, or for an API client that asks for English first; else Chinese."""
    if request.script_root.endswith("/en"):
        return "en"
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(["zh", "en"], "zh") or "zh"
    return "zh"


def speak(app: Flask) -> None:
    """Compile what changed, then set up Flask-Babel over one catalogue per step."""
    folders = sorted(path for path in TRANSLATIONS.iterdir() if path.is_dir())
    for folder in folders:
        for catalogue in folder.glob("*/LC_MESSAGES/messages.po"):
            compile_catalogue(catalogue)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(str(path) for path in folders)
    app.config["BABEL_DEFAULT_LOCALE"] = "zh"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    Babel(app, locale_selector=locale)
    app.wsgi_app = LanguagePrefix(app.wsgi_app)  # type: ignore[method-assign]  # Flask documents it


def compile_catalogue(source: Path) -> None:
    """`messages.po` → `messages.mo` beside it, when it is newer."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    scratch = target.with_suffix(f".{id(source)}.part")
    with scratch.open("wb") as file:
        write_mo(file, catalogue)
    scratch.replace(target)
