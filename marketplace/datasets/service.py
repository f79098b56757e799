"""Commands on datasets. The caller holds the transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marketplace.accounts import signing
from marketplace.core.access import Actor, Permission, require, visible
from marketplace.core.canonical import canonical, sha256_hex
from marketplace.core.clock import iso, now
from marketplace.core.database import add, db, everything, find, hold
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.events import record
from marketplace.core.lives import born
from marketplace.core.storage import Blob
from marketplace.datasets import intake, masks, queries, signed_profile
from marketplace.datasets.models import Dataset, DeclaredUse, Field, Version
from marketplace.datasets.queries import subject_digest as subject_digest  # later steps ask here
from marketplace.datasets.states import (
    VERSION_LIFE,
    Audience,
    Format,
    Location,
    Source,
    VersionStatus,
)

_SUFFIXES = {
    "csv": Format.CSV,
    "txt": Format.CSV,
    "tsv": Format.CSV,
    "xlsx": Format.XLSX,
    "parquet": Format.PARQUET,
    "ndjson": Format.NDJSON,
    "jsonl": Format.NDJSON,
    "json": Format.NDJSON,
}


def describe(actor: Actor, **description: Any) -> Dataset:
    """Begin a dataset of the actor's organisation."""
    require(actor, Permission.DATASET_EDIT)
    if actor.organisation_id is None:
        raise Invalid("organisation_required")
    dataset = Dataset(provider_id=actor.organisation_id, **description)
    born(dataset, actor, "dataset.described")
    return dataset


def change(actor: Actor, dataset_id: UUID, **description: Any) -> Dataset:
    """Describe it anew. Where the data stays is settled with the first version."""
    dataset = _held(actor, dataset_id)
    moved = description.get("location", dataset.location) != dataset.location
    if moved and queries.versions(dataset_id, limit=1):
        raise Conflict("location_settled")
    changed = sorted(name for name, value in description.items() if getattr(dataset, name) != value)
    for name in changed:
        setattr(dataset, name, description[name])
    if changed:
        _score_again(dataset)
        record("dataset.changed", dataset, actor, what="description", fields=changed)
    return dataset


def declare(
    actor: Actor,
    dataset_id: UUID,
    *,
    source: str,
    personal_information: bool,
    state_secret_reviewed: bool,
    right_to_supply: bool,
) -> Dataset:
    """Say, before the first byte, where the data is from and that it may be supplied.

    Invalid when the state-secret review is not done or there is no right to supply.
    """
    dataset = _held(actor, dataset_id)
    missing = {
        name: ["declaration_needed"]
        for name, said in (
            ("state_secret_reviewed", state_secret_reviewed),
            ("right_to_supply", right_to_supply),
        )
        if not said
    }
    if missing:
        raise Invalid("declaration_needed", missing)
    dataset.source = str(Source(source))
    dataset.declaration = {
        "source": dataset.source,
        "personal_information": personal_information,
        "state_secret_reviewed": True,
        "right_to_supply": True,
        "declared_by": actor.name,
        "declared_at": iso(now()),
    }
    for version in queries.versions(dataset_id):
        if version.scan:
            contradicts = bool(version.scan["personal"]) and not personal_information
            version.scan = {**version.scan, "contradicts_declaration": contradicts}
    record("dataset.declared", dataset, actor, personal_information=personal_information)
    record("dataset.changed", dataset, actor, what="declaration")
    return dataset


def check_upload(actor: Actor, dataset_id: UUID) -> None:
    """Before the first byte: Conflict `declaration_missing`, `data_stays_at_provider`, `dataset_stopped`."""
    dataset = _seen(actor, dataset_id)
    _may_add(dataset)
    if dataset.location != Location.PLATFORM:
        raise Conflict("data_stays_at_provider", location=dataset.location)


def add_version(actor: Actor, dataset_id: UUID, blob: Blob, filename: str) -> Version:
    """Record bytes that are in the store already as the next version, in quarantine.

    Invalid `file_empty`; Conflict `version_unchanged` when a living version has the same bytes.
    """
    dataset = _held(actor, dataset_id)
    check_upload(actor, dataset_id)
    if blob.size == 0:
        raise Invalid("file_empty", {"file": ["file_empty"]})
    same = queries.same_content(dataset_id, blob.sha256)
    if same:
        raise Conflict("version_unchanged", number=same.number)
    name = _clean(filename)
    version = Version(
        dataset_id=dataset.id,
        provider_id=dataset.provider_id,
        number=queries.next_version_number(dataset_id),
        location=Location.PLATFORM,
        filename=name,
        format=_SUFFIXES.get(name.rsplit(".", 1)[-1].lower(), Format.CSV),
        size=blob.size,
        sha256=blob.sha256,
        address=blob.address,
        status=VersionStatus.STAGED,
    )
    add(version)
    VERSION_LIFE.take(actor, version, "quarantine", number=version.number, size=blob.size)
    return version


def _clean(filename: str) -> str:
    """The last part of the name, without control characters; `data` when nothing is left."""
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(" .")
    return kept[-200:] or "data"


def add_signed_profile(
    actor: Actor, dataset_id: UUID, profile: str, jws: str, filename: str
) -> Version:
    """A version of data that stays at the provider's: its profile, signed with the provider's key.

    `profile` is the text that was signed, verified as received. No bytes come here.
    """
    dataset = _held(actor, dataset_id)
    _may_add(dataset)
    if dataset.location == Location.PLATFORM:
        raise Conflict("data_is_on_platform")
    payload = profile.encode()
    key = signing.check(dataset.provider_id, jws, payload)
    examined = signed_profile.read(payload, str(dataset.id))
    version = Version(
        dataset_id=dataset.id,
        provider_id=dataset.provider_id,
        number=queries.next_version_number(dataset_id),
        location=dataset.location,
        filename=_clean(filename),
        format="profile",
        sha256=examined["content_sha256"],
        profile_jws=jws,
        profile_kid=key.kid,
        status=VersionStatus.SCANNED,
    )
    born(version, actor, "version.profiled", number=version.number)
    intake.enter(version, examined, {"checker": "off", "found": None})
    VERSION_LIFE.take(intake.ACTOR, version, "release")
    return version


def describe_fields(actor: Actor, version_id: UUID, lines: Sequence[dict[str, Any]]) -> Version:
    """Write the dictionary: what each column means. Unknown columns are refused."""
    require(actor, Permission.DATASET_EDIT)
    version = hold(visible(actor, Version), version_id)
    _own(actor, version.provider_id)
    there = {one.name: one for one in queries.fields(version_id)}
    unknown = [line["name"] for line in lines if line["name"] not in there]
    if unknown:
        raise Invalid("field_name_unknown", {"fields": ["field_name_unknown"]}, name=unknown[0])
    changed = [line["name"] for line in lines if _write(there[line["name"]], line)]
    if changed:
        db.session.flush()
        dataset = queries.dataset_by_id(version.dataset_id)
        if version.profile:
            version.quality = intake.quality_of(dataset, version, queries.fields(version_id))
        record(
            "dataset.changed",
            dataset,
            actor,
            what="dictionary",
            version_id=str(version.id),
            count=len(changed),
        )
    return version


def declare_use(
    actor: Actor,
    dataset_id: UUID,
    *,
    purposes: list[str],
    prohibited: list[str],
    delivery_modes: list[str],
    price_basis: str,
) -> DeclaredUse:
    """Say what the data is offered for: part of what a review approves."""
    dataset = _held(actor, dataset_id)
    both = sorted(set(purposes) & set(prohibited))
    if both:
        raise Invalid("purpose_allowed_and_prohibited", {"prohibited": ["purpose_twice"]})
    said = {
        "purposes": sorted(set(purposes)),
        "prohibited": sorted(set(prohibited)),
        "delivery_modes": sorted(set(delivery_modes)),
        "price_basis": price_basis,
    }
    digest = sha256_hex(canonical(said))
    use = queries.declared_use(dataset_id)
    if use is None:
        use = add(DeclaredUse(dataset_id=dataset_id, digest=digest, **said))
    elif use.digest == digest:
        return use
    for name, value in said.items():
        setattr(use, name, value)
    use.digest = digest
    record("dataset.changed", dataset, actor, what="use", digest=digest)
    return use


def retry(actor: Actor, version_id: UUID) -> Version:
    """Have a refused version read once more, while its bytes are there."""
    require(actor, Permission.DATASET_EDIT)
    version = hold(visible(actor, Version), version_id)
    VERSION_LIFE.take(actor, version, "retry")
    version.refusal = None
    version.refused_at = None
    return version


def derive(actor: Actor, version_id: UUID, recipe: list[dict[str, Any]]) -> Version:
    """A new version by masking, dropping, generalising or hashing columns of this one."""
    require(actor, Permission.DATASET_EDIT)
    origin = find(visible(actor, Version), version_id)
    _own(actor, origin.provider_id)
    dataset = _held(actor, origin.dataset_id)
    _may_add(dataset)
    if not origin.is_ready or origin.address is None:
        raise Conflict("wrong_state", status=origin.status, action="derive")
    masks.check(recipe, [one.name for one in queries.fields(version_id)])
    version = Version(
        dataset_id=origin.dataset_id,
        provider_id=origin.provider_id,
        number=queries.next_version_number(origin.dataset_id),
        filename=origin.filename.rsplit(".", 1)[0] + ".parquet",
        format=Format.PARQUET,
        sha256="",
        derived_from_id=origin.id,
        recipe=recipe,
        status=VersionStatus.STAGED,
    )
    born(version, actor, "version.derived", number=version.number, origin=str(origin.id))
    return version


def push_exposure(actor: Actor, version_id: UUID, sample_audience: str, published: bool) -> Version:
    """Set who may see the sample and whether the public profile is public: a review's outcome."""
    require(actor, Permission.SYSTEM)
    version = hold(everything(Version), version_id)
    version.sample_audience = str(Audience(sample_audience))
    version.is_published = published
    record("version.exposed", version, actor, sample_audience=sample_audience, published=published)
    return version


def stop(actor: Actor, dataset_id: UUID) -> Dataset:
    """Close the dataset to every new use: a take-down's first effect."""
    return _set_stopped(actor, dataset_id, stopped=True)


def resume(actor: Actor, dataset_id: UUID) -> Dataset:
    """Open it again, when the take-down is lifted."""
    return _set_stopped(actor, dataset_id, stopped=False)


def _set_stopped(actor: Actor, dataset_id: UUID, *, stopped: bool) -> Dataset:
    require(actor, Permission.SYSTEM)
    dataset = hold(everything(Dataset), dataset_id)
    if dataset.is_stopped != stopped:
        dataset.is_stopped = stopped
        record("dataset.stopped" if stopped else "dataset.resumed", dataset, actor)
    return dataset


def _held(actor: Actor, dataset_id: UUID) -> Dataset:
    """The actor's own dataset, to change it."""
    require(actor, Permission.DATASET_EDIT)
    dataset = hold(visible(actor, Dataset), dataset_id)
    _own(actor, dataset.provider_id)
    return dataset


def _seen(actor: Actor, dataset_id: UUID) -> Dataset:
    """The actor's own dataset, to look at it."""
    require(actor, Permission.DATASET_EDIT)
    dataset = find(visible(actor, Dataset), dataset_id)
    _own(actor, dataset.provider_id)
    return dataset


def _own(actor: Actor, provider_id: UUID) -> None:
    if not actor.is_system and not actor.belongs_to(provider_id):
        raise Forbidden("wrong_organisation")


def _may_add(dataset: Dataset) -> None:
    if not dataset.is_declared:
        raise Conflict("declaration_missing", dataset_id=str(dataset.id))
    if dataset.is_stopped:
        raise Conflict("dataset_stopped", dataset_id=str(dataset.id))


def _score_again(dataset: Dataset) -> None:
    """Description counts in the quality of the newest version."""
    version = queries.latest_version(dataset.id)
    if version and version.profile:
        version.quality = intake.quality_of(dataset, version, queries.fields(version.id))


def _write(field: Field, line: dict[str, Any]) -> bool:
    """Whether anything changed."""
    changed = False
    for name in ("meaning", "unit", "code_list", "is_key"):
        if name in line and getattr(field, name) != line[name]:
            setattr(field, name, line[name])
            changed = True
    return changed
