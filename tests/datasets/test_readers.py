"""Files as tables: what is read, and what is refused with its place."""

import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from marketplace.core.errors import Invalid
from marketplace.datasets import readers
from marketplace.datasets.columns import settle
from marketplace.datasets.readers import Table


def opened(folder: Path, content: bytes, name: str = "a.csv") -> Table:
    path = folder / "upload"
    path.write_bytes(content)
    return readers.open_table(path, name, folder)


def values(table: Table, name: str) -> list[Any]:
    return settle(table.column(name), is_text=table.is_text).values.to_list()


def refusal(folder: Path, content: bytes, name: str = "a.csv") -> Invalid:
    with pytest.raises(Invalid) as refused:
        opened(folder, content, name)
    return refused.value


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_both_encodings_with_any_delimiter(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    text = delimiter.join(["站点", "人次"]) + "\r\n" + delimiter.join(["泉城广场", "12"]) + "\r\n"

    table = opened(tmp_path, text.encode(encoding))

    assert table.names == ("站点", "人次")
    assert values(table, "站点") == ["泉城广场"]
    assert values(table, "人次") == [12]


def test_quoted_newlines_and_delimiters_stay_in_their_cell(tmp_path: Path) -> None:
    table = opened(tmp_path, b'a,b\n"x\ny, ""z""",2\n')

    assert values(table, "a") == ['x\ny, "z"']


def test_types_are_found_and_numbers_of_things_stay_texts(tmp_path: Path) -> None:
    table = opened(
        tmp_path,
        b"day,at,n,code,long,gap,flag\n"
        b"2025-01-31,2025-01-31 08:00:00,1.5,007,6217000000000000004,NA,true\n"
        b"2025-02-01,2025-02-01 09:30:00,2,010,6226000000000005,3,false\n",
    )

    types = {n: settle(table.column(n), is_text=True).type for n in table.names}
    assert types == {
        "day": "date",
        "at": "datetime",
        "n": "number",
        "code": "text",
        "long": "text",
        "gap": "integer",
        "flag": "boolean",
    }
    assert values(table, "gap") == [None, 3]


def test_empty_and_repeated_headers_get_names(tmp_path: Path) -> None:
    assert opened(tmp_path, b"a,,a\n1,2,3\n").names == ("a", "column_2", "a_2")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "file_empty"),
        (b" \n ", "a.csv", "file_empty"),
        (b"a,b\n", "a.csv", "file_without_rows"),
        (b"%PDF-1.7", "a.pdf", "file_type_not_supported"),
        (b"\x89PNG\r\n", "a.png", "file_type_not_supported"),
        (b"a\x00b", "a.csv", "file_type_not_supported"),
        (b"[1, 2]", "a.json", "json_array_not_supported"),
        (b"PAR1" + b"\x00" * 20, "a.parquet", "file_not_readable"),
        (b"PAR1" + b"\x00" * 20 + b"PAR1", "a.parquet", "file_not_readable"),
        (b"PARE" + b"\x00" * 20, "a.parquet", "file_password_protected"),
        (b"PK\x03\x04broken", "a.xlsx", "file_not_readable"),
        (readers.OLE + b"\x00" * 600, "a.xls", "file_type_not_supported"),
        (
            readers.OLE + b"\x00" * 600 + readers.ENCRYPTED_OLE,
            "a.xlsx",
            "file_password_protected",
        ),
    ],
)
def test_what_is_no_table_is_refused_by_its_own_code(
    tmp_path: Path, content: bytes, name: str, code: str
) -> None:
    assert refusal(tmp_path, content, name).code == code


def test_the_first_ragged_line_is_named(tmp_path: Path) -> None:
    wrong = refusal(tmp_path, b"a,b\n1,2\n1,2,3\n1\n")

    assert (wrong.code, wrong.facts) == ("rows_ragged", {"line": 3, "found": 3, "expected": 2})


def test_the_first_line_in_a_bad_encoding_is_named(tmp_path: Path) -> None:
    good = "站点,人次\n" + "泉城广场,12\n" * 5
    wrong = refusal(tmp_path, good.encode() + b"\xff\xfe,1\n")

    assert (wrong.code, wrong.facts["line"]) == ("encoding_not_readable", 7)
    assert refusal(tmp_path, b"a,b\n1,\xff\n").facts["line"] == 2


def test_ndjson_unites_the_keys_of_its_lines(tmp_path: Path) -> None:
    table = opened(tmp_path, b'{"a": 1}\n\n{"a": 2, "b": "x"}\n', "a.ndjson")

    assert table.names == ("a", "b")
    assert values(table, "b") == [None, "x"]
    wrong = refusal(tmp_path, b'{"a": 1}\n{"a": \n', "a.ndjson")
    assert (wrong.code, wrong.facts["line"]) == ("json_not_readable", 2)


def test_a_workbook_is_read_below_its_title_rows(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "2025 年客流统计表")
    for column, head in enumerate(("站点", "人次", "日期")):
        sheet.write(2, column, head)
    sheet.write_row(3, 0, ["泉城广场", 12, "2025-01-01"])
    sheet.write_row(4, 0, ["大明湖", 15, "2025-01-02"])
    book.close()

    table = readers.open_table(path, "a.xlsx", tmp_path)

    assert table.names == ("站点", "人次", "日期")
    assert values(table, "人次") == [12, 15]
    assert table.details["header_row"] == 3


def test_a_workbook_that_unpacks_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 12 * 1024 * 1024)

    with pytest.raises(Invalid, match="workbook_too_large"):
        readers.open_table(path, "a.xlsx", tmp_path)


def test_parquet_keeps_its_types_and_binary_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"a": [1, 2], "b": [[1], [2]], "c": [{"x": 1}, None]}).write_parquet(path)
    table = readers.open_table(path, "a.parquet", tmp_path)
    assert [settle(table.column(n), is_text=False).type for n in table.names] == [
        "integer",
        "text",
        "text",
    ]

    pl.DataFrame({"a": [b"x"]}).write_parquet(path)
    with pytest.raises(Invalid, match="column_type_not_supported"):
        readers.open_table(path, "a.parquet", tmp_path)
