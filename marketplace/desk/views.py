"""The front page, each role's home, operations, the developers' page, and health."""

import ipaddress
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from marketplace.core.access import Permission, require
from marketplace.core.clock import now
from marketplace.core.database import transaction
from marketplace.core.errors import NotFound, NotSignedIn
from marketplace.core.holdings import holdings
from marketplace.core.instance import instance
from marketplace.core.working_days import LAST_KNOWN_YEAR
from marketplace.desk import front, queries, service, waiting
from marketplace.desk.schemas import DayIn, HealthOut
from marketplace.ledger import sealer
from marketplace.web.forms import Form
from marketplace.web.session import current_actor

views = Blueprint("desk", __name__)


@views.get("/")
def index() -> ResponseReturnValue:
    """The front page: what this is, what is new, how to check."""
    return render_template("desk/front.html", front=front.front_page())


@views.get("/home")
def home() -> ResponseReturnValue:
    """What waits for the person who is signed in."""
    actor = current_actor()
    if actor.is_anonymous:
        raise NotSignedIn("sign_in_required")
    return render_template("desk/home.html", waiting=waiting.waiting_for(actor))


@views.get("/developers")
def developers() -> ResponseReturnValue:
    """The API as a page, from the same description that programs read."""
    spec = current_app.extensions["quanshu-api"].spec.to_dict()
    return render_template("web/developers.html", spec=spec)


@views.get("/operations")
def operations() -> ResponseReturnValue:
    """Parked jobs, lags, the calendar."""
    actor = current_actor()
    require(actor, Permission.OPERATIONS_READ)
    return render_template(
        "desk/operations.html",
        readiness=queries.readiness(),
        seal_lag=sealer.lag_seconds(),
        counts=queries.job_counts(),
        parked=queries.parked_jobs(actor),
        instance=instance(),
    )


@views.post("/operations/jobs/<uuid:job_id>/retry")
def retry(job_id: UUID) -> ResponseReturnValue:
    """Take a parked job up again."""
    with transaction():
        service.retry_job(current_actor(), job_id)
    return redirect(url_for("desk.operations"), code=303)


@views.route("/operations/calendar", methods=["GET", "POST"])
def calendar() -> ResponseReturnValue:
    """The holidays and make-up days an administrator entered."""
    actor = current_actor()
    form = Form(DayIn(), request.form)
    if request.method == "POST" and form.is_valid:
        with transaction():
            service.set_day(actor, **form.data)
        return redirect(url_for("desk.calendar"), code=303)
    page = render_template(
        "desk/calendar.html", form=form, days=queries.calendar(actor), last_known=LAST_KNOWN_YEAR
    )
    return page, 422 if form.errors else 200


@views.post("/operations/calendar/<uuid:day_id>/clear")
def clear_day(day_id: UUID) -> ResponseReturnValue:
    """Take an entry out of the calendar."""
    with transaction():
        service.clear_day(current_actor(), day_id)
    return redirect(url_for("desk.calendar"), code=303)


@views.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return {"alive": True}


@views.get("/readyz")
def readyz() -> ResponseReturnValue:
    """The parts it needs answer; with the lags that a person watches."""
    state = queries.readiness()
    body = HealthOut().dump(state) | {"seal_lag_seconds": sealer.lag_seconds()}
    return body, 200 if state.is_ready else 503


@views.get("/metrics")
def metrics() -> Response:
    """Prometheus' format; on the loopback or with `METRICS_TOKEN` as bearer."""
    if not _may_measure():
        raise NotFound()
    registry = CollectorRegistry()
    jobs = Gauge("quanshu_jobs", "Jobs by state", ["state"], registry=registry)
    for state, count in queries.job_counts().items():
        jobs.labels(state).set(count)
    numbers = {
        "quanshu_oldest_job_seconds": queries.readiness().oldest_job_seconds or 0,
        "quanshu_seal_lag_seconds": sealer.lag_seconds(),
        "quanshu_log_size": queries.log_size(),
        "quanshu_time_seconds": now().timestamp(),
    }
    for name, value in numbers.items():
        Gauge(name, name.replace("_", " "), registry=registry).set(value)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_measure() -> bool:
    token = holdings().settings.metrics_token
    if token:
        return request.headers.get("Authorization") == f"Bearer {token}"
    address = request.remote_addr
    forwarded = "X-Forwarded-For" in request.headers
    return bool(address) and not forwarded and ipaddress.ip_address(str(address)).is_loopback
