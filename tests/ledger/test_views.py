"""The log as strangers read it: page, checkpoint, tiles, entry bundles, keys."""

import base64
import struct

import pytest
from flask.testing import FlaskClient

from marketplace.core.database import transaction
from marketplace.core.holdings import holdings
from marketplace.core.signing import public_from_jwk
from marketplace.ledger import checkpoint, log, merkle, sealer
from tests.factories import ledger as factory


def fill(count: int) -> None:
    with transaction():
        for n in range(count):
            log.append(
                "receipt",
                factory.subject(),
                {"buyer": f"secret-buyer-{n}"},
                parties=[],
                actor=factory.CLERK,
                public=n == 3,
            )
    sealer.Sealer().seal()


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_page_explains_the_log_and_shows_its_head(client: FlaskClient, prefix: str) -> None:
    assert client.get(f"{prefix}/log/").status_code == 200

    fill(2)
    page = client.get(f"{prefix}/log/").get_data(as_text=True)

    assert "localhost/log" in page
    assert "RFC 6962" in page
    assert "secret-buyer" not in page


def test_a_stranger_rebuilds_the_root_from_entries_and_from_tiles(client: FlaskClient) -> None:
    fill(300)
    note = client.get("/log/checkpoint").get_data(as_text=True)
    head = checkpoint.read(note)

    bundles = (
        client.get("/log/tile/entries/000").data + client.get("/log/tile/entries/001.p/44").data
    )
    leaves = []
    while bundles:
        (size,) = struct.unpack(">H", bundles[:2])
        leaves.append(bundles[2 : 2 + size])
        bundles = bundles[2 + size :]
    edge = merkle.Edge()
    for leaf in leaves:
        edge.append(merkle.leaf_hash(leaf))

    assert (head.size, len(leaves)) == (300, 300)
    assert edge.root() == head.root
    tile = client.get("/log/tile/0/000").data
    assert len(tile) == 8192
    above = client.get("/log/tile/1/000.p/1").data
    full = merkle.Edge()
    for n in range(256):
        full.append(tile[n * 32 : n * 32 + 32])
    assert above == full.root()
    assert sorted(len(leaf) for leaf in leaves)[:299] == [32] * 299, "all but one are commitments"
    assert leaves[3].count(b".") == 2, "the public one is in clear"


@pytest.mark.parametrize(
    "path",
    ["0/001", "0/000.p/4", "0/000.p/256", "0/000.p/0", "9/000", "1/000", "0/0", "0/x00/000", "entries/001"],
)  # fmt: skip
def test_tiles_that_no_checkpoint_covers_are_not_there(client: FlaskClient, path: str) -> None:
    fill(3)

    assert client.get("/log/tile/0/000.p/3").status_code == 200
    assert client.get(f"/log/tile/{path}").status_code == 404


def test_the_keys_are_published_with_their_validity(client: FlaskClient) -> None:
    fill(1)

    found = client.get("/log/keys.json").get_json()
    did = client.get("/.well-known/did.json").get_json()

    signer = holdings().signer()
    assert signer.kid in {one["kid"] for one in found["keys"] if one["purpose"] == "records"}
    assert all(one["valid_from"] and one["retired_at"] is None for one in found["keys"])
    [vkey] = found["log"]["vkeys"]
    assert vkey.startswith("localhost/log+")
    assert base64.b64decode(vkey.split("+", 2)[2])[:1] == b"\x01"
    assert did["id"] == "http://localhost"
    assert did["verificationMethod"][0]["publicKeyJwk"]["kid"] == signer.kid
    log_key = public_from_jwk(next(k for k in found["keys"] if k["purpose"] == "log"))
    note = client.get("/log/checkpoint").get_data(as_text=True)
    assert checkpoint.is_signed(note, "localhost/log", log_key)
    assert not checkpoint.is_signed(note.replace("\n1\n", "\n2\n"), "localhost/log", log_key)


def test_a_program_gets_heads_and_proofs_and_nothing_of_what_was_recorded(
    client: FlaskClient,
) -> None:
    assert client.get("/api/v1/log/checkpoint").status_code == 404
    entry = factory.sealed(buyer="somebody")
    factory.sealed()

    head = client.get("/api/v1/log/checkpoint").get_json()
    found = client.get(f"/api/v1/log/proofs/{entry.leaf_hex}").get_json()
    proof = client.get("/api/v1/log/consistency?old=1&new=2").get_json()["proof"]

    assert head["size"] == 2
    assert (found["index"], found["size"]) == (0, 2)
    assert "record" not in found
    assert len(proof) == 1
    assert client.get("/api/v1/log/proofs/" + "0" * 64).status_code == 404
    assert client.get("/api/v1/log/consistency?old=1&new=9").status_code == 404
    assert client.get("/api/v1/log/consistency?old=x&new=9").status_code == 422


def test_a_pending_record_has_no_proof_yet(client: FlaskClient) -> None:
    entry = factory.record()
    sealer.Sealer()

    answer = client.get(f"/api/v1/log/proofs/{entry.leaf_hex}")

    assert answer.status_code == 409
    assert answer.get_json()["code"] == "record_pending"
