"""Datasets for programs: `/api/v1/datasets`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request
from flask_smorest import Blueprint

from marketplace.core.access import Permission, require
from marketplace.core.database import transaction
from marketplace.datasets import queries, service, uploads
from marketplace.datasets.models import Dataset, DeclaredUse, Field, Version
from marketplace.datasets.schemas import (
    DatasetIn,
    DatasetOut,
    DatasetPage,
    DeclarationIn,
    DictionaryIn,
    ExaminationOut,
    FieldOut,
    PageQuery,
    RecipeIn,
    SignedProfileIn,
    UploadQuery,
    UseIn,
    UseOut,
    VersionOut,
)
from marketplace.web.paging import Page, page_of
from marketplace.web.session import current_actor

bp = Blueprint(
    "datasets_api",
    __name__,
    url_prefix="/api/v1/datasets",
    description="Describe data, declare it, upload it by stream, read what was found in it.",
)

RAW = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


@bp.get("")
@bp.arguments(PageQuery, location="query")
@bp.response(200, DatasetPage)
def list_datasets(query: dict[str, Any]) -> Page[Dataset]:
    """Your organisation's datasets, the newest first."""
    actor = current_actor()
    if not actor.may(Permission.DATASET_READ_ALL):
        require(actor, Permission.DATASET_EDIT)
    return page_of(queries.datasets(actor), Dataset, query["cursor"])


@bp.post("")
@bp.arguments(DatasetIn)
@bp.response(201, DatasetOut)
def describe(data: dict[str, Any]) -> Dataset:
    """Begin a dataset."""
    with transaction():
        return service.describe(current_actor(), **data)


@bp.get("/<uuid:dataset_id>")
@bp.response(200, DatasetOut)
def show(dataset_id: UUID) -> Dataset:
    """One dataset."""
    return queries.dataset(current_actor(), dataset_id)


@bp.put("/<uuid:dataset_id>")
@bp.arguments(DatasetIn)
@bp.response(200, DatasetOut)
def change(data: dict[str, Any], dataset_id: UUID) -> Dataset:
    """Describe it anew."""
    with transaction():
        return service.change(current_actor(), dataset_id, **data)


@bp.put("/<uuid:dataset_id>/declaration")
@bp.arguments(DeclarationIn)
@bp.response(200, DatasetOut)
def declare(data: dict[str, Any], dataset_id: UUID) -> Dataset:
    """Declare source, personal information, state-secret review and right to supply."""
    with transaction():
        return service.declare(current_actor(), dataset_id, **data)


@bp.get("/<uuid:dataset_id>/use")
@bp.response(200, UseOut)
def show_use(dataset_id: UUID) -> DeclaredUse | dict[str, Any]:
    """What the data is offered for; empty when nothing was said."""
    queries.dataset(current_actor(), dataset_id)
    return queries.declared_use(dataset_id) or {}


@bp.put("/<uuid:dataset_id>/use")
@bp.arguments(UseIn)
@bp.response(200, UseOut)
def declare_use(data: dict[str, Any], dataset_id: UUID) -> DeclaredUse:
    """Say what the data is offered for."""
    with transaction():
        return service.declare_use(current_actor(), dataset_id, **data)


@bp.get("/<uuid:dataset_id>/versions")
@bp.response(200, VersionOut(many=True))
def list_versions(dataset_id: UUID) -> Sequence[Version]:
    """The versions, the newest first."""
    queries.dataset(current_actor(), dataset_id)
    return queries.versions(dataset_id)


@bp.put("/<uuid:dataset_id>/versions")
@bp.doc(requestBody=RAW)
@bp.arguments(UploadQuery, location="query")
@bp.response(201, VersionOut)
def upload(query: dict[str, Any], dataset_id: UUID) -> Version:
    """The next version: the body is the file, raw, also chunked. CSV, XLSX, Parquet or NDJSON."""
    actor = current_actor()
    version_id = uploads.receive(actor, dataset_id, query["filename"], request.stream)
    return queries.version_seen(actor, version_id)


@bp.post("/<uuid:dataset_id>/profiles")
@bp.arguments(SignedProfileIn)
@bp.response(201, VersionOut)
def add_signed_profile(data: dict[str, Any], dataset_id: UUID) -> Version:
    """A version of data that stays with you: its profile, signed with your organisation's key."""
    with transaction():
        return service.add_signed_profile(current_actor(), dataset_id, **data)


@bp.get("/<uuid:dataset_id>/versions/<uuid:version_id>")
@bp.response(200, VersionOut)
def show_version(dataset_id: UUID, version_id: UUID) -> Version:
    """Where a version stands."""
    return queries.version_of(current_actor(), dataset_id, version_id)


@bp.get("/<uuid:dataset_id>/versions/<uuid:version_id>/examination")
@bp.response(200, ExaminationOut)
def show_examination(dataset_id: UUID, version_id: UUID) -> Version:
    """Profile, personal information, quality and masked sample of a version."""
    return queries.version_of(current_actor(), dataset_id, version_id)


@bp.get("/<uuid:dataset_id>/versions/<uuid:version_id>/fields")
@bp.response(200, FieldOut(many=True))
def list_fields(dataset_id: UUID, version_id: UUID) -> Sequence[Field]:
    """The dictionary."""
    queries.version_of(current_actor(), dataset_id, version_id)
    return queries.fields(version_id)


@bp.put("/<uuid:dataset_id>/versions/<uuid:version_id>/fields")
@bp.arguments(DictionaryIn)
@bp.response(200, FieldOut(many=True))
def describe_fields(data: dict[str, Any], dataset_id: UUID, version_id: UUID) -> Sequence[Field]:
    """Say what columns mean."""
    with transaction():
        actor = current_actor()
        queries.version_of(actor, dataset_id, version_id)
        service.describe_fields(actor, version_id, data["fields_"])
        return queries.fields(version_id)


@bp.post("/<uuid:dataset_id>/versions/<uuid:version_id>/derive")
@bp.arguments(RecipeIn)
@bp.response(202, VersionOut)
def derive(data: dict[str, Any], dataset_id: UUID, version_id: UUID) -> Version:
    """A new version by masking, dropping, generalising or hashing columns; it is made in a job."""
    with transaction():
        actor = current_actor()
        queries.version_of(actor, dataset_id, version_id)
        return service.derive(actor, version_id, data["recipe"])


@bp.post("/<uuid:dataset_id>/versions/<uuid:version_id>/retry")
@bp.response(200, VersionOut)
def retry(dataset_id: UUID, version_id: UUID) -> Version:
    """Have a refused version read once more."""
    with transaction():
        actor = current_actor()
        queries.version_of(actor, dataset_id, version_id)
        return service.retry(actor, version_id)
