"""Contract templates: folders `contracts/<name>/<version>/`, each known by the digest of its files.

A template is never edited once an order refers to its digest: a new version is a new folder.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from marketplace.core.canonical import canonical, sha256_hex
from marketplace.core.errors import Conflict, NotFound

FOLDER = Path(__file__).resolve().parents[2] / "contracts"
FILES = ("terms.json", "policy.jsonld", "zh.md", "en.md")
LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class TermsField:
    """One typed term: where it stands, whether it is a risk, and what it is called."""

    name: str
    kind: str
    clause: int
    is_risk: bool
    is_agreed: bool  # settled by offer and negotiation, not by whoever drafts
    label: dict[str, str]
    help: dict[str, str]


@dataclass(frozen=True)
class Template:
    """The text, terms and policy of one version of a contract. `digest` is SHA-256 over its files."""

    name: str
    version: str
    digest: str
    title: dict[str, str]
    fields: tuple[TermsField, ...]
    words: dict[str, dict[str, str]]
    texts: dict[str, str]
    policy: dict[str, Any]

    def field(self, name: str) -> TermsField:
        """The field of this name."""
        return next(one for one in self.fields if one.name == name)

    def word(self, key: str, language: str) -> str:
        """A coded value in words, as this version of the contract says it."""
        return self.words[key][language] if key in self.words else key.partition(".")[2]


@lru_cache(maxsize=32)
def template(name: str = "data-provision", version: str = "1") -> Template:
    """Read a template; NotFound `template_unknown` when there is none."""
    folder = FOLDER / name / version
    if not all(part.replace("-", "").isalnum() for part in (name, version)) or not folder.is_dir():
        raise NotFound("template_unknown", template=name, version=version)
    blobs = {file: (folder / file).read_bytes() for file in FILES}
    digest = sha256_hex(canonical({file: sha256_hex(blob) for file, blob in blobs.items()}))
    described = json.loads(blobs["terms.json"])
    return Template(
        name=name,
        version=version,
        digest=digest,
        title=described["title"],
        fields=tuple(
            TermsField(
                name=one["name"],
                kind=one["kind"],
                clause=one["clause"],
                is_risk=one["risk"],
                is_agreed=one["agreed"],
                label=one["label"],
                help=one["help"],
            )
            for one in described["fields"]
        ),
        words=described["words"],
        texts={language: blobs[f"{language}.md"].decode() for language in LANGUAGES},
        policy=json.loads(blobs["policy.jsonld"]),
    )


def template_as_signed(name: str, version: str, digest: str) -> Template:
    """The template a contract refers to; Conflict `template_changed` when its files are not the same."""
    found = template(name, version)
    if found.digest != digest:
        raise Conflict("template_changed", template=name, version=version)
    return found
