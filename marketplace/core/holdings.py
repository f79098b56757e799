"""Where the running application finds its keys and its store, set once by `create_app`.

Commands must not import Flask, so what they need of the installation is handed in here.
"""

from dataclasses import dataclass
from pathlib import Path

from marketplace.config import Settings
from marketplace.core.signing import Signer, load_secret, load_signer
from marketplace.core.storage import Store


@dataclass
class Holdings:
    """The settings in force. Keys and store are opened when first asked for."""

    settings: Settings

    @property
    def key_dir(self) -> Path:
        return self.settings.key_dir

    def signer(self) -> Signer:
        """Signs records: certificates, contracts' platform copies, receipts, settlements."""
        return load_signer(self.key_dir, "records")

    def log_signer(self) -> Signer:
        """Signs the log's checkpoints."""
        return load_signer(self.key_dir, "log")

    def store(self) -> Store:
        """Encrypted files."""
        return Store(self.settings.storage_url, load_secret(self.key_dir, "files"))


_CURRENT: list[Holdings] = []


def hold_settings(settings: Settings) -> None:
    """Called by `create_app`."""
    _CURRENT[:] = [Holdings(settings)]


def holdings() -> Holdings:
    """The installation's keys, store and settings."""
    if not _CURRENT:
        raise RuntimeError("create_app has not run")
    return _CURRENT[0]
