"""The child process that reads tables: a task as JSON on stdin, the answer as JSON on stdout.

Started by `engine.py` as `python -m marketplace.datasets.table_engine`; it knows no database, no
key but the one a task brings, and ends when its parent does.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from marketplace.core.errors import Invalid
from marketplace.datasets import examine, masks, readers


def perform(task: dict[str, Any]) -> dict[str, Any]:
    """`examine` a file, or `derive` a new one from it and examine that."""
    scratch = Path(task["scratch"])
    table = readers.open_table(Path(task["path"]), task["filename"], scratch)
    if task["task"] == "derive":
        target = Path(task["target"])
        masks.derive(table, task["recipe"], bytes.fromhex(task["secret"]), target)
        return {"target": str(target)}
    return examine.examine(table)


def main() -> int:
    """Read the task, answer it; a refusal is an answer too."""
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    task = json.load(sys.stdin)
    try:
        answer = {"ok": perform(task)}
    except Invalid as refusal:
        facts = dict(refusal.facts)
        answer = {"refused": {"code": refusal.code, "facts": facts}}
    json.dump(answer, sys.stdout, ensure_ascii=False)
    sys.stdout.flush()
    return 0


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
