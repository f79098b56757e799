"""What the table engine found becomes part of a version. The system acts, in the caller's transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marketplace.core.access import Actor, Permission, require, system
from marketplace.core.clock import now, today
from marketplace.core.database import add, db, everything, hold
from marketplace.core.storage import Blob
from marketplace.datasets import queries
from marketplace.datasets.models import Dataset, Field, Version
from marketplace.datasets.quality import Description, Meaning, assess
from marketplace.datasets.states import VERSION_LIFE, VersionStatus

ACTOR = system("table engine")
KEPT = ("format", "details", "rows", "columns", "duplicates", "complete_rows", "seconds")
DESCRIBED = (
    "title",
    "summary",
    "sector",
    "region",
    "update_frequency",
    "coverage_from",
    "coverage_to",
    "known_limits",
)


def take_in(
    actor: Actor, version_id: UUID, examined: dict[str, Any], virus: dict[str, str | None]
) -> Version:
    """Scanned and released for review, with what was found. Done twice it is done once."""
    require(actor, Permission.SYSTEM)
    version = hold(everything(Version), version_id)
    if version.status != VersionStatus.QUARANTINED:
        return version
    enter(version, examined, virus)
    VERSION_LIFE.take(
        actor,
        version,
        "scan",
        rows=version.rows,
        has_personal_information=version.has_personal_information,
        contradicts_declaration=version.contradicts_declaration,
    )
    VERSION_LIFE.take(actor, version, "release")
    return version


def enter(version: Version, examined: dict[str, Any], virus: dict[str, str | None]) -> None:
    """Write profile, scan, sample, dictionary and quality into the version."""
    dataset = queries.dataset_by_id(version.dataset_id)
    version.format = examined["format"] if examined["format"] != "profile" else version.format
    version.rows = examined["rows"]
    version.columns = len(examined["columns"])
    version.profile = {key: examined[key] for key in KEPT}
    version.public_profile = {"rows": examined["rows"], "columns": examined["public_columns"]}
    version.sample = examined["sample"]
    version.scan = scan_of(examined, virus, declared=dataset.declares_personal_information)
    version.has_personal_information = bool(version.scan["personal"])
    lines = _fields(version, examined["columns"])
    version.quality = quality_of(dataset, version, lines)
    db.session.flush()


def scan_of(
    examined: dict[str, Any], virus: dict[str, str | None], *, declared: bool
) -> dict[str, Any]:
    """Findings by column, and whether they contradict the declaration."""
    columns = [
        {"name": one["name"], "pii": one["pii"], "cleared": one["cleared"]}
        for one in examined["columns"]
        if one["pii"] or one["cleared"]
    ]
    found = [one for column in columns for one in column["pii"]]
    personal = any(one["personal"] for one in found)
    return {
        "date": today().isoformat(),
        "virus": virus,
        "columns": columns,
        "kinds": sorted({one["kind"] for one in found}),
        "personal": personal,
        "sensitive": any(one["sensitive"] for one in found),
        "contradicts_declaration": personal and not declared,
    }


def quality_of(dataset: Dataset, version: Version, lines: Sequence[Field]) -> dict[str, Any]:
    """The dated report over profile, dictionary and description."""
    assert version.profile is not None
    filled = sum(1 for name in DESCRIBED if getattr(dataset, name))
    return assess(
        version.profile,
        [Meaning(one.name, one.meaning, one.unit, one.code_list, one.is_key) for one in lines],
        Description(
            filled,
            len(DESCRIBED),
            dataset.update_frequency,
            dataset.coverage_from,
            dataset.coverage_to,
            today(),
        ),
    )


def _fields(version: Version, columns: list[dict[str, Any]]) -> Sequence[Field]:
    """One line per column; meanings are taken over from the version before."""
    there = queries.fields(version.id)
    if there:
        return there
    before = {one.name: one for one in _earlier_fields(version)}
    lines = []
    for position, column in enumerate(columns, start=1):
        old = before.get(column["name"])
        lines.append(
            add(
                Field(
                    version_id=version.id,
                    position=position,
                    name=column["name"],
                    type=column["type"],
                    meaning=old.meaning if old else "",
                    unit=old.unit if old else "",
                    code_list=old.code_list if old else "",
                    is_key=old.is_key if old else False,
                )
            )
        )
    return lines


def _earlier_fields(version: Version) -> Sequence[Field]:
    earlier = [one for one in queries.versions(version.dataset_id) if one.number < version.number]
    for one in earlier:
        lines = queries.fields(one.id)
        if lines:
            return lines
    return ()


def refuse(actor: Actor, version_id: UUID, code: str, facts: dict[str, Any]) -> Version:
    """The version cannot be read or was found malicious: closed, its bytes destroyed later."""
    require(actor, Permission.SYSTEM)
    version = hold(everything(Version), version_id)
    if version.status in {VersionStatus.STAGED, VersionStatus.QUARANTINED}:
        version.refusal = {"code": code, "facts": facts}
        version.refused_at = now()
        VERSION_LIFE.take(actor, version, "refuse", code=code)
    return version


def settle_derived(actor: Actor, version_id: UUID, blob: Blob) -> Version:
    """The derived bytes are in the store: quarantined like an upload, and scanned again."""
    require(actor, Permission.SYSTEM)
    version = hold(everything(Version), version_id)
    if version.status == VersionStatus.STAGED:
        version.sha256, version.size, version.address = blob.sha256, blob.size, blob.address
        VERSION_LIFE.take(actor, version, "quarantine", size=blob.size)
    return version


def destroy(actor: Actor, version_id: UUID) -> str | None:
    """Close a refused version for good; the address whose bytes nobody refers to any more."""
    require(actor, Permission.SYSTEM)
    version = hold(everything(Version), version_id)
    if version.status != VersionStatus.REFUSED:
        return None
    address, version.address = version.address, None
    VERSION_LIFE.take(actor, version, "destroy")
    return address if address and not queries.address_in_use(address) else None
