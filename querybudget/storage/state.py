"""Read how far a run has come: what has not ended and why, and whether it still goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.results import Unended, Unfinished
from querybudget.storage.datafile import file_name
from querybudget.storage.processes import Process, is_alive

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

# A run that has ended, or a process that let go of its file, is at work no more.
_OPEN = """
SELECT run_id, pid, machine, began FROM process
WHERE NOT is_closed AND run_id NOT IN (SELECT run_id FROM ending)
"""
_UNFINISHED = """
SELECT node_id, run_id, pid, EXISTS (SELECT 1 FROM last_attempt AS l WHERE l.node_id = u.node_id)
FROM unfinished AS u ORDER BY node_id, run_id, noted_ns
"""
_WITHOUT_LOG = "SELECT run_id, pid FROM process WHERE lacks_log"


def working(connection: sqlite3.Connection) -> dict[tuple[str, int], bool | None]:
    """Return the processes (run, number) that did not end by what is stored, and whether they still run.

    None where that cannot be told.
    """
    return {
        (run_id, pid): is_alive(Process(pid=pid, machine=machine, began=began))
        for run_id, pid, machine, began in connection.execute(_OPEN)
    }


def unfinished(
    connection: sqlite3.Connection, at_work: Mapping[tuple[str, int], bool | None]
) -> tuple[Unfinished, ...]:
    """Return the tests whose latest attempt has not ended; by node id."""
    found = {
        node_id: Unfinished(
            node_id=node_id, why=_why(at_work.get((run_id, pid), False)), has_earlier=bool(has_earlier)
        )
        for node_id, run_id, pid, has_earlier in connection.execute(_UNFINISHED)
    }
    return tuple(found.values())


def _why(is_at_work: object) -> Unended:
    if is_at_work is None:
        return Unended.UNKNOWN
    return Unended.RUNNING if is_at_work else Unended.CUT_OFF


def without_log(
    connection: sqlite3.Connection, at_work: Mapping[tuple[str, int], bool | None]
) -> tuple[str, ...]:
    """Return the names of files that lack their log; one made this moment has none yet."""
    lacking = [key for key in connection.execute(_WITHOUT_LOG) if not at_work.get(key)]
    return tuple(sorted(file_name(*key) for key in lacking))


def cut_off(
    connection: sqlite3.Connection, at_work: Mapping[tuple[str, int], bool | None]
) -> tuple[str, ...]:
    """Return the names of files that end without a word, and without a test that had begun a request."""
    begun = {(run_id, pid) for _, run_id, pid, _ in connection.execute(_UNFINISHED)}
    return tuple(
        sorted(file_name(*key) for key, is_alive in at_work.items() if not is_alive and key not in begun)
    )


def forget_machines(connection: sqlite3.Connection) -> None:
    """Make a copy not tell of processes that are at work now: later nobody knows how their tests ended."""
    for (run_id, pid), is_at_work in working(connection).items():
        if is_at_work:
            connection.execute("UPDATE process SET machine = '' WHERE run_id = ? AND pid = ?", (run_id, pid))
    connection.commit()
