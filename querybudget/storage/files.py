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


def advice(path: Path) -> str:
    """Say what to do about a file that cannot be read; to delete only what a run has written."""
    if path.parent.name == DIRECTORY and _RUN.match(path.name):
        return "Delete it and run pytest again."
    return f"Expected a data file of a run, as they stand in {DIRECTORY}/."


def foreign_advice(path: Path) -> str:
    """Say what to do about a database of somebody else: it is in the way only where runs are looked for."""
    if path.parent.name == DIRECTORY:
        return f"Move it out of {path.parent}."
    return advice(path)


def files_of_run(directory: Path, run_id: str | None = None) -> list[Path]:
    """List the files of a run, of the latest where none is named; sorted.

    Raises:
        UnusableData: when there is no data, or none of that run.

    """
    found = [
        (match["run"], path)
        for path in sorted(directory.glob(f"*{_SUFFIX}"))
        if (match := _RUN.match(path.name))
    ]
    if not found:
        raise UnusableData(
            f"No run data in {directory}. Run pytest with querybudget installed"
            " first; a run whose tests make no request leaves none."
        )
    wanted = run_id or max(run for run, _ in found)
    files = [path for run, path in found if run == wanted]
    if not files:
        runs = ", ".join(sorted({run for run, _ in found}))
        raise UnusableData(f"No data of run {wanted} in {directory}. Runs there: {runs}.")
    return files


def files_at(path: Path) -> list[Path]:
    """List the files a path given by a person stands for: itself, or the latest run in or below it.

    Raises:
        UnusableData: when there is nothing.

    """
    if path.is_dir():
        return files_of_run(
            path if path.name == DIRECTORY or not (path / DIRECTORY).is_dir() else path / DIRECTORY
        )
    if path.is_file():
        return [path]
    raise UnusableData(f"{path} is not there. Expected a data file, a {DIRECTORY} directory or a project.")


def open_checked(path: Path) -> sqlite3.Connection:
    """Open a data file to read it.

    Raises:
        UnusableData: when it is foreign, of another schema version, or damaged.

    """
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise UnusableData(f"{path} cannot be read ({error}). {advice(path)}") from error
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
    except sqlite3.Error as error:
        raise UnusableData(f"{path} cannot be read ({error}). {advice(path)}") from error
    if application != APPLICATION_ID:
        raise UnusableData(f"{path} is no data file of querybudget. {foreign_advice(path)}")
    if version != SCHEMA_VERSION:
        age = "a newer" if version > SCHEMA_VERSION else "an older"
        raise UnusableData(
            f"{path} was written by {age} querybudget (schema {version}, this one reads {SCHEMA_VERSION})."
            " Run pytest again with this version."
        )
