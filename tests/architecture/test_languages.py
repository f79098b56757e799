"""Both languages are complete: every sentence has its English, and nothing is translated twice over."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from marketplace.core import errors
from marketplace.core.lives import Life
from marketplace.web import messages

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUES = ROOT / "marketplace" / "translations"
METHODS = [("**/translations/**", "ignore"), ("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def english() -> dict[str, str]:
    known: dict[str, str] = {}
    for path in CATALOGUES.glob("*/en/LC_MESSAGES/messages.po"):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id and message.string:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    known[key] = (
                        message.string if isinstance(message.string, str) else message.string[0]
                    )
    return known


def sources() -> set[str]:
    found: set[str] = set()
    for folder in ("marketplace", "templates"):
        for _, _, message, _, _ in extract_from_dir(
            str(ROOT / folder), method_map=METHODS, keywords=KEYWORDS, strip_comment_tags=False
        ):
            found.add(message if isinstance(message, str) else message[0])
    return found - {""}


def test_every_sentence_has_its_english() -> None:
    missing = sorted(sources() - set(english()))

    assert not missing, f"{len(missing)} sentences without English"


def test_english_keeps_the_placeholders_of_the_chinese() -> None:
    hole = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
    known = english()
    wrong = [
        source
        for source in sources() & set(known)
        if sorted(hole.findall(source)) != sorted(hole.findall(known[source]))
    ]

    assert not wrong


def test_english_holds_no_chinese_left_over() -> None:
    allowed = re.compile(r"[《“「（(][^》”」）)]*[》”」）)]")
    wrong = [
        f"{source} → {text}"
        for source, text in english().items()
        if re.search(r"[\u4e00-\u9fff]{4,}", allowed.sub("", text))
    ]

    assert not wrong


def codes_in_code() -> set[str]:
    pattern = re.compile(
        r"\b(?:Invalid|Forbidden|Conflict|NotFound|TooMany|TooLarge|Unavailable|NotSignedIn)\(\s*\"([a-z_]+)\""
    )
    return {
        code
        for path in (ROOT / "marketplace").rglob("*.py")
        for code in pattern.findall(path.read_text())
    }


def test_every_refusal_has_a_sentence() -> None:
    assert issubclass(errors.Conflict, errors.Refusal)

    assert sorted(codes_in_code() - messages.known("CODES")) == []


def lives() -> list[tuple[str, Life]]:
    found = []
    for path in sorted((ROOT / "marketplace").glob("*/states.py")):
        module = __import__(f"marketplace.{path.parent.name}.states", fromlist=["states"])
        found += [(name, value) for name, value in vars(module).items() if isinstance(value, Life)]
    return found


@pytest.mark.parametrize(
    ("name", "life"), lives(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_event_state_and_action_of_a_life_has_words(name: str, life: Life) -> None:
    events = {step.event for step in life.steps.values()}
    actions = set(life.steps)
    states = {str(state) for state in life.states}
    known_actions = {key.split(".", 1)[1] for key in messages.known("ACTIONS")}
    known_states = {key.split(".", 1)[1] for key in messages.known("STATES")}

    assert sorted(events - messages.known("EVENTS")) == []
    assert sorted(actions - known_actions) == []
    assert sorted(states - known_states) == []
