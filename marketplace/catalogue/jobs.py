"""What follows for the catalogue when something it rests on changes. Safe to do twice."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue import service
from marketplace.catalogue.models import Product
from marketplace.catalogue.states import ProductStatus
from marketplace.compliance.models import Review, TakeDown
from marketplace.core.access import system
from marketplace.core.database import db, transaction
from marketplace.datasets.models import Dataset, Version
from marketplace.rights.models import Authorisation, Certificate, PublicRegistration

SYSTEM = system("catalogue")
_RESTS_ON: tuple[type[Any], ...] = (
    Dataset,
    Version,
    Certificate,
    PublicRegistration,
    Authorisation,
    Review,
    TakeDown,
)


def recheck(subject_id: UUID) -> None:
    """Look again at the products that rest on this dataset, version, paper, review or take-down."""
    dataset_id = _dataset_of(subject_id)
    if dataset_id is not None:
        with transaction():
            service.recheck(SYSTEM, dataset_id)


def recheck_all() -> None:
    """Look again at every listed product: papers end by the calendar, without an event."""
    query = select(Product.dataset_id).where(Product.status == ProductStatus.LISTED).distinct()
    waiting = db.session.scalars(query).all()
    db.session.rollback()
    for dataset_id in waiting:
        with transaction():
            service.recheck(SYSTEM, dataset_id)


def _dataset_of(subject_id: UUID) -> UUID | None:
    """The dataset that a row of an earlier step is about."""
    for model in _RESTS_ON:
        row = db.session.get(model, subject_id)
        if row is not None:
            found: UUID = row.id if isinstance(row, Dataset) else row.dataset_id
            db.session.rollback()
            return found
    return None
