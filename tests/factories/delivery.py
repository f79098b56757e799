"""Grants of paid orders whose data really lies in the store, with a live right and an approval."""

from dataclasses import dataclass
from typing import Any

from marketplace.catalogue.models import Offer
from marketplace.core.access import Actor, system
from marketplace.core.database import db, everything, find, hold, transaction
from marketplace.core.holdings import holdings
from marketplace.datasets.models import Dataset, Version
from marketplace.delivery import service
from marketplace.delivery.models import Grant
from marketplace.trading import service as trades
from marketplace.trading.models import Order
from tests.factories import compliance, rights, trading

CONTENT = b"line,riders\n" + b"".join(b"K%04d,%d\n" % (n, n * 7 % 1000) for n in range(20_000))


@dataclass(frozen=True)
class Given:
    """A grant, its order and both sides."""

    grant: Grant
    order: Order
    buyer: Actor
    provider: Actor


def granted(content: bytes = CONTENT, terms: dict[str, Any] | None = None, **given: Any) -> Given:
    """A live grant over `content`."""
    between = trading.trade(**given)
    offer = find(everything(Offer), between.offer_id)
    version_id = offer.version_id
    blob = holdings().store().put([content])
    with transaction():
        version = hold(everything(Version), version_id)
        version.address, version.size, version.sha256 = blob.address, blob.size, blob.sha256
        dataset_id = version.dataset_id
    rights.certificate(between.provider, find(everything(Dataset), dataset_id))
    compliance.approval(version_id)
    contract = trading.signed_contract(between, terms={"custody": "licensed"} | (terms or {}))
    with transaction():
        order = trades.place(between.buyer, contract.id, method="transfer")
    with transaction():
        trades.secure(system("test"), order.id, channel="transfer")
    with transaction():
        made = service.make_grant(system("delivery"), order.id)
        assert made is not None
        grant_id = made.id
    made, order = find(everything(Grant), grant_id), find(everything(Order), order.id)
    for row in (made, order):  # pictures of them, whatever happens to the session
        db.session.refresh(row)
        db.session.expunge(row)
    return Given(made, order, between.buyer, between.provider)


def grant(**given: Any) -> Grant:
    """A live grant."""
    return granted(**given).grant
