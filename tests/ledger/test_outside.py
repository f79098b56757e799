"""What we sign and log, checked by programs that nobody here wrote, and by the outside verifier."""

import base64
import copy
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from joserfc import jws as joserfc_jws
from joserfc.jwk import OKPKey
from sqlalchemy import select

from marketplace.core.database import db
from marketplace.core.holdings import holdings
from marketplace.core.signing import Signer, b64url, public_jwk, thumbprint, unb64url
from marketplace.ledger import keys, proof, sealer
from marketplace.ledger.models import Checkpoint
from tests.factories import ledger as factory

FILE = Path(__file__).resolve().parents[2] / "marketplace/static/verify/quanshu_verify.py"
CONTRACT = '{"number":"HT-1","price_fen":"1060000"}'


@pytest.fixture(scope="module")
def outside() -> ModuleType:
    spec = importlib.util.spec_from_file_location("quanshu_verify", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bundle(app: Flask) -> dict[str, Any]:
    for _ in range(5):
        factory.record()
    digest = hashlib.sha256(CONTRACT.encode()).hexdigest()
    entry = factory.sealed("contract", number="HT-1", document={"sha256": digest})
    for _ in range(3):
        factory.record()
    sealer.Sealer().seal()
    signer = holdings().signer()
    signature = {
        "party": "a party",
        "jws": signer.detached(CONTRACT.encode()),
        "jwk": public_jwk(signer.public),
    }
    return proof.bundle(
        entry, [{"name": "contract.json", "content": CONTRACT, "signatures": [signature]}]
    )


def test_the_verifier_imports_nothing_of_ours() -> None:
    source = FILE.read_text()

    assert "marketplace" not in source
    lines = [line for line in source.splitlines() if line.startswith(("import ", "from "))]
    wanted = {line.split()[1].split(".")[0] for line in lines}
    assert wanted - set(sys.stdlib_module_names) == {"cryptography"}


def test_a_good_bundle_is_verified_offline_by_a_program_of_one_file(
    bundle: dict[str, Any], tmp_path: Path
) -> None:
    path, older, steps = tmp_path / "bundle.json", tmp_path / "old.txt", tmp_path / "proof.json"
    path.write_text(json.dumps(bundle))
    older.write_text(checkpoint_of(6))
    steps.write_text(json.dumps({"proof": proof.consistency(6, 9)}))
    signer = holdings().signer()
    x = public_jwk(signer.public)["x"]

    done = subprocess.run(
        [
            sys.executable, "-I", str(FILE), str(path), "--vkey", keys.log_vkey(),
            "--key", f"{signer.kid}={x}", "--older", str(older), "--consistency", str(steps),
        ],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("record signature", "leaf", "checkpoint signature", "inclusion", "document"):
        assert f"ok   {name}" in done.stdout
    assert "ok   consistency" in done.stdout
    assert "with the keys you pinned" in done.stdout
    assert "does not show that what the record says is true" in done.stdout


def checkpoint_of(size: int) -> str:
    return db.session.scalars(select(Checkpoint.note).where(Checkpoint.size == size)).one()


def flip(text: str) -> str:
    """Another character in the middle."""
    at = len(text) // 2
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def _set(path: str, change: Any) -> Any:
    def alter(bundle: dict[str, Any]) -> None:
        *way, last = path.split(".")
        place: Any = bundle
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        key = int(last) if isinstance(place, list) else last
        place[key] = change(place[key]) if callable(change) else change

    return alter


HEAD = "checkpoint signature"
TAMPERED = {
    "another format": (_set("format", "x/9"), "format"),
    "a record changed": (_set("record", flip), "record signature"),
    "a record cut": (_set("record", lambda t: t.rsplit(".", 1)[0]), "record signature"),
    "unsigned": (
        _set("record", lambda t: b64url(b'{"alg":"none"}') + "." + t.split(".")[1] + "."),
        "record signature",
    ),
    "another salt": (_set("salt", flip), "leaf"),
    "no salt": (_set("salt", None), "leaf"),
    "said to be public": (_set("public", True), "leaf"),
    "another leaf": (_set("leaf", "00" * 32), "leaf"),
    "another place": (_set("log.index", 4), "inclusion"),
    "a place outside": (_set("log.index", 900), "inclusion"),
    "another path": (_set("log.inclusion.0", lambda t: "A" * 43 + "="), "inclusion"),
    "a longer path": (_set("log.inclusion", lambda t: [*t, t[0]]), "inclusion"),
    "a shorter path": (_set("log.inclusion", lambda t: t[:-1]), "inclusion"),
    "another size": (_set("log.checkpoint", lambda t: t.replace("\n9\n", "\n8\n")), HEAD),
    "another log": (_set("log.checkpoint", lambda t: t.replace("localhost", "elsewhere")), HEAD),
    "no checkpoint": (_set("log.checkpoint", ""), HEAD),
    "another contract": (_set("documents.0.content", CONTRACT.replace("1060000", "1060001")), "document"),
    "a forged signature": (_set("documents.0.signatures.0.jws", flip), "document"),
    "other words": (_set("kind", "settlement"), "record signature"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_a_tampered_bundle_fails_the_right_check(
    bundle: dict[str, Any], outside: ModuleType, tmp_path: Path, name: str
) -> None:
    alter, check = TAMPERED[name]
    bad = copy.deepcopy(bundle)
    alter(bad)
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(bad))

    assert outside.verify(bundle, quiet=True).failed == []
    assert check in outside.verify(bad, quiet=True).failed
    assert outside.main([str(path), "--json"]) == 1


def test_a_bundle_signed_with_somebody_elses_keys_fails_against_pinned_ones(
    bundle: dict[str, Any], outside: ModuleType
) -> None:
    private = Ed25519PrivateKey.generate()
    kid = thumbprint(private.public_key())
    other, forged = Signer(private, kid), copy.deepcopy(bundle)
    payload = json.loads(unb64url(bundle["record"].split(".")[1]))
    forged["record"] = other.compact(payload, "quanshu-record+jwt")
    forged["keys"] = [{**public_jwk(other.public), "kid": kid, "purpose": "records"}]

    pinned = {holdings().signer().kid: unb64url(public_jwk(holdings().signer().public)["x"])}

    assert outside.verify(bundle, pinned, keys.log_vkey(), quiet=True).failed == []
    assert "record signature" in outside.verify(forged, pinned, quiet=True).failed
    assert "leaf" in outside.verify(forged, quiet=True).failed


def test_a_swapped_key_under_the_old_name_is_refused(
    bundle: dict[str, Any], outside: ModuleType
) -> None:
    other = Ed25519PrivateKey.generate().public_key()
    for one in bundle["keys"]:
        one["x"] = public_jwk(other)["x"]

    assert "record signature" in outside.verify(bundle, quiet=True).failed


def test_a_file_that_is_no_bundle_is_exit_status_2(outside: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"format": "a", "format": "b"}')

    assert outside.main([str(path)]) == 2
    assert outside.main([str(tmp_path / "missing")]) == 2


def test_other_libraries_verify_our_records_and_signatures(app: Flask) -> None:
    signer = holdings().signer()
    record = factory.record(note="泉").jws
    assert record is not None
    detached = signer.detached(CONTRACT.encode())

    by_pyjwt = jwt.PyJWS().decode_complete(record, signer.public, algorithms=["EdDSA"])
    key = OKPKey.import_key(public_jwk(signer.public))
    with pytest.warns(Warning, match="EdDSA"):
        by_joserfc = joserfc_jws.deserialize_compact(record, key, algorithms=["EdDSA"])

    assert by_pyjwt["payload"] == by_joserfc.payload
    assert json.loads(by_joserfc.payload)["note"] == "泉"
    jwt.PyJWS().decode_complete(
        detached, signer.public, algorithms=["EdDSA"], detached_payload=CONTRACT.encode()
    )
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.PyJWS().decode_complete(
            detached, signer.public, algorithms=["EdDSA"], detached_payload=CONTRACT.encode() + b" "
        )


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_openssl_verifies_a_record(app: Flask, tmp_path: Path) -> None:
    record = factory.record().jws
    assert record is not None
    signed, _, signature = record.rpartition(".")
    spki = bytes.fromhex("302a300506032b6570032100") + unb64url(
        public_jwk(holdings().signer().public)["x"]
    )
    (tmp_path / "m").write_text(signed)
    (tmp_path / "s").write_bytes(unb64url(signature))
    (tmp_path / "k").write_bytes(spki)

    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER",
         "-inkey", "k", "-sigfile", "s", "-in", "m"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "Verified Successfully" in done.stdout, done.stderr


GO = """
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type input struct {
	Vkey, Checkpoint, Leaf, OldRoot string
	Index, Size, OldSize            int64
	Inclusion, Consistency          []string
}

func hash(text string) (h tlog.Hash) {
	raw, _ := base64.StdEncoding.DecodeString(text)
	copy(h[:], raw)
	return
}

func hashes(texts []string) (found []tlog.Hash) {
	for _, one := range texts {
		found = append(found, hash(one))
	}
	return
}

func main() {
	var in input
	check(json.NewDecoder(os.Stdin).Decode(&in))
	verifier, err := note.NewVerifier(in.Vkey)
	check(err)
	opened, err := note.Open([]byte(in.Checkpoint), note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\\n")
	root := hash(lines[2])
	leaf, _ := base64.StdEncoding.DecodeString(in.Leaf)
	check(tlog.CheckRecord(hashes(in.Inclusion), in.Size, root, in.Index, tlog.RecordHash(leaf)))
	check(tlog.CheckTree(hashes(in.Consistency), in.Size, root, in.OldSize, hash(in.OldRoot)))
	fmt.Print(lines[1])
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
"""


def _go_modules() -> Path | None:
    """x/mod as Go itself carries it, or as Debian packages it."""
    go = shutil.which("go") or "/usr/local/go/bin/go"
    places = [
        Path(go).resolve().parent.parent / "src/cmd/vendor/golang.org/x/mod",
        Path("/usr/share/gocode/src/golang.org/x/mod"),
    ]
    return next((one for one in places if (one / "sumdb/note").exists()), None)


@pytest.mark.skipif(not _go_modules(), reason="needs Go with golang.org/x/mod/sumdb/note")
def test_gos_own_packages_open_the_checkpoint_and_check_both_proofs(
    bundle: dict[str, Any], tmp_path: Path
) -> None:
    modules = _go_modules()
    assert modules
    go = shutil.which("go") or "/usr/local/go/bin/go"
    (tmp_path / "main.go").write_text(GO)
    (tmp_path / "src/golang.org/x").mkdir(parents=True)
    shutil.copytree(modules, tmp_path / "src/golang.org/x/mod")
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GO111MODULE": "off",
        "GOPATH": str(tmp_path),
        "GOCACHE": str(tmp_path / "cache"),
    }

    given = {
        "Vkey": bundle["log"]["vkeys"][0],
        "Checkpoint": bundle["log"]["checkpoint"],
        "Leaf": base64.b64encode(bytes.fromhex(bundle["leaf"])).decode(),
        "Index": bundle["log"]["index"],
        "Size": bundle["log"]["size"],
        "Inclusion": bundle["log"]["inclusion"],
        "OldSize": 6,
        "OldRoot": checkpoint_of(6).split("\n")[2],
        "Consistency": proof.consistency(6, 9),
    }

    done = subprocess.run(
        [go, "run", "main.go"],
        cwd=tmp_path,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )

    assert done.stdout == "9", done.stderr
