"""What a first start makes: keys, secrets, the database and the instance's identity."""

import json
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

from marketplace.core.database import db, transaction
from marketplace.core.errors import Conflict
from marketplace.core.holdings import holdings
from marketplace.core.instance import Identity, found
from marketplace.core.signing import make_key, make_secret

KEYS = ("records", "log")
SECRETS = ("files", "session", "fields")
ROOT = Path(__file__).resolve().parent.parent


def make_folders() -> None:
    """The data and key folders, for this user only."""
    settings = holdings().settings
    for folder in (settings.data_dir, settings.key_dir):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)


def make_keys(folder: Path) -> None:
    """Make the keys and secrets that are not there yet; never overwrite one."""
    for name in KEYS:
        make_key(folder, name)
    for name in SECRETS:
        make_secret(folder, name)


def missing_keys(folder: Path) -> list[Path]:
    """The key files that an instance with data cannot do without, and that are not there."""
    needed = [folder / f"{name}.pem" for name in KEYS] + [
        folder / f"{name}.key" for name in SECRETS
    ]
    return [path for path in needed if not path.exists()]


def migrate(engine: Engine) -> None:
    """Bring the database to the newest revision."""
    with engine.begin() as connection:
        config = Config(toml_file=str(ROOT / "pyproject.toml"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(database_url: str) -> bool:
    """Whether the database is there and at the newest revision: a quick look before a start."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            found_ = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()
    head = ScriptDirectory.from_config(Config(toml_file=str(ROOT / "pyproject.toml")))
    return found_ == head.get_current_head()


def found_instance() -> Identity:
    """Fix mode, public address and log origin in the database, once.

    Conflict `mode_is_fixed` when the settings ask for another mode than the database was made for.
    """
    settings = holdings().settings
    origin = settings.log_origin or settings.public_url.split("://", 1)[-1] + "/log"
    with transaction():
        identity = found(settings.mode, settings.public_url, origin)
    if identity.mode != settings.mode:
        raise Conflict("mode_is_fixed", made_for=identity.mode, asked=settings.mode)
    return identity


def everything() -> Identity:
    """Database, identity: all a start needs beside the keys. Inside an application context."""
    migrate(db.engine)
    identity = found_instance()
    (holdings().settings.data_dir / "founded").touch(mode=0o600)
    return identity


def demo_accounts(data_dir: Path) -> Iterator[str]:
    """The demo's accounts as lines to print: role, address, password, second-factor secret."""
    path = data_dir / "demo-accounts.json"
    if not path.exists():
        return
    for account in json.loads(path.read_text())["accounts"]:
        second = f"  TOTP {account['totp']}" if account.get("totp") else f"  PIN {account['pin']}"
        yield f"  {account['label']:<22} {account['email']:<34} {account['password']}{second}"
