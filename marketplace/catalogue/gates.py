"""What has to be there before a product may be listed: asked all at once, each gap with its code.

Registration, compliance opinion and listing are three papers of three issuers; the listing only
looks whether the other two are alive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.catalogue import queries
from marketplace.catalogue.models import Offer, Product
from marketplace.compliance import queries as compliance
from marketplace.compliance.models import Review
from marketplace.core.errors import Conflict
from marketplace.datasets import queries as datasets
from marketplace.datasets.models import Dataset, Version
from marketplace.rights import queries as rights
from marketplace.rights.models import Certificate
from marketplace.valuation import service as valuation
from marketplace.valuation.states import Purpose


@dataclass(frozen=True)
class Gate:
    """One requirement: its name, and the code of what is missing (empty when it is met)."""

    name: str
    code: str = ""

    @property
    def is_met(self) -> bool:
        return self.code == ""


@dataclass(frozen=True)
class Readiness:
    """All gates of a product, and what was found on the way."""

    gates: tuple[Gate, ...]
    version: Version | None
    certificate: Certificate | None
    review: Review | None

    @property
    def missing(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if not gate.is_met)


def readiness(product: Product, version_id: UUID | None = None) -> Readiness:
    """Where a product stands: for its newest version, or for the one that is listed."""
    dataset = datasets.dataset_by_id(product.dataset_id)
    version = datasets.version(version_id) if version_id else _version(dataset)
    certificate = rights.live_certificate(dataset.id, product.provider_id, "operate")
    review = compliance.approval(version.id) if version else None
    offers = [
        one for one in queries.offers_of(product.id) if version and one.version_id == version.id
    ]
    gates = (
        _gate("declaration", dataset.is_declared, "gate_declaration"),
        _gate("running", not _is_stopped(dataset), "gate_stopped"),
        _gate("location", dataset.location == "platform", "gate_location"),
        _gate("version", version is not None and version.is_ready, "gate_version"),
        _dictionary(version),
        _gate("metadata", _is_described(product, dataset), "gate_metadata"),
        _gate("certificate", certificate is not None, "gate_certificate"),
        _gate("approval", review is not None, "gate_approval"),
        *_public_gates(dataset),
        _gate("offer", bool(offers), "gate_offer"),
        _price(dataset, offers),
    )
    return Readiness(gates, version, certificate, review)


def purpose_of(dataset: Dataset) -> str:
    """What the authorisation of public data is for; industry where there is none yet."""
    if dataset.data_kind != "public":
        return Purpose.INDUSTRY
    authorisation = rights.public_standing(dataset.id).authorisation
    return authorisation.purpose if authorisation else Purpose.INDUSTRY


def _version(dataset: Dataset) -> Version | None:
    """The newest ready version that is approved; the newest ready one while none is."""
    ready = [one for one in datasets.versions(dataset.id, limit=20) if one.is_ready]
    approved = (one for one in ready if compliance.approval(one.id) is not None)
    return next(approved, ready[0] if ready else None)


def _is_stopped(dataset: Dataset) -> bool:
    return dataset.is_stopped or compliance.is_stopped(dataset.id)


def _gate(name: str, is_met: bool, code: str) -> Gate:
    return Gate(name, "" if is_met else code)


def _dictionary(version: Version | None) -> Gate:
    fields = datasets.fields(version.id) if version else []
    return _gate(
        "dictionary", bool(fields) and all(one.meaning for one in fields), "gate_dictionary"
    )


def _is_described(product: Product, dataset: Dataset) -> bool:
    told = (product.title, product.summary, product.scenario, dataset.region)
    return all(one.strip() for one in told) and bool(dataset.update_frequency)


def _public_gates(dataset: Dataset) -> tuple[Gate, ...]:
    if dataset.data_kind != "public":
        return ()
    standing = rights.public_standing(dataset.id)
    return (
        _gate("registration", standing.registration is not None, "gate_public_registration"),
        _gate("authorisation", standing.authorisation is not None, "gate_public_authorisation"),
    )


def _price(dataset: Dataset, offers: Sequence[Offer]) -> Gate:
    purpose = purpose_of(dataset)
    for offer in offers:
        try:
            valuation.check_price(dataset, purpose, offer.price_fen)
        except Conflict as refusal:
            return Gate("price", refusal.code)
    return Gate("price")
