"""What a first start makes: keys, secrets and the instance's identity."""

from pathlib import Path

from marketplace.core.database import transaction
from marketplace.core.holdings import holdings
from marketplace.core.instance import Identity, found
from marketplace.core.signing import make_key, make_secret

KEYS = ("records", "log")
SECRETS = ("files", "session", "fields")


def make_keys(folder: Path) -> None:
    """Make the keys and secrets that are not there yet; never overwrite one."""
    for name in KEYS:
        make_key(folder, name)
    for name in SECRETS:
        make_secret(folder, name)


def found_instance() -> Identity:
    """Fix mode, public address and log origin in the database, once."""
    settings = holdings().settings
    origin = settings.log_origin or settings.public_url.split("://", 1)[-1] + "/log"
    with transaction():
        return found(settings.mode, settings.public_url, origin)
