"""Commands on datasets. The caller holds the transaction."""

from uuid import UUID

from marketplace.core.access import Actor, Permission, require
from marketplace.core.canonical import canonical, sha256_hex
from marketplace.core.database import everything, hold
from marketplace.core.events import record
from marketplace.datasets import queries
from marketplace.datasets.models import Dataset, DeclaredUse, Version
from marketplace.datasets.states import Audience


def subject_digest(version: Version, declared_use: DeclaredUse | None) -> str:
    """SHA-256 in hex of what a compliance review approves: content, declaration, dictionary, use."""
    dataset = queries.dataset_by_id(version.dataset_id)
    declaration = {
        key: value
        for key, value in (dataset.declaration or {}).items()
        if key not in {"declared_at", "declared_by"}
    }
    subject = {
        "content": version.sha256,
        "location": version.location,
        "data_kind": dataset.data_kind,
        "declaration": declaration,
        "dictionary": [
            [one.name, one.type, one.meaning, one.unit, one.code_list, one.is_key]
            for one in queries.fields(version.id)
        ],
        "use": declared_use.digest if declared_use else "",
    }
    return sha256_hex(canonical(subject))


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
