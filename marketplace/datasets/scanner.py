"""Personal information in whole columns, told from chance.

Patterns are sought in the distinct values with Polars; only what has the right shape is checked in
Python. A pattern that passes its check as often as random characters would is no finding
(`decisions.md` 27): each kind is judged by the odds of what was seen, with the column's name and
the words around the value as evidence of their own. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import exp, log

import polars as pl

from marketplace.datasets import identifiers as ids
from marketplace.datasets.columns import Column
from marketplace.datasets.headers import hinted
from marketplace.datasets.identifiers import CHECKED, ORGANISATIONAL, PERSON_KEYS, Checked, Kind

UNLIKELY = 1e-3
FEW = 2  # so few candidates are judged by how rare the whole shape is
FREE_TEXT = 12  # mean characters from which a column is prose
RUN = r"[0-9A-Za-z]{8,}"
FORMATTED = (
    r"\+?86[ \-]?1\d{2}[ \-]?\d{4}[ \-]?\d{4}|1\d{2}[ \-]\d{4}[ \-]\d{4}"
    r"|\d{4}[ \-]\d{4}[ \-]\d{4}[ \-]\d{4}(?:[ \-]?\d{1,3})?"
)
PHONE_WORDS = (
    r"(?:电话|手机|联系方式|致电|来电|拨打|tel|phone)[^0-9]{0,8}(?:\+?86[ \-]?)?1[3-9]\d{9}"
)
NAMED = r"(?:户名|姓名|联系人|持卡人|我叫|收件人|申请人)[:：是为 ]{0,2}([\u4e00-\u9fff]{2,3})"
TITLED = r"([\u4e00-\u9fff]{2,3})(?:先生|女士)"
PLATE_RE = re.compile(ids.PLATE)
MOBILE_CHANCE = 0.055
MOBILE_AFTER_ONE = 0.55


@dataclass
class Finding:
    """One kind of identifier in one column. `count` is rows, `share` is of the rows with a value."""

    kind: Kind
    count: int
    share: float
    confidence: str
    why: list[str]
    examples: list[str]
    candidates: int = 0
    passed: int = 0
    chance: float = 0.0

    @property
    def is_personal(self) -> bool:
        return self.kind not in ORGANISATIONAL

    def as_dict(self) -> dict[str, object]:
        return {
            **asdict(self),
            "kind": str(self.kind),
            "share": round(self.share, 4),
            "chance": round(self.chance, 4),
            "personal": self.is_personal,
            "sensitive": self.kind in ids.SENSITIVE,
        }


@dataclass
class Scanned:
    """A column's findings, what only counts beside a person's key, and what chance explains."""

    name: str
    findings: list[Finding] = field(default_factory=list)
    beside_person: list[Finding] = field(default_factory=list)
    cleared: list[Finding] = field(default_factory=list)


def scan_column(column: Column, counts: pl.DataFrame) -> Scanned:
    """Look through all distinct values of a column; `counts` has `value` and `count`."""
    result = Scanned(column.name)
    texts = _as_texts(column, counts)
    if texts is None:
        if column.type == "number" and hinted(Kind.COORDINATES, column.name):
            result.beside_person.extend(_coordinates(column, counts))
        return result
    look = _Look(column, texts)
    if look.rows == 0:
        return result
    _checked_kinds(look, result)
    if column.type == "text":
        _patterns(look, result)
        _names(look, result)
        _hinted_shapes(look, result)
        _health(look, result)
    return result


def judge(columns: Sequence[Scanned]) -> list[Scanned]:
    """Take up what counts only beside a person: a place, an address, a diagnosis."""
    has_person = any(one.kind in PERSON_KEYS for column in columns for one in column.findings)
    for column in columns:
        if has_person:
            for one in column.beside_person:
                one.why.append("beside_person")
            column.findings.extend(column.beside_person)
        else:
            column.cleared.extend(column.beside_person)
        column.beside_person = []
    return list(columns)


def tail(trials: int, hits: int, chance: float) -> float:
    """An upper bound (Chernoff) for seeing so many hits by chance."""
    if trials == 0 or hits == 0 or hits / trials <= chance:
        return 1.0
    rate = hits / trials
    distance = rate * log(rate / chance)
    if rate < 1:
        distance += (1 - rate) * log((1 - rate) / (1 - chance))
    return exp(-trials * distance)


# ---------------------------------------------------------------- one column, looked at


class _Look:
    """The distinct texts of a column with their counts, and the runs of letters and digits in them."""

    def __init__(self, column: Column, texts: pl.DataFrame) -> None:
        self.header = column.name
        self.texts = texts
        self.rows = int(texts["count"].sum())
        lengths = texts["value"].str.len_chars()
        self.is_prose = texts.height > 0 and float(lengths.mean() or 0) > FREE_TEXT  # type: ignore[arg-type]
        self.runs = self._runs()

    def _runs(self) -> pl.DataFrame:
        within = self.texts.filter(pl.col("value").str.contains(RUN))
        plain = within.with_columns(run=pl.col("value").str.extract_all(RUN))
        spaced = self.texts.filter(pl.col("value").str.contains(FORMATTED)).with_columns(
            run=pl.col("value")
            .str.extract_all(FORMATTED)
            .list.eval(
                pl.element().str.replace_all(r"[ \-+]", "").str.replace(r"^86(1\d{10})$", "$1")
            )
        )
        both = pl.concat([plain, spaced]) if spaced.height else plain
        exploded = both.explode("run").drop_nulls("run")
        return exploded.with_columns(length=pl.col("run").str.len_chars()).with_columns(
            run=pl.when((pl.col("length") == 13) & pl.col("run").str.contains(r"^86?1[3-9]\d{9}$"))
            .then(pl.col("run").str.slice(2))
            .otherwise(pl.col("run"))
        )

    def of_length(self, low: int, high: int) -> list[str]:
        """The different runs of so many characters."""
        size = pl.col("run").str.len_chars()
        return self.runs.filter(size.is_between(low, high))["run"].unique().to_list()

    def rows_with(self, runs: Sequence[str]) -> int:
        """In how many rows one of these runs stands."""
        held = self.runs.filter(pl.col("run").is_in(list(runs))).unique("value")
        return int(held["count"].sum())

    def finding(
        self, kind: Kind, rows: int, confidence: str, why: list[str], tokens: Sequence[str]
    ) -> Finding:
        shown = [ids.masked(kind, token) for token in tokens[:3]]
        return Finding(kind, rows, rows / max(1, self.rows), confidence, why, shown)


def _as_texts(column: Column, counts: pl.DataFrame) -> pl.DataFrame | None:
    """The distinct values as texts; None for numbers too short to identify anybody, and for times."""
    present = counts.drop_nulls("value")
    if column.type == "text":
        return present
    if column.type not in {"integer", "number"} or present.height == 0:
        return None
    top = present["value"].max()
    if not isinstance(top, int | float) or top < 1e10:
        return None
    if column.type == "number":
        present = present.filter((pl.col("value") % 1 == 0) & (pl.col("value") < 1e18))
    return present.with_columns(pl.col("value").cast(pl.Int64, strict=False).cast(pl.String))


def _checked_kinds(look: _Look, result: Scanned) -> None:
    """Resident ID first, then what shares its length, so that no value counts twice."""
    taken: set[str] = set()
    for kind in CHECKED:
        seen = [run for run in look.of_length(*kind.lengths) if run not in taken]
        shaped = [run for run in seen if kind.shape(run)]
        passed = [run for run in shaped if kind.check(run)]
        if not passed:
            continue
        found = _judged(look, kind, len(seen), shaped, passed)
        if found.confidence:
            result.findings.append(found)
            taken.update(passed)
        else:
            result.cleared.append(found)
    _legacy_ids(look, result, taken)
    _mobiles(look, result)


def _judged(look: _Look, kind: Checked, seen: int, shaped: list[str], passed: list[str]) -> Finding:
    """Confidence is empty when chance explains what was seen."""
    tried, hits = len(shaped), len(passed)
    rarity = kind.rarity
    if kind.kind == Kind.BANK_CARD and all(ids.union_pay_shape(run) for run in passed):
        rarity /= 40
    by_check = tail(tried, hits, kind.chance)
    by_shape = tail(seen, hits, rarity)
    why, confidence = ["check_digit"], ""
    if tried > FEW and by_check < UNLIKELY and hits >= 2 * kind.chance * tried:
        confidence = "high"
    elif tried <= FEW and hits == tried and by_shape < 5 * UNLIKELY:
        confidence = "medium"
    elif hinted(kind.kind, look.header) and (by_check < 0.05 or hits == tried):
        confidence, why = "medium", ["check_digit", "header"]
    found = look.finding(kind.kind, look.rows_with(passed), confidence, why, passed)
    found.candidates, found.passed, found.chance = tried, hits, kind.chance
    return found


def _legacy_ids(look: _Look, result: Scanned, taken: set[str]) -> None:
    """15-digit numbers have no check digit: they count beside 18-digit ones or under such a header."""
    shaped = [
        run for run in look.of_length(15, 15) if run not in taken and ids.resident_id_15_shape(run)
    ]
    beside = any(one.kind == Kind.RESIDENT_ID for one in result.findings)
    if shaped and (beside or hinted(Kind.RESIDENT_ID_15, look.header)):
        why = ["pattern", "beside_18" if beside else "header"]
        rows = look.rows_with(shaped)
        result.findings.append(look.finding(Kind.RESIDENT_ID_15, rows, "medium", why, shaped))


def _mobiles(look: _Look, result: Scanned) -> None:
    """Mobile numbers have no check digit: segments, their variety and words around them decide."""
    seen = [run for run in look.of_length(11, 11) if run.isdigit()]
    passed = [run for run in seen if ids.mobile_ok(run)]
    if not passed:
        return
    after_one = sum(1 for run in seen if run[0] == "1")
    varied = len({run[:3] for run in passed}) > 2 or len(passed) < 30
    mostly = len(passed) >= 0.9 * after_one
    why, confidence = ["segment"], ""
    if hinted(Kind.MOBILE, look.header) and len(passed) >= 0.5 * after_one:
        why, confidence = ["segment", "header"], "high"
    elif mostly and varied and tail(len(seen), len(passed), MOBILE_CHANCE) < UNLIKELY:
        confidence = "high" if len(passed) >= 12 else "medium"
    elif look.texts["value"].str.contains(f"(?i){PHONE_WORDS}").any():
        why, confidence = ["segment", "words"], "medium"
    found = look.finding(Kind.MOBILE, look.rows_with(passed), confidence, why, passed)
    found.candidates, found.passed, found.chance = len(seen), len(passed), MOBILE_CHANCE
    (result.findings if confidence else result.cleared).append(found)


def _patterns(look: _Look, result: Scanned) -> None:
    """Shapes that chance does not make: mail, MAC, plate; and those that need more: IP, landline."""
    for kind, pattern, test in (
        (Kind.EMAIL, ids.EMAIL, None),
        (Kind.MAC, ids.MAC, None),
        (Kind.PLATE, ids.PLATE + r"[A-Za-z0-9]?", PLATE_RE.fullmatch),
    ):
        rows, tokens = _matches(look, pattern, test)
        if tokens:
            result.findings.append(look.finding(kind, rows, "high", ["pattern"], tokens))
    _addresses_of_machines(look, result)
    rows, tokens = _matches(look, ids.LANDLINE, None)
    if tokens:
        sure = hinted(Kind.LANDLINE, look.header) or rows >= 0.5 * look.rows
        why = ["pattern", "header" if sure else "share"]
        found = look.finding(Kind.LANDLINE, rows, "medium", why, tokens)
        (result.findings if sure else result.beside_person).append(found)
    _places(look, result)


def _addresses_of_machines(look: _Look, result: Scanned) -> None:
    """An IP address, unless it may as well be a version number: small parts and no such header."""
    rows, tokens = _matches(look, r"[0-9.]*" + ids.IPV4 + r"[0-9.]*", ids.ip_ok)
    if not tokens:
        return
    large = sum(1 for token in tokens if max(int(part) for part in token.split(".")) > 99)
    named = hinted(Kind.IP, look.header)
    sure = named or (large >= 0.5 * len(tokens) and rows >= 0.1 * look.rows)
    found = look.finding(Kind.IP, rows, "medium", ["pattern"] + ["header"] * named, tokens)
    (result.findings if sure else result.cleared).append(found)


def _places(look: _Look, result: Scanned) -> None:
    """An address with a house number; beside a person, or as somebody's home."""
    rows, tokens = _matches(look, ids.ADDRESS, None)
    if not tokens:
        wordy = float(look.texts["value"].str.contains(r"\p{L}.*[\s\d]").mean() or 0)  # type: ignore[arg-type]
        if hinted(Kind.ADDRESS, look.header) and wordy >= 0.5 and not result.findings:
            first = look.texts["value"].head(3).to_list()
            found = look.finding(Kind.ADDRESS, look.rows, "low", ["header"], first)
            result.beside_person.append(found)
        return
    at_home = look.texts["value"].str.contains(r"(?:家住|住址|住在|居住|单元\d+室)").any()
    found = look.finding(Kind.ADDRESS, rows, "medium", ["pattern"], tokens)
    if at_home or look.header in {"住址", "家庭住址"}:
        found.why.append("words")
        result.findings.append(found)
    else:
        result.beside_person.append(found)


def _names(look: _Look, result: Scanned) -> None:
    """Names: under a header that says so, or a varied column of nothing else, or named in prose."""
    if look.is_prose:
        _names_in_prose(look, result)
        return
    short = look.texts.filter(pl.col("value").str.contains(r"^[\u4e00-\u9fff]{2,4}$"))
    named = [text for text in short["value"].to_list() if ids.looks_like_a_name(text)]
    rows = int(short.filter(pl.col("value").is_in(named))["count"].sum())
    share = rows / look.rows
    header = hinted(Kind.NAME, look.header)
    varied = len(named) >= 20 and len(named) >= 0.2 * look.rows
    if header and share >= 0.3:
        result.findings.append(look.finding(Kind.NAME, rows, "high", ["surname", "header"], named))
    elif share >= 0.9 and varied:
        result.findings.append(look.finding(Kind.NAME, rows, "medium", ["surname"], named))
    elif header:
        _foreign_names(look, result)


def _foreign_names(look: _Look, result: Scanned) -> None:
    """Under a header of names, words of letters are names too."""
    words = look.texts.filter(pl.col("value").str.contains(r"^\s*\p{L}[\p{L}' .\-]{1,40}$"))
    rows = int(words["count"].sum())
    if rows >= 0.8 * look.rows and words.height >= 5:
        tokens = words["value"].head(3).to_list()
        result.findings.append(look.finding(Kind.NAME, rows, "medium", ["header"], tokens))


def _names_in_prose(look: _Look, result: Scanned) -> None:
    values = look.texts["value"]
    holders: set[str] = set()
    names: list[str] = []
    for pattern in (NAMED, TITLED):
        hit = look.texts.filter(values.str.contains(pattern))
        for text in hit["value"].to_list():
            found = [n for n in re.findall(pattern, text) if _name_within(n)]
            if found:
                holders.add(text)
                names.extend(found)
    if names:
        rows = int(look.texts.filter(pl.col("value").is_in(list(holders)))["count"].sum())
        found_names = look.finding(Kind.NAME, rows, "low", ["surname", "words"], names)
        words = look.texts["value"].str.contains(r"户名|姓名|联系人|持卡人|我叫|先生|女士").any()
        (result.findings if words else result.beside_person).append(found_names)


def _name_within(text: str) -> bool:
    return ids.looks_like_a_name(text) or ids.looks_like_a_name(text[:2])


def _hinted_shapes(look: _Look, result: Scanned) -> None:
    """Papers without a check digit count only under a header that speaks of them."""
    for kind, shape in ((Kind.PASSPORT, ids.passport_shape), (Kind.PERMIT, ids.permit_shape)):
        if not hinted(kind, look.header):
            continue
        tokens = [run for run in look.of_length(8, 11) if shape(run)]
        if tokens:
            rows = look.rows_with(tokens)
            result.findings.append(
                look.finding(kind, rows, "medium", ["pattern", "header"], tokens)
            )


def _health(look: _Look, result: Scanned) -> None:
    if not hinted(Kind.HEALTH, look.header):
        return
    tokens = look.texts["value"].head(3).to_list()
    result.beside_person.append(
        look.finding(Kind.HEALTH, look.rows, "medium", ["header"], ["***"] * len(tokens))
    )


def _coordinates(column: Column, counts: pl.DataFrame) -> list[Finding]:
    """Positions to four decimals or finer: somebody's way, beside a key to the person."""
    values = counts.drop_nulls("value")
    if values.height == 0:
        return []
    fine = values.filter((pl.col("value") * 1000 - (pl.col("value") * 1000).round(0)).abs() > 1e-6)
    rows, total = int(fine["count"].sum()), int(values["count"].sum())
    if rows < 0.5 * total:
        return []
    return [Finding(Kind.COORDINATES, rows, rows / total, "medium", ["header"], ["**.****"])]


def _matches(look: _Look, pattern: str, test: object) -> tuple[int, list[str]]:
    """Rows and the different tokens that match, checked by `test` where there is one."""
    hit = look.texts.filter(pl.col("value").str.contains(pattern))
    if hit.height == 0:
        return 0, []
    tokens = hit.with_columns(token=pl.col("value").str.extract_all(pattern)).explode("token")
    tokens = tokens.drop_nulls("token")
    if callable(test):
        good = [token for token in tokens["token"].unique().to_list() if test(token)]
        tokens = tokens.filter(pl.col("token").is_in(good))
    rows = int(tokens.unique("value")["count"].sum())
    return rows, tokens["token"].unique(maintain_order=True).to_list()
