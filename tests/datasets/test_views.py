"""The provider's pages in a browser without scripts."""

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core.access import Actor, Role
from marketplace.core.queue import Worker
from marketplace.datasets import queries
from tests.factories import accounts
from tests.factories import datasets as factories

FORM = {
    "title": "公交客流",
    "summary": "按站点统计",
    "sector": "transport",
    "data_kind": "enterprise",
    "location": "platform",
    "update_frequency": "monthly",
}


@pytest.fixture
def provider(app: Flask) -> Actor:
    return accounts.actor(Role.PROVIDER)


def test_a_provider_goes_from_description_to_a_ready_version(
    client: FlaskClient, provider: Actor, worker: Worker
) -> None:
    accounts.sign_in(client, provider)

    made = client.post("/datasets/new", data=FORM)
    assert made.status_code == 303
    home = made.location
    refused = client.post(f"{home}/upload", data={"file": (io.BytesIO(b"a\n1\n"), "a.csv")})
    assert refused.status_code == 422
    assert "请先完成数据声明" in refused.text

    said = {"source": "own", "state_secret_reviewed": "1", "right_to_supply": "1"}
    assert client.post(f"{home}/declaration", data=said).status_code == 303
    sent = client.post(
        f"{home}/upload", data={"file": (io.BytesIO(factories.CSV.encode()), "客流.csv")}
    )
    assert sent.status_code == 303
    assert "正在检查" in client.get(sent.location).text
    worker.drain()
    page = client.get(sent.location).text
    assert "未检出个人信息" in page
    assert "质量报告" in page

    pasted = client.post(f"{sent.location}/fields", data={"paste": "riders\t乘车人次\t人次"})
    assert pasted.status_code == 303
    assert "乘车人次" in client.get(sent.location).text
    use = {
        "purposes": ["research"],
        "delivery_modes": ["file"],
        "price_basis": "free",
    }
    assert client.post(f"{home}/use", data=use).status_code == 303
    assert "科学研究" in client.get(home).text
    assert "客流.csv" in page


def test_a_script_sends_the_raw_stream(client: FlaskClient, provider: Actor) -> None:
    dataset_id = factories.dataset(provider).id
    accounts.sign_in(client, provider)

    answer = client.put(
        f"/datasets/{dataset_id}/upload",
        data=factories.CSV.encode(),
        headers={"X-File-Name": "%E5%AE%A2%E6%B5%81.csv"},
        content_type="application/octet-stream",
    )

    assert answer.status_code == 201
    assert answer.json is not None
    assert client.get(answer.json["next"]).status_code == 200
    newest = queries.newest_version(dataset_id)
    assert newest is not None
    assert newest.filename == "客流.csv"


def test_what_was_typed_is_kept_when_it_is_refused(client: FlaskClient, provider: Actor) -> None:
    accounts.sign_in(client, provider)

    answer = client.post("/datasets/new", data=FORM | {"title": "长" * 41})

    assert answer.status_code == 422
    assert "长" * 41 in answer.text
    assert "按站点统计" in answer.text


def test_the_whole_dictionary_is_one_form(client: FlaskClient, provider: Actor) -> None:
    version = factories.ready_version(provider)
    address = f"/datasets/{version.dataset_id}/versions/{version.id}/fields"
    version_id = version.id
    accounts.sign_in(client, provider)
    assert client.get(address).status_code == 200

    inputs = {f"meaning-{n}": f"含义{n}" for n in range(1, 5)} | {"is_key-1": "1"}
    assert client.post(address, data=inputs).status_code == 303
    assert [one.meaning for one in queries.fields(version_id)] == [
        "含义1",
        "含义2",
        "含义3",
        "含义4",
    ]

    wrong = client.post(address, data={"paste": "没有的字段\t含义"})
    assert wrong.status_code == 422
    assert "没有名为“没有的字段”的字段" in wrong.text


def test_a_deidentified_version_is_made_from_the_page(
    client: FlaskClient, provider: Actor, worker: Worker
) -> None:
    version = factories.ready_version(provider, factories.PERSONAL_CSV)
    address = f"/datasets/{version.dataset_id}/versions/{version.id}"
    accounts.sign_in(client, provider)
    assert "与声明不符" in client.get(address).text
    assert "手机号" in client.get(f"{address}/derive").text

    nothing = client.post(f"{address}/derive", data={})
    assert nothing.status_code == 422
    made = client.post(f"{address}/derive", data={"method-1": "mask", "method-2": "hash"})
    assert made.status_code == 303
    worker.drain()
    assert "未检出个人信息" in client.get(made.location).text


def test_every_page_opens_in_both_languages(client: FlaskClient, provider: Actor) -> None:
    version = factories.ready_version(provider, factories.PERSONAL_CSV)
    at_home = factories.dataset(provider, location="provider_api").id
    home = f"/datasets/{version.dataset_id}"
    accounts.sign_in(client, provider)
    pages = ["", "/description", "/declaration", "/upload", "/use"]
    pages += [f"/versions/{version.id}{tail}" for tail in ("", "/fields", "/derive")]

    addresses = ["/datasets/", "/datasets/new", f"/datasets/{at_home}/upload"]
    for address in addresses + [home + page for page in pages]:
        assert client.get(address).status_code == 200, address
        english = client.get(f"/en{address}")
        assert english.status_code == 200, address
        main = english.text.split("<main")[1].split("</main>")[0]
        left = re.findall(r"[\u4e00-\u9fff]{5,}", main)
        assert [one for one in left if one not in _all_given()] == [], address


def test_strangers_and_visitors_see_nothing(client: FlaskClient, provider: Actor) -> None:
    version = factories.ready_version(provider)
    home = f"/datasets/{version.dataset_id}"
    addresses = [home, f"{home}/versions/{version.id}", f"{home}/upload", f"{home}/declaration"]
    for address in addresses:
        assert client.get(address).status_code in {303, 404}

    accounts.sign_in(client, accounts.actor(Role.PROVIDER))
    for address in addresses:
        assert client.get(address).status_code == 404


def _all_given() -> str:
    return "济南测试数据有限公司" + "".join(str(value) for value in factories.DESCRIPTION.values())
