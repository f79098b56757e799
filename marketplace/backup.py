"""Backup and restore: the database first, then the files it refers to, the keys apart.

Files are content-addressed and never changed, so a copy of them made after the database's holds
everything the database knows. Keys go into a folder of their own, to be kept elsewhere.
"""

import shutil
import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from marketplace.config import Settings
from marketplace.core.clock import now
from marketplace.core.errors import Conflict, Unavailable

DATABASE_FILE = "database.sqlite3"
DATABASE_DUMP = "database.pgdump"
KEPT = ("demo-accounts.json", "demo-loaded", "founded")


def back_up(settings: Settings, target: Path) -> str:
    """Write a backup into the new folder `target` and the keys into `target-keys`."""
    if target.exists() and any(target.iterdir()):
        raise Conflict("backup_folder_not_empty", folder=str(target))
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    _copy_database(settings, target)
    files = _files_folder(settings)
    if files.exists():
        shutil.copytree(files, target / "files", ignore=shutil.ignore_patterns("staged"))
    for name in KEPT:
        if (settings.data_dir / name).exists():
            shutil.copy2(settings.data_dir / name, target / name)
    keys = _keys_beside(target)
    shutil.copytree(settings.key_dir, keys)
    keys.chmod(0o700)
    (target / "made-at").write_text(now().isoformat())
    return f"{target} (keys: {keys})"


def restore(settings: Settings, source: Path) -> str:
    """Lay the backup `source` (keys in `source-keys`) into empty folders and an empty database."""
    files = _files_folder(settings)
    for folder in (files, settings.key_dir):
        if folder.exists() and any(folder.iterdir()):
            raise Conflict("restore_target_not_empty", folder=str(folder))
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    _lay_database(settings, source)
    if (source / "files").exists():
        shutil.copytree(source / "files", files, dirs_exist_ok=True)
    shutil.copytree(_keys_beside(source), settings.key_dir, dirs_exist_ok=True)
    settings.key_dir.chmod(0o700)
    for name in KEPT:
        if (source / name).exists():
            shutil.copy2(source / name, settings.data_dir / name)
    return str(settings.data_dir)


def _keys_beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-keys")


def _files_folder(settings: Settings) -> Path:
    parts = urlsplit(settings.storage_url)
    if parts.scheme != "file":
        raise Conflict("storage_has_its_own_backup", storage=parts.scheme)
    return Path(parts.path)


def _sqlite_file(settings: Settings) -> Path | None:
    prefix = "sqlite:///"
    if settings.database_url.startswith(prefix):
        return Path(settings.database_url.removeprefix(prefix))
    return None


def _copy_database(settings: Settings, target: Path) -> None:
    file = _sqlite_file(settings)
    if file is None:
        _run("pg_dump", "--format=custom", f"--file={target / DATABASE_DUMP}", _plain(settings))
        return
    source, copy = sqlite3.connect(file), sqlite3.connect(target / DATABASE_FILE)
    try:
        source.backup(copy)
    finally:
        source.close()
        copy.close()


def _lay_database(settings: Settings, source: Path) -> None:
    file = _sqlite_file(settings)
    if file is None:
        dump = str(source / DATABASE_DUMP)
        _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={_plain(settings)}", dump)
        return
    if file.exists():
        raise Conflict("restore_target_not_empty", folder=str(file))
    shutil.copy2(source / DATABASE_FILE, file)


def _plain(settings: Settings) -> str:
    return settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)


def _run(program: str, *arguments: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise Unavailable("program_missing", program=program)
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise Unavailable("program_failed", program=program, reason=done.stderr.strip()[-300:])
