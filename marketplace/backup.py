"""Backup and restore: the database first, then the files it refers to, the keys apart.

Files are content-addressed and never changed, so a copy of them made after the database's holds
everything the database knows. Keys go into a folder of their own, to be kept elsewhere.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url

from marketplace.config import Settings
from marketplace.core.clock import now
from marketplace.core.errors import Conflict, Unavailable

DATABASE_FILE = "database.sqlite3"
DATABASE_DUMP = "database.pgdump"
KEPT = ("demo-accounts.json", "demo-loaded", "founded")


def back_up(settings: Settings, target: Path) -> str:
    """Write a backup into the new folder `target` and the keys into `target-keys`."""
    for folder in (target, _keys_beside(target)):
        if folder.exists() and any(folder.iterdir()):
            raise Conflict("backup_folder_not_empty", folder=str(folder))
    try:
        return _write(settings, target)
    except (OSError, shutil.Error, sqlite3.Error) as failed:
        raise Unavailable("program_failed", program="backup", reason=str(failed)[-300:]) from failed


def _write(settings: Settings, target: Path) -> str:
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    _copy_database(settings, target)
    files = _files_folder(settings)
    if files.exists():
        left_out = shutil.ignore_patterns("staged")
        shutil.copytree(files, target / "files", ignore=left_out, copy_function=_copy_if_there)
    for name in KEPT:
        if (settings.data_dir / name).exists():
            shutil.copy2(settings.data_dir / name, target / name)
    keys = _keys_beside(target)
    shutil.copytree(settings.key_dir, keys, dirs_exist_ok=True)
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


def _copy_if_there(source: str, target: str) -> None:
    """A file destroyed while the copy is made is one that nobody wants back."""
    with contextlib.suppress(FileNotFoundError):
        shutil.copy2(source, target)


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
        _run("pg_dump", settings, "--format=custom", f"--file={target / DATABASE_DUMP}")
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
        _run("pg_restore", settings, "--no-owner", "--exit-on-error", dump)
        return
    if file.exists():
        raise Conflict("restore_target_not_empty", folder=str(file))
    shutil.copy2(source / DATABASE_FILE, file)


def _run(program: str, settings: Settings, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; no password stands in the list of processes."""
    path = shutil.which(program)
    if path is None:
        raise Unavailable("program_missing", program=program)
    url = make_url(settings.database_url).set(drivername="postgresql")
    environment = dict(os.environ) | ({"PGPASSWORD": str(url.password)} if url.password else {})
    database = url.set(password=None).render_as_string()
    done = subprocess.run(  # noqa: S603 - our own command
        [path, f"--dbname={database}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Unavailable("program_failed", program=program, reason=done.stderr.strip()[-300:])
