"""The dictionary as a page sends it: a table of inputs, or lines pasted from a spreadsheet. Pure."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

KEY_WORDS = frozenset({"1", "y", "yes", "true", "是", "√", "key", "主键"})
HEADINGS = frozenset({"name", "字段", "字段名", "列名", "名称"})


def from_inputs(given: Mapping[str, str], names: Sequence[str]) -> list[dict[str, Any]]:
    """Inputs are named by position: `meaning-1`, `unit-1`, `code_list-1`, `is_key-1`."""
    return [
        {
            "name": name,
            "meaning": given.get(f"meaning-{position}", "").strip(),
            "unit": given.get(f"unit-{position}", "").strip(),
            "code_list": given.get(f"code_list-{position}", "").strip(),
            "is_key": bool(given.get(f"is_key-{position}")),
        }
        for position, name in enumerate(names, start=1)
    ]


def from_paste(text: str) -> list[dict[str, Any]]:
    """Tab-separated lines: name, meaning, unit, codes, key. A heading line is skipped."""
    lines = []
    for row in csv.reader(io.StringIO(text.strip()), delimiter="\t"):
        cells = [cell.strip() for cell in row] + [""] * 5
        if not cells[0] or cells[0].lower() in HEADINGS:
            continue
        line: dict[str, Any] = {"name": cells[0]}
        for key, cell in zip(("meaning", "unit", "code_list"), cells[1:4], strict=True):
            if cell:
                line[key] = cell
        if cells[4]:
            line["is_key"] = cells[4].lower() in KEY_WORDS
        lines.append(line)
    return lines
