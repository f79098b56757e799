"""The interface's description is checked in: it changes only when somebody says so.

`UPDATE=1 pytest tests/architecture/test_openapi.py` writes it again.
"""

import json
import os
from pathlib import Path

from marketplace.application import create_app
from marketplace.config import read_settings

SNAPSHOT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


def test_the_description_is_the_one_that_is_checked_in(tmp_path: Path) -> None:
    app = create_app(read_settings({"DATA_DIR": str(tmp_path)}))
    served = app.extensions["quanshu-api"].spec.to_dict()
    if os.environ.get("UPDATE"):
        text = json.dumps(served, ensure_ascii=False, indent=1, sort_keys=True)
        SNAPSHOT.write_text(text + "\n", encoding="utf-8")

    assert json.loads(json.dumps(served)) == json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert served["security"] == [{"bearer": []}]
    assert "bearer" in served["components"]["securitySchemes"]
    assert all(tag.get("description") for tag in served["tags"])
    assert list(served["components"]["responses"]["DEFAULT_ERROR"]["content"]) == [
        "application/problem+json"
    ]
