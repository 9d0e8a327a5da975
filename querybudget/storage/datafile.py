"""Write one process's part of a run: a commit per test, so that a killed process loses one test."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from querybudget.errors import QueryBudgetWarning
from querybudget.storage.schema import APPLICATION_ID, DIRECTORY, SCHEMA_VERSION, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from querybudget.records import Finding, Group, Place, Request
    from querybudget.verdicts import Judgement

RUNS_KEPT = 5
"""Older runs are deleted when a new one writes its first test."""

_FILE = re.compile(r"(?P<run>\d{8}T\d{6}-[0-9a-f]{8})-\d+\.sqlite3(?:-wal|-shm)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRecord:
    """What is kept of one attempt at a test."""

    __test__ = False

    node_id: str
    attempt: int
    """Counted from 1; reports read the last."""
    outcome: str
    """`passed`, `failed` or `skipped`."""
    judgements: Sequence[Judgement]
    """Of its requests, each once."""
    others: Sequence[Judgement] = ()
    """Of its blocks, and of requests judged by these: only the verdicts are kept."""


def _warn(message: str) -> None:
    warnings.warn(message, QueryBudgetWarning, stacklevel=3)


def new_run_id(now: datetime, token: str) -> str:
    """Make an id that sorts by time: UTC to the second, then eight hex digits."""
    return f"{now:%Y%m%dT%H%M%S}-{token}"


class DataFile:
    """The file of one process; created with its first test, reopened after a fork."""

    def __init__(
        self, root: Path, run_id: str, started_at: datetime, *, tell: Callable[[str], None] | None = None
    ) -> None:
        self._directory = root / DIRECTORY
        self._run_id = run_id
        self._started_at = started_at
        self._tell = tell or _warn
        self.in_memory: sqlite3.Connection | None = None
        """Where nothing can be written, the data itself, until it is closed."""
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    @property
    def directory(self) -> Path:
        """Where the files of all runs lie."""
        return self._directory

    @property
    def run_id(self) -> str:
        """The run this file is part of."""
        return self._run_id

    def write(self, test: TestRecord) -> None:
        """Add one test with all its requests, and commit."""
        connection = self._open()
        with connection:
            test_id = connection.execute(
                "INSERT INTO test (node_id, attempt, outcome) VALUES (?, ?, ?)",
                (test.node_id, test.attempt, test.outcome),
            ).lastrowid
            for judgement in test.judgements:
                if judgement.request is not None:
                    _write_request(connection, test_id, judgement.request)
            for judgement in (*test.judgements, *test.others):
                _write_verdicts(connection, test_id, judgement)

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        connection, self._connection, self.in_memory = self._connection, None, None
        if connection is None or self._pid != os.getpid():
            return
        with suppress(sqlite3.Error):
            # Readers of a file in WAL mode would leave two more files beside it. It may be gone by now,
            # or be read by somebody; what was committed is there all the same.
            connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._pid != os.getpid():
            self._pid = os.getpid()
            self._connection = self._create()
        return self._connection

    def _create(self) -> sqlite3.Connection:
        try:
            path = self._prepare()
            connection = sqlite3.connect(path)
        except (OSError, sqlite3.Error) as error:
            self._tell(
                f"querybudget cannot write to {self._directory} ({error}): this run's counts are kept in"
                " memory and `querybudget report` will not see them."
            )
            connection = self.in_memory = sqlite3.connect(":memory:")
        connection.executescript(
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};"
            f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {TABLES}"
        )
        connection.execute("INSERT INTO run VALUES (?, ?)", (self._run_id, self._started_at.isoformat()))
        connection.commit()
        return connection

    def _prepare(self) -> Path:
        """Make the directory and the file, readable by their owner only; drop runs of long ago."""
        self._directory.mkdir(mode=0o700, exist_ok=True)
        ignore = self._directory / ".gitignore"
        if not ignore.exists():
            ignore.write_text("# Run data of querybudget; safe to delete.\n*\n", encoding="utf-8")
        self._drop_old_runs()
        path = self._directory / f"{self._run_id}-{self._pid}.sqlite3"
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return path

    def _drop_old_runs(self) -> None:
        files = [
            (match["run"], path) for path in self._directory.iterdir() if (match := _FILE.match(path.name))
        ]
        kept = sorted({run for run, _ in files} | {self._run_id})[-RUNS_KEPT:]
        for run, path in files:
            if run not in kept:
                path.unlink(missing_ok=True)


def _write_request(connection: sqlite3.Connection, test_id: int | None, request: Request) -> None:
    measures = request.measures
    row = (
        test_id,
        request.action,
        request.method,
        request.path,
        request.status,
        request.items,
        measures.queries,
        measures.reads,
        measures.writes,
        measures.duplicates,
        measures.n_plus_one,
        measures.shapes,
    )
    request_id = connection.execute(
        "INSERT INTO request (test_id, action, method, path, status, items, queries, reads, writes,"
        " duplicates, n_plus_one, shapes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    ).lastrowid
    connection.executemany(
        "INSERT OR IGNORE INTO statement VALUES (?, ?, ?, ?)",
        [_statement_row(group) for group in request.analysis.groups],
    )
    connection.executemany(
        "INSERT INTO query_group VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(request_id, *_group_row(group)) for group in request.analysis.groups],
    )
    connection.executemany(
        "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(request_id, *_finding_row(finding)) for finding in request.analysis.findings],
    )


def _statement_row(group: Group) -> tuple[object, ...]:
    fingerprint = group.first.fingerprint
    return fingerprint.id, fingerprint.shape, fingerprint.kind, json.dumps(fingerprint.tables)


def _group_row(group: Group) -> tuple[object, ...]:
    first = group.first
    relation = str(first.origin.relation) if first.origin.relation else None
    return (
        first.fingerprint.id,
        len(group.events),
        group.n_parameter_sets,
        sum(event.duration_ns for event in group.events),
        first.origin.kind,
        relation,
        first.field,
        *_place_columns(first.place),
    )


def _finding_row(finding: Finding) -> tuple[object, ...]:
    site = finding.call_site
    return (
        finding.code,
        finding.title,
        finding.proof,
        finding.count,
        finding.what,
        finding.statement,
        finding.relation,
        finding.field,
        *_place_columns(site),
        site.source if site else None,
        finding.fix.edit if finding.fix else None,
        finding.fix.queryset if finding.fix else None,
        *_place_columns(finding.fix.place if finding.fix else None),
    )


def _place_columns(place: Place | None) -> tuple[object, ...]:
    return (place.path, place.line, place.function) if place else (None, None, None)


def _write_verdicts(connection: sqlite3.Connection, test_id: int | None, judgement: Judgement) -> None:
    rows = []
    for verdict in judgement.verdicts:
        holding = verdict.holding
        limit, where = holding.limit.limit, holding.declaration.where
        if limit is None:
            continue
        rows.append(
            (
                test_id,
                judgement.name,
                holding.limit.measure,
                holding.limit.key,
                limit.lower,
                limit.upper,
                verdict.observed,
                verdict.status,
                where.path if where else None,
                where.line if where else None,
                holding.declaration.reason,
            )
        )
    connection.executemany("INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
