"""Read the files of one run back as a single result."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from contextlib import ExitStack, closing
from statistics import median_low
from typing import TYPE_CHECKING, Any

from querybudget.errors import UnusableData
from querybudget.records import Finding, Fix, Place, Proof
from querybudget.results import ActionCounts, RunResult
from querybudget.storage.schema import APPLICATION_ID, DIRECTORY, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_SUFFIX = ".sqlite3"
_RUN = re.compile(r"(?P<run>\d{8}T\d{6}-[0-9a-f]{8})-\d+\.sqlite3$")


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
        raise UnusableData(f"No run data in {directory}. Run pytest with querybudget installed first.")
    wanted = run_id or max(run for run, _ in found)
    files = [path for run, path in found if run == wanted]
    if not files:
        runs = ", ".join(sorted({run for run, _ in found}))
        raise UnusableData(f"No data of run {wanted} in {directory}. Runs there: {runs}.")
    return files


def read_latest(root: Path) -> RunResult:
    """Read the latest run below a project's root.

    Raises:
        UnusableData: when there is none, or a file is foreign, newer or damaged.

    """
    return read(files_of_run(root / DIRECTORY))


def read(paths: Sequence[Path]) -> RunResult:
    """Read the files of one run into one result.

    Raises:
        UnusableData: when a file is foreign, of another schema version, or damaged.

    """
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(_open(path))) for path in paths]
        try:
            return read_open(connections)
        except sqlite3.DatabaseError as error:
            damaged = next(
                (path for path, each in zip(paths, connections, strict=True) if _is_damaged(each)), paths[0]
            )
            raise UnusableData(f"{damaged} is damaged ({error}). Delete it and run pytest again.") from error


def _is_damaged(connection: sqlite3.Connection) -> bool:
    try:
        for query in (_REQUESTS, _FINDINGS, _EXCEEDED, _STARTED):
            connection.execute(query).fetchone()
    except sqlite3.DatabaseError:
        return True
    return False


def read_open(connections: Iterable[sqlite3.Connection]) -> RunResult:
    """Read the data of one run from connections that are open; see `read`."""
    rows: list[tuple[Any, ...]] = []
    findings: dict[str, list[Finding]] = defaultdict(list)
    exceeded = 0
    started: list[str] = []
    for connection in connections:
        rows += connection.execute(_REQUESTS)
        for action, *columns in connection.execute(_FINDINGS):
            findings[action].append(_finding(columns))
        exceeded += connection.execute(_EXCEEDED).fetchone()[0]
        started += connection.execute(_STARTED).fetchone()
    return RunResult(
        started_at=min(started, default=""),
        n_tests=len({row[1] for row in rows}),
        n_requests=len(rows),
        n_queries=sum(row[3] for row in rows),
        n_exceeded=exceeded,
        actions=_actions(rows, findings),
    )


_STARTED = "SELECT started_at FROM run"
_REQUESTS = """
SELECT action, node_id, status, queries, reads, writes
FROM request JOIN last_attempt ON last_attempt.id = test_id
"""
_FINDINGS = """
SELECT action, code, title, proof, count, what, statement, relation, field, finding.path, line, function,
    source, fix_edit, fix_queryset, fix_path, fix_line, fix_function
FROM finding JOIN request ON request.id = request_id JOIN last_attempt ON last_attempt.id = test_id
"""
_EXCEEDED = """
SELECT COUNT(*) FROM verdict JOIN last_attempt ON last_attempt.id = test_id WHERE status <> 'within'
"""


def _open(path: Path) -> sqlite3.Connection:
    """Open a data file to read it, after making sure that it is one."""
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise UnusableData(f"{path} cannot be read ({error}). Delete it and run pytest again.") from error
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
        raise UnusableData(f"{path} cannot be read ({error}). Delete it and run pytest again.") from error
    if application != APPLICATION_ID:
        raise UnusableData(f"{path} is no data file of querybudget. Move it out of {path.parent}.")
    if version != SCHEMA_VERSION:
        age = "a newer" if version > SCHEMA_VERSION else "an older"
        raise UnusableData(
            f"{path} was written by {age} querybudget (schema {version}, this one reads {SCHEMA_VERSION})."
            " Run pytest again with this version."
        )


def _finding(columns: Sequence[Any]) -> Finding:
    code, title, proof, count, what, statement, relation, field, path, line, function, source, *fix = columns
    return Finding(
        code=code,
        title=title,
        proof=Proof(proof),
        count=count,
        what=what,
        statement=statement,
        relation=relation,
        call_site=_place(path, line, function, source),
        field=field,
        fix=Fix(edit=fix[0], queryset=fix[1], place=_place(*fix[2:])) if fix[0] else None,
    )


def _place(path: str | None, line: int, function: str, source: str = "") -> Place | None:
    return Place(path=path, line=line, function=function, source=source) if path else None


def _actions(rows: Iterable[tuple[Any, ...]], findings: dict[str, list[Finding]]) -> tuple[ActionCounts, ...]:
    by_action: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        by_action[row[0]].append(row)
    counts = [_counts(action, each, findings.get(action, ())) for action, each in by_action.items()]
    return tuple(sorted(counts, key=lambda each: (-each.n_plus_one, -(each.maximum or 0), each.action)))


ERROR_STATUS = 400


def _counts(action: str, rows: Sequence[tuple[Any, ...]], findings: Iterable[Finding]) -> ActionCounts:
    """Count one action; answers of 400 and above are told apart, since a refusal is no measure."""
    answered = [row for row in rows if row[2] is not None and row[2] < ERROR_STATUS]
    queries = sorted(row[3] for row in answered)
    return ActionCounts(
        action=action,
        n_requests=len(rows),
        n_refused=len(rows) - len(answered),
        n_tests=len({row[1] for row in rows}),
        minimum=queries[0] if queries else None,
        median=median_low(queries) if queries else None,
        maximum=queries[-1] if queries else None,
        reads=max((row[4] for row in answered), default=None),
        writes=max((row[5] for row in answered), default=None),
        findings=_worst_of_each(findings),
    )


def _worst_of_each(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep of the same problem, seen in many requests, the one that cost most."""
    worst: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        site = finding.call_site
        key = (
            finding.code,
            finding.relation,
            finding.statement,
            finding.field,
            site.path if site else "",
            site.line if site else 0,
        )
        if key not in worst or worst[key].count < finding.count:
            worst[key] = finding
    return tuple(sorted(worst.values(), key=lambda each: (each.code, -each.count, each.what)))
