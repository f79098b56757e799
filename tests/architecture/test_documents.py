"""What the documents say is what the code does."""

import re
from dataclasses import fields
from pathlib import Path

from marketplace.config import Settings

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_setting_stands_in_the_operations_guide() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))

    assert documented == {one.name.upper() for one in fields(Settings)}


def test_the_readme_has_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()

    assert "make run" in text
    assert "make test" in text


def test_decisions_are_numbered_once() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [name.split("-")[0] for name in names]

    assert len(numbers) == len(set(numbers))


def test_documents_point_at_files_that_exist() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    missing = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert not missing
