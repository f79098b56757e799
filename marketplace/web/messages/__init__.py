"""Sentences for codes, events, states and actions: a file per step, Chinese here, English in catalogues.

Each file of this package holds any of `CODES`, `EVENTS`, `STATES` (by table), `ACTIONS` and `LABELS`.
"""

import importlib
import pkgutil
from functools import lru_cache
from typing import Any

from flask_babel import LazyString


@lru_cache(maxsize=1)
def _tables() -> dict[str, dict[str, LazyString]]:
    merged: dict[str, dict[str, LazyString]] = {}
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        for table in ("CODES", "EVENTS", "STATES", "ACTIONS", "LABELS"):
            merged.setdefault(table, {}).update(getattr(module, table, {}))
    return merged


def sentence(code: str, **facts: Any) -> str:
    """The sentence for a refusal's code, with its facts filled in; the code itself when there is none."""
    text = _tables()["CODES"].get(code)
    if text is None:
        return code
    try:
        return str(text).format(**facts)
    except (KeyError, IndexError):
        return str(text)


def event_sentence(name: str) -> str:
    """`claim.registered` → 已登记."""
    return str(_tables()["EVENTS"].get(name, name))


def state_name(table: str, status: str) -> str:
    """`claims`, `notice` → 公示中. Keys of `STATES` are `table.status`."""
    return str(_tables()["STATES"].get(f"{table}.{status}", status))


def action_name(table: str, action: str) -> str:
    """The words on a button. Keys of `ACTIONS` are `table.action`."""
    return str(_tables()["ACTIONS"].get(f"{table}.{action}", action))


def label(key: str) -> str:
    """The name of a choice or a term, such as `sector.transport`."""
    return str(_tables()["LABELS"].get(key, key))


def known(table: str) -> frozenset[str]:
    """All keys of one kind, for the test that walks them."""
    return frozenset(_tables()[table])
