"""What follows for reviews when a dataset changes. Done twice, done once."""

from uuid import UUID

from sqlalchemy import select

from marketplace.compliance import service
from marketplace.core.access import system
from marketplace.core.database import db, transaction
from marketplace.datasets.models import Version


def void_of_dataset(dataset_id: UUID) -> None:
    """`dataset.changed`: what was approved may not be what stands there now."""
    with transaction():
        service.void_stale(system("compliance"), dataset_id)


def void_of_version(version_id: UUID) -> None:
    """`version.…`: as above, for the dataset of the version."""
    dataset_id = db.session.scalar(select(Version.dataset_id).where(Version.id == version_id))
    db.session.rollback()
    if dataset_id is not None:
        void_of_dataset(dataset_id)
