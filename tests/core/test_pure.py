"""Money, canonical bytes, clock, settings: what touches no database."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.config import SettingsError, read_settings
from marketplace.core import money
from marketplace.core.canonical import canonical, read_strict
from marketplace.core.errors import Invalid

VECTORS = Path("/work/shared/data/jcs-vectors")
AMOUNTS = st.integers(min_value=0, max_value=10**15)


@given(AMOUNTS, st.sampled_from([0, 100, 300, 600, 900, 1300]))
def test_net_and_vat_are_the_gross(gross: int, rate: int) -> None:
    net, vat = money.split_vat(gross, rate)

    assert net + vat == gross
    assert abs(vat - Decimal(gross) * rate / (10_000 + rate)) <= Decimal("0.5")


@given(AMOUNTS)
def test_an_amount_survives_being_written_and_read(fen: int) -> None:
    assert money.fen_of(money.yuan(fen)) == fen
    assert money.fen_of(money.yuan(-fen)) == -fen


@pytest.mark.parametrize(
    ("fen", "bp", "part"), [(50, 100, 1), (49, 100, 0), (150, 100, 2), (0, 9, 0)]
)
def test_halves_are_rounded_up(fen: int, bp: int, part: int) -> None:
    assert money.portion(fen, bp) == part


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("38,000.00", 3_800_000),
        ("38，000", 3_800_000),
        (" ¥12.5 ", 1250),
        ("-1", -100),
        ("0.01", 1),
    ],
)
def test_amounts_as_people_type_them(text: str, fen: int) -> None:
    assert money.fen_of(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "-",
        "1-2",
        "1.234",
        "12,50",
        "1,2,3",
        "1e5",
        "NaN",
        "１２",
        "9" * 19,
        "¥",
        "--1",
        "1\n",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    if text == "1\n":
        assert money.fen_of(text) == 100
        return
    with pytest.raises(ValueError):
        money.fen_of(text)


def test_canonical_bytes_are_those_of_rfc_8785() -> None:
    value = {
        "peach": '\u20ac$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
        "1": {"f": "F"},
    }

    assert (
        canonical(value)
        == (
            '{"1":{"f":"F"},"literals":[null,true,false],"peach":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )
    assert canonical({"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6}) == (
        '{"\\r":2,"1":4,"\u0080":6,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'.encode()
    )


@pytest.mark.needs_shared
@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_canonical_bytes_are_those_of_the_published_vectors(name: str) -> None:
    if not VECTORS.exists():
        pytest.skip("the JCS vectors are not on this machine")
    value = json.loads((VECTORS / "input" / f"{name}.json").read_text("utf-8"))
    if name in {"arrays", "structures", "values"} and "." in json.dumps(value):
        with pytest.raises(Invalid, match="float_in_signed_record"):
            canonical(value)
        return

    assert canonical(value) == (VECTORS / "output" / f"{name}.json").read_bytes().rstrip(b"\n")


@pytest.mark.parametrize(
    "value", [1.0, {"a": [1.5]}, ({"b": 0.0},), float("nan"), 2**60, "\ud800", {"a": "\udfff"}]
)
def test_what_reads_differently_elsewhere_is_not_signed(value: object) -> None:
    with pytest.raises(Invalid):
        canonical(value)


def test_endless_nesting_is_refused_and_not_a_crash() -> None:
    value: list[object] = []
    for _ in range(5000):
        value = [value]

    with pytest.raises(Invalid, match="json_not_strict"):
        canonical(value)
    with pytest.raises(Invalid, match="json_not_strict"):
        read_strict(b"[" * 100_000)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b'{"x":{"b":1,"b":1}}',
        b"1.0",
        b"1e3",
        b"[NaN]",
        b"[Infinity]",
        b"-Infinity",
        b'"\\ud800"',
        b'{"\\udc00":1}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"",
        b"{} {}",
    ],
)
def test_json_with_two_meanings_is_not_taken_in(data: bytes) -> None:
    with pytest.raises(Invalid, match="json_not_strict"):
        read_strict(data)


WORDS = st.text(st.characters(codec="utf-8"))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_canonical_bytes_read_back_as_the_same_value(value: object) -> None:
    data = canonical(value)

    assert read_strict(data) == value
    assert canonical(read_strict(data)) == data


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"PORT": "eight"}, "PORT must be a whole number"),
        ({"PORT": "0"}, "PORT is from 1"),
        ({"PORT": "70000"}, "PORT is from 1"),
        ({"SECURE_COOKIES": "perhaps"}, "SECURE_COOKIES is true or false"),
        ({"MODE": "test"}, "MODE is demo or production"),
        ({"WEB_WORKERS": "0"}, "WEB_WORKERS is at least 1"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL is one of"),
        ({"PUBLIC_URL": "quanshu.example"}, "PUBLIC_URL begins with"),
        ({"PUBLIC_CODE_PATTERN": "["}, "no regular expression"),
        ({"CUSTODY": "mine"}, "CUSTODY is direct"),
        ({"MODE": "production", "CUSTODY": "platform"}, "needs CUSTODY_LICENCE_NO"),
        ({"STRIPE_API_KEY": "sk_live_x", "STRIPE_API_BASE": "http://localhost"}, "live Stripe key"),
        (
            {"STRIPE_API_KEY": "sk_test_x", "STRIPE_API_BASE": "https://api.stripe.com"},
            "live Stripe",
        ),
        ({"MODE": "production", "STRIPE_API_BASE": "http://localhost"}, "no payment server"),
    ],
)
def test_a_wrong_setting_is_one_sentence(given_: Mapping[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says) as told:
        read_settings(given_)

    assert str(told.value).endswith(".")


def test_settings_follow_one_another(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "DATA_DIR": str(tmp_path / "var"),
            "DATABASE_URL": "postgres://me@localhost/x",
            "SECURE_COOKIES": "Yes",
            "REGISTRAR_DIRECTORY": "a, b,,",
            "HOST": "",
            "STRIPE_API_KEY": "sk_test_secret",
        }
    )

    assert settings.key_dir == tmp_path / "var-keys"
    assert settings.database_url == "postgresql+psycopg://me@localhost/x"
    assert settings.storage_url == f"file://{tmp_path / 'var' / 'files'}"
    assert settings.secure_cookies is True
    assert settings.registrar_directory == ("a", "b")
    assert settings.public_url == "http://127.0.0.1:8000"
    assert "sk_test_secret" not in repr(settings)
