"""The public face of the log: a page that explains it, and the files that programs read (C2SP tlog-tiles)."""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from marketplace.core.errors import NotFound
from marketplace.core.instance import instance
from marketplace.ledger import keys, queries, tiles
from marketplace.ledger.log import issuer

views = Blueprint("ledger", __name__)
FOR_EVER = "public, max-age=31536000, immutable"


@views.get("/log/")
def page() -> ResponseReturnValue:
    """What the log is, its latest head and its keys."""
    return render_template(
        "ledger/log.html",
        heads=queries.checkpoints(),
        lag=queries.lag_seconds(),
        origin=instance().log_origin,
        published=keys.all_keys(),
        vkeys=keys.key_set()["log"]["vkeys"],
    )


@views.get("/log/checkpoint")
def checkpoint() -> ResponseReturnValue:
    """The newest signed tree head."""
    head = queries.latest()
    if head is None:
        raise NotFound("checkpoint_unknown")
    return _open_to_all(Response(head.note, content_type="text/plain; charset=utf-8"))


@views.get("/log/tile/entries/<path:number>")
def entries(number: str) -> ResponseReturnValue:
    """An entry bundle: commitments, and records that are public."""
    return _file(tiles.entries(*tiles.number_of(number)))


@views.get("/log/tile/<int:level>/<path:number>")
def tile(level: int, number: str) -> ResponseReturnValue:
    """A row of up to 256 hashes."""
    return _file(tiles.tile(level, *tiles.number_of(number)))


@views.get("/log/keys.json")
def key_set() -> ResponseReturnValue:
    """Record keys as JWK with their validity; the log's keys also as C2SP vkeys."""
    return _open_to_all(jsonify(keys.key_set()))


@views.get("/.well-known/did.json")
def did() -> ResponseReturnValue:
    """Our did:web document: the keys that sign records."""
    subject = issuer()
    methods: list[dict[str, Any]] = [
        {
            "id": f"{subject}#{row.kid}",
            "type": "JsonWebKey",
            "controller": subject,
            "publicKeyJwk": {**row.public_jwk, "kid": row.kid},
        }
        for row in keys.all_keys()
        if row.purpose == keys.RECORDS
    ]
    document = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": subject,
        "verificationMethod": methods,
        "assertionMethod": [one["id"] for one in methods],
    }
    return _open_to_all(jsonify(document))


def _file(data: bytes) -> Response:
    answer = Response(data, content_type="application/octet-stream")
    answer.headers["Cache-Control"] = FOR_EVER
    return _open_to_all(answer)


def _open_to_all(answer: Response) -> Response:
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
