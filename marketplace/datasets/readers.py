"""Files as tables: what kind of file it is, and its rows as one Parquet file of bounded memory.

CSV, XLSX and NDJSON are brought into a scratch Parquet of texts by streams; types are found later,
column by column (`columns.py`). Every refusal is coded and says where: `Invalid(code, line=…)`.
"""

import codecs
import csv
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from marketplace.core.errors import Invalid
from marketplace.datasets.states import Format

PIECE = 1024 * 1024
MOST_COLUMNS = 2000
MOST_FIELD = 1024 * 1024
XLSX_ENTRIES = 2000
XLSX_EXPANDED = 512 * 1024 * 1024
XLSX_RATIO = 250
TITLE_ROWS = 20
DELIMITERS = ",;\t|"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED_OLE = "EncryptedPackage".encode("utf-16-le")
FOREIGN = (
    b"%PDF",
    b"\x1f\x8b",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"7z\xbc\xaf",
    b"Rar!",
    b"MZ",
    b"\x7fELF",
)
SURE_UTF8 = 8  # that many multi-byte characters do not come about by accident


@dataclass(frozen=True)
class Table:
    """Rows in a Parquet file. `is_text`: the values are texts whose types are still to be found."""

    path: Path
    names: tuple[str, ...]
    is_text: bool
    format: Format
    details: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> int:
        """How many rows there are."""
        return int(pl.scan_parquet(self.path).select(pl.len()).collect().item())

    def column(self, name: str) -> pl.Series:
        """One column, read alone so that memory is bounded by the widest."""
        return _flat(pl.read_parquet(self.path, columns=[name])[name])


def sniff(path: Path, filename: str) -> Format:
    """The format by content, the name only where content leaves a choice.

    Raises Invalid `file_empty`, `file_type_not_supported`, `file_password_protected`.
    """
    with path.open("rb") as file:
        head = file.read(64 * 1024)
    if not head.strip():
        raise Invalid("file_empty")
    if head.startswith((b"PAR1", b"PARE")):
        return _parquet_or_refuse(path, head)
    if head.startswith(b"PK\x03\x04"):
        return _workbook_or_refuse(path)
    if head.startswith(OLE):
        with path.open("rb") as file:
            protected = any(ENCRYPTED_OLE in piece for piece in _overlapping(file))
        raise Invalid("file_password_protected" if protected else "file_type_not_supported")
    if head.startswith(FOREIGN) or b"\x00" in head:
        raise Invalid("file_type_not_supported")
    first = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if first.startswith(b"{"):
        return Format.NDJSON
    if first.startswith(b"[") and Path(filename).suffix.lower() in {".json", ".ndjson", ".jsonl"}:
        raise Invalid("json_array_not_supported")
    return Format.CSV


def open_table(path: Path, filename: str, scratch: Path) -> Table:
    """The file as a table; `scratch` is a private folder that the caller removes."""
    kind = sniff(path, filename)
    openers = {
        Format.CSV: _open_csv,
        Format.XLSX: _open_xlsx,
        Format.NDJSON: _open_ndjson,
        Format.PARQUET: _open_parquet,
    }
    table = openers[kind](path, scratch)
    if not table.names or table.rows() == 0:
        raise Invalid("file_without_rows")
    return table


# ---------------------------------------------------------------- CSV


def _open_csv(path: Path, scratch: Path) -> Table:
    encoding = encoding_of(path)
    text = scratch / "table.csv"
    with text.open("w", encoding="utf-8", newline="") as out:
        for piece in _decoded(path, encoding):
            out.write(piece)
    delimiter = delimiter_of(text)
    header, _ = _check_shape(text, delimiter)
    names = proper_names(header)
    target = scratch / "table.parquet"
    try:
        pl.scan_csv(
            text,
            separator=delimiter,
            has_header=False,
            skip_rows=0,
            new_columns=list(names),
            infer_schema=False,
            raise_if_empty=False,
        ).slice(1).sink_parquet(target, compression="lz4")
    except pl.exceptions.PolarsError as wrong:
        raise Invalid("csv_not_readable", reason=str(wrong)[:120]) from wrong
    return Table(target, names, True, Format.CSV, {"encoding": encoding, "delimiter": delimiter})


def encoding_of(path: Path) -> str:
    """`utf-8` or `gb18030`; Invalid `encoding_not_readable` with the first bad line."""
    bad_line, multibyte = _first_bad_line(path, "utf-8")
    if bad_line is None:
        return "utf-8"
    if multibyte >= SURE_UTF8:
        raise Invalid("encoding_not_readable", line=bad_line, encoding="UTF-8")
    other_line, _ = _first_bad_line(path, "gb18030")
    if other_line is None:
        return "gb18030"
    raise Invalid("encoding_not_readable", line=max(bad_line, other_line), encoding="GB18030")


def _first_bad_line(path: Path, encoding: str) -> tuple[int | None, int]:
    """The first line that does not decode, and how many non-ASCII characters came before it."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line, wide = 1, 0
    with path.open("rb") as file:
        while True:
            piece = file.read(PIECE)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as wrong:
                before = wrong.object[: wrong.start]
                good = before.decode(encoding, "ignore")
                wide += sum(1 for c in good if ord(c) > 127)
                return line + before.count(b"\n"), wide
            line += text.count("\n")
            wide += 0 if text.isascii() else sum(1 for c in text if ord(c) > 127)
            if not piece:
                return None, wide


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    """The text in bounded pieces, without a byte-order mark."""
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)


def delimiter_of(text: Path) -> str:
    """The one of `, ; tab |` that cuts the first lines into the same number of fields."""
    with text.open(encoding="utf-8", newline="") as file:
        sample = file.read(64 * 1024)
    lines = sample.splitlines(keepends=True)
    whole = lines[:-1] if len(lines) > 1 and len(sample) == 64 * 1024 else lines
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(whole[:200], delimiter=delimiter) if row]
        if not widths or max(widths) < 2:
            continue
        usual = max(set(widths), key=widths.count)
        score = widths.count(usual) / len(widths) + usual / 1000
        if usual > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _check_shape(text: Path, delimiter: str) -> tuple[list[str], int]:
    """The header and the number of rows; Invalid `rows_ragged` with the first line that differs."""
    csv.field_size_limit(MOST_FIELD)
    with text.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            header = next(reader, [])
            if len(header) > MOST_COLUMNS:
                raise Invalid("too_many_columns", most=MOST_COLUMNS)
            count = 0
            for row in reader:
                if len(row) != len(header) and row:
                    raise Invalid(
                        "rows_ragged", line=reader.line_num, found=len(row), expected=len(header)
                    )
                count += 1
        except csv.Error as wrong:
            raise Invalid(
                "csv_not_readable", line=reader.line_num, reason=str(wrong)[:120]
            ) from wrong
    return header, count


def proper_names(header: list[str]) -> tuple[str, ...]:
    """Names that are not empty and stand once: `column_3`, `name_2`."""
    seen: dict[str, int] = {}
    names = []
    for position, given in enumerate(header, start=1):
        name = re.sub(r"\s+", " ", given.strip().lstrip("\ufeff"))[:200] or f"column_{position}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(names)


# ---------------------------------------------------------------- NDJSON


def _open_ndjson(path: Path, scratch: Path) -> Table:
    encoding = encoding_of(path)
    names: dict[str, None] = {}
    clean = scratch / "table.ndjson"
    with clean.open("w", encoding="utf-8") as out:
        for number, line in enumerate(_lines(path, encoding), start=1):
            if not line.strip():
                continue
            names.update(dict.fromkeys(_object(line, number)))
            if len(names) > MOST_COLUMNS:
                raise Invalid("too_many_columns", most=MOST_COLUMNS)
            out.write(line.rstrip("\r\n") + "\n")
    target = scratch / "table.parquet"
    try:
        pl.scan_ndjson(clean, schema=dict.fromkeys(names, pl.String)).sink_parquet(
            target, compression="lz4"
        )
    except pl.exceptions.PolarsError as wrong:
        raise Invalid("json_not_readable", line=0, reason=str(wrong)[:120]) from wrong
    return Table(target, tuple(names), True, Format.NDJSON, {"encoding": encoding})


def _lines(path: Path, encoding: str) -> Iterator[str]:
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding) as file:
        while line := file.readline(16 * MOST_FIELD):
            yield line


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        raise Invalid("json_not_readable", line=number, reason=str(wrong)[:120]) from wrong
    if not isinstance(row, dict):
        raise Invalid("json_not_readable", line=number, reason="not an object")
    return row


# ---------------------------------------------------------------- XLSX


def _workbook_or_refuse(path: Path) -> Format:
    """XLSX within its limits; Invalid `file_type_not_supported`, `workbook_too_large`."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as wrong:
        raise Invalid("file_not_readable") from wrong
    if any(entry.flag_bits & 1 for entry in entries):
        raise Invalid("file_password_protected")
    if "xl/workbook.xml" not in {entry.filename for entry in entries}:
        raise Invalid("file_type_not_supported")
    expanded = sum(entry.file_size for entry in entries)
    ratio = expanded / max(1, path.stat().st_size)
    if len(entries) > XLSX_ENTRIES or expanded > XLSX_EXPANDED:
        raise Invalid("workbook_too_large", expanded=expanded, most=XLSX_EXPANDED)
    if expanded > 10 * PIECE and ratio > XLSX_RATIO:
        raise Invalid("workbook_too_large", expanded=expanded, most=XLSX_EXPANDED)
    return Format.XLSX


def _open_xlsx(path: Path, scratch: Path) -> Table:
    try:
        book = fastexcel.read_excel(path)
        sheet = book.load_sheet(0, header_row=None, dtypes="string")
        frame = pl.DataFrame(sheet)
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, ValueError) as wrong:
        raise Invalid("file_not_readable", reason=str(wrong)[:120]) from wrong
    frame = frame.select(pl.all().cast(pl.String))
    start = header_row(frame)
    if start is None:
        raise Invalid("file_without_rows")
    head = [str(value or "") for value in frame.row(start)]
    last = max((i for i, value in enumerate(head) if value.strip()), default=-1) + 1
    names = proper_names(head[:last])
    body = frame.slice(start + 1).select(frame.columns[:last])
    body.columns = list(names)
    body = body.filter(~pl.all_horizontal(pl.all().is_null()))
    target = scratch / "table.parquet"
    body.write_parquet(target, compression="lz4")
    return Table(
        target, names, True, Format.XLSX, {"sheet": book.sheet_names[0], "header_row": start + 1}
    )


def header_row(frame: pl.DataFrame) -> int | None:
    """The first row as wide as the table, all texts: title rows above it are skipped."""
    if frame.height == 0:
        return None
    widths = [sum(1 for v in row if v and str(v).strip()) for row in frame.head(200).iter_rows()]
    usual = max(widths, default=0)
    if usual == 0:
        return None
    enough = max(1, -(-usual * 6 // 10))
    wide = [i for i, width in enumerate(widths[:TITLE_ROWS]) if width >= enough]
    return wide[0] if wide else None


# ---------------------------------------------------------------- Parquet


def _parquet_or_refuse(path: Path, head: bytes) -> Format:
    with path.open("rb") as file:
        file.seek(-4, 2)
        tail = file.read(4)
    if head.startswith(b"PARE") or tail == b"PARE":
        raise Invalid("file_password_protected")
    if tail != b"PAR1":
        raise Invalid("file_not_readable")
    return Format.PARQUET


def _open_parquet(path: Path, _scratch: Path) -> Table:
    try:
        schema = pl.scan_parquet(path).collect_schema()
    except (pl.exceptions.PolarsError, OSError) as wrong:
        raise Invalid("file_not_readable", reason=str(wrong)[:120]) from wrong
    if len(schema) > MOST_COLUMNS:
        raise Invalid("too_many_columns", most=MOST_COLUMNS)
    for name, kind in schema.items():
        if kind in (pl.Binary, pl.Object):
            raise Invalid("column_type_not_supported", column=name, type=str(kind))
    return Table(path, tuple(schema.names()), False, Format.PARQUET)


def _flat(series: pl.Series) -> pl.Series:
    """Nested values as JSON text, categories as text."""
    kind = series.dtype
    if isinstance(kind, pl.Struct):
        return series.struct.json_encode()
    if isinstance(kind, pl.List | pl.Array):
        return series.to_frame().select(
            pl.struct(pl.all()).struct.json_encode().alias(series.name)
        )[series.name]
    if kind in (pl.Categorical, pl.Enum):
        return series.cast(pl.String)
    return series


def _overlapping(file: Any) -> Iterator[bytes]:
    """Pieces that overlap, so that a marker on a border is seen."""
    kept = b""
    while piece := file.read(PIECE):
        yield kept + piece
        kept = piece[-64:]
