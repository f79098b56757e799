"""Migrations go up, agree with the models, go down, and go up again, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect

from marketplace.core.database import prepare
from marketplace.tables import Model
from tests import servers

ROOT = Path(__file__).resolve().parent.parent.parent


def config(connection: Connection) -> Config:
    settings = Config(toml_file=str(ROOT / "pyproject.toml"))
    settings.attributes["connection"] = connection
    return settings


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    base = request.getfixturevalue("postgresql")
    servers.create_database(base, "migrations")
    yield servers.address(base, "migrations")
    servers.drop_database(base, "migrations")


def test_up_down_and_up_again_agrees_with_the_models(empty_url: str) -> None:
    engine = create_engine(empty_url)
    prepare(engine)
    with engine.begin() as connection:
        command.upgrade(config(connection), "head")
        command.check(config(connection))
        command.downgrade(config(connection), "base")
        left = set(inspect(connection).get_table_names()) - {"alembic_version"}
        assert left == set()
        command.upgrade(config(connection), "head")
    engine.dispose()


def test_there_is_one_head() -> None:
    settings = Config(toml_file=str(ROOT / "pyproject.toml"))

    assert len(ScriptDirectory.from_config(settings).get_heads()) == 1


def test_no_migration_imports_the_application() -> None:
    found = [
        path.name
        for path in (ROOT / "migrations" / "versions").glob("*.py")
        if "marketplace" in path.read_text()
    ]

    assert not found


def test_the_comparison_sees_a_missing_table(empty_url: str) -> None:
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Model.metadata)
    engine.dispose()

    assert len([one for one in differences if one[0] == "add_table"]) == len(Model.metadata.tables)
