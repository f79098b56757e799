"""What follows from what: the whole list on one page.

`REACTIONS` maps an event to jobs; `JOBS` maps a job's name to its function; `SCHEDULE` is the
periodic work with its interval in seconds. Jobs run at least once and recompute, never increment.
"""

from collections.abc import Callable

from marketplace.catalogue import jobs as catalogue
from marketplace.compliance import jobs as compliance
from marketplace.core import jobs as core
from marketplace.datasets import jobs as datasets
from marketplace.delivery import jobs as delivery
from marketplace.ledger import jobs as ledger
from marketplace.notices import jobs as notices
from marketplace.notices.occasions import OCCASIONS
from marketplace.payments import jobs as payments
from marketplace.receipts import jobs as receipts
from marketplace.rights import jobs as rights
from marketplace.statistics import jobs as statistics
from marketplace.trading import jobs as trading

REACTIONS: dict[str, tuple[str, ...]] = {
    "download.finished": ("receipts.issue", "delivery.accept_by_use"),
    "dataset.changed": ("compliance.void_of_dataset", "catalogue.recheck"),
    "version.uploaded": ("datasets.scan", "compliance.void_of_version"),
    "version.retried": ("datasets.scan",),
    "version.derived": ("datasets.derive",),
    "version.scanned": ("compliance.void_of_version",),
    "version.ready": ("compliance.void_of_version",),
    "version.refused": ("compliance.void_of_version",),
    # whatever a listing rests on: when it changes, the listing is looked at again
    "dataset.stopped": ("catalogue.recheck",),
    "dataset.taken_down": ("catalogue.recheck",),
    "version.exposed": ("catalogue.recheck",),
    "version.destroyed": ("catalogue.recheck",),
    "certificate.suspended": ("catalogue.recheck",),
    "certificate.changed": ("catalogue.recheck",),
    "certificate.cancelled": ("catalogue.recheck",),
    "certificate.expired": ("catalogue.recheck",),
    "review.voided": ("catalogue.recheck",),
    "public_registration.cancelled": ("catalogue.recheck",),
    "public_registration.expired": ("catalogue.recheck",),
    "authorisation.cancelled": ("catalogue.recheck",),
    "authorisation.expired": ("catalogue.recheck",),
    "order.settled": ("statistics.observe", "payments.bill_commission"),
    "payment.created": ("payments.drive",),
    "bank_receipt.imported": ("payments.match",),
    "refund.approved": ("payments.refund",),
    "order.cancelled": ("payments.return_order", "payments.release_open"),
    "order.expired": ("payments.release_open",),
    "order.refunded": ("payments.return_order",),
    "order.part_refunded": ("payments.return_order",),
    "order.accepted": ("payments.bill_commission",),
    "order.secured": ("delivery.open_grant",),
    "contract.ended": ("delivery.end_grants",),
}

# whoever an event concerns is told; the events and their readers stand in `notices/occasions.py`
for _event in OCCASIONS:
    REACTIONS[_event] = (*REACTIONS.get(_event, ()), "notices.tell")

JOBS: dict[str, Callable[..., None]] = {
    "catalogue.recheck": catalogue.recheck,
    "catalogue.recheck_all": catalogue.recheck_all,
    "statistics.observe": statistics.observe,
    "statistics.state_yesterday": statistics.state_yesterday,
    "core.sweep": core.sweep,
    "notices.tell": notices.tell,
    "notices.send": notices.send,
    "ledger.erase_expired": ledger.erase_expired,
    "receipts.issue": receipts.issue,
    "datasets.scan": datasets.scan,
    "datasets.derive": datasets.derive,
    "datasets.destroy_refused": datasets.destroy_refused,
    "datasets.sweep_scratch": datasets.sweep_scratch,
    "rights.keep_clocks": rights.keep_clocks,
    "compliance.void_of_dataset": compliance.void_of_dataset,
    "compliance.void_of_version": compliance.void_of_version,
    "trading.escalate": trading.escalate,
    "trading.expire_request": trading.expire_request,
    "trading.lapse": trading.lapse,
    "trading.expire": trading.expire,
    "trading.give_back": trading.give_back,
    "trading.auto_accept": trading.auto_accept,
    "trading.settle": trading.settle,
    "payments.drive": payments.drive,
    "payments.sync": payments.sync,
    "payments.let_go": payments.let_go,
    "payments.notice": payments.notice,
    "payments.match": payments.match,
    "payments.refund": payments.send_refund,
    "payments.return_order": payments.return_order,
    "payments.release_open": payments.release_open_payment,
    "payments.bill_commission": payments.bill_commission,
    "payments.janitor": payments.janitor,
    "payments.catch_up": payments.catch_up,
    "payments.reconcile": payments.reconcile,
    "delivery.open_grant": delivery.open_grant,
    "delivery.end_grants": delivery.end_grants,
    "delivery.accept_by_use": delivery.accept_by_use,
}

SCHEDULE: dict[str, int] = {
    "catalogue.recheck_all": 3600,
    "statistics.state_yesterday": 1800,
    "core.sweep": 3600,
    "ledger.erase_expired": 86400,
    "datasets.destroy_refused": 3600,
    "datasets.sweep_scratch": 3600,
    "rights.keep_clocks": 600,
    "payments.janitor": 30,
    "payments.catch_up": 60,
    "payments.reconcile": 86400,
}
