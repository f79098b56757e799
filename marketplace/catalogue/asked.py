"""A search as it stands in an address: read from it, and written into the links of a page."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from marketplace.catalogue.search import FACETS, PAGE_SIZE, SORTS, Query
from marketplace.core.money import fen_of, yuan

MOST_CHOSEN = 20


def query_of(data: Mapping[str, Any]) -> Query:
    """From checked input, prices in fen."""
    chosen = tuple((name, tuple(sorted(set(data[name])))) for name in FACETS if data.get(name))
    return Query(
        q=data["q"].strip(),
        chosen=chosen,
        price_min=data.get("price_min"),
        price_max=data.get("price_max"),
        sort=data["sort"],
        page=data["page"],
        size=data["size"],
    )


def lenient(args: Any) -> Query:
    """From a page's address, prices in yuan: what makes no sense is left out, never refused."""
    chosen = tuple(
        (name, tuple(sorted({one[:24] for one in args.getlist(name)[:MOST_CHOSEN] if one})))
        for name in FACETS
        if any(args.getlist(name))
    )
    sort = args.get("sort", "")
    page = args.get("page", "")
    return Query(
        q=args.get("q", "").strip()[:200],
        chosen=chosen,
        price_min=_fen(args.get("price_min", "")),
        price_max=_fen(args.get("price_max", "")),
        sort=sort if sort in SORTS else "relevance",
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 10 else 1,
    )


def address(query: Query, *, in_fen: bool = False, **changed: Any) -> str:
    """The query string of this search, with some of it changed; empty when nothing was asked."""
    wanted = replace(query, **changed) if changed else query
    pairs: list[tuple[str, str]] = [("q", wanted.q)] if wanted.q else []
    pairs += [(name, value) for name, values in wanted.chosen for value in values]
    for name in ("price_min", "price_max"):
        value = getattr(wanted, name)
        if value is not None:
            pairs.append((name, str(value) if in_fen else yuan(value).replace(",", "")))
    if wanted.sort != "relevance":
        pairs.append(("sort", wanted.sort))
    if wanted.page > 1:
        pairs.append(("page", str(wanted.page)))
    if wanted.size != PAGE_SIZE:
        pairs.append(("size", str(wanted.size)))
    return urlencode(pairs)


def less(query: Query, name: str, value: str = "") -> Query:
    """The search without one value of a filter, or without the whole filter."""
    if name == "price":
        return replace(query, price_min=None, price_max=None, page=1)
    if name == "q":
        return replace(query, q="", page=1)
    kept = []
    for facet, values in query.chosen:
        rest = tuple(one for one in values if facet != name or (value and one != value))
        if rest:
            kept.append((facet, rest))
    return replace(query, chosen=tuple(kept), page=1)


def _fen(text: str) -> int | None:
    try:
        amount = fen_of(text) if text.strip() else None
    except (ValueError, ArithmeticError):
        return None
    return amount if amount is not None and 0 <= amount <= 10**15 else None
