"""The catalogue for people: search and product pages for anybody, product work for providers."""

import csv
import io
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue import gates, preview, queries, search, service
from marketplace.catalogue.asked import address, lenient, less
from marketplace.catalogue.models import Product
from marketplace.catalogue.schemas import (
    DelistReasonIn,
    OfferForm,
    ProductIn,
    QuestionAnswerIn,
    QuestionIn,
    WordsIn,
)
from marketplace.catalogue.states import PRODUCT_LIFE, PriceModel, ProductStatus
from marketplace.compliance import queries as compliance
from marketplace.core.access import Permission, require, visible
from marketplace.core.clock import BEIJING, now
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.events import history
from marketplace.datasets import queries as datasets
from marketplace.datasets.models import Dataset
from marketplace.datasets.states import Purpose
from marketplace.ledger import log
from marketplace.rights import queries as rights
from marketplace.valuation import queries as valuation
from marketplace.web import navigation
from marketplace.web.forms import Form
from marketplace.web.messages import label
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor

views = Blueprint("catalogue", __name__, url_prefix="/catalogue")
MOST_EXPORTED = 10_000
HOT = ("交通", "航班", "天气", "用电", "医疗")


# ---------------------------------------------------------------- anybody


@views.get("/")
def index() -> ResponseReturnValue:
    """Search with facets; everything stands in the address."""
    query = lenient(request.args)
    result = search.find(query)
    return render_template(
        "catalogue/index.html",
        query=query,
        result=result,
        facets=_facets(query, result),
        chips=_chips(query),
        drops=_drops(query, result),
        to=_here,
        numbers=_page_numbers(result.page, result.pages),
        api=address(query, in_fen=True),
        sorts=search.SORTS,
        hot=HOT,
    )


@views.get("/products.csv")
def export() -> Response:
    """What was found, as a table; the first lines say what was asked and when."""
    query = lenient(request.args)
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\r\n").writerow
    write([_("查询"), _safe(address(query) or _("全部"))])
    write([_("导出时间"), now().astimezone(BEIJING).isoformat(timespec="seconds")])
    write([])
    write([_("编号"), _("名称"), _("简介"), _("供方"), _("行业"), _("数据类别"), _("更新频率"),
           _("格式"), _("行数"), _("质量分"), _("最低价（元）")])  # fmt: skip
    for card in search.every_card(query, MOST_EXPORTED):
        write(_safe(one) for one in (
            card["number"], card["title"], card["summary"], card["provider"],
            label(f"sector.{card['sector']}"), label(f"data_kind.{card['data_kind']}"),
            label(f"frequency.{card['update_frequency']}"), card["format"], card["rows"],
            card["quality"], Decimal(card["price_fen"]) / 100,
        ))  # fmt: skip
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="quanshu-products.csv"'
    return answer


@views.get("/<uuid:product_id>")
def show(product_id: UUID) -> ResponseReturnValue:
    """One product: preview, dictionary, quality, papers, price, versions, questions."""
    return _show(product_id, Form(QuestionIn()))


@views.get("/<uuid:product_id>/choose")
def choose(product_id: UUID) -> ResponseReturnValue:
    """From the chosen plan to its request; back to the product where nothing can be asked for."""
    chosen = request.args.get("offer", "")
    known = {str(one.id) for one in queries.offers_of(product_id)}
    place = navigation.link("trading.ask", offer_id=chosen) if chosen in known else ""
    return redirect(place or url_for("catalogue.show", product_id=product_id), 303)


@views.post("/<uuid:product_id>/questions")
def ask(product_id: UUID) -> ResponseReturnValue:
    """Ask the provider, in public."""
    actor = current_actor()
    require(actor, Permission.QUESTION_ASK)
    form = Form(QuestionIn(), request.form)
    if form.is_valid:
        try:
            with transaction():
                service.ask(actor, product_id, form.data["body"])
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
        else:
            flash(_("问题已公开提交，供方会在此答复。"), "success")
            return redirect(url_for("catalogue.show", product_id=product_id) + "#questions", 303)
    return _show(product_id, form)


@views.post("/questions/<uuid:question_id>/answer")
def answer(question_id: UUID) -> ResponseReturnValue:
    """Answer a question about one's product."""
    actor = current_actor()
    require(actor, Permission.QUESTION_ANSWER)
    question = queries.question(actor, question_id)
    form = Form(QuestionAnswerIn(), request.form)
    if form.is_valid:
        with transaction():
            service.answer(actor, question_id, form.data["answer"])
        flash(_("答复已公开。"), "success")
        return redirect(
            url_for("catalogue.show", product_id=question.product_id) + "#questions", 303
        )
    return _show(question.product_id, Form(QuestionIn()), answers={question_id: form})


# ---------------------------------------------------------------- providers


@views.get("/mine")
def mine() -> ResponseReturnValue:
    """One's organisation's products in any state."""
    actor = current_actor()
    require(actor, Permission.PRODUCT_LIST)
    rows = visible(actor, Product).where(Product.provider_id == actor.organisation_id)
    return render_template(
        "catalogue/mine.html",
        page=page_of(rows, Product, request.args.get("cursor")),
        waiting=queries.unanswered(actor.organisation_id) if actor.organisation_id else 0,
    )


@views.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Begin a product of one's dataset."""
    actor = current_actor()
    require(actor, Permission.PRODUCT_LIST)
    form = Form(ProductIn(), request.form, start={"dataset_id": request.args.get("dataset", "")})
    if form.is_valid:
        with transaction():
            data = dict(form.data)
            product = service.draft(actor, data.pop("dataset_id"), **data)
            place = url_for("catalogue.manage", product_id=product.id)
        return redirect(place, 303)
    assert actor.organisation_id is not None
    own = page_of(datasets.of_provider(actor.organisation_id), Dataset, None, 100).items
    page = render_template(
        "catalogue/new.html", form=form, datasets=[(str(one.id), one.title) for one in own]
    )
    return page, 422 if form.errors else 200


@views.get("/<uuid:product_id>/manage")
def manage(product_id: UUID) -> ResponseReturnValue:
    """What is missing before listing, the offers, and what may be done now."""
    return _manage(product_id)


@views.post("/<uuid:product_id>/words")
def revise(product_id: UUID) -> ResponseReturnValue:
    """Change title, summary and scenario."""
    form = Form(WordsIn(), request.form)
    if form.is_valid:
        try:
            with transaction():
                service.revise(current_actor(), product_id, **form.data)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
        else:
            flash(_("说明已保存。"), "success")
            return _back(product_id)
    return _manage(product_id, words=form)


@views.post("/<uuid:product_id>/offers")
def make_offer(product_id: UUID) -> ResponseReturnValue:
    """Offer the product under these terms."""
    form = Form(OfferForm(), request.form)
    if form.is_valid:
        data = dict(form.data)
        data["price_fen"] = data.pop("price")
        try:
            with transaction():
                service.make_offer(current_actor(), product_id, **data)
        except (Invalid, Conflict) as refusal:
            form.refuse(_priced(refusal))
        else:
            flash(_("授权方案已建立。"), "success")
            return _back(product_id)
    return _manage(product_id, offer=form)


@views.post("/offers/<uuid:offer_id>/close")
def close_offer(offer_id: UUID) -> ResponseReturnValue:
    """Take no more requests under an offer."""
    offer = queries.offer(offer_id)
    return _do(
        offer.product_id, lambda: service.close_offer(current_actor(), offer_id), _("方案已关闭。")
    )


@views.post("/<uuid:product_id>/list")
def list_product(product_id: UUID) -> ResponseReturnValue:
    """List the product when nothing is missing."""
    return _do(
        product_id, lambda: service.list_product(current_actor(), product_id), _("产品已上架。")
    )


@views.post("/<uuid:product_id>/delist")
def delist(product_id: UUID) -> ResponseReturnValue:
    """Take the product out of the catalogue."""
    return _do(product_id, lambda: service.delist(current_actor(), product_id), _("产品已下架。"))


@views.post("/<uuid:product_id>/take-down")
def take_down(product_id: UUID) -> ResponseReturnValue:
    """Take the product out of the catalogue, as the platform."""
    require(current_actor(), Permission.TAKE_DOWN)
    form = Form(DelistReasonIn(), request.form)
    if not form.is_valid:
        flash(_("请填写下架原因。"), "error")
        return redirect(url_for("catalogue.show", product_id=product_id), 303)
    with transaction():
        service.take_down(current_actor(), product_id, form.data["reason"])
    flash(_("产品已下架。"), "success")
    return redirect(url_for("catalogue.index"), 303)


# ---------------------------------------------------------------- parts of pages


def _show(
    product_id: UUID, form: Form, answers: dict[UUID, Form] | None = None
) -> ResponseReturnValue:
    actor = current_actor()
    published = queries.published(product_id)
    if published is None:
        queries.own_product(actor, product_id)
        return redirect(url_for("catalogue.manage", product_id=product_id), 303)
    record = json.loads(published)
    product = queries.product(actor, product_id)
    assert product.listed_version_id is not None
    fields = datasets.fields(product.listed_version_id)
    profile = datasets.public_profile(product.listed_version_id)
    sample = datasets.sample(actor, product.listed_version_id)
    heads = preview.heads(fields, profile)
    shown = heads[: preview.SHOWN_COLUMNS]
    page = render_template(
        "catalogue/show.html",
        form=form,
        answers=answers or {},
        product=product,
        record=record,
        heads=heads,
        shown=shown,
        rows=preview.rows(sample, [one.name for one in shown]),
        sample=sample,
        fields=fields,
        versions=_versions(product),
        certificate=rights.live_certificate(product.dataset_id, product.provider_id, "operate"),
        review=compliance.approval(product.listed_version_id),
        entry=log.entry_of(product.id, "listing"),
        offer=_offer(record["offers"], request.args.get("offer", "")),
        questions=queries.questions_of(product_id),
        listed=queries.listed_by(product.provider_id),
        is_own=actor.belongs_to(product.provider_id),
    )
    return page, 422 if form.errors or answers else 200


def _offer(offers: list[dict[str, Any]], chosen: str) -> dict[str, Any] | None:
    """The chosen offer; else the cheapest that is paid; else the first."""
    named = [one for one in offers if one["id"] == chosen]
    paid = [one for one in offers if one["price_fen"]]
    return next(iter([*named, *paid, *offers]), None)


def _versions(product: Product) -> list[Any]:
    """The versions that a review opened to the public, newest first."""
    return [
        one
        for one in datasets.versions(product.dataset_id, 20)
        if one.is_published and one.is_ready
    ]


def _manage(
    product_id: UUID, words: Form | None = None, offer: Form | None = None, problem: Any = None
) -> ResponseReturnValue:
    actor = current_actor()
    product = queries.own_product(actor, product_id)
    dataset = datasets.dataset_by_id(product.dataset_id)
    use = datasets.declared_use(product.dataset_id)
    start = {name: getattr(product, name) for name in ("title", "summary", "scenario")}
    terms = {
        "model": "one_off", "tax_rate_bp": 600, "term_days": 365, "inspection_days": 5,
        "dispute_days": 7, "quota": 10, "purposes": use.purposes if use else [],
        "prohibited": use.prohibited if use else [],
    }  # fmt: skip
    page = render_template(
        "catalogue/manage.html",
        product=product,
        dataset=dataset,
        ready=gates.readiness(product, product.listed_version_id),
        offers=queries.offers_of(product.id, only_open=False),
        words=words or Form(WordsIn(), start=start),
        offer_form=offer or Form(OfferForm(), start=terms),
        form=words or offer,
        problem=problem,
        models=list(PriceModel),
        purposes=[str(one) for one in (use.purposes if use else Purpose)],
        all_purposes=[str(one) for one in Purpose],
        reference=valuation.reference(product.dataset_id),
        cap=valuation.cap(product.dataset_id),
        actions=PRODUCT_LIFE.open_to(actor, product),
        is_own=actor.belongs_to(product.provider_id),
        events=history("products", product.id),
        is_listed=product.status == ProductStatus.LISTED,
    )
    has_errors = any(one is not None and one.errors for one in (words, offer)) or problem
    return page, 422 if has_errors else 200


def _do(product_id: UUID, command: Any, done: str) -> ResponseReturnValue:
    try:
        with transaction():
            command()
    except (Invalid, Conflict) as refusal:
        return _manage(product_id, problem=refusal)
    flash(done, "success")
    return _back(product_id)


def _back(product_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("catalogue.manage", product_id=product_id), 303)


def _priced(refusal: Invalid | Conflict) -> Invalid | Conflict:
    """A refusal about the price stands beside the price."""
    if isinstance(refusal, Invalid):
        if "price_fen" in refusal.fields:
            refusal.fields["price"] = refusal.fields.pop("price_fen")
        return refusal
    if refusal.code.startswith("price_"):
        return Invalid(refusal.code, {"price": [refusal.code]}, **refusal.facts)
    return refusal


def _here(query: search.Query, **changed: Any) -> str:
    """This page's address with some of the search changed."""
    asked = address(query, **changed)
    return url_for("catalogue.index") + (f"?{asked}" if asked else "")


def _facets(
    query: search.Query, result: search.Result
) -> list[tuple[str, list[tuple[str, int, bool]]]]:
    """Per facet its values with counts, the most frequent first; chosen ones always there."""
    told = []
    for name in search.FACETS:
        counts = result.counts.facets[name]
        chosen = query.filters.get(name, ())
        values = {**dict.fromkeys(chosen, 0), **counts}
        rows = sorted(values, key=lambda one: (one not in chosen, -values[one], one))
        told.append((name, [(one, values[one], one in chosen) for one in rows if one]))
    return told


def _chips(query: search.Query) -> list[tuple[str, str]]:
    chips = [(query.q, _here(less(query, "q")))] if query.q else []
    chips += [
        (_value(name, value), _here(less(query, name, value)))
        for name, values in query.chosen
        for value in values
    ]
    if query.has_price:
        chips.append((_("价格区间"), _here(less(query, "price"))))
    return chips


def _drops(query: search.Query, result: search.Result) -> list[tuple[str, str, int]]:
    """For an empty page: which filter to leave out, and how many there would be then."""
    if result.counts.total:
        return []
    names = [name for name, _values in query.chosen] + (["price"] if query.has_price else [])
    found = []
    for name in names:
        count = result.counts.without.get(name, 0)
        if count:
            found.append((_facet_name(name), _here(less(query, name)), count))
    if query.q and not found:
        rest = search.find(less(query, "q")).counts.total
        found += [(_("搜索词"), _here(less(query, "q")), rest)] if rest else []
    return found


def _facet_name(name: str) -> str:
    return label(f"facet.{name}")


def _value(name: str, value: str) -> str:
    return label(f"{FACET_LABELS.get(name, name)}.{value}")


FACET_LABELS = {
    "update_frequency": "frequency", "model": "price_model", "quality_band": "quality_band",
}  # fmt: skip


def _page_numbers(page: int, pages: int) -> list[int | None]:
    """`1 … 4 5 6 … 12`; None is a gap."""
    wanted = sorted({1, pages, *range(max(1, page - 1), min(pages, page + 1) + 1)})
    numbers: list[int | None] = []
    for one in wanted:
        if numbers and one - (numbers[-1] or 0) > 1:
            numbers.append(None)
        numbers.append(one)
    return numbers


def _safe(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"}:
        return "'" + value
    return "" if value is None else value
