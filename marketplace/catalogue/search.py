"""Search among listed products: full text on either database, facets that follow each other.

The full-text table `search_index` is made by hand in the migration (FTS5 on SQLite, `tsvector` with
a GIN index on PostgreSQL) and holds the tokens of `words.py`, so both find the same products. A page
costs a bounded number of statements: the index's state, the counts (kept in memory until the
index changes) and one page of cards.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, delete, func, literal_column, select, text
from sqlalchemy.orm import Session

from marketplace.catalogue.models import SearchEntry
from marketplace.catalogue.words import index_tokens, is_plain, query_tokens
from marketplace.core.database import add, db
from marketplace.core.models import NumberSeries
from marketplace.core.numbers import next_number

FACETS = ("sector", "data_kind", "model", "update_frequency", "format", "quality_band")
SORTS = ("relevance", "newest", "price", "price_desc")
PAGE_SIZE = 20
MOST_PAGES = 500
MOST_RANKED = 2_000  # beyond, the newest come first: nobody reads the rank of the 2,001st
KEPT = 512
PRICE_EDGES_FEN = (1, 10_000, 100_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000, 100_000_000)
STATE = "search-index"


@dataclass(frozen=True)
class Query:
    """What was asked, as it stands in the address. Prices in fen."""

    q: str = ""
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    sort: str = "relevance"
    page: int = 1
    size: int = PAGE_SIZE

    @property
    def filters(self) -> dict[str, tuple[str, ...]]:
        return dict(self.chosen)

    @property
    def has_price(self) -> bool:
        return self.price_min is not None or self.price_max is not None


@dataclass(frozen=True)
class Counts:
    """How many there are under all filters, and per facet under all filters but its own."""

    total: int
    facets: dict[str, dict[str, int]]
    prices: dict[int, int]
    without: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """One page: cards as lists show them."""

    query: Query
    tokens: tuple[str, ...]
    counts: Counts
    cards: Sequence[dict[str, Any]]
    page: int
    pages: int

    @property
    def first(self) -> int:
        return (self.page - 1) * self.query.size + 1 if self.cards else 0

    @property
    def last(self) -> int:
        return self.first + len(self.cards) - 1 if self.cards else 0


def price_band(price_fen: int) -> int:
    """0 for free, then the number of edges that a price has reached."""
    return sum(price_fen >= edge for edge in PRICE_EDGES_FEN)


def find(query: Query) -> Result:
    """One page of what matches. A page past the end is the last one."""
    tokens = tuple(query_tokens(query.q))
    counts = _counts(query, tokens)
    pages = max(1, min(MOST_PAGES, -(-counts.total // query.size)))
    page = max(1, min(query.page, pages))
    places = db.session.execute(_page(query, tokens, counts.total, page)).scalars().all()
    return Result(query, tokens, counts, _cards(places), page, pages)


def every_card(query: Query, most: int) -> Sequence[dict[str, Any]]:
    """All that match, at most `most`, for an export."""
    tokens = tuple(query_tokens(query.q))
    rows = _sorted(_filtered(query, tokens), query, tokens, most + 1).limit(most)
    return _cards(db.session.execute(rows).scalars().all())


def _cards(places: Sequence[int]) -> list[dict[str, Any]]:
    """The cards of these entries in this order, a few thousand at a time."""
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(places), MOST_RANKED):
        wanted = places[start : start + MOST_RANKED]
        query = select(SearchEntry.seq, SearchEntry.card).where(SearchEntry.seq.in_(wanted))
        found.update((row[0], row[1]) for row in db.session.execute(query))
    return [found[one] for one in places if one in found]


def put(entry: SearchEntry, title: str, body: str) -> None:
    """Make or renew the entry of a product in the caller's transaction."""
    remove(entry.product_id)
    entry.seq = next_number("search-entries")
    add(entry)
    heads, rest = index_tokens(title), index_tokens(body)
    if _is_sqlite(db.session()):
        statement = text(
            "INSERT INTO search_index (rowid, title, body) VALUES (:seq, :title, :body)"
        )
        values: dict[str, Any] = {"title": " ".join(heads), "body": " ".join(rest)}
    else:
        statement = text(
            "INSERT INTO search_index (seq, title, tokens) VALUES"
            " (:seq, array_to_tsvector(:title), array_to_tsvector(:body))"
        )
        values = {"title": sorted(set(heads)), "body": sorted(set(heads + rest))}
    db.session.execute(statement, {"seq": entry.seq, **values})
    next_number(STATE)


def remove(product_id: UUID) -> None:
    """Take a product out of the index, if it is there."""
    seq = db.session.scalar(select(SearchEntry.seq).where(SearchEntry.product_id == product_id))
    if seq is None:
        return
    name = "rowid" if _is_sqlite(db.session()) else "seq"
    statement = f"DELETE FROM search_index WHERE {name} = :seq"  # noqa: S608 - our own two names
    db.session.execute(text(statement), {"seq": seq})
    db.session.execute(delete(SearchEntry).where(SearchEntry.product_id == product_id))
    next_number(STATE)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _match(tokens: Sequence[str]) -> str:
    """The tokens as a query of the database's own language; they hold letters and digits only."""
    if _is_sqlite(db.session()):
        return " AND ".join(f'"{one}"{"*" if is_plain(one) else ""}' for one in tokens)
    return " & ".join(f"'{one}'{':*' if is_plain(one) else ''}" for one in tokens)


def _matching(tokens: Sequence[str]) -> ColumnElement[bool]:
    if _is_sqlite(db.session()):
        found = text("SELECT rowid FROM search_index WHERE search_index MATCH :match")
    else:
        found = text("SELECT seq FROM search_index WHERE tokens @@ CAST(:match AS tsquery)")
    inner = found.bindparams(match=_match(tokens)).columns(literal_column("seq"))
    return SearchEntry.seq.in_(inner)


def _priced(query: Query) -> ColumnElement[bool]:
    least = 0 if query.price_min is None else query.price_min
    most = 10**15 if query.price_max is None else query.price_max
    return SearchEntry.price_fen.between(least, most)


def _filtered(query: Query, tokens: Sequence[str]) -> Select[Any]:
    rows = select(SearchEntry.seq)
    if tokens:
        rows = rows.where(_matching(tokens))
    for name, values in query.chosen:
        rows = rows.where(getattr(SearchEntry, name).in_(values))
    if query.has_price:
        rows = rows.where(_priced(query))
    return rows


def _page(query: Query, tokens: Sequence[str], total: int, page: int) -> Select[Any]:
    rows = _sorted(_filtered(query, tokens), query, tokens, total)
    return rows.limit(query.size).offset((page - 1) * query.size)


def _sorted(rows: Select[Any], query: Query, tokens: Sequence[str], total: int) -> Select[Any]:
    newest = (SearchEntry.listed_at.desc(), SearchEntry.seq.desc())
    if query.sort == "price":
        return rows.order_by(SearchEntry.price_fen, SearchEntry.seq)
    if query.sort == "price_desc":
        return rows.order_by(SearchEntry.price_fen.desc(), SearchEntry.seq.desc())
    if query.sort == "newest" or not tokens or total > MOST_RANKED:
        return rows.order_by(*newest)
    return rows.order_by(_in_title(tokens).desc(), *newest)


def _in_title(tokens: Sequence[str]) -> ColumnElement[int]:
    """1 when the title alone holds every word."""
    if _is_sqlite(db.session()):
        found = text("SELECT rowid FROM search_index WHERE search_index MATCH :heads")
        heads = " AND ".join(f"title:{one}" for one in _match(tokens).split(" AND "))
    else:
        found = text("SELECT seq FROM search_index WHERE title @@ CAST(:heads AS tsquery)")
        heads = _match(tokens)
    inner = found.bindparams(heads=heads).columns(literal_column("seq"))
    return case((SearchEntry.seq.in_(inner), 1), else_=0)


class _Memory:
    """The newest answers per database and state of the index; a few hundred small tables."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any) -> Any:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Any, value: Any) -> None:
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


_MEMORY = _Memory()


def _counts(query: Query, tokens: tuple[str, ...]) -> Counts:
    state = db.session.scalar(select(NumberSeries.last).where(NumberSeries.series == STATE))
    asked = (str(db.engine.url), state, tokens, query.price_min, query.price_max)
    known: Counts | None = _MEMORY.get((asked, query.chosen))
    if known is not None:
        return known
    cells = _MEMORY.get(asked)
    if cells is None:
        cells = [tuple(row) for row in db.session.execute(_cells(query, tokens))]
        _MEMORY.put(asked, cells)
    found = summed(cells, query.filters)
    _MEMORY.put((asked, query.chosen), found)
    return found


def _cells(query: Query, tokens: Sequence[str]) -> Select[Any]:
    """How many there are of each combination of facets: all counts follow from this one table."""
    columns: list[Any] = [getattr(SearchEntry, name) for name in FACETS]
    priced = case((_priced(query), 1), else_=0) if query.has_price else literal_column("1")
    columns += [SearchEntry.price_band, priced.label("priced")]
    rows = select(*columns, func.count())
    if tokens:
        rows = rows.where(_matching(tokens))
    return (
        rows.group_by(*columns[:-1], text("priced"))
        if query.has_price
        else rows.group_by(*columns[:-1])
    )


def summed(cells: Sequence[tuple[Any, ...]], filters: dict[str, tuple[str, ...]]) -> Counts:
    """One pass: a cell that fails no filter counts everywhere, one that fails one counts there."""
    wanted = [frozenset(filters[name]) if name in filters else None for name in FACETS]
    facets: list[dict[str, int]] = [{} for _name in FACETS]
    prices: dict[int, int] = {}
    without: dict[str, int] = {}
    total = 0
    for cell in cells:
        *values, band, priced, count = cell
        failed = [n for n, only in enumerate(wanted) if only is not None and values[n] not in only]
        if len(failed) + (not priced) > 1:
            continue
        if not failed:
            prices[band] = prices.get(band, 0) + count
        if not failed and priced:
            total += count
            for n, value in enumerate(values):
                facets[n][value] = facets[n].get(value, 0) + count
        elif failed:
            place = failed[0]
            facets[place][values[place]] = facets[place].get(values[place], 0) + count
            without[FACETS[place]] = without.get(FACETS[place], 0) + count
        else:
            without["price"] = without.get("price", 0) + count
    return Counts(total, dict(zip(FACETS, facets, strict=True)), prices, without)
