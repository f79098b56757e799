"""The same by program: `/api/v1/datasets`."""

import io
from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core.access import Actor, Role
from marketplace.core.database import db
from marketplace.core.holdings import holdings
from marketplace.core.queue import Worker
from tests.factories import accounts
from tests.factories import datasets as factories

FORM = {
    "title": "公交客流",
    "summary": "按站点统计",
    "sector": "transport",
    "data_kind": "enterprise",
}
DECLARATION = {
    "source": "own",
    "personal_information": False,
    "state_secret_reviewed": True,
    "right_to_supply": True,
}


@pytest.fixture
def provider(app: Flask) -> Actor:
    return accounts.actor(Role.PROVIDER)


def test_a_program_goes_from_description_to_a_ready_version(
    client: FlaskClient, provider: Actor, worker: Worker
) -> None:
    headers = accounts.bearer(provider)
    made = client.post("/api/v1/datasets", json=FORM, headers=headers)
    assert made.status_code == 201
    home = f"/api/v1/datasets/{made.json['id']}"  # type: ignore[index]

    early = client.put(f"{home}/versions?filename=a.csv", data=b"a\n1\n", headers=headers)
    assert (early.status_code, early.json["code"]) == (409, "declaration_missing")  # type: ignore[index]

    declared = client.put(f"{home}/declaration", json=DECLARATION, headers=headers)
    assert declared.status_code == 200
    sent = client.put(
        f"{home}/versions?filename=a.csv", data=factories.CSV.encode(), headers=headers
    )
    assert sent.status_code == 201
    assert sent.json["status"] == "quarantined"  # type: ignore[index]
    worker.drain()

    version = f"{home}/versions/{sent.json['id']}"  # type: ignore[index]
    shown = client.get(version, headers=headers).json
    assert (shown["status"], shown["rows"]) == ("ready", 120)  # type: ignore[index]
    found = client.get(f"{version}/examination", headers=headers).json
    assert found["quality"]["overall"] > 0  # type: ignore[index]
    lines = {"fields": [{"name": "riders", "meaning": "乘车人次", "unit": "人次"}]}
    written = client.put(f"{version}/fields", json=lines, headers=headers)
    assert written.json[3]["unit"] == "人次"  # type: ignore[index]
    use = {"purposes": ["research"], "delivery_modes": ["file"], "price_basis": "free"}
    assert client.put(f"{home}/use", json=use, headers=headers).status_code == 200
    assert client.get(f"{home}/use", headers=headers).json["purposes"] == ["research"]  # type: ignore[index]
    assert len(client.get("/api/v1/datasets", headers=headers).json["items"]) == 1  # type: ignore[index]

    derived = client.post(
        f"{version}/derive",
        json={"recipe": [{"column": "day", "method": "generalise", "to": "month"}]},
        headers=headers,
    )
    assert derived.status_code == 202
    worker.drain()
    assert len(client.get(f"{home}/versions", headers=headers).json) == 2  # type: ignore[arg-type]


def test_no_transaction_is_open_while_bytes_stream(client: FlaskClient, provider: Actor) -> None:
    dataset_id = factories.dataset(provider).id
    headers = accounts.bearer(provider)
    open_while_reading: list[bool] = []

    class Watched(io.BytesIO):
        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            open_while_reading.append(db.session.registry().in_transaction())
            return super().readinto(buffer)

    answer = client.put(
        f"/api/v1/datasets/{dataset_id}/versions?filename=a.csv",
        input_stream=Watched(b"a,b\n1,2\n"),
        headers=headers,
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert answer.status_code == 201
    assert open_while_reading
    assert not any(open_while_reading)


def test_a_refused_upload_leaves_nothing_in_the_store(client: FlaskClient, provider: Actor) -> None:
    dataset_id = factories.dataset(provider).id
    headers = accounts.bearer(provider)

    answer = client.put(
        f"/api/v1/datasets/{dataset_id}/versions?filename=a.csv", data=b"", headers=headers
    )

    assert (answer.status_code, answer.json["code"]) == (422, "file_empty")  # type: ignore[index]
    assert not list(_stored())


def test_strangers_find_nothing(client: FlaskClient, provider: Actor) -> None:
    version = factories.ready_version(provider)
    home = f"/api/v1/datasets/{version.dataset_id}"
    one = f"{home}/versions/{version.id}"
    headers = accounts.bearer(accounts.actor(Role.PROVIDER))

    for method, address, body in (
        ("get", home, None),
        ("put", home, FORM),
        ("put", f"{home}/declaration", DECLARATION),
        ("get", f"{home}/versions", None),
        ("get", one, None),
        ("get", f"{one}/examination", None),
        ("get", f"{one}/fields", None),
        ("put", f"{one}/fields", {"fields": [{"name": "line", "meaning": "x"}]}),
        ("post", f"{one}/derive", {"recipe": [{"column": "line", "method": "drop"}]}),
        ("post", f"{one}/retry", None),
        ("get", f"{home}/versions/{uuid4()}", None),
    ):
        answer = client.open(address, method=method.upper(), json=body, headers=headers)
        assert answer.status_code == 404, (method, address)
    assert client.get(home).status_code == 404


def _stored() -> Iterator[str]:
    root = holdings().settings.data_dir / "files"
    yield from (str(path) for path in root.rglob("*") if path.is_file())
