"""The gateway's webhook: check the signature over the raw bytes, keep the event once, answer."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from marketplace.core.clock import now
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict, Invalid, TooLarge
from marketplace.core.holdings import holdings
from marketplace.payments import service, webhooks

hooks = Blueprint("payment_hooks", __name__)
MOST_BYTES = 512 * 1024


@hooks.post("/hooks/stripe")
def stripe() -> ResponseReturnValue:
    """200 for what was kept or is known, 400 for what is not signed; nothing else happens here."""
    if (request.content_length or 0) > MOST_BYTES:
        raise TooLarge("file_too_large", limit=MOST_BYTES)
    raw = request.get_data(cache=False)
    header = request.headers.get("Stripe-Signature", "")
    try:
        webhooks.verify(raw, header, holdings().settings.stripe_webhook_secrets, now())
        with transaction():
            service.receive(raw, "webhook")
    except Invalid as refused:
        return {"code": refused.code}, 400
    except Conflict:
        return {"received": True}, 200  # another worker kept the same event first
    return {"received": True}, 200
