"""The public check: every verdict, by number, digest, id and file; and what a stranger never sees."""

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.core.access import ANYONE, Role
from marketplace.core.database import db, everything, hold, transaction
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from marketplace.ledger import log, proof, sealer
from marketplace.ledger.models import LogEntry
from marketplace.rights import printing
from marketplace.rights.models import Certificate, Claim
from marketplace.rights.service import certificates
from marketplace.rights.states import Scheme
from marketplace.verification import bundles, checks, lookup
from tests.factories import accounts, rights
from tests.factories import ledger as factory


@pytest.fixture
def certificate(app: Any) -> Certificate:
    provider = accounts.actor(Role.PROVIDER, Role.MANAGER)
    made = rights.certificate(provider, rights.ready_dataset(provider))
    sealer.Sealer().seal()
    db.session.refresh(made)
    return made


def verdict(client: FlaskClient, key: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/verify?q={key}").get_json()
    return found


def check_file(client: FlaskClient, data: bytes | str) -> dict[str, Any]:
    raw = data.encode() if isinstance(data, str) else data
    found: dict[str, Any] = client.post("/api/v1/verify/file", data=raw).get_json()
    return found


def set_status(certificate: Certificate, status: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(
            db.update(Certificate).where(Certificate.id == certificate.id).values(status=status)
        )
    db.session.expire_all()


def test_a_live_certificate_passes_all_five_checks(
    client: FlaskClient, certificate: Certificate
) -> None:
    found = verdict(client, certificate.number)

    assert found["verdict"] == "valid"
    assert [one["name"] for one in found["checks"]] == list(checks.NAMES)
    assert {one["state"] for one in found["checks"]} == {"ok"}
    assert found["certificate"]["number"] == certificate.number
    assert "不证明" in found["proves"]


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_page_says_so_in_words_and_the_qr_code_leads_to_it(
    client: FlaskClient, certificate: Certificate, prefix: str
) -> None:
    answer = client.get(f"{prefix}/verify/{certificate.number}")
    page = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert certificate.number in page
    assert certificate.title in page, "a registrar's certificate is public"
    assert ("有效" if not prefix else "Valid") in page
    asked = client.get(f"{prefix}/verify/?q={certificate.number}")
    assert asked.status_code == 303


def test_every_way_of_naming_it_leads_to_the_same_answer(
    client: FlaskClient, certificate: Certificate
) -> None:
    entry = log.entry_of(certificate.id, "registration")
    assert entry is not None
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in certificate.number)
    keys = [entry.leaf_hex, entry.jws_sha256.upper(), str(entry.id), str(certificate.id), wide]

    for key in [*keys, certificate.number.lower(), f"  {certificate.number} "]:
        assert verdict(client, key)["verdict"] == "valid", key


@pytest.mark.parametrize("status", ["changed", "suspended", "expired", "cancelled"])
def test_a_certificate_that_ended_is_told_as_ended(
    client: FlaskClient, certificate: Certificate, status: str
) -> None:
    set_status(certificate, status)

    found = verdict(client, certificate.number)

    assert found["verdict"] == status
    assert found["checks"][2]["state"] == "w"
    assert client.get(f"/verify/{certificate.number}").status_code == 200


def test_a_challenged_certificate_is_valid_with_a_remark(
    client: FlaskClient, certificate: Certificate
) -> None:
    set_status(certificate, "challenged")

    found = verdict(client, certificate.number)

    assert (found["verdict"], found["checks"][2]["state"]) == ("valid", "w")


def test_a_number_nobody_gave_out_is_unknown(client: FlaskClient) -> None:
    for key in ("SJ9992026010001", "0" * 64, str(new_id()), "x"):
        found = verdict(client, key)
        assert (found["verdict"], found["checks"]) == ("unknown", [])
        assert client.get(f"/verify/{key}").status_code == 404


def test_before_the_log_has_it_nothing_is_green(client: FlaskClient) -> None:
    entry = factory.record()

    found = verdict(client, entry.leaf_hex)

    assert found["verdict"] == "undecided"
    assert {one["says"] for one in found["checks"][3:]} == {"log_pending"}


def test_when_the_log_cannot_be_asked_nothing_is_green(
    client: FlaskClient, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_reach(_entry: LogEntry) -> dict[str, Any]:
        raise NotFound("log_tile_missing")

    monkeypatch.setattr(proof, "logged", out_of_reach)

    found = verdict(client, certificate.number)

    assert found["verdict"] == "undecided"
    assert found["checks"][3]["says"] == "log_unreachable"
    assert "未能判断" in client.get(f"/verify/{certificate.number}").get_data(as_text=True)


def test_a_record_its_bundle_and_its_paper_are_recognised_as_files(
    client: FlaskClient, certificate: Certificate
) -> None:
    entry = log.entry_of(certificate.id, "registration")
    assert entry is not None
    assert entry.jws is not None
    files: list[bytes] = [
        entry.jws.encode(),
        f"{entry.jws}\n".encode(),
        json.dumps(proof.bundle(entry)).encode(),
        printing.of_certificate(certificate),
    ]

    for data in files:
        found = check_file(client, data)
        assert found["verdict"] == "valid", found
        assert found["checks"][0]["says"] == "content_same"


def bent(text: str) -> str:
    """The same with another signature."""
    head, body, signature = text.split(".")
    return f"{head}.{body}.{signature[:-4]}AAAA"


def test_a_changed_file_is_told_as_changed(client: FlaskClient, certificate: Certificate) -> None:
    entry = log.entry_of(certificate.id, "registration")
    assert entry is not None
    assert entry.jws is not None
    bundle = proof.bundle(entry)
    paper = printing.of_certificate(certificate)

    for data in (
        bent(entry.jws),
        json.dumps({**bundle, "record": bent(entry.jws)}),
        json.dumps({**bundle, "leaf": "0" * 64}),
        paper + b"\n% and a line more",
    ):
        found = check_file(client, data)
        assert (found["verdict"], found["checks"][0]["state"]) == ("tampered", "b")


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7 nothing",
        b"a.b.c",
        b"{}",
        b"[1",
        b"\xff\xfe\x00",
        b'{"format":"quanshu-bundle/1"}',
    ],
)
def test_files_that_are_not_ours_are_unknown(client: FlaskClient, data: bytes) -> None:
    assert check_file(client, data)["verdict"] == "unknown"


def test_a_file_is_dropped_on_the_page_without_scripts(
    client: FlaskClient, certificate: Certificate
) -> None:
    jws = certificate.vc_jws
    answer = client.post("/verify/", data={"file": (io.BytesIO(jws.encode()), "c.jws")})
    empty = client.post("/verify/", data={})

    assert answer.status_code == 200
    assert "与存证的原件一致" in answer.get_data(as_text=True)
    assert empty.status_code == 422


def test_too_large_and_too_many_files_are_refused(client: FlaskClient) -> None:
    large = client.post("/api/v1/verify/file", data=b"x" * (lookup.MOST_FILE_BYTES + 1))
    empty = client.post("/api/v1/verify/file", data=b"")

    assert (large.status_code, empty.status_code) == (413, 422)
    for _ in range(60):
        last = client.post("/api/v1/verify/file", data=b"x")
    assert last.status_code == 429


def test_a_stranger_learns_that_a_record_is_genuine_and_nothing_else(client: FlaskClient) -> None:
    buyer = new_id()
    entry = factory.sealed(
        "settlement", parties=(buyer,), amount_fen="1060000", contract="HT-2026-77", who="某某公司"
    )

    told = json.dumps(verdict(client, entry.leaf_hex), ensure_ascii=False)
    page = client.get(f"/verify/{entry.leaf_hex}").get_data(as_text=True)

    assert '"verdict": "valid"' in told
    for secret in ("1060000", "HT-2026-77", "某某公司", str(buyer)):
        assert secret not in told
        assert secret not in page
    assert "/verify/bundle/" not in page
    with pytest.raises(NotFound):
        bundles.bundle(ANYONE, entry.id)


def test_a_pre_check_shows_a_stranger_neither_its_holder_nor_its_title(app: Any) -> None:
    client = app.test_client()
    provider = accounts.actor(Role.PROVIDER, Role.MANAGER)
    dataset = rights.ready_dataset(provider)
    claim = rights.reviewing(provider, dataset, accounts.staff(Role.OPERATOR), route="precheck")
    with transaction():
        held = hold(everything(Claim), claim.id)
        made = certificates.issue(factory.CLERK, held, Scheme.PRECHECK)
        number, title = made.number, made.title
    sealer.Sealer().seal()

    page = client.get(f"/verify/{number}").get_data(as_text=True)

    assert number in page
    assert title not in page
    assert "不是数据产权登记证书" in page


def test_the_parties_open_their_bundle_and_others_do_not(app: Any) -> None:
    ours, theirs = accounts.actor(Role.BUYER), accounts.actor(Role.BUYER)
    assert ours.organisation_id
    entry = factory.sealed(parties=(ours.organisation_id,))

    assert bundles.bundle(ours, entry.id)["leaf"] == entry.leaf_hex
    assert bundles.bundle(accounts.staff(Role.AUDITOR), entry.id)["salt"]
    with pytest.raises(NotFound):
        bundles.bundle(theirs, entry.id)


def test_the_verifier_program_is_handed_out(client: FlaskClient) -> None:
    answer = client.get("/verify/quanshu_verify.py")

    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.get_data(as_text=True).startswith("#!/usr/bin/env python3")


def test_the_start_page_has_the_box_and_explains_the_results(client: FlaskClient) -> None:
    page = client.get("/verify/").get_data(as_text=True)

    for words in ("有效", "已变更", "已注销", "内容被改动", "查无此号", "暂不能判断"):
        assert words in page
    assert client.get("/verify/?q=" + "x" * 200).status_code == 422
