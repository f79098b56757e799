"""What is fixed for the life of an instance: its mode, its public address, its log's name."""

from dataclasses import dataclass

from sqlalchemy import select

from marketplace.core.database import db
from marketplace.core.errors import Unavailable
from marketplace.core.models import Instance


@dataclass(frozen=True)
class Identity:
    """The instance as records name it. `mode` is `demo` or `production`."""

    mode: str
    public_url: str
    log_origin: str

    @property
    def is_demo(self) -> bool:
        return self.mode == "demo"


_CACHE: dict[str, Identity] = {}


def instance() -> Identity:
    """The identity of the database in use, read once per database."""
    key = str(db.engine.url)
    if key not in _CACHE:
        row = db.session.scalars(select(Instance)).one_or_none()
        if row is None:
            raise Unavailable("instance_not_prepared")
        _CACHE[key] = Identity(row.mode, row.public_url, row.log_origin)
    return _CACHE[key]


def found(mode: str, public_url: str, log_origin: str) -> Identity:
    """Fix mode, address and log name at first start; later calls change nothing."""
    row = db.session.scalars(select(Instance)).one_or_none()
    if row is None:
        row = Instance(mode=mode, public_url=public_url.rstrip("/"), log_origin=log_origin)
        db.session.add(row)
        db.session.flush()
    return Identity(row.mode, row.public_url, row.log_origin)


def forget() -> None:
    """Read the identity again: for tests, whose databases change."""
    _CACHE.clear()
