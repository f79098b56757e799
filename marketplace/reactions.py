"""What follows from what: the whole list on one page.

`REACTIONS` maps an event to jobs; `JOBS` maps a job's name to its function; `SCHEDULE` is the
periodic work with its interval in seconds. Jobs run at least once and recompute, never increment.
"""

from collections.abc import Callable

from marketplace.compliance import jobs as compliance
from marketplace.core import jobs as core
from marketplace.datasets import jobs as datasets
from marketplace.rights import jobs as rights
from marketplace.trading import jobs as trading

REACTIONS: dict[str, tuple[str, ...]] = {
    "dataset.changed": ("compliance.void_of_dataset",),
    "version.uploaded": ("datasets.scan", "compliance.void_of_version"),
    "version.retried": ("datasets.scan",),
    "version.derived": ("datasets.derive",),
    "version.scanned": ("compliance.void_of_version",),
    "version.ready": ("compliance.void_of_version",),
    "version.refused": ("compliance.void_of_version",),
}

JOBS: dict[str, Callable[..., None]] = {
    "core.sweep": core.sweep,
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
}

SCHEDULE: dict[str, int] = {
    "core.sweep": 3600,
    "datasets.destroy_refused": 3600,
    "datasets.sweep_scratch": 3600,
    "rights.keep_clocks": 600,
}
