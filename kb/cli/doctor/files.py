"""Files and folders: who may read them, how much space is left, what an interrupted command left behind."""

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from kb.backup.encryption import read_keys
from kb.backup.kept_files import RESTORING
from kb.backup.retention import newest
from kb.backup.service import unfinished
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.errors import Refused
from kb.core.sqlite import WAL_BYTES
from kb.server import worker_records

from ..context import Context, message_text
from ..file_modes import open_to_others
from .lines import Line

_SHOWN = 3
_EXITS_SHOWN = 5
_DAILY = timedelta(hours=36)
_WEEK = timedelta(days=7)
_LITTLE_BYTES = 1 << 30
_LEAST_BYTES = 1 << 28


def mode_lines(context: Context) -> Iterator[Line]:
    """Whether other users of this machine may read what is ours."""
    wide = open_to_others(context)
    if not wide:
        yield Line.ok("files", "other users cannot read them")
        return
    shown = ", ".join(f"{path} ({mode:04o})" for path, mode in list(wide.items())[:_SHOWN])
    more = f" and {len(wide) - _SHOWN} more" if len(wide) > _SHOWN else ""
    yield Line.problem("files", f"other users can read {shown}{more}", "to fix it, run `kb seed` as their owner")


def sqlite_lines(database: Database) -> Iterator[Line]:
    """What lies beside SQLite's file."""
    file = database.file
    if file is None:
        return
    for folder in file.parent.glob(f"{RESTORING}*"):
        text = f"an earlier restoration did not finish; {folder} may contain the database from before it"
        yield Line.problem("restore", text, "check that the site has the right data, then delete that folder")
    log = Path(f"{file}-wal")
    size = log.stat().st_size if log.exists() else 0
    line = Line.ok if size <= 4 * WAL_BYTES else Line.problem
    yield line("write-ahead log", f"{size / 1024:,.0f} KB not yet written to {file}")


def disk_lines(context: Context, database: Database) -> Iterator[Line]:
    """How much space each folder has that the site writes to."""
    config = context.config
    folders = {"search index": config.search_index, "instance": config.instance, "releases": config.releases_folder}
    if database.file is not None:
        folders = {"database": database.file.parent, **folders}
    if config.backups:
        folders["backups"] = Path(config.backups)
    for name, folder in folders.items():
        check = f"disk of {name}"
        there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        free = shutil.disk_usage(there).free
        text = f"{free / 1_000_000_000:,.1f} GB free for {folder}"
        advice = "make space, or move the folder to a larger disk"
        if not os.access(there, os.W_OK):
            yield Line.problem(check, f"{there} cannot be written to", "make the user who runs `kb serve` its owner")
        elif free < _LEAST_BYTES:
            yield Line.problem(check, text, advice)
        elif free < _LITTLE_BYTES:
            yield Line.warning(check, text, advice)
        else:
            yield Line.ok(check, text)


def backup_lines(context: Context) -> Iterator[Line]:
    """How old the newest backup is."""
    config = context.config
    for folder in unfinished([config.instance, *([Path(config.backups)] if config.backups else [])]):
        text = f"an earlier backup did not finish; its files are in {folder}"
        yield Line.warning("backups", text, "run `kb backup`, which removes them")
    advice = "run `kb backup` daily (docs/backups.md)"
    if not config.backups:
        text = "age unknown: KB_BACKUPS is not set"
        yield Line.ok("backups", text) if config.development else Line.warning("backups", text, advice)
        return
    backup = newest(Path(config.backups))
    if backup is None:
        yield Line.problem("backups", f"none in {config.backups}", advice)
        return
    age = now() - backup.made_at
    text = f"the newest is {backup.path}, {age / timedelta(hours=1):,.0f} hours old"
    if age <= _DAILY:
        yield Line.ok("backups", text)
    else:
        line = Line.problem if age > _WEEK else Line.warning
        yield line("backups", text, advice)


def backup_key_lines(context: Context) -> Iterator[Line]:
    """Whether the key that backups are encrypted with can be read, and by nobody else."""
    check, name = "backup key", context.config.backup_key_file
    if not name:
        return
    file = Path(name)
    try:
        keys = read_keys(file)
        is_open = bool(keys.secret) and bool(file.stat().st_mode & stat.S_IRWXO)
    except Refused as refused:
        advice = "correct KB_BACKUP_KEY_FILE; until then no backup is made"
        yield Line.problem(check, message_text(refused.message).rstrip("."), advice)
        return
    if is_open:
        yield Line.warning(check, f"other users can read {file}", f"run: chmod 600 {file}")
    else:
        yield Line.ok(check, f"{file} can be read")


def worker_lines(context: Context) -> Iterator[Line]:
    """The processes of `kb serve`, and the last ones that ended unexpectedly; these are a problem for a day."""
    there = worker_records.running_workers(context.config.instance)
    memory = [f"process {worker.pid} uses {worker.megabytes} MB" for worker in there if worker.megabytes is not None]
    shown = f": {', '.join(memory)}" if memory else ""
    running = f"{len(there)} of {context.config.workers} running{shown}" if there else "none running"
    yield Line.ok("workers", running)
    ended = worker_records.recent_exits(context.config.instance)[-_EXITS_SHOWN:]
    if not ended:
        yield Line.ok("workers", "none stopped unexpectedly")
    for exit_ in ended:
        text = f"{exit_.pid} ended at {exit_.at}: {exit_.cause}"
        if exit_.days_ago > 1:
            yield Line.ok("workers", text)
        else:
            yield Line.problem("workers", text, "see the log of `kb serve` at that time")
