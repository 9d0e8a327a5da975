"""Put the files of several processes or machines into one: a test once, its last attempt last."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from querybudget.errors import UnusableData
from querybudget.storage.files import advice, open_checked
from querybudget.storage.schema import APPLICATION_ID, RUNNING, SCHEMA_VERSION, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path


@contextmanager
def opened(
    paths: Sequence[Path], *, on_progress: Callable[[int, int], None] | None = None
) -> Iterator[sqlite3.Connection]:
    """Open one file as it is, several as one database that is gone afterwards.

    Raises:
        UnusableData: when a file is foreign, of another schema version, or damaged; also where that
            shows only while it is read.

    """
    try:
        # Without a name SQLite keeps it in memory while it is small, and in a file of its own beyond.
        connection = open_checked(paths[0]) if len(paths) == 1 else sqlite3.connect("", uri=True)
    except sqlite3.Error as error:
        raise UnusableData(f"{paths[0]} cannot be read ({error}). {advice(paths[0])}") from error
    with closing(connection):
        try:
            if len(paths) > 1:
                create(connection)
                combine(connection, paths, on_progress=on_progress)
            yield connection
        except sqlite3.DatabaseError as error:
            damaged = next((path for path in paths if _is_damaged(path)), paths[0])
            raise UnusableData(f"{damaged} is damaged ({error}). {advice(damaged)}") from error


def create(connection: sqlite3.Connection) -> None:
    """Make an empty database a data file."""
    connection.executescript(
        f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; {TABLES}"
    )


def combine(
    into: sqlite3.Connection,
    paths: Sequence[Path],
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> int:
    """Copy files into an empty data file and commit.

    A test that stands in several of them under the same attempt is taken from the file of the latest
    run; one that a dead process only began, only where no other finished it.

    Returns:
        How many tests stood in more than one file.

    Raises:
        UnusableData: as for `opened`.

    """
    for path in paths:
        open_checked(path).close()
    for table in ("taken_test", "taken_request"):
        into.execute(f"CREATE TEMP TABLE {table} (id INTEGER PRIMARY KEY)")
    # Names begin with the run's time: the latest first. The result does not depend on the order given.
    ordered = sorted(paths, key=lambda path: path.name, reverse=True)
    n_twice = 0
    for only_running in (False, True):
        for number, path in enumerate(ordered, 1):
            try:
                n_twice += _copy(into, path, only_running=only_running)
            except sqlite3.DatabaseError as error:
                if _is_damaged(path):
                    raise UnusableData(f"{path} is damaged ({error}). {advice(path)}") from error
                raise
            if on_progress is not None:
                on_progress(number + only_running * len(ordered), 2 * len(ordered))
    return n_twice


def _copy(into: sqlite3.Connection, path: Path, *, only_running: bool) -> int:
    into.execute("ATTACH ? AS part", (f"{path.resolve().as_uri()}?mode=ro",))
    try:
        with into:
            n_twice = _copy_attached(into, only_running=only_running)
    finally:
        into.execute("DETACH part")
    return n_twice


def _copy_attached(into: sqlite3.Connection, *, only_running: bool) -> int:
    """Copy the tests of one file that are wanted and not there yet, with all that hangs on them."""
    n_twice = into.execute(_TWICE, (only_running, RUNNING)).fetchone()[0]
    into.execute("DELETE FROM temp.taken_test")
    into.execute("DELETE FROM temp.taken_request")
    into.execute(_TAKE, (only_running, RUNNING))
    into.execute(
        "INSERT INTO temp.taken_request SELECT id FROM part.request WHERE test_id IN temp.taken_test"
    )
    for table in ("run", "ending", "ran", "known_action", "known_name", "statement", "declaration"):
        into.execute(f"INSERT OR IGNORE INTO main.{table} SELECT * FROM part.{table}")  # noqa: S608 - named above
    # Keys to tests and requests are moved past those that are there already.
    tests, requests = (_highest(into, table) for table in ("test", "request"))
    shifts = {"test": {"id": tests}, "request": {"id": requests, "test_id": tests}}
    for table in ("execution", "finding", "request_declaration", "test_declaration", "complaint", "verdict"):
        shifts[table] = {"test_id": tests, "request_id": requests}
    for table, shift in shifts.items():
        _copy_table(into, table, shift)
    return 0 if only_running else int(n_twice)


_THERE = "EXISTS (SELECT 1 FROM main.test AS m WHERE m.node_id = t.node_id AND m.attempt = t.attempt)"
_WANTED = "FROM part.test AS t WHERE ? = (t.outcome = ?)"
_TWICE = f"SELECT COUNT(*) {_WANTED} AND {_THERE}"
_TAKE = f"INSERT INTO temp.taken_test SELECT id {_WANTED} AND NOT {_THERE}"


def _highest(into: sqlite3.Connection, table: str) -> int:
    return int(into.execute(f"SELECT COALESCE(MAX(id), 0) FROM main.{table}").fetchone()[0])  # noqa: S608


def _copy_table(into: sqlite3.Connection, table: str, shift: Mapping[str, int]) -> None:
    names = [name for _, name, *_ in into.execute(f"PRAGMA main.table_info({table})")]
    columns = ", ".join(f"{name} + {shift[name]}" if name in shift else name for name in names)
    key = next(name for name in ("test_id", "request_id", "id") if name in names)
    taken = "taken_request" if key == "request_id" else "taken_test"
    into.execute(
        f"INSERT INTO main.{table} SELECT {columns} FROM part.{table} WHERE {key} IN temp.{taken}"  # noqa: S608
    )


def _is_damaged(path: Path) -> bool:
    try:
        with closing(open_checked(path)) as connection:
            return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok")
    except (UnusableData, sqlite3.DatabaseError):
        return True
