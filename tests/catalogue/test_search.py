"""Search through the API and the page, the same on both databases."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from marketplace.catalogue import search
from marketplace.catalogue.views import _safe
from marketplace.core.database import db
from tests.factories import catalogue


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("公交", 1),
        ("客流统计", 1),
        ("医院", 0),
        ("线路 公交", 1),
        ("transport", 1),
        ("出行", 1),
        ("数据产品经营权", 1),
        ("line", 1),
        ("lin", 1),
        ("'; drop table products; --", 0),
        ("OR", 0),
        ("", 1),
    ],
)
def test_words_find_titles_columns_sectors_and_old_right_names(
    client: FlaskClient, query: str, found: int
) -> None:
    catalogue.listed_product()

    answer = client.get("/api/v1/products", query_string={"q": query})

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["total"] == found
    assert len(answer.json["items"]) == found


def test_facets_sort_and_pages(client: FlaskClient) -> None:
    cheap = catalogue.listed_product(price_fen=100)
    dear = catalogue.listed_product(price_fen=900, sector="health")

    every = client.get("/api/v1/products?sort=price").json or {}
    health = client.get("/api/v1/products?sector=health").json or {}
    priced = client.get("/api/v1/products?price_max=500").json or {}
    last = client.get("/api/v1/products?page=9999").json or {}

    assert [one["id"] for one in every["items"]] == [str(cheap.id), str(dear.id)]
    assert every["facets"]["sector"] == {"transport": 1, "health": 1}
    assert health["total"] == 1
    assert health["facets"]["sector"] == {"transport": 1, "health": 1}
    assert [one["id"] for one in priced["items"]] == [str(cheap.id)]
    assert (last["page"], len(last["items"])) == (1, 2)


def test_a_title_comes_before_a_mention(client: FlaskClient) -> None:
    titled = catalogue.listed_product(title="气象观测")
    catalogue.listed_product(summary="与气象观测相关的公交数据。")

    items = (client.get("/api/v1/products?q=气象观测").json or {})["items"]

    assert items[0]["id"] == str(titled.id)
    assert len(items) == 2


def test_an_unknown_parameter_is_refused(client: FlaskClient) -> None:
    assert client.get("/api/v1/products?colour=red").status_code == 422
    assert client.get("/api/v1/products?sort=magic").status_code == 422


def test_a_page_costs_a_bounded_number_of_statements(app: Flask, client: FlaskClient) -> None:
    for _n in range(3):
        catalogue.listed_product()
    client.get("/catalogue/?q=公交")
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))

    client.get("/api/v1/products?q=公交&sector=transport")

    assert len(seen) <= 4, seen


def test_an_empty_page_names_the_filter_to_drop(client: FlaskClient) -> None:
    catalogue.listed_product()

    page = client.get("/catalogue/?q=公交&sector=health").text

    assert "去掉“行业（数据要素×）”" in page


def test_the_export_defuses_formulas_and_says_what_was_asked(client: FlaskClient) -> None:
    catalogue.listed_product(title="=1+1 公交")

    text = client.get("/catalogue/products.csv?q=公交").get_data(as_text=True)

    assert text.startswith("\ufeff")
    assert "'=1+1 公交" in text
    assert "q=%E5%85%AC" in text
    assert _safe("-5") == "'-5"


def test_counts_are_new_once_the_index_changed(app: Flask) -> None:
    catalogue.listed_product()
    before = search.find(search.Query()).counts.total
    catalogue.listed_product()

    assert (before, search.find(search.Query()).counts.total) == (1, 2)
