"""What every template may use: money, times, states, icons, hashed static addresses."""

import hashlib
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, url_for
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from marketplace.core.access import ANYONE, Actor
from marketplace.core.clock import BEIJING
from marketplace.core.errors import Refusal
from marketplace.core.holdings import holdings
from marketplace.core.instance import instance
from marketplace.core.money import yuan
from marketplace.web import looks, messages, navigation
from marketplace.web.session import current_actor


def furnish(app: Flask) -> None:
    """Filters and globals for Jinja."""
    app.jinja_env.filters.update(
        yuan=lambda fen: f"¥{yuan(fen)}", moment=moment, day=day, state=messages.state_name
    )
    app.jinja_env.globals.update(
        asset=asset,
        event_sentence=messages.event_sentence,
        action_name=messages.action_name,
        state_name=messages.state_name,
        label=messages.label,
        sentence=messages.sentence,
        link=navigation.link,
        kind_of=looks.kind_of,
        holders=looks.holders,
        ceiling=looks.ceiling,
        ticks=looks.ticks,
        short=looks.short,
    )
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    return {
        "actor": _reader(),
        "is_demo": _is_demo(),
        "language": "en" if request.script_root.endswith("/en") else "zh",
        "other_language": _other_language(),
        "public_entries": navigation.public_entries,
        "desk_entries": navigation.desk_entries,
    }


def _reader() -> Actor:
    """Who reads the page; a visitor when that cannot be found out, so that a problem has a page."""
    try:
        return current_actor()
    except (Refusal, SQLAlchemyError):
        g.actor = ANYONE
        return ANYONE


def _is_demo() -> bool:
    try:
        return instance().is_demo
    except (Refusal, SQLAlchemyError):
        return holdings().settings.is_demo


def _other_language() -> str:
    root = request.script_root
    path = "/" + request.full_path.rstrip("?").lstrip("/")  # `//host` is another site
    return root.removesuffix("/en") + path if root.endswith("/en") else f"{root}/en{path}"


def moment(instant: datetime | None) -> Markup:
    """An instant in Beijing time, with the exact one in `datetime`."""
    if instant is None:
        return Markup("—")
    local = instant.astimezone(BEIJING)
    return Markup('<time datetime="{}">{}</time>').format(
        local.isoformat(), f"{local:%Y-%m-%d %H:%M}"
    )


def day(value: date | None) -> Markup:
    """A calendar day."""
    if value is None:
        return Markup("—")
    return Markup('<time datetime="{0}">{0}</time>').format(value.isoformat())


def asset(name: str) -> str:
    """The address of a static file, with its digest so that it may be kept for ever."""
    return url_for("static", filename=name, v=digest_of(name))


def digest_of(name: str) -> str:
    """What stands behind `?v=` for a static file as it is now."""
    return _digest(Path(str(current_app.static_folder)) / name)


@lru_cache(maxsize=256)
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.exists() else "0"
