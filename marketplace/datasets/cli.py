"""`flask datasets scan FILE`: profile and scan a file, with no server, database or key."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from marketplace.core.errors import Invalid
from marketplace.datasets import examine, readers

group = AppGroup("datasets", help="Tables: what is in them.")


def register(app: Flask) -> None:
    """Add the group to the flask command."""
    app.cli.add_command(group)


@group.command("scan")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def scan(file: Path, as_json: bool) -> None:
    """Rows, types and personal information of FILE (CSV, XLSX, Parquet, NDJSON)."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = examine.examine(readers.open_table(file, file.name, Path(folder)), sample=False)
        except Invalid as refusal:
            print(json.dumps({"refused": refusal.code, "facts": refusal.facts}, ensure_ascii=False))
            sys.exit(1)
    answer = told(found)
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
        return
    print(f"{answer['rows']} rows, {answer['duplicates']} duplicates, {answer['seconds']} s")
    for column in answer["columns"]:
        kinds = ", ".join(f"{one['kind']} ×{one['count']}" for one in column["pii"])
        print(f"{column['name']}\t{column['type']}\t{column['nulls']} nulls\t{kinds}")


def told(found: dict[str, Any]) -> dict[str, Any]:
    """What the command prints."""
    return {
        "rows": found["rows"],
        "seconds": found["seconds"],
        "format": found["format"],
        "duplicates": found["duplicates"],
        "complete_rows": found["complete_rows"],
        "columns": [
            {
                "name": one["name"],
                "type": one["type"],
                "nulls": one["nulls"],
                "distinct": one["distinct"],
                "pii": [
                    {key: hit[key] for key in ("kind", "count", "share", "confidence", "why")}
                    for hit in one["pii"]
                ],
            }
            for one in found["columns"]
        ],
    }
