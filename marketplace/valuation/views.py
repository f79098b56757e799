"""Valuation for people: costs and price reference of one dataset, the public list of caps."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.core.access import Permission, require
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.money import round_half_up, yuan
from marketplace.datasets import queries as datasets
from marketplace.valuation import methods, queries, service
from marketplace.valuation.quality import summary
from marketplace.valuation.schemas import CapForm, CostForm, MostRevenueForm
from marketplace.valuation.states import CostKind
from marketplace.web.forms import Form
from marketplace.web.session import current_actor

views = Blueprint("valuation", __name__, url_prefix="/valuation")


@views.route("/datasets/<uuid:dataset_id>", methods=["GET", "POST"])
def dataset(dataset_id: UUID) -> ResponseReturnValue:
    """What the dataset cost and what it may be worth, each number explained."""
    actor = current_actor()
    if not actor.may(Permission.DATASET_READ_ALL):
        require(actor, Permission.COST_DECLARE)
    thing = datasets.dataset(actor, dataset_id)
    statement = queries.latest_statement(thing.id)
    form = Form(CostForm(), request.form, start=_start(statement))
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                service.state_costs(actor, dataset_id, **_costs(form.data))
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
        else:
            flash(_("成本已记录，价格参考已更新。"), "success")
            return redirect(url_for("valuation.dataset", dataset_id=dataset_id), code=303)
    version = datasets.latest_version(dataset_id)
    page = render_template(
        "valuation/dataset.html",
        form=form,
        dataset=thing,
        kinds=list(CostKind),
        reference=queries.reference(dataset_id),
        cap=queries.cap(dataset_id),
        version=version,
        quality=summary(version.quality if version else None),
        may_state=actor.may(Permission.COST_DECLARE) and actor.belongs_to(thing.provider_id),
    )
    return page, 422 if form.errors else 200


@views.route("/caps", methods=["GET", "POST"])
def caps() -> ResponseReturnValue:
    """The public list of caps; an operator adds to it."""
    actor = current_actor()
    form = Form(CapForm(), request.form)
    if request.method == "POST":
        require(actor, Permission.PRICE_CAP_SET)
        if form.is_valid:
            try:
                with transaction():
                    service.set_cap(
                        actor,
                        form.data["dataset_id"],
                        cap_fen=form.data["cap"],
                        document_no=form.data["document_no"],
                    )
            except (Invalid, Conflict) as refusal:
                form.refuse(refusal)
            else:
                flash(_("限价已公布。"), "success")
                return redirect(url_for("valuation.caps"), code=303)
    page = render_template("valuation/caps.html", form=form, caps=queries.caps())
    return page, 422 if form.errors else 200


@views.get("/most-revenue")
def most_revenue() -> ResponseReturnValue:
    """The calculator of the most revenue; everything stands in the address."""
    form = Form(MostRevenueForm(), request.args)
    worked = None
    if form.is_valid:
        worked = methods.most_revenue(
            cost_fen=form.data["cost"],
            subsidy_fen=form.data["subsidy"],
            yield_bp=round_half_up(form.data["yield_percent"] * 100),
            premium_bp=round_half_up(form.data["premium_percent"] * 100),
            tax_fen=form.data["tax"],
        )
    page = render_template("valuation/most_revenue.html", form=form, worked=worked)
    return page, 422 if form.errors else 200


def _start(statement: Any) -> dict[str, Any]:
    """What the newest statement says, as the form shows it."""
    if statement is None:
        return {"buyers_expected": 1, "margin_percent": 0}
    start: dict[str, Any] = {line["kind"]: yuan(line["amount_fen"]) for line in statement.lines}
    start["buyers_expected"] = statement.buyers_expected
    start["margin_percent"] = f"{Decimal(statement.margin_bp) / 100:.2f}".rstrip("0").rstrip(".")
    start["note"] = statement.note
    return start


def _costs(data: dict[str, Any]) -> dict[str, Any]:
    lines = [{"kind": str(kind), "amount_fen": data[kind], "note": ""} for kind in CostKind]
    return {
        "lines": lines,
        "buyers_expected": data["buyers_expected"],
        "margin_bp": round_half_up(Decimal(data["margin_percent"]) * 100),
        "note": data["note"],
    }
