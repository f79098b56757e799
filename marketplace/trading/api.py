"""Trading for programs: requests, contracts and orders of one's organisation."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from flask_smorest import Blueprint

from marketplace.core.access import visible
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict
from marketplace.licensing import document
from marketplace.trading import queries, schemas, service
from marketplace.trading.models import Contract, Order, Request
from marketplace.trading.printing import pdf_of
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor

bp = Blueprint(
    "trading_api", __name__, url_prefix="/api/v1", description="申请与协商、合同与签署、订单"
)


def _listed(rows: Any, model: Any, out: Any) -> Response:
    page = page_of(rows, model, request.args.get("cursor"))
    items = out(many=True).dump(page.items)
    return Response(
        current_app.json.dumps({"items": items, "next": page.next}), mimetype="application/json"
    )


def _key() -> str | None:
    return request.headers.get("Idempotency-Key")


# ---------------------------------------------------------------- requests


@bp.get("/requests")
@bp.response(200)
def list_requests() -> Response:
    """The requests of one's organisation, newest first; `cursor` as the page before said."""
    return _listed(visible(current_actor(), Request), Request, schemas.RequestOut)


@bp.post("/requests")
@bp.arguments(schemas.AskIn)
@bp.response(201, schemas.RequestOut)
def ask(data: dict[str, Any]) -> Request:
    """Ask for data under an offer. Takes `Idempotency-Key`."""
    with transaction():
        return service.ask(current_actor(), data.pop("offer_id"), **data, key=_key())


@bp.get("/requests/<uuid:request_id>")
@bp.response(200, schemas.RequestOut)
def read_request(request_id: UUID) -> Request:
    """A request with all its rounds."""
    return queries.request(current_actor(), request_id)


@bp.post("/requests/<uuid:request_id>/offer")
@bp.arguments(schemas.RoundIn)
@bp.response(201, schemas.RoundOut)
def make_offer(data: dict[str, Any], request_id: UUID) -> Any:
    """The provider proposes other terms."""
    with transaction():
        return service.make_offer(current_actor(), request_id, **data)


@bp.post("/requests/<uuid:request_id>/counter")
@bp.arguments(schemas.RoundIn)
@bp.response(201, schemas.RoundOut)
def counter(data: dict[str, Any], request_id: UUID) -> Any:
    """The buyer answers with other terms."""
    with transaction():
        return service.counter(current_actor(), request_id, **data)


@bp.post("/requests/<uuid:request_id>/agree")
@bp.arguments(schemas.AgreeIn)
@bp.response(200, schemas.RequestOut)
def agree(data: dict[str, Any], request_id: UUID) -> Request:
    """The provider agrees to the buyer's latest round."""
    with transaction():
        return service.agree(current_actor(), request_id, data["round"])


@bp.post("/requests/<uuid:request_id>/accept")
@bp.arguments(schemas.AgreeIn)
@bp.response(200, schemas.RequestOut)
def accept_offer(data: dict[str, Any], request_id: UUID) -> Request:
    """The buyer agrees to the provider's latest round."""
    with transaction():
        return service.accept_offer(current_actor(), request_id, data["round"])


@bp.post("/requests/<uuid:request_id>/refuse")
@bp.arguments(schemas.RequestRefuseIn)
@bp.response(200, schemas.RequestOut)
def refuse(data: dict[str, Any], request_id: UUID) -> Request:
    """The provider says no, with a reason."""
    with transaction():
        return service.refuse(current_actor(), request_id, **data)


@bp.post("/requests/<uuid:request_id>/withdraw")
@bp.response(200, schemas.RequestOut)
def withdraw(request_id: UUID) -> Request:
    """The buyer takes it back."""
    with transaction():
        return service.withdraw(current_actor(), request_id)


@bp.post("/requests/<uuid:request_id>/contract")
@bp.arguments(schemas.DraftIn(partial=True))
@bp.response(201, schemas.ContractOut)
def draft(data: dict[str, Any], request_id: UUID) -> Contract:
    """Begin the contract of an agreed request; what is left out is as suggested."""
    with transaction():
        return service.draft(current_actor(), request_id, **data)


# ---------------------------------------------------------------- contracts


@bp.get("/contracts")
@bp.response(200)
def list_contracts() -> Response:
    """The contracts of one's organisation, newest first."""
    return _listed(visible(current_actor(), Contract), Contract, schemas.ContractOut)


@bp.get("/contracts/<uuid:contract_id>")
@bp.response(200, schemas.ContractOut)
def read_contract(contract_id: UUID) -> Contract:
    """A contract with its terms, policy and signatures."""
    return queries.contract(current_actor(), contract_id)


@bp.get("/contracts/<uuid:contract_id>/document.json")
@bp.response(200, content_type="application/json")
def read_document(contract_id: UUID) -> Response:
    """The exact bytes to sign: RFC 8785 canonical JSON. 409 while the contract is a draft."""
    contract = queries.contract(current_actor(), contract_id)
    _frozen(contract)
    answer = Response(contract.document_bytes, mimetype="application/json")
    answer.headers["ETag"] = f'"{contract.digest}"'
    return answer


@bp.get("/contracts/<uuid:contract_id>/text/<any(zh,en):language>")
@bp.response(200, content_type="text/markdown")
def read_text(contract_id: UUID, language: str) -> Response:
    """The contract in words."""
    contract = queries.contract(current_actor(), contract_id)
    _frozen(contract)
    words = document.as_text(contract.as_json, language)
    return Response(words, mimetype="text/markdown; charset=utf-8")


@bp.get("/contracts/<uuid:contract_id>/contract.pdf")
@bp.response(200, content_type="application/pdf")
def read_pdf(contract_id: UUID) -> Response:
    """The contract on paper, with its signatures; `?language=en` for English."""
    contract = queries.contract(current_actor(), contract_id)
    _frozen(contract)
    return pdf_of(contract, "en" if request.args.get("language") == "en" else "zh")


def _frozen(contract: Contract) -> None:
    if contract.document is None:
        raise Conflict("contract_not_issued", status=contract.status)


@bp.put("/contracts/<uuid:contract_id>/terms")
@bp.arguments(schemas.DraftIn(partial=True))
@bp.response(200, schemas.ContractOut)
def revise(data: dict[str, Any], contract_id: UUID) -> Contract:
    """Change the terms of a draft; negotiated ones stay."""
    with transaction():
        return service.revise(current_actor(), contract_id, **data)


@bp.post("/contracts/<uuid:contract_id>/issue")
@bp.response(200, schemas.ContractOut)
def issue(contract_id: UUID) -> Contract:
    """Freeze the document and send it out to be signed."""
    with transaction():
        return service.issue(current_actor(), contract_id)


@bp.post("/contracts/<uuid:contract_id>/reopen")
@bp.response(200, schemas.ContractOut)
def reopen(contract_id: UUID) -> Contract:
    """The buyer sends an unsigned text back."""
    with transaction():
        return service.reopen(current_actor(), contract_id)


@bp.post("/contracts/<uuid:contract_id>/sign")
@bp.arguments(schemas.SignIn)
@bp.response(200, schemas.ContractOut)
def sign(data: dict[str, Any], contract_id: UUID) -> Contract:
    """Sign with `pin` (托管签名) or with `jws`, an RFC 7797 detached signature of document.json."""
    with transaction():
        if data["jws"]:
            return service.sign_with_own_key(current_actor(), contract_id, data["jws"])
        return service.sign_with_pin(current_actor(), contract_id, data["pin"])


@bp.post("/contracts/<uuid:contract_id>/end")
@bp.arguments(schemas.ContractEndIn)
@bp.response(200, schemas.ContractOut)
def end(data: dict[str, Any], contract_id: UUID) -> Contract:
    """End a contract early; delivery stops."""
    with transaction():
        return service.end(current_actor(), contract_id, **data)


@bp.post("/contracts/<uuid:contract_id>/abandon")
@bp.arguments(schemas.OrderNoteIn)
@bp.response(200, schemas.ContractOut)
def abandon(data: dict[str, Any], contract_id: UUID) -> Contract:
    """Give up a contract that was not concluded."""
    with transaction():
        return service.abandon(current_actor(), contract_id, **data)


# ---------------------------------------------------------------- orders


@bp.get("/orders")
@bp.response(200)
def list_orders() -> Response:
    """The orders of one's organisation, newest first; `side` buyer or provider."""
    actor = current_actor()
    side = request.args.get("side")
    rows = queries.orders_of(actor, side) if side else visible(actor, Order)
    return _listed(rows, Order, schemas.OrderOut)


@bp.post("/orders")
@bp.arguments(schemas.PlaceIn)
@bp.response(201, schemas.OrderOut)
def place(data: dict[str, Any]) -> Order:
    """Order what a contract licenses; price, tax, fee and invoice are frozen. Takes `Idempotency-Key`."""
    with transaction():
        return service.place(current_actor(), data.pop("contract_id"), **data, key=_key())


@bp.get("/orders/<uuid:order_id>")
@bp.response(200, schemas.OrderOut)
def read_order(order_id: UUID) -> Order:
    """An order."""
    return queries.order(current_actor(), order_id)


@bp.post("/orders/<uuid:order_id>/deliver")
@bp.response(200, schemas.OrderOut)
def deliver(order_id: UUID) -> Order:
    """The provider delivered data that stays with it; the platform does so itself for its own."""
    with transaction():
        return service.mark_delivered(current_actor(), order_id)


@bp.post("/orders/<uuid:order_id>/accept")
@bp.response(200, schemas.OrderOut)
def accept(order_id: UUID) -> Order:
    """The buyer accepts what was delivered."""
    with transaction():
        return service.accept(current_actor(), order_id)


@bp.post("/orders/<uuid:order_id>/cancel")
@bp.arguments(schemas.OrderNoteIn)
@bp.response(200, schemas.OrderOut)
def cancel(data: dict[str, Any], order_id: UUID) -> Order:
    """The buyer gives an undelivered order up."""
    with transaction():
        return service.cancel(current_actor(), order_id, reason=data["note"])


@bp.post("/orders/<uuid:order_id>/decline")
@bp.arguments(schemas.OrderNoteIn)
@bp.response(200, schemas.OrderOut)
def decline(data: dict[str, Any], order_id: UUID) -> Order:
    """The provider cannot deliver."""
    with transaction():
        return service.decline(current_actor(), order_id, reason=data["note"])


@bp.post("/orders/<uuid:order_id>/dispute")
@bp.arguments(schemas.DisputeIn)
@bp.response(200, schemas.OrderOut)
def dispute(data: dict[str, Any], order_id: UUID) -> Order:
    """The buyer says what is wrong; nothing is released until it is decided."""
    with transaction():
        return service.dispute(current_actor(), order_id, data["reason"])


@bp.post("/orders/<uuid:order_id>/resolve")
@bp.arguments(schemas.DisputeResolveIn)
@bp.response(200, schemas.OrderOut)
def resolve(data: dict[str, Any], order_id: UUID) -> Order:
    """An operator decides a dispute."""
    with transaction():
        return service.resolve(current_actor(), order_id, **data)
