"""Downloads by signed address: Range, quota, refusal at once, and streams that are cut."""

import hashlib
import socket
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.serving import make_server

from marketplace.core.access import Role, system
from marketplace.core.clock import now
from marketplace.core.database import db, everything, find, transaction
from marketplace.core.errors import Conflict, Forbidden, NotFound, Unavailable
from marketplace.core.holdings import holdings
from marketplace.core.queue import Worker
from marketplace.datasets import service as datasets
from marketplace.delivery import addresses, coverage, gate, service, serving
from marketplace.delivery.models import Download, DownloadSession, Grant
from marketplace.delivery.transfer import Slots
from marketplace.trading import service as trading
from marketplace.trading.models import Order
from tests.factories import accounts
from tests.factories import delivery as factory
from tests.factories.delivery import CONTENT, Given


@pytest.fixture
def given(app: Flask) -> Given:
    """A live grant of two downloads."""
    return factory.granted(quota=2)


def address(given: Given) -> str:
    with transaction():
        session = service.open_download(given.buyer, given.grant.id)
        return "/d/" + addresses.token(holdings().key_dir, session.id)


def grant(given: Given) -> Grant:
    db.session.rollback()
    return find(everything(Grant), given.grant.id)


def downloads() -> list[Download]:
    db.session.rollback()
    return list(db.session.scalars(select(Download).order_by(Download.id)))


def test_a_signed_address_gives_the_file_and_counts_once(
    given: Given, client: FlaskClient, worker: Worker
) -> None:
    answer = client.get(address(given))

    assert answer.status_code == 200
    assert answer.data == CONTENT
    assert answer.headers["ETag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert grant(given).used_downloads == 1
    assert grant(given).used_bytes == len(CONTENT)
    (row,) = downloads()
    assert (row.ending, row.completes, row.bytes_sent) == ("complete", True, len(CONTENT))


def test_the_whole_file_fetched_is_first_use_and_accepts(
    given: Given, client: FlaskClient, worker: Worker
) -> None:
    assert client.get(address(given)).data == CONTENT
    with transaction():
        service.accept_by_use(system("delivery"), downloads()[0])

    assert find(everything(Order), given.order.id).status == "accepted"


def test_ranges_resume_without_counting_again(given: Given, client: FlaskClient) -> None:
    where = address(given)

    head = client.head(where)
    first = client.get(where, headers={"Range": "bytes=0-99999"})
    rest = client.get(
        address(given), headers={"Range": "bytes=100000-", "If-Range": head.headers["ETag"]}
    )

    assert head.headers["Content-Length"] == str(len(CONTENT))
    assert head.headers["Accept-Ranges"] == "bytes"
    assert (first.status_code, rest.status_code) == (206, 206)
    assert rest.headers["Content-Range"] == f"bytes 100000-{len(CONTENT) - 1}/{len(CONTENT)}"
    assert first.data + rest.data == CONTENT
    assert grant(given).used_downloads == 1
    assert grant(given).used_bytes == len(CONTENT)
    assert [one.completes for one in downloads()] == [False, True]


def test_a_changed_if_range_gives_the_whole_and_a_bad_range_416(
    given: Given, client: FlaskClient
) -> None:
    where = address(given)

    past = client.get(where, headers={"Range": f"bytes={len(CONTENT)}-"})
    whole = client.get(where, headers={"Range": "bytes=5-9", "If-Range": '"other"'})

    assert past.status_code == 416
    assert past.headers["Content-Range"] == f"bytes */{len(CONTENT)}"
    assert (whole.status_code, whole.data) == (200, CONTENT)


def test_after_the_quota_nothing_leaves(given: Given, client: FlaskClient) -> None:
    for _ in range(2):
        assert client.get(address(given)).data == CONTENT

    with pytest.raises(Forbidden, match="licence_quota_used"):
        address(given)


def test_a_finished_address_is_used(given: Given, client: FlaskClient) -> None:
    where = address(given)
    assert client.get(where).data

    assert client.get(where).status_code == 403


def test_addresses_expire_and_cannot_be_made_up(given: Given, client: FlaskClient) -> None:
    with transaction():
        session = service.open_download(given.buyer, given.grant.id)
        old = addresses.token(holdings().key_dir, session.id, timedelta(seconds=-1))
        name, stamp, seal = addresses.token(holdings().key_dir, session.id).split(".")

    assert client.get(f"/d/{old}").status_code == 403
    assert client.get(f"/d/{name}.{int(stamp) + 9999}.{seal}").status_code == 404
    assert client.get("/d/x").status_code == 404


def shut_by_take_down(given: Given) -> None:
    with transaction():
        datasets.stop(system("test"), given.order.dataset_id)


def shut_by_contract(given: Given) -> None:
    with transaction():
        trading.end(given.provider, given.order.contract_id, reason="misuse", note="")


def shut_by_suspension(given: Given) -> None:
    with transaction():
        service.suspend(given.provider, given.grant.id, "异常下载")


def shut_by_order(given: Given) -> None:
    with transaction():
        db.session.get_one(Order, given.order.id).status = "disputed"


DOORS = [
    (shut_by_take_down, "dataset_stopped"),
    (shut_by_contract, "contract_not_performing"),
    (shut_by_suspension, "grant_suspended"),
    (shut_by_order, "order_not_open"),
]


@pytest.mark.parametrize(("shut", "reason"), DOORS)
def test_every_door_shuts_at_once(
    given: Given, client: FlaskClient, shut: Any, reason: str
) -> None:
    where = address(given)
    assert gate.decide(given.grant.id).allowed
    db.session.rollback()

    shut(given)

    assert client.get(where).status_code == 403
    assert gate.decide(given.grant.id).reason == reason
    assert grant(given).used_downloads == 0


def test_the_term_is_over_at_its_instant(given: Given) -> None:
    until = given.grant.valid_until
    assert until is not None

    assert gate.decide(given.grant.id, at=until - timedelta(seconds=1)).allowed
    assert gate.decide(given.grant.id, at=until).reason == "licence_term_over"


def test_only_the_buyers_people_fetch(given: Given, client: FlaskClient) -> None:
    strange, rival = accounts.actor(Role.BUYER), accounts.actor(Role.PROVIDER)
    with pytest.raises(NotFound), transaction():
        service.open_download(strange, given.grant.id)
    with pytest.raises(Forbidden), transaction():
        service.open_download(given.provider, given.grant.id)
    with pytest.raises(Forbidden), transaction():
        service.suspend(given.buyer, given.grant.id, "x")
    with pytest.raises(NotFound), transaction():
        service.suspend(rival, given.grant.id, "x")
    stranger = accounts.bearer(accounts.actor(Role.BUYER))
    file = f"/api/v1/grants/{given.grant.id}/file"
    assert client.get(file, headers=stranger).status_code == 404
    assert client.get(file).status_code == 401
    assert client.get(file, headers=accounts.bearer(given.buyer)).data == CONTENT


def test_a_purpose_outside_the_contract_is_refused(given: Given) -> None:
    with pytest.raises(Forbidden, match="purpose_not_granted"), transaction():
        service.open_download(given.buyer, given.grant.id, "marketing")


def test_a_grant_is_made_once(given: Given) -> None:
    with transaction():
        again = service.make_grant(system("delivery"), given.order.id)
        assert again is not None
        assert again.id == given.grant.id
    assert find(everything(Order), given.order.id).status == "delivered"


def test_a_suspended_grant_resumes_and_an_ended_one_does_not(given: Given) -> None:
    shut_by_suspension(given)
    with transaction():
        service.resume(given.provider, given.grant.id)
    assert grant(given).status == "live"
    with transaction():
        service.end_of_contract(system("delivery"), given.order.contract_id)
    with pytest.raises(Conflict), transaction():
        service.resume(given.provider, given.grant.id)


def test_transfers_are_bounded() -> None:
    slots = Slots(1)
    slots.take()

    with pytest.raises(Unavailable, match="too_many_transfers"):
        slots.take()
    slots.release()
    slots.take()


def test_slots_come_back_after_refusals(given: Given, client: FlaskClient) -> None:
    where = address(given)
    shut_by_suspension(given)

    for _ in range(10):
        assert client.get(where).status_code == 403
    with transaction():
        service.resume(given.provider, given.grant.id)

    assert client.get(where).data == CONTENT


BIG = b"0123456789abcdef" * (2 * 1024 * 1024)  # 32 MiB: more than any socket buffer holds


@pytest.mark.parametrize("shut", [shut_by_take_down, shut_by_contract])
@pytest.mark.parametrize("reads", [True, False], ids=["slow reader", "reader that stands still"])
def test_an_open_stream_is_cut_within_about_a_second(app: Flask, shut: Any, reads: bool) -> None:
    given = factory.granted(content=BIG)
    where = address(given)
    db.session.remove()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    reader = socket.create_connection(("127.0.0.1", server.server_port))
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    reader.settimeout(10)
    try:
        reader.sendall(f"GET {where} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        assert reader.recv(65536).startswith(b"HTTP/1.1 200")
        shut(given)
        db.session.remove()
        started = time.monotonic()
        while not downloads() and time.monotonic() - started < 8:
            db.session.remove()
            if reads:
                reader.recv(8192)
            time.sleep(0.05)
        assert time.monotonic() - started < 4  # about a second, on a busy machine
        (row,) = downloads()
        assert row.ending == "stopped"
        assert row.decision in {"dataset_stopped", "contract_not_performing"}
        assert row.bytes_sent < len(BIG)
    finally:
        reader.close()
        server.shutdown()


def test_a_reader_that_hangs_up_leaves_a_cut_download(given: Given, client: FlaskClient) -> None:
    answer = client.get(address(given), buffered=False)
    body = iter(answer.response)
    next(body)
    next(body)
    answer.close()

    (row,) = downloads()
    assert row.ending == "cut"
    assert 0 < row.bytes_sent < len(CONTENT)
    assert db.session.scalars(select(DownloadSession)).one().completed_at is None


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, None),
        ("bytes=0-9", (0, 10)),
        ("bytes=90-", (90, 100)),
        ("bytes=-5", (95, 100)),
        ("bytes=50-500", (50, 100)),
        ("bytes=9-2", None),
        ("bytes=0-1,5-6", None),
        ("rows=1-2", None),
        ("bytes=-", None),
    ],
)
def test_what_a_range_asks_for(header: str | None, wanted: tuple[int, int] | None) -> None:
    assert coverage.asked(header, 100) == wanted


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=-0", "bytes=500-600"])
def test_a_range_past_the_end_cannot_be_had(header: str) -> None:
    with pytest.raises(ValueError):
        coverage.asked(header, 100)


def test_ranges_merge() -> None:
    covered = coverage.merged([[0, 10], [20, 30]], 10, 20)

    assert covered == [[0, 30]]
    assert coverage.length(coverage.merged(covered, 5, 50)) == 50
    assert coverage.merged(covered, 5, 5) == covered


def test_pages_show_grant_and_uses(given: Given, client: FlaskClient) -> None:
    accounts.sign_in(client, given.buyer)
    assert client.get("/delivery/").status_code == 200
    page = client.get(f"/delivery/grants/{given.grant.id}")
    assert page.status_code == 200
    gone = client.post(f"/delivery/grants/{given.grant.id}/download", data={})
    assert gone.status_code == 303
    assert client.get(gone.headers["Location"]).data == CONTENT
    other = client.application.test_client()
    accounts.sign_in(other, given.provider)
    assert other.get("/delivery/uses").status_code == 200
    assert other.get(f"/delivery/grants/{given.grant.id}").status_code == 200
    assert now()
    assert serving.slots()
