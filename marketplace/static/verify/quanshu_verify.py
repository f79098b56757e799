#!/usr/bin/env python3
"""Checks a Quanshu (泉数) proof bundle offline. Needs Python 3.9 and `pip install cryptography`.

    python quanshu_verify.py BUNDLE.json
    python quanshu_verify.py BUNDLE.json --vkey 'example.org/log+1a2b3c4d+AQ…' --key KID=BASE64URL
    python quanshu_verify.py BUNDLE.json --older CHECKPOINT.txt --consistency PROOF.json
    python quanshu_verify.py CERTIFICATE.jws --bundle BUNDLE.json

A bundle names the keys it was made with. Unless you pin them (--vkey, --key) from another source,
the checks show that everything fits together, not whose keys they are: the last line says which.
Exit status 0: every check passed. 1: one failed. 2: the file could not be read.
"""

# mypy: ignore-errors
# ruff: noqa: T201, UP017
# (It stands alone, prints, and runs on Python 3.9.)
import argparse
import base64
import hashlib
import json
import sys
from datetime import datetime, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "quanshu-bundle/1"
ALGORITHMS = {"EdDSA", "Ed25519"}
EMPTY = hashlib.sha256(b"").digest()


class Failed(Exception):
    """A check did not hold; the text says why."""


def unb64url(text):
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, TypeError) as wrong:
        raise Failed("not base64url") from wrong


def unb64(text):
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, TypeError) as wrong:
        raise Failed("not base64") from wrong


def strict_json(data):
    """JSON in which no key stands twice."""

    def unique(pairs):
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Failed("a JSON key stands twice")
        return found

    try:
        return json.loads(data, object_pairs_hook=unique)
    except (ValueError, RecursionError) as wrong:
        raise Failed(f"not JSON: {wrong}") from wrong


def ed25519(raw, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except (InvalidSignature, ValueError) as wrong:
        raise Failed("the signature does not match") from wrong


# -- signed records: JWS (RFC 7515), detached JWS (RFC 7797)


def split(jws):
    parts = jws.split(".") if isinstance(jws, str) else []
    if len(parts) != 3:
        raise Failed("not a JWS in compact form")
    header = strict_json(unb64url(parts[0]))
    if not isinstance(header, dict) or header.get("alg") not in ALGORITHMS:
        raise Failed("not signed with Ed25519")
    return header, parts


def jwk_key(jwk):
    if not isinstance(jwk, dict) or jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise Failed("not an Ed25519 key")
    return unb64url(jwk["x"])


def thumbprint(raw):
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    text = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def record_key(header, keys, pinned):
    """The key a record's header names. A key's id is its RFC 7638 thumbprint, so it cannot be swapped."""
    kid = str(header.get("kid", "")).rpartition("#")[2]
    if pinned:
        if kid not in pinned:
            raise Failed(f"signed with key {kid}, which you have not pinned")
        return pinned[kid], None
    for jwk in keys:
        if jwk.get("kid") == kid and jwk.get("purpose") == "records":
            raw = jwk_key(jwk)
            if thumbprint(raw) != kid:
                raise Failed("the key's id is not its thumbprint")
            return raw, jwk
    raise Failed(f"the bundle does not hold key {kid}")


def instant(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def check_record(bundle, pinned):
    header, parts = split(bundle["record"])
    if "crit" in header:
        raise Failed("the record wants an extension that this program does not know")
    raw, jwk = record_key(header, bundle.get("keys", []), pinned)
    ed25519(raw, unb64url(parts[2]), (parts[0] + "." + parts[1]).encode("ascii"))
    payload = strict_json(unb64url(parts[1]))
    if payload.get("kind") not in (None, bundle.get("kind")):
        raise Failed(
            "the bundle says {}, the record {}".format(bundle.get("kind"), payload["kind"])
        )
    issued = payload.get("iat")
    if (
        jwk
        and jwk.get("retired_at")
        and issued
        and issued > instant(jwk["retired_at"]).timestamp() + 300
    ):
        raise Failed("signed after the key was retired")
    return header, payload


def check_leaf(bundle):
    """The leaf that was logged comes from this record: salted, or in clear when public."""
    record = bundle["record"].encode("ascii")
    if bundle.get("public"):
        if bundle.get("salt"):
            raise Failed("a public record has no salt")
        return record, "the record itself is logged in clear"
    salt = unb64url(bundle["salt"] or "")
    if len(salt) != 32:
        raise Failed("the salt has not 32 bytes")
    commitment = hashlib.sha256(salt + record).digest()
    if commitment.hex() != bundle["leaf"]:
        raise Failed("record and salt do not give the logged commitment")
    return commitment, "SHA-256(salt, record) is the logged commitment " + bundle["leaf"][:16] + "…"


# -- the log: RFC 6962 tree, C2SP checkpoint


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from(leaf, index, size, proof):
    """RFC 9162 2.1.3.2."""
    if not 0 <= index < size:
        raise Failed("the index lies outside the tree")
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0 or len(step) != 32:
            raise Failed("the inclusion proof is malformed")
        if place & 1 or place == last:
            found = node(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, step)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise Failed("the inclusion proof is too short")
    return found


def consistent(old, new, old_root, new_root, proof):
    """RFC 9162 2.1.4.2; the empty tree is a prefix by the empty proof."""
    if old == 0:
        good = not proof and old_root == EMPTY
    elif old == new:
        good = not proof and old_root == new_root
    elif old > new or not proof:
        good = False
    else:
        good = walk(old, new, old_root, new_root, list(proof))
    if not good:
        raise Failed("the newer log is not a continuation of the older one")


def walk(old, new, old_root, new_root, proof):
    if old & (old - 1) == 0:
        proof.insert(0, old_root)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = proof[0]
    for step in proof[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node(step, first), node(step, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node(second, step)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def read_checkpoint(note):
    text, blank, _ = note.partition("\n\n")
    lines = text.split("\n")
    if not blank or len(lines) != 3 or not lines[1].isdigit():
        raise Failed("not a checkpoint")
    return lines[0], int(lines[1]), unb64(lines[2])


def read_vkey(vkey):
    """name+hash+base64(type, key); the hash must fit."""
    parts = vkey.split("+", 2)
    if len(parts) != 3:
        raise Failed("not a verifier key")
    name, key_id, blob = parts[0], bytes.fromhex(parts[1]), unb64(parts[2])
    if blob[:1] != b"\x01" or hashlib.sha256(name.encode() + b"\n" + blob).digest()[:4] != key_id:
        raise Failed("the verifier key is damaged")
    return name, key_id, blob[1:]


def check_checkpoint(note, vkeys):
    """One of these keys signed the checkpoint; its name is the log's origin."""
    origin, size, root = read_checkpoint(note)
    text, _, tail = note.partition("\n\n")
    for vkey in vkeys:
        name, key_id, raw = read_vkey(vkey)
        for line in tail.splitlines():
            signer, _, blob = line[2:].rpartition(" ")
            if line[:2] != "\u2014 " or name != origin or signer != origin:
                continue
            signed = unb64(blob)
            if signed[:4] == key_id:
                ed25519(raw, signed[4:], (text + "\n").encode())
                return origin, size, root
    raise Failed("no signature by a known key of this log")


def check_inclusion(bundle, leaf_data, vkeys):
    log = bundle["log"]
    origin, size, root = check_checkpoint(log["checkpoint"], vkeys)
    leaf = hashlib.sha256(b"\x00" + leaf_data).digest()
    if root_from(leaf, log["index"], size, [unb64(one) for one in log["inclusion"]]) != root:
        raise Failed("the leaf does not lead to the checkpoint's root")
    place = log["index"]
    return f"leaf {place} of {size} in the log {origin}"


# -- what a record speaks of: a contract and its two signatures


def texts(value):
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def check_document(document, payload):
    raw = document["content"].encode("utf-8")
    digest = hashlib.sha256(raw).hexdigest()
    if not any(digest in one for one in texts(payload)):
        raise Failed("the signed record does not name the digest of {}".format(document["name"]))
    signatures = document.get("signatures", [])
    named = {one["jws_sha256"] for one in payload.get("signatures", [])}
    given = {hashlib.sha256(one["jws"].encode("ascii")).hexdigest() for one in signatures}
    if named and named != given:
        raise Failed("these are not the signatures that the signed record names")
    said = []
    for signature in signatures:
        header, parts = split(signature["jws"])
        if parts[1] or header.get("b64") is not False or header.get("crit") != ["b64"]:
            raise Failed("not a detached signature (RFC 7797)")
        key = jwk_key(signature["jwk"])
        if thumbprint(key) != str(header.get("kid", "")).rpartition("#")[2]:
            raise Failed("the signature names another key")
        ed25519(key, unb64url(parts[2]), parts[0].encode("ascii") + b"." + raw)
        said.append(signature.get("party") or header["kid"])
    return "{} is the text of digest {}…{}".format(
        document["name"],
        digest[:16],
        ", signed by " + " and ".join(said) if said else "",
    )


# -- the whole


class Checks:
    """Runs checks in order, prints each, remembers whether all held."""

    def __init__(self, quiet=False):
        self.failed, self.quiet, self.lines = [], quiet, []

    def run(self, name, work):
        try:
            found, said = work()
        except Failed as wrong:
            self.say(False, name, str(wrong))
            return None
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as wrong:
            self.say(False, name, f"malformed: {wrong!r}")
            return None
        self.say(True, name, said)
        return found

    def say(self, good, name, text):
        if not good:
            self.failed.append(name)
        self.lines.append({"check": name, "ok": good, "says": text})
        if not self.quiet:
            print(f"{'ok' if good else 'FAIL':4} {name:22} {text}")


def about(header, payload):
    """What the record says, in a line."""
    what = payload.get("kind") or header.get("typ", "record")
    number = payload.get("number") or payload.get("credentialSubject", {}).get("number") or ""
    when = payload.get("iat")
    day = datetime.fromtimestamp(when, timezone.utc).strftime("%Y-%m-%d %H:%M UTC") if when else "?"
    demo = " DEMO" if payload.get("mode") == "demo" else ""
    return "{} {} of {}, signed {}{}".format(
        what, number, payload.get("iss") or issuer(payload), day, demo
    )


def issuer(payload):
    found = payload.get("issuer", "")
    return found.get("id", "") if isinstance(found, dict) else found


def verify(bundle, pinned_keys=None, pinned_vkey=None, older=None, consistency=None, quiet=False):
    """All checks of one bundle; the Checks object has `failed` and `lines`."""
    checks = Checks(quiet)
    if not checks.run("format", lambda: (True, known_format(bundle))):
        return checks
    read = checks.run("record signature", lambda: record_and_words(bundle, pinned_keys or {}))
    leaf = checks.run("leaf", lambda: check_leaf(bundle))
    vkeys = [pinned_vkey] if pinned_vkey else bundle.get("log", {}).get("vkeys", [])
    checks.run("checkpoint signature", lambda: (True, head_in_words(bundle, vkeys)))
    if leaf is not None:
        checks.run("inclusion", lambda: (True, check_inclusion(bundle, leaf, vkeys)))
    if read:
        for document in bundle.get("documents", []):
            checks.run("document", lambda one=document: (True, check_document(one, read[1])))
    if older:
        checks.run("consistency", lambda: (True, continued(bundle, older, consistency, vkeys)))
    return checks


def known_format(bundle):
    if bundle.get("format") != FORMAT:
        raise Failed(f"this program reads {FORMAT}")
    return FORMAT


def record_and_words(bundle, pinned):
    header, payload = check_record(bundle, pinned)
    return (header, payload), about(header, payload)


def head_in_words(bundle, vkeys):
    origin, size, _ = check_checkpoint(bundle["log"]["checkpoint"], vkeys)
    return f"{origin}, {size} leaves"


def continued(bundle, older, consistency, vkeys):
    old_origin, old_size, old_root = check_checkpoint(older, vkeys)
    origin, size, root = check_checkpoint(bundle["log"]["checkpoint"], vkeys)
    if old_origin != origin:
        raise Failed("two different logs")
    consistent(old_size, size, old_root, root, [unb64(one) for one in consistency or []])
    return f"the log of {size} leaves continues the one of {old_size} that you kept"


def closing(checks, pinned, vkey):
    if checks.failed:
        return "NOT VERIFIED: {}".format(", ".join(checks.failed))
    trust = (
        "with the keys you pinned"
        if pinned and vkey
        else ("with the keys in the bundle: compare them with another source (--key, --vkey)")
    )
    return (
        f"verified {trust}. This shows who signed, that nothing was changed since, and that it stands in "
        "the log; it does not show that what the record says is true, nor that it is still in force."
    )


def options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", help="a bundle (JSON), or a record (JWS) together with --bundle")
    parser.add_argument("--bundle", help="the bundle of the record in FILE")
    parser.add_argument("--vkey", help="the log's verifier key, from a source you trust")
    parser.add_argument("--key", action="append", default=[], help="KID=BASE64URL of a record key")
    parser.add_argument("--older", help="a checkpoint that you kept")
    parser.add_argument("--consistency", help="JSON from /api/v1/log/consistency?old=…&new=…")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    return parser


def pins(given):
    found = {}
    for one in given:
        kid, _, x = one.partition("=")
        raw = unb64url(x)
        if thumbprint(raw) != kid:
            raise Failed("--key: the id is not the key's thumbprint")
        found[kid] = raw
    return found


def load(path):
    with open(path, "rb") as file:
        return file.read()


def read_inputs(args):
    bundle = strict_json(load(args.bundle or args.file))
    if not isinstance(bundle, dict):
        raise Failed("not a bundle")
    if args.bundle and load(args.file).strip() != str(bundle.get("record", "")).encode():
        raise Failed("FILE is not the record of the bundle")
    older = load(args.older).decode("utf-8") if args.older else None
    proof = strict_json(load(args.consistency))["proof"] if args.consistency else None
    return bundle, pins(args.key), older, proof


def main(arguments=None):
    args = options().parse_args(arguments)
    try:
        bundle, pinned, older, proof = read_inputs(args)
    except (OSError, Failed, KeyError, TypeError, UnicodeDecodeError) as wrong:
        print(f"cannot read: {wrong}", file=sys.stderr)
        return 2
    checks = verify(bundle, pinned, args.vkey, older, proof, quiet=args.json)
    said = closing(checks, pinned, args.vkey)
    if args.json:
        print(json.dumps({"ok": not checks.failed, "checks": checks.lines, "says": said}))
    else:
        print(said)
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
