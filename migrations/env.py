"""Runs migrations on the database of `DATABASE_URL` (or the one handed in by a caller)."""

import sqlalchemy as sa
from alembic import context
from sqlalchemy import create_engine

from marketplace.config import read_settings
from marketplace.core.database import UTCDateTime, prepare
from marketplace.tables import Model


def render(kind: str, value: object, autogen_context: object) -> str | bool:
    """Our own column type is written as plain SQLAlchemy: no migration imports the application."""
    if kind == "type" and isinstance(value, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def compare_type(context_, column, inspected, stored, model) -> bool | None:
    """UTCDateTime is a DateTime with time zone; SQLite stores UUIDs as CHAR(32)."""
    return False if isinstance(model, UTCDateTime | sa.Uuid | sa.JSON) else None


def run() -> None:
    """Online only: triggers and checks differ between the databases."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        migrate(connection)
        return
    engine = create_engine(read_settings().database_url)
    prepare(engine)
    with engine.connect() as connection:
        migrate(connection)
        connection.commit()


def migrate(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_item=render,
        compare_type=compare_type,
        include_object=include,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


def include(item: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """The search index is made by hand on each database and has no model."""
    return not (kind == "table" and (name or "").startswith("search_index"))


run()
