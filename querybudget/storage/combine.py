"""Put the files of several processes or machines into one; which attempt of a test counts, its views tell."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from querybudget.errors import UnusableData
from querybudget.storage.files import advice, lacks_log, open_checked, uri_of
from querybudget.storage.schema import RUNNING, create

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
    with closing(_connected(paths)) as connection:
        try:
            if not connection.execute("PRAGMA schema_version").fetchone()[0]:
                create(connection)
                combine(connection, paths, on_progress=on_progress)
            yield connection
        except sqlite3.DatabaseError as error:
            damaged = next((path for path in paths if _is_damaged(path)), paths[0])
            raise UnusableData(f"{damaged} is damaged ({error}). {advice(damaged)}") from error


def _connected(paths: Sequence[Path]) -> sqlite3.Connection:
    """Connect to the only file; of several, or where one lacks its log, to a database without a name."""
    if len(paths) == 1:
        connection = open_checked(paths[0])
        if not lacks_log(paths[0]):
            return connection
        connection.close()
    # SQLite keeps it in memory while it is small, and in a file of its own beyond.
    return sqlite3.connect("", uri=True)


def combine(
    into: sqlite3.Connection,
    paths: Sequence[Path],
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> int:
    """Copy files into an empty data file and commit.

    All attempts are kept; an attempt that stands in several files, as in copies of one, is taken once, and
    from one in which it ended.

    Returns:
        How many tests stood in more than one run.

    Raises:
        UnusableData: as for `opened`.

    """
    for path in paths:
        open_checked(path).close()
    for table in ("taken_test", "taken_request"):
        into.execute(f"CREATE TEMP TABLE {table} (id INTEGER PRIMARY KEY)")
    # The result does not depend on the order in which they are given.
    ordered = sorted(paths, key=lambda path: path.name)
    for number, path in enumerate(ordered, 1):
        try:
            _copy(into, path)
        except sqlite3.DatabaseError as error:
            if _is_damaged(path):
                raise UnusableData(f"{path} is damaged ({error}). {advice(path)}") from error
            raise
        if on_progress is not None:
            on_progress(number, len(ordered))
    return int(into.execute(_IN_SEVERAL_RUNS).fetchone()[0])


_IN_SEVERAL_RUNS = """
SELECT COUNT(*) FROM (SELECT 1 FROM test GROUP BY node_id HAVING COUNT(DISTINCT run_id) > 1)
"""


def _copy(into: sqlite3.Connection, path: Path) -> None:
    into.execute("ATTACH ? AS part", (uri_of(path),))
    try:
        # In one transaction: a file that is written to meanwhile is read as it stands at one moment.
        with into:
            _copy_shared(into, lacks_log=lacks_log(path))
            _copy_tests(into)
    finally:
        into.execute("DETACH part")


def _copy_shared(into: sqlite3.Connection, *, lacks_log: bool) -> None:
    """Copy what belongs to no test."""
    into.execute(_RUNS)
    into.execute(_PROCESSES, (lacks_log,))
    for table, columns in _tables(into).items():
        if table not in {"run", "process", "test", "request"} and not _KEYS & set(columns):
            into.execute(f"INSERT OR IGNORE INTO main.{table} SELECT * FROM part.{table}")  # noqa: S608


# Each process of a run says when that run began for it: the earliest is the run's. `WHERE true` because
# SQLite would read `ON` as that of a join.
_RUNS = """
INSERT INTO main.run SELECT * FROM part.run WHERE true
ON CONFLICT (run_id) DO UPDATE SET started_at = MIN(started_at, excluded.started_at)
"""
# Where a copy is whole, what another copy lacks is there. One that let go of its file left no log to lose.
_PROCESSES = """
INSERT INTO main.process
    SELECT run_id, pid, machine, began, is_closed, NOT is_closed AND (lacks_log OR ?)
    FROM part.process WHERE true
ON CONFLICT (run_id, pid) DO UPDATE
    SET is_closed = MAX(is_closed, excluded.is_closed), lacks_log = MIN(lacks_log, excluded.lacks_log)
"""


def _copy_tests(into: sqlite3.Connection) -> None:
    """Copy the attempts of one file that are not there yet, with all that hangs on them."""
    into.execute("DELETE FROM temp.taken_test")
    into.execute("DELETE FROM temp.taken_request")
    into.execute(_DROP_BEGUN, (RUNNING, RUNNING))
    into.execute(_TAKE)
    into.execute(
        "INSERT INTO temp.taken_request SELECT id FROM part.request WHERE test_id IN temp.taken_test"
    )
    # Keys to tests and requests are moved past those that are there already.
    tests, requests = (_highest(into, table) for table in ("test", "request"))
    own = {"test": {"id": tests}, "request": {"id": requests}}
    shift = {"test_id": tests, "request_id": requests}
    for table, columns in _tables(into).items():
        if table in own or _KEYS & set(columns):
            _copy_table(into, table, columns, {**shift, **own.get(table, {})})


_KEYS = {"test_id", "request_id"}


def _tables(into: sqlite3.Connection) -> dict[str, list[str]]:
    """Return the columns of every table there is, so that none is forgotten."""
    names = into.execute("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return {
        table: [column for _, column, *_ in into.execute(f"PRAGMA main.table_info({table})")]
        for (table,) in names
    }


_SAME = "m.node_id = t.node_id AND m.run_id = t.run_id AND m.pid = t.pid AND m.attempt = t.attempt"
# Of two copies of a file the later may hold the end of what in the earlier has only begun, with no request.
_DROP_BEGUN = f"""
DELETE FROM main.test AS m WHERE outcome = ? AND EXISTS (
    SELECT 1 FROM part.test AS t WHERE {_SAME} AND t.outcome <> ?
)
"""  # noqa: S608 - a constant
_TAKE = f"""
INSERT INTO temp.taken_test SELECT id FROM part.test AS t
WHERE NOT EXISTS (SELECT 1 FROM main.test AS m WHERE {_SAME})
"""  # noqa: S608 - the same


def _highest(into: sqlite3.Connection, table: str) -> int:
    return int(into.execute(f"SELECT COALESCE(MAX(id), 0) FROM main.{table}").fetchone()[0])  # noqa: S608


def _copy_table(
    into: sqlite3.Connection, table: str, columns: Sequence[str], shift: Mapping[str, int]
) -> None:
    moved = ", ".join(f"{name} + {shift[name]}" if name in shift else name for name in columns)
    key = next(name for name in ("test_id", "request_id", "id") if name in columns)
    taken = "taken_request" if key == "request_id" else "taken_test"
    into.execute(
        f"INSERT INTO main.{table} SELECT {moved} FROM part.{table} WHERE {key} IN temp.{taken}"  # noqa: S608
    )


def _is_damaged(path: Path) -> bool:
    try:
        with closing(open_checked(path)) as connection:
            return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok")
    except (UnusableData, sqlite3.DatabaseError):
        return True
