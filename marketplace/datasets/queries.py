"""Reads of datasets and versions, each starting from what the actor may see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, func, select

from marketplace.accounts.models import Document
from marketplace.core.access import Actor, Permission, sees, visible
from marketplace.core.canonical import canonical, sha256_hex
from marketplace.core.database import db, everything, find
from marketplace.datasets.models import Dataset, DeclaredUse, Field, Version
from marketplace.datasets.states import Audience, VersionStatus


@sees(Dataset)
def _datasets(actor: Actor) -> Select[Dataset]:
    """The provider's people see theirs; staff with leave to read all see all."""
    if actor.may(Permission.DATASET_READ_ALL):
        return select(Dataset)
    if actor.organisation_id is None:
        return select(Dataset).where(false())
    return select(Dataset).where(Dataset.provider_id == actor.organisation_id)


@sees(Version)
def _versions(actor: Actor) -> Select[Version]:
    if actor.may(Permission.DATASET_READ_ALL):
        return select(Version)
    if actor.organisation_id is None:
        return select(Version).where(false())
    return select(Version).where(Version.provider_id == actor.organisation_id)


def dataset(actor: Actor, dataset_id: UUID) -> Dataset:
    """NotFound when the actor may not see it."""
    return find(visible(actor, Dataset), dataset_id)


def datasets(actor: Actor) -> Select[Dataset]:
    """All that the actor may see, for a list that is paged."""
    return visible(actor, Dataset)


def of_provider(organisation_id: UUID) -> Select[Dataset]:
    """One organisation's datasets. The caller has asked leave."""
    return select(Dataset).where(Dataset.provider_id == organisation_id)


def version_seen(actor: Actor, version_id: UUID) -> Version:
    """A version as the actor may see it; NotFound otherwise."""
    return find(visible(actor, Version), version_id)


def version(version_id: UUID) -> Version:
    """A version, for the steps after this one. The caller has asked leave."""
    return find(everything(Version), version_id)


def dataset_of(version_id: UUID) -> Dataset:
    """The dataset a version belongs to. The caller has asked leave."""
    return find(everything(Dataset), version(version_id).dataset_id)


def dataset_by_id(dataset_id: UUID) -> Dataset:
    """A dataset, for the steps after this one. The caller has asked leave."""
    return find(everything(Dataset), dataset_id)


def latest_version(dataset_id: UUID) -> Version | None:
    """The newest version that is ready."""
    query = (
        select(Version)
        .where(Version.dataset_id == dataset_id, Version.status == VersionStatus.READY)
        .order_by(Version.number.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def newest_version(dataset_id: UUID) -> Version | None:
    """The newest version, whatever its state. The caller has asked leave."""
    newest = versions(dataset_id, limit=1)
    return newest[0] if newest else None


def versions(dataset_id: UUID, limit: int = 100) -> Sequence[Version]:
    """The newest first. The caller has asked whether the dataset may be seen."""
    query = (
        select(Version)
        .where(Version.dataset_id == dataset_id)
        .order_by(Version.number.desc())
        .limit(limit)
    )
    return db.session.scalars(query).all()


def fields(version_id: UUID) -> Sequence[Field]:
    """The dictionary in the order of the columns."""
    query = select(Field).where(Field.version_id == version_id).order_by(Field.position)
    return db.session.scalars(query).all()


def declared_use(dataset_id: UUID) -> DeclaredUse | None:
    """What the dataset is offered for, when its provider has said so."""
    query = select(DeclaredUse).where(DeclaredUse.dataset_id == dataset_id)
    return db.session.scalars(query).one_or_none()


def sample(actor: Actor, version_id: UUID) -> dict[str, Any] | None:
    """The masked sample as far as the review opened it; the provider and staff always see it."""
    found = version(version_id)
    if actor.may(Permission.DATASET_READ_ALL) or actor.belongs_to(found.provider_id):
        return found.sample
    open_to_all = found.is_published and found.sample_audience == Audience.PUBLIC
    open_to_verified = (
        found.is_published
        and found.sample_audience == Audience.VERIFIED
        and actor.organisation_verified
    )
    return found.sample if open_to_all or open_to_verified else None


def public_profile(version_id: UUID) -> dict[str, Any] | None:
    """The profile anybody may read, once the review has published the version."""
    found = version(version_id)
    return found.public_profile if found.is_published else None


def refused_before(instant: datetime, limit: int) -> Sequence[UUID]:
    """Refused versions whose bytes are due to be destroyed."""
    query = (
        select(Version.id)
        .where(Version.status == VersionStatus.REFUSED, Version.refused_at < instant)
        .order_by(Version.refused_at)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def address_in_use(address: str) -> bool:
    """Whether any version or paper refers to these bytes."""
    versions_ = select(Version.id).where(Version.address == address).limit(1)
    papers = select(Document.id).where(Document.address == address).limit(1)
    return any(db.session.scalar(query) is not None for query in (versions_, papers))


def next_version_number(dataset_id: UUID) -> int:
    """The number after the last; the caller holds the dataset."""
    last = db.session.scalar(
        select(func.max(Version.number)).where(Version.dataset_id == dataset_id)
    )
    return (last or 0) + 1


def same_content(dataset_id: UUID, sha256: str) -> Version | None:
    """A living version of this dataset with the same bytes."""
    gone = (VersionStatus.REFUSED, VersionStatus.DESTROYED)
    query = select(Version).where(
        Version.dataset_id == dataset_id, Version.sha256 == sha256, Version.status.not_in(gone)
    )
    return db.session.scalars(query.limit(1)).one_or_none()


def version_of(actor: Actor, dataset_id: UUID, version_id: UUID) -> Version:
    """A version of this dataset, as the actor may see it; NotFound otherwise."""
    return find(visible(actor, Version).where(Version.dataset_id == dataset_id), version_id)


def subject_digest(version: Version, declared_use: DeclaredUse | None) -> str:
    """SHA-256 in hex of what a compliance review approves: content, declaration, dictionary, use."""
    dataset = dataset_by_id(version.dataset_id)
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
            for one in fields(version.id)
        ],
        "use": declared_use.digest if declared_use else "",
    }
    return sha256_hex(canonical(subject))
