"""The review desk, the provider's view of a review, and take-downs. All of it works without scripts."""

from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import queries as accounts
from marketplace.compliance import checklist, printing, queries, schemas, service
from marketplace.compliance.grade import grade_of
from marketplace.compliance.models import Review, TakeDown
from marketplace.compliance.states import (
    REVIEW_LIFE,
    TAKE_DOWN_LIFE,
    Degree,
    Harmed,
    Outcome,
    Reason,
    ReviewStatus,
    TakeDownReason,
)
from marketplace.core.access import Permission, require
from marketplace.core.clock import today
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.events import history
from marketplace.datasets import queries as datasets
from marketplace.rights import queries as rights
from marketplace.web.forms import Form
from marketplace.web.messages import label
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor

views = Blueprint("compliance", __name__, url_prefix="/compliance")


@views.get("/")
def queue() -> ResponseReturnValue:
    """The undecided reviews, the one due first on top."""
    actor = current_actor()
    if not actor.may(Permission.REVIEW_READ_ALL):
        require(actor, Permission.REVIEW_DECIDE)
    waiting = queries.queue(actor)
    return render_template(
        "compliance/queue.html",
        reviews=waiting,
        names=accounts.names([one.provider_id for one in waiting]),
        titles={one.id: datasets.dataset_by_id(one.dataset_id).title for one in waiting},
        sittings={one.id: queries.sitting(one.id, actor.person_id) for one in waiting},
        today=today(),
    )


@views.post("/versions/<uuid:version_id>/request")
def request_review(version_id: UUID) -> ResponseReturnValue:
    """The provider asks for a review of a ready version."""
    with transaction():
        made = service.request_review(current_actor(), version_id).id
    return redirect(url_for("compliance.show", review_id=made), code=303)


@views.get("/reviews/<uuid:review_id>")
def show(review_id: UUID) -> ResponseReturnValue:
    """A case for its reviewers in three panes; the result for its provider."""
    return _page(review_id, _conclude_form(None))


@views.post("/reviews/<uuid:review_id>/sit")
def sit(review_id: UUID) -> ResponseReturnValue:
    """Declare whether one has an interest, before seeing what must be decided."""
    form = Form(schemas.InterestIn(), request.form)
    with transaction():
        service.sit(
            current_actor(),
            review_id,
            has_conflict=form.data.get("has_conflict", False),
            note=form.data.get("note", ""),
        )
    return redirect(url_for("compliance.show", review_id=review_id), code=303)


@views.post("/reviews/<uuid:review_id>/mark")
def mark(review_id: UUID) -> ResponseReturnValue:
    """Answer one item, and go on to the next that is open."""
    form = Form(schemas.ItemMarkIn(), request.form)
    try:
        if not form.is_valid:
            raise Invalid("invalid", {"answer": ["field_required"]})
        with transaction():
            service.mark(current_actor(), review_id, **form.data)
    except Invalid as refusal:
        shown = _conclude_form(None)
        shown.refuse(refusal)
        return _page(review_id, shown, request.form.get("item"))
    following = _next_item(review_id, form.data["item"])
    address = url_for("compliance.show", review_id=review_id, item=following)
    return redirect(f"{address}#evidence", code=303)


@views.post("/reviews/<uuid:review_id>/conclude")
def conclude(review_id: UUID) -> ResponseReturnValue:
    """Write one's verdict."""
    form = _conclude_form(request.form)
    if form.is_valid:
        data = dict(form.data)
        harms = schemas.harms_of(data)
        try:
            with transaction():
                service.conclude(
                    current_actor(), review_id, harms=harms, **schemas.without_harms(data)
                )
            return redirect(url_for("compliance.show", review_id=review_id), code=303)
        except (Invalid, Conflict) as refusal:
            _refuse(form, refusal)
    return _page(review_id, form)


@views.post("/reviews/<uuid:review_id>/withdraw")
def withdraw(review_id: UUID) -> ResponseReturnValue:
    """The provider takes the request back."""
    with transaction():
        service.withdraw(current_actor(), review_id)
    return redirect(url_for("compliance.show", review_id=review_id), code=303)


@views.get("/reviews/<uuid:review_id>/opinion.pdf")
def opinion_pdf(review_id: UUID) -> ResponseReturnValue:
    """The opinion as a paper."""
    found = queries.decided(current_actor(), review_id)
    answer = Response(printing.of_review(found), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.opinion_number}.pdf"'
    return answer


@views.get("/reviews/<uuid:review_id>/opinion.jwt")
def opinion_credential(review_id: UUID) -> ResponseReturnValue:
    """The opinion as a signed credential."""
    found = queries.decided(current_actor(), review_id)
    answer = Response(found.vc_jws, content_type="application/vc+jwt")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.opinion_number}.vc.jwt"'
    return answer


@views.get("/take-downs")
def stops() -> ResponseReturnValue:
    """What is stopped and what was."""
    actor = current_actor()
    require(actor, Permission.TAKE_DOWN)
    page = page_of(queries.take_downs(actor), TakeDown, request.args.get("cursor"))
    return render_template(
        "compliance/stops.html",
        page=page,
        titles={one.id: datasets.dataset_by_id(one.dataset_id).title for one in page.items},
        open={one.id: TAKE_DOWN_LIFE.open_to(actor, one) for one in page.items},
    )


@views.route("/datasets/<uuid:dataset_id>/take-down", methods=["GET", "POST"])
def take_down(dataset_id: UUID) -> ResponseReturnValue:
    """Stop a dataset at once, with a reason."""
    actor = current_actor()
    require(actor, Permission.TAKE_DOWN)
    dataset = datasets.dataset_by_id(dataset_id)
    form = Form(schemas.TakeDownIn(), request.form)
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                service.take_down(actor, dataset_id, **form.data)
            return redirect(url_for("compliance.stops"), code=303)
        except (Invalid, Conflict, Forbidden) as refusal:
            form.refuse(refusal)
            dataset = datasets.dataset_by_id(dataset_id)
    page = render_template(
        "compliance/take_down.html",
        form=form,
        dataset=dataset,
        reasons=[(str(one), label(f"take_down.{one}")) for one in TakeDownReason],
    )
    return page, 422 if form.errors else 200


@views.post("/take-downs/<uuid:take_down_id>/<action>")
def change_stop(take_down_id: UUID, action: str) -> ResponseReturnValue:
    """Ask to lift, lift, or keep."""
    actor = current_actor()
    with transaction():
        if action == "ask_to_lift":
            form = Form(schemas.TakeDownWordsIn(), request.form)
            if not form.is_valid:
                raise Invalid("words_needed")
            service.ask_to_lift(actor, take_down_id, **form.data)
        elif action == "lift":
            service.lift(actor, take_down_id)
        else:
            service.keep(actor, take_down_id)
    return redirect(url_for("compliance.stops"), code=303)


def _conclude_form(given: Any) -> Form:
    return Form(schemas.ConcludeFormIn(), given, {"outcome": ""})


def _refuse(form: Form, refusal: Invalid | Conflict) -> None:
    """A blocked pass names what stands against it in words, each beside its item."""
    if refusal.code != "pass_blocked":
        form.refuse(refusal)
        return
    for code in str(refusal.facts.get("items", "")).split("、"):
        kind = "item" if code in checklist.BY_CODE else "review_reason"
        form.errors.setdefault("outcome", []).append(label(f"{kind}.{code}"))


def _next_item(review_id: UUID, after: str) -> str | None:
    actor = current_actor()
    review = queries.review(actor, review_id)
    seat = queries.sitting(review.id, actor.person_id)
    marks = seat.marks if seat else {}
    codes = [one.code for one in checklist.items_for(queries.circumstances(review))]
    place = codes.index(after) if after in codes else 0
    order = codes[place + 1 :] + codes[: place + 1]
    return next((code for code in order if code not in marks), order[0])


def _page(review_id: UUID, form: Form, item: str | None = None) -> ResponseReturnValue:
    actor = current_actor()
    review = queries.review(actor, review_id)
    if actor.belongs_to(review.provider_id) or not actor.may(Permission.REVIEW_READ_ALL):
        return render_template("compliance/result.html", **_result(review))
    template = render_template("compliance/case.html", form=form, **_case(review, item))
    return template, 422 if form.errors else 200


def _result(review: Review) -> dict[str, Any]:
    """What the provider sees: where it stands, the decision with its coded reasons."""
    return {
        "review": review,
        "dataset": datasets.dataset_by_id(review.dataset_id),
        "version": datasets.version(review.version_id),
        "open": REVIEW_LIFE.open_to(current_actor(), review),
        "is_stale": _is_stale(review),
    }


def _is_stale(review: Review) -> bool:
    return review.status == ReviewStatus.VOID or (
        review.subject_digest != queries.digest_now(review.version_id)
    )


def _case(review: Review, item: str | None) -> dict[str, Any]:
    """What the three panes show: items, evidence, decision."""
    actor = current_actor()
    items = checklist.items_for(queries.circumstances(review))
    seat = queries.sitting(review.id, actor.person_id)
    marks = seat.marks if seat else {}
    found = queries.verdicts(actor, review)
    chosen = item or request.args.get("item")
    undone = next((one.code for one in items if one.code not in marks), items[0].code)
    current = next((one for one in items if one.code == chosen), None)
    dataset = datasets.dataset_by_id(review.dataset_id)
    return {
        **_result(review),
        "items": items,
        "groups": [(group, list(found)) for group, found in groupby(items, key=_group)],
        "current": current or checklist.BY_CODE[undone],
        "marks": marks,
        "seat": seat,
        "verdicts": found,
        "mine": next((one for one in found if one.person_id == actor.person_id), None),
        "provider": accounts.organisation(review.provider_id),
        "fields": datasets.fields(review.version_id),
        "use": datasets.declared_use(review.dataset_id),
        "certificates": rights.certificates_of(dataset.id),
        "standing": rights.public_standing(dataset.id),
        "earlier": [one for one in queries.reviews_of(dataset.id) if one.id != review.id],
        "events": history("reviews", review.id),
        "outcomes": [(str(one), label(f"outcome.{one}")) for one in Outcome],
        "reasons": [(str(one), label(f"review_reason.{one}")) for one in Reason],
        "harmed": [(str(one), label(f"harmed.{one}")) for one in Harmed],
        "degrees": [(str(one), label(f"degree.{one}")) for one in Degree],
        "may_sit": not seat and not review.is_over and actor.may(Permission.REVIEW_DECIDE),
        "may_conclude": _may_conclude(review, seat, found),
        "blocks": queries.pass_blocks(review, marks, grade_of({})),
        "known_items": checklist.BY_CODE,
    }


def _group(item: checklist.Item) -> str:
    return item.group


def _may_conclude(review: Review, seat: Any, found: Any) -> bool:
    actor = current_actor()
    if seat is None or seat.has_conflict or any(one.person_id == actor.person_id for one in found):
        return False
    wanted = {"write_first", "write_second", "arbitrate"}
    return bool(wanted & set(REVIEW_LIFE.open_to(actor, review)))
