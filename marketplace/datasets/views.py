"""Datasets for the provider's people in the browser, with and without scripts."""

from typing import Any
from urllib.parse import unquote
from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from marketplace.accounts import queries as accounts
from marketplace.catalogue import queries as catalogue
from marketplace.compliance import queries as compliance
from marketplace.core.access import Permission, require
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict, Invalid, TooLarge
from marketplace.core.events import history
from marketplace.datasets import dictionary, queries, service, uploads
from marketplace.datasets.masks import Method
from marketplace.datasets.models import Dataset, Version
from marketplace.datasets.schemas import DatasetIn, DeclarationIn, DictionaryIn, RecipeIn, UseIn
from marketplace.datasets.states import (
    VERSION_LIFE,
    DataKind,
    DeliveryMode,
    Frequency,
    Location,
    PriceBasis,
    Purpose,
    Sector,
    Source,
)
from marketplace.rights import queries as rights
from marketplace.valuation import queries as valuation
from marketplace.web.forms import Form
from marketplace.web.messages import label
from marketplace.web.paging import page_of
from marketplace.web.schemas import codes_of
from marketplace.web.session import current_actor

views = Blueprint("datasets", __name__, url_prefix="/datasets")
DESCRIPTION = (
    "title",
    "summary",
    "sector",
    "data_kind",
    "location",
    "region",
    "update_frequency",
    "coverage_from",
    "coverage_to",
    "known_limits",
)


@views.get("/")
def index() -> ResponseReturnValue:
    """The datasets this person may see."""
    actor = current_actor()
    if not actor.may(Permission.DATASET_READ_ALL):
        require(actor, Permission.DATASET_EDIT)
    page = page_of(queries.datasets(actor), Dataset, request.args.get("cursor"))
    latest = {one.id: queries.newest_version(one.id) for one in page.items}
    return render_template("datasets/index.html", page=page, latest=latest)


@views.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Begin a dataset."""
    actor = current_actor()
    require(actor, Permission.DATASET_EDIT)
    start = {"data_kind": "enterprise", "location": "platform", "update_frequency": "once"}
    form = Form(DatasetIn(), request.form, start)
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                made = service.describe(actor, **form.data).id
            return redirect(url_for("datasets.show", dataset_id=made), code=303)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return _page("describe.html", form, dataset=None)


@views.get("/<uuid:dataset_id>")
def show(dataset_id: UUID) -> ResponseReturnValue:
    """The task list: what is done and what is missing, in any order."""
    actor = current_actor()
    dataset = queries.dataset(actor, dataset_id)
    versions = queries.versions(dataset_id)
    ready = queries.latest_version(dataset_id)
    return render_template(
        "datasets/show.html",
        dataset=dataset,
        provider=accounts.organisation(dataset.provider_id),
        versions=versions,
        newest=versions[0] if versions else None,
        ready=ready,
        missing=_meanings_missing(ready),
        use=queries.declared_use(dataset_id),
        further=_further(dataset, ready),
        is_own=actor.belongs_to(dataset.provider_id) and actor.may(Permission.DATASET_EDIT),
        events=history("datasets", dataset_id),
    )


def _further(dataset: Dataset, ready: Version | None) -> dict[str, Any]:
    """How far the steps after this one are: certificate, review, price, product."""
    reviews = compliance.reviews_of(dataset.id)
    products = catalogue.products_of(dataset.id)
    return {
        "certificate": rights.live_certificate(dataset.id, dataset.provider_id),
        "review": reviews[0] if reviews else None,
        "is_approved": ready is not None and compliance.approval(ready.id) is not None,
        "is_in_review": compliance.is_under_review(dataset.id),
        "statement": valuation.latest_statement(dataset.id),
        "product": products[-1] if products else None,
    }


@views.route("/<uuid:dataset_id>/description", methods=["GET", "POST"])
def change(dataset_id: UUID) -> ResponseReturnValue:
    """Describe it anew."""
    actor = current_actor()
    dataset = _own(dataset_id)
    start = {name: getattr(dataset, name) or "" for name in DESCRIPTION}
    form = Form(DatasetIn(), request.form, start)
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                service.change(actor, dataset_id, **form.data)
            return redirect(url_for("datasets.show", dataset_id=dataset_id), code=303)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return _page("describe.html", form, dataset=dataset)


@views.route("/<uuid:dataset_id>/declaration", methods=["GET", "POST"])
def declare(dataset_id: UUID) -> ResponseReturnValue:
    """The declaration before the first byte."""
    actor = current_actor()
    dataset = _own(dataset_id)
    form = Form(DeclarationIn(), request.form, dataset.declaration or {})
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                service.declare(actor, dataset_id, **form.data)
            return redirect(url_for("datasets.show", dataset_id=dataset_id), code=303)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return _page("declare.html", form, dataset=dataset, sources=_options("source", Source))


@views.route("/<uuid:dataset_id>/upload", methods=["GET", "POST"])
def upload(dataset_id: UUID) -> ResponseReturnValue:
    """The upload page, and a plain multipart form for a browser without scripts."""
    actor = current_actor()
    dataset = _own(dataset_id)
    form = Form(DeclarationIn())
    if request.method == "POST":
        given = request.files.get("file")
        try:
            if given is None or not given.filename:
                raise Invalid("file_missing", {"file": ["file_missing"]})
            made = uploads.receive(actor, dataset_id, given.filename, given.stream)
            return redirect(_version_address(dataset_id, made), code=303)
        except (Invalid, Conflict, TooLarge) as refusal:
            form.refuse(refusal)
            dataset = _own(dataset_id)
    return _page("upload.html", form, dataset=dataset)


@views.put("/<uuid:dataset_id>/upload")
def stream(dataset_id: UUID) -> ResponseReturnValue:
    """The raw stream that `upload.js` sends, with progress."""
    actor = current_actor()
    filename = unquote(request.headers.get("X-File-Name", "")) or "data"
    made = uploads.receive(actor, dataset_id, filename, request.stream)
    return jsonify({"next": _version_address(dataset_id, made)}), 201


@views.route("/<uuid:dataset_id>/use", methods=["GET", "POST"])
def use(dataset_id: UUID) -> ResponseReturnValue:
    """What the data is offered for."""
    actor = current_actor()
    dataset = _own(dataset_id)
    said = queries.declared_use(dataset_id)
    names = ("purposes", "prohibited", "delivery_modes", "price_basis")
    start = {name: getattr(said, name) for name in names} if said else {"delivery_modes": ["file"]}
    form = Form(UseIn(), request.form, start)
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                service.declare_use(actor, dataset_id, **form.data)
            return redirect(url_for("datasets.show", dataset_id=dataset_id), code=303)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return _page(
        "use.html",
        form,
        dataset=dataset,
        purposes=_options("purpose", Purpose),
        modes=_options("delivery_mode", DeliveryMode),
        bases=_options("price_basis", PriceBasis),
    )


@views.get("/<uuid:dataset_id>/versions/<uuid:version_id>")
def version(dataset_id: UUID, version_id: UUID) -> ResponseReturnValue:
    """What was found in a version: columns, personal information, quality, sample."""
    actor = current_actor()
    found = queries.version_of(actor, dataset_id, version_id)
    return render_template(
        "datasets/version.html",
        dataset=queries.dataset(actor, dataset_id),
        version=found,
        lines={one.name: one for one in queries.fields(version_id)},
        actions=VERSION_LIFE.open_to(actor, found),
        is_own=actor.belongs_to(found.provider_id) and actor.may(Permission.DATASET_EDIT),
        events=history("dataset_versions", version_id),
    )


@views.route("/<uuid:dataset_id>/versions/<uuid:version_id>/fields", methods=["GET", "POST"])
def fields(dataset_id: UUID, version_id: UUID) -> ResponseReturnValue:
    """The whole dictionary in one form; or lines pasted from a spreadsheet."""
    actor = current_actor()
    dataset = _own(dataset_id)
    found = queries.version_of(actor, dataset_id, version_id)
    lines = queries.fields(version_id)
    form = Form(DictionaryIn())
    if request.method == "POST":
        pasted = request.form.get("paste", "").strip()
        given = (
            dictionary.from_paste(pasted)
            if pasted
            else dictionary.from_inputs(request.form, [one.name for one in lines])
        )
        try:
            data = _loaded(DictionaryIn(), {"fields": given})
            with transaction():
                service.describe_fields(actor, version_id, data["fields_"])
            return redirect(_version_address(dataset_id, version_id), code=303)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
            lines = queries.fields(version_id)
            form.raw = dict(request.form)
    return _page("fields.html", form, dataset=dataset, version=found, lines=lines)


@views.route("/<uuid:dataset_id>/versions/<uuid:version_id>/derive", methods=["GET", "POST"])
def derive(dataset_id: UUID, version_id: UUID) -> ResponseReturnValue:
    """Choose per column what is done to it; the new version is made in a job."""
    actor = current_actor()
    dataset = _own(dataset_id)
    found = queries.version_of(actor, dataset_id, version_id)
    lines = queries.fields(version_id)
    form = Form(RecipeIn())
    if request.method == "POST":
        recipe = [
            {
                "column": one.name,
                "method": request.form[f"method-{one.position}"],
                "to": request.form.get(f"to-{one.position}", ""),
            }
            for one in lines
            if request.form.get(f"method-{one.position}")
        ]
        try:
            data = _loaded(RecipeIn(), {"recipe": recipe})
            with transaction():
                made = service.derive(actor, version_id, data["recipe"]).id
            return redirect(_version_address(dataset_id, made), code=303)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
            lines = queries.fields(version_id)
            form.raw = dict(request.form)
    hits = {c["name"]: c["pii"] for c in (found.scan or {}).get("columns", [])}
    methods = _options("method", Method)
    return _page(
        "derive.html", form, dataset=dataset, version=found, lines=lines, hits=hits, methods=methods
    )


@views.post("/<uuid:dataset_id>/versions/<uuid:version_id>/retry")
def retry(dataset_id: UUID, version_id: UUID) -> ResponseReturnValue:
    """Have a refused version read once more."""
    actor = current_actor()
    with transaction():
        queries.version_of(actor, dataset_id, version_id)
        service.retry(actor, version_id)
    return redirect(_version_address(dataset_id, version_id), code=303)


def _own(dataset_id: UUID) -> Dataset:
    """The page of a form is for those who may send it."""
    actor = current_actor()
    require(actor, Permission.DATASET_EDIT)
    return queries.dataset(actor, dataset_id)


def _page(template: str, form: Form, **values: Any) -> ResponseReturnValue:
    choices = {
        "sectors": _options("sector", Sector),
        "kinds": _options("data_kind", DataKind),
        "locations": _options("location", Location),
        "frequencies": _options("frequency", Frequency),
    }
    page = render_template(f"datasets/{template}", form=form, **(choices | values))
    return page, 422 if form.errors else 200


def _options(group: str, values: Any) -> list[tuple[str, str]]:
    return [(str(value), label(f"{group}.{value}")) for value in values]


def _version_address(dataset_id: UUID, version_id: UUID) -> str:
    return url_for("datasets.version", dataset_id=dataset_id, version_id=version_id)


def _meanings_missing(version: Version | None) -> int:
    if version is None:
        return 0
    return sum(1 for one in queries.fields(version.id) if not one.meaning)


def _loaded(schema: DictionaryIn | RecipeIn, given: dict[str, Any]) -> dict[str, Any]:
    """Load through the API's schema; Invalid with its codes on the form itself."""
    try:
        return dict(schema.load(given))
    except ValidationError as wrong:
        codes = codes_of(wrong.messages)
        raise Invalid(next(iter(codes.values()))[0]) from wrong
