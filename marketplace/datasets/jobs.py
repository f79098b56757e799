"""What follows an upload: scanning, deriving, destroying. Each looks first whether it is done."""

import hashlib
import hmac
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from marketplace.core.clock import now
from marketplace.core.database import transaction
from marketplace.core.errors import Invalid
from marketplace.core.holdings import holdings
from marketplace.core.signing import load_secret
from marketplace.core.storage import FRAME
from marketplace.datasets import engine, intake, queries, scratch, viruses
from marketplace.datasets.models import Version
from marketplace.datasets.states import VersionStatus

MOST_DESTROYED = 100


def scan(version_id: UUID) -> None:
    """Decrypt to scratch, check for viruses, profile and scan in a child process, take in."""
    with transaction():
        version = queries.version(version_id)
        if version.status != VersionStatus.QUARANTINED or version.address is None:
            return
        address, filename = version.address, version.filename
    with scratch.folder() as folder:
        path = folder / "upload"
        scratch.write(path, holdings().store().read(address))
        virus = viruses.check(path)
        try:
            if virus["found"]:
                raise Invalid("file_malicious", found=virus["found"])
            examined = engine.run(
                {
                    "task": "examine",
                    "path": str(path),
                    "filename": filename,
                    "scratch": str(folder),
                }
            )
        except Invalid as refusal:
            with transaction():
                intake.refuse(intake.ACTOR, version_id, refusal.code, _plain(refusal.facts))
            return
    with transaction():
        intake.take_in(intake.ACTOR, version_id, examined, virus)


def derive(version_id: UUID) -> None:
    """Make the bytes of a derived version from those it comes from, by its recipe."""
    with transaction():
        version = queries.version(version_id)
        if version.status != VersionStatus.STAGED or version.derived_from_id is None:
            return
        origin = queries.version(version.derived_from_id)
        task, address = _derivation(version, origin), origin.address
    if address is None:
        with transaction():
            intake.refuse(intake.ACTOR, version_id, "file_gone", {})
        return
    with scratch.folder() as folder:
        path, target = folder / "origin", folder / "derived.parquet"
        scratch.write(path, holdings().store().read(address))
        paths = {"path": str(path), "target": str(target), "scratch": str(folder)}
        try:
            engine.run(task | paths)
        except Invalid as refusal:
            with transaction():
                intake.refuse(intake.ACTOR, version_id, refusal.code, _plain(refusal.facts))
            return
        with target.open("rb") as file:
            blob = holdings().store().put(iter(lambda: file.read(FRAME), b""))
    with transaction():
        intake.settle_derived(intake.ACTOR, version_id, blob)


def destroy_refused() -> None:
    """Destroy the bytes of versions refused longer ago than the setting says."""
    before = now() - timedelta(days=holdings().settings.refused_file_days)
    with transaction():
        due = queries.refused_before(before, MOST_DESTROYED)
    for version_id in due:
        with transaction():
            address = intake.destroy(intake.ACTOR, version_id)
        if address:
            holdings().store().destroy(address)


def sweep_scratch() -> None:
    """Remove readable copies that a killed process left behind."""
    scratch.sweep()


def _derivation(version: Version, origin: Version) -> dict[str, Any]:
    key = load_secret(holdings().key_dir, "fields")
    secret = hmac.new(key, b"pseudonyms" + version.dataset_id.bytes, hashlib.sha256)
    return {
        "task": "derive",
        "filename": Path(origin.filename).name,
        "recipe": version.recipe or [],
        "secret": secret.hexdigest(),
    }


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as JSON holds them, without the words of a foreign library that may quote the data."""
    return {key: value for key, value in facts.items() if key != "reason"}
