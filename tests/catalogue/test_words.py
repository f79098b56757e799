"""What is found under which words."""

import pytest

from marketplace.catalogue import asked, words
from marketplace.catalogue.search import Query, price_band, summed


def test_longer_words_are_found_by_their_parts() -> None:
    assert {"公交", "刷卡", "客流", "济南"} <= set(words.index_tokens("济南市公交刷卡客流日统计"))


@pytest.mark.parametrize("typed", ["LINE_NO", "ｌｉｎｅ＿ｎｏ", "line-no", "line no"])
def test_width_case_and_joints_make_no_difference(typed: str) -> None:
    assert words.query_tokens(typed) == ["line", "no"]


def test_a_query_holds_nothing_that_a_database_reads_as_its_language() -> None:
    tokens = words.query_tokens('a\' OR "b" NEAR(c) & d:* | !e --')

    assert all(one.isalnum() for one in tokens)


def test_a_query_is_bounded() -> None:
    assert len(words.query_tokens(" ".join(f"w{n}" for n in range(500)))) <= words.MOST_WORDS


def test_price_bands_begin_at_free() -> None:
    assert [price_band(fen) for fen in (0, 1, 9_999, 10_000, 10**12)] == [0, 1, 1, 2, 8]


def test_facet_counts_follow_the_other_filters() -> None:
    cells = [
        ("transport", "enterprise", "free", "daily", "csv", "a", 0, 1, 3),
        ("transport", "public", "free", "daily", "csv", "a", 0, 1, 5),
        ("health", "enterprise", "free", "daily", "csv", "a", 0, 1, 7),
        ("health", "public", "free", "daily", "csv", "a", 0, 0, 11),
    ]

    counts = summed(cells, {"sector": ("transport",), "data_kind": ("enterprise",)})

    assert counts.total == 3
    assert counts.facets["sector"] == {"transport": 3, "health": 7}
    assert counts.facets["data_kind"] == {"enterprise": 3, "public": 5}
    assert counts.without == {"data_kind": 5, "sector": 7}


def test_a_search_stands_in_its_address() -> None:
    query = Query(
        q="公交", chosen=(("sector", ("health",)),), price_max=20_000, sort="price", page=3
    )

    assert "q=%E5%85%AC%E4%BA%A4" in asked.address(query)
    assert "price_max=200.00" in asked.address(query)
    assert "price_max=20000" in asked.address(query, in_fen=True)
    assert asked.address(asked.less(query, "sector", "health"), page=1).count("sector") == 0
