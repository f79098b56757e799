"""The colours of tokens.css against each other, as WCAG 2.2 measures them."""

import re
from pathlib import Path

import pytest

STYLES = Path(__file__).resolve().parents[2] / "marketplace" / "static" / "css"
TOKENS = (STYLES / "tokens.css").read_text(encoding="utf-8")

GROUNDS = ("bg", "surface", "sunk")
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3", "pri", "bad") for ground in GROUNDS),
    *((ink, "pri-s") for ink in ("ink", "ink-2", "pri")),
    *((kind, f"{kind}-s") for kind in ("ok", "warn", "bad", "info", "seal")),
    *(("ink", f"{kind}-s") for kind in ("ok", "warn", "bad", "info")),
    *((kind, "surface") for kind in ("ok", "warn", "info", "seal")),
    ("pri-h", "surface"),
    ("on-pri", "pri"),
    ("on-pri", "pri-h"),
    ("surface", "bad"),
    ("on-head", "head"),
    ("on-head-2", "head"),
    ("on-head", "head-2"),
    ("on-head-2", "head-2"),
    ("on-head-2", "deep"),
    ("on-sun", "sun"),
    ("on-aqua", "aqua"),
    ("on-aqua", "aqua-h"),
    ("code-ink", "code-bg"),
    *((ink, "paper") for ink in ("paper-ink", "paper-ink-2", "paper-deep", "paper-seal")),
    ("paper-ink-3", "white"),
]
EDGES = [
    *(("field", ground) for ground in GROUNDS),
    *((f"c{number}", ground) for number in range(1, 9) for ground in ("bg", "surface")),
    ("pri", "bg"),
    ("pri", "surface"),
    ("bad", "surface"),
    ("seal", "surface"),
    ("sun", "head"),
    ("sun", "deep"),
    ("aqua", "head"),
]


def _block(head: str) -> dict[str, str]:
    """The hexadecimal colours of one rule."""
    body = TOKENS.split(head, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", body))


LIGHT = _block(":root {")
CHOSEN_DARK = _block(':root[data-theme="dark"] {')
MODES = {"light": LIGHT, "dark": LIGHT | CHOSEN_DARK}


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(mode: str, ink: str, ground: str) -> None:
    colours = MODES[mode]

    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_can_be_seen(mode: str, edge: str, ground: str) -> None:
    colours = MODES[mode]

    assert contrast(colours[edge], colours[ground]) >= 3


def test_dark_is_the_same_whether_the_system_or_the_reader_asks() -> None:
    asked_by_system = _block(':root:not([data-theme="light"]) {')

    assert asked_by_system == CHOSEN_DARK


@pytest.mark.parametrize("sheet", sorted(STYLES.glob("*.css")), ids=lambda path: path.name)
def test_only_the_tokens_hold_colours(sheet: Path) -> None:
    values = re.findall(r":[^;{}]*;", sheet.read_text(encoding="utf-8"))
    coloured = [value for value in values if re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(", value)]

    assert sheet.name == "tokens.css" or not coloured
