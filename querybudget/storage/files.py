"""Find the files of a run, and open them only once they are known to be data of this version."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

from querybudget.errors import UnusableData
from querybudget.storage.schema import APPLICATION_ID, DIRECTORY, SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIX = ".sqlite3"
_RUN = re.compile(r"(?P<run>\d{8}T\d{6}-[0-9a-f]{8})-\d+\.sqlite3$")

_LOGGING = b"\x02\x02"
"""Bytes 18 and 19 of a file in WAL mode, by SQLite's file format, 1.3.3."""


def advice(path: Path) -> str:
    """Say what to do about a file that cannot be read; to delete only what a run has written."""
    if path.parent.name == DIRECTORY and _RUN.match(path.name):
        return "Delete it and run pytest again."
    return f"Expected a data file of a run, as they stand in {DIRECTORY}/."


def runs_in(directory: Path) -> dict[str, list[Path]]:
    """List the files of each run in a directory, the earliest first, each run's sorted.

    Raises:
        UnusableData: when there is none.

    """
    found: dict[str, list[Path]] = {}
    for path in sorted(directory.glob(f"*{_SUFFIX}")):
        if match := _RUN.match(path.name):
            found.setdefault(match["run"], []).append(path)
    if not found:
        raise UnusableData(
            f"No run data in {directory}. Run pytest with querybudget installed"
            " first; a run whose tests make no request leaves none."
        )
    return found


def files_of_run(directory: Path, run_id: str | None = None) -> list[Path]:
    """List the files of a run, of the latest where none is named; sorted.

    Raises:
        UnusableData: when there is no data, or none of that run.

    """
    found = runs_in(directory)
    wanted = run_id or max(found)
    if wanted not in found:
        raise UnusableData(f"No data of run {wanted} in {directory}. Runs there: {', '.join(found)}.")
    return found[wanted]


def directory_at(path: Path) -> Path:
    """Return the directory of run data that a directory given by a person stands for: in it, or itself."""
    return path if path.name == DIRECTORY or not (path / DIRECTORY).is_dir() else path / DIRECTORY


def files_at(path: Path) -> list[Path]:
    """List the files a path given by a person stands for: itself, or the latest run in or below it.

    Raises:
        UnusableData: when there is nothing.

    """
    if path.is_dir():
        return files_of_run(directory_at(path))
    if path.is_file():
        return [path]
    raise UnusableData(f"{path} is not there. Expected a data file, a {DIRECTORY} directory or a project.")


def lacks_log(path: Path) -> bool:
    """Tell whether a file is without the write-ahead log that belongs to it, as one that was copied alone.

    Its process was killed, or is at work elsewhere: by itself it folds the log into the file.
    """
    real = path.resolve()
    log = _log_of(real)
    # A reader leaves an empty one. Looked at first: a file that this process writes has one, and to
    # open and close that here would take its locks away.
    if log.is_file() and log.stat().st_size:
        return False
    with real.open("rb") as file:
        return file.read(20)[18:] == _LOGGING


def uri_of(path: Path) -> str:
    """Return how SQLite is asked to read a file and to change nothing."""
    # Without its log SQLite would make an empty one, which nothing would tell from a real one.
    return f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if lacks_log(path) else ''}"


def open_checked(path: Path) -> sqlite3.Connection:
    """Open a data file to read it.

    Raises:
        UnusableData: when it is foreign, of another schema version, or damaged.

    """
    try:
        connection = sqlite3.connect(uri_of(path), uri=True)
    except (OSError, sqlite3.Error) as error:
        raise _unreadable(path, error) from error
    try:
        _check(connection, path)
    except UnusableData:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        is_empty = not connection.execute("PRAGMA schema_version").fetchone()[0]
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error
    if is_empty and not application and _RUN.match(path.name):
        raise UnusableData(
            f"{path} is empty: what its process recorded is in its write-ahead log, and"
            f" {_log_of(path).name} is not beside it. {WHOLE} Else delete the file."
        )
    if application != APPLICATION_ID:
        raise UnusableData(f"{path} is no data file of querybudget. {_foreign(path)}")
    if version != SCHEMA_VERSION:
        age = "a newer" if version > SCHEMA_VERSION else "an older"
        raise UnusableData(
            f"{path} was written by {age} querybudget (schema {version}, this one reads {SCHEMA_VERSION})."
            " Run pytest again with this version."
        )


WHOLE = (
    f"Copy the whole of {DIRECTORY}/, with all that stands beside a file; uploads often skip hidden names."
)


def _foreign(path: Path) -> str:
    return f"Move it out of {path.parent}." if path.parent.name == DIRECTORY else advice(path)


def _unreadable(path: Path, error: Exception) -> UnusableData:
    if _log_of(path.resolve()).is_file() and "unable to open" in str(error):
        return UnusableData(
            f"{path} cannot be read ({error}): beside its write-ahead log SQLite needs to write."
            " Copy the directory to where you may write, and read it there."
        )
    return UnusableData(f"{path} cannot be read ({error}). {advice(path)}")


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
