"""Write one process's part of a run: a commit per test, so that a killed process loses one test."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import warnings
from contextlib import closing, contextmanager, suppress
from time import perf_counter_ns
from typing import TYPE_CHECKING

from querybudget.errors import QueryBudgetWarning
from querybudget.storage.processes import process
from querybudget.storage.rows import Noted, begin_test, storable, write_test
from querybudget.storage.schema import DIRECTORY, create

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from querybudget.records import Identity
    from querybudget.storage.rows import TestRecord

RUNS_KEPT = 5
"""Older runs are deleted when a new one writes its first test."""

_FILE = re.compile(
    r"(?P<name>(?P<run>\d{8}T\d{6}-[0-9a-f]{8})-\d+\.)(?:sqlite3(?:-wal|-shm)?|part)(?:-journal)?$"
)
"""What a run, or a combining that was cut off, may have left."""


def _warn(message: str) -> None:
    warnings.warn(message, QueryBudgetWarning, stacklevel=3)


def new_run_id(now: datetime, token: str) -> str:
    """Make an id that sorts by time: UTC to the second, then eight hex digits."""
    return f"{now:%Y%m%dT%H%M%S}-{token}"


def run_token(now: datetime, random: str) -> str:
    """Make the eight hex digits of a run id: the microsecond first, so that runs of one second sort too."""
    return f"{now.microsecond:05x}{random[:3]}"


class DataFile:
    """The file of one process; created with its first test, reopened after a fork."""

    def __init__(
        self,
        root: Path,
        run_id: str,
        started_at: datetime,
        *,
        tell: Callable[[str], None] | None = None,
        # Documented to be the same for all processes; bound here, as time may stand still in a test.
        clock: Callable[[], int] = perf_counter_ns,
    ) -> None:
        self._directory = root / DIRECTORY
        self._run_id = run_id
        self._started_at = started_at
        self._tell = tell or _warn
        self._clock = clock
        self.in_memory: sqlite3.Connection | None = None
        """Where nothing can be written, the data itself, until it is closed."""
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()
        self._inherited: list[sqlite3.Connection] = []
        self._pid = 0

    @property
    def directory(self) -> Path:
        """Where the files of all runs lie."""
        return self._directory

    @property
    def run_id(self) -> str:
        """The run this file is part of."""
        return self._run_id

    def begin(self, node_id: str, attempt: int) -> None:
        """Note that a test has begun to make requests, and commit."""
        with self._writing() as connection:
            begin_test(connection, node_id, attempt, self._noted())

    def write(self, test: TestRecord) -> None:
        """Add one test with all its requests, and commit."""
        with self._writing() as connection:
            write_test(connection, test, self._noted())

    def _noted(self) -> Noted:
        return Noted(run_id=self._run_id, pid=self._pid, at_ns=self._clock())

    def write_known(self, actions: Iterable[Identity], names: Mapping[str, Iterable[str]]) -> None:
        """Add the actions of the URLconf, and what a measure's keys may be, and commit."""
        with self._writing() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO known_name VALUES (?, ?)",
                [(measure, name) for measure, known in names.items() for name in sorted(known)],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO known_action VALUES (?, ?, ?)",
                [(each.action, each.method, each.route) for each in actions],
            )

    def write_ending(self, *, n_expected: int, ran: Iterable[str], is_narrowed: bool) -> None:
        """Note that the run ended by itself, and which tests of how many began, and commit."""
        with self._writing() as connection:
            row = (self._run_id, n_expected, is_narrowed)
            connection.execute("INSERT OR REPLACE INTO ending VALUES (?, ?, ?)", row)
            connection.executemany(
                "INSERT OR IGNORE INTO ran VALUES (?)", [(storable(node),) for node in ran]
            )

    @property
    def is_started(self) -> bool:
        """Tell whether this process has written anything."""
        return self._connection is not None and self._pid == os.getpid()

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        self._leave_parent()
        connection, self._connection, self.in_memory = self._connection, None, None
        if connection is None:
            return
        with suppress(sqlite3.Error):
            # Readers of a file in WAL mode would leave two more files beside it. It may be gone by now,
            # or be read by somebody; what was committed is there all the same.
            connection.execute("UPDATE process SET is_closed = 1")
            connection.commit()
            connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for one commit; a live server's thread may note a test while another writes."""
        self._leave_parent()
        with self._lock:
            connection = self._open()
            with connection:
                yield connection

    def _leave_parent(self) -> None:
        """After a fork, share nothing with the process this one was forked from."""
        if self._pid in {0, os.getpid()}:
            return
        if self._connection is not None:
            # SQLite allows neither to use it here nor to close it.
            self._inherited.append(self._connection)
            self._connection = self.in_memory = None
        # A thread that is not in this process may have held it.
        self._lock = threading.RLock()
        self._pid = 0

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._pid = os.getpid()
            self._connection = self._create()
        return self._connection

    def _create(self) -> sqlite3.Connection:
        try:
            return self._create_on_disk()
        except (OSError, sqlite3.Error) as error:
            self._tell(
                f"querybudget cannot write to {self._directory} ({error}): this run's counts are kept in"
                " memory and `querybudget report` will not see them."
            )
            self.in_memory = sqlite3.connect(":memory:", check_same_thread=False)
            self._make(self.in_memory)
            return self.in_memory

    def _create_on_disk(self) -> sqlite3.Connection:
        """Make the directory and the file, whole or not at all; drop runs of long ago."""
        prepare_directory(self._directory)
        drop_old_runs(self._directory, self._run_id)
        path = self._directory / file_name(self._run_id, self._pid)
        part = path.with_suffix(".part")
        create_private(part)
        try:
            # Before there is a log: a copy of the file alone, without its log, can then still be read.
            with closing(sqlite3.connect(part)) as connection:
                self._make(connection)
            put_in_place(part, path)
        finally:
            part.unlink(missing_ok=True)
        connection = sqlite3.connect(path, check_same_thread=False)
        try:
            connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _make(self, connection: sqlite3.Connection) -> None:
        create(connection)
        connection.execute("INSERT INTO run VALUES (?, ?)", (self._run_id, self._started_at.isoformat()))
        this = process(self._pid)
        connection.execute(
            "INSERT INTO process VALUES (?, ?, ?, ?, 0, 0)",
            (self._run_id, this.pid, this.machine, this.began),
        )
        connection.commit()


def file_name(run_id: str, pid: int) -> str:
    """Name the file of one process of a run."""
    return f"{run_id}-{pid}.sqlite3"


def prepare_directory(directory: Path) -> None:
    """Make the directory of run data, readable by its owner only, and keep it out of version control."""
    directory.mkdir(mode=0o700, exist_ok=True)
    ignore = directory / ".gitignore"
    if not ignore.exists():
        ignore.write_text("# Run data of querybudget; safe to delete.\n*\n", encoding="utf-8")


def create_private(path: Path) -> None:
    """Create an empty file, readable by its owner only, where there is none."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def put_in_place(part: Path, path: Path) -> None:
    """Give a file that is whole its name.

    Raises:
        FileExistsError: when there is such a file, which is somebody's data.

    """
    if path.exists():
        raise FileExistsError(f"{path.name} is there already")
    part.replace(path)


def drop_old_runs(directory: Path, current: str, *, spared: Collection[Path] = ()) -> None:
    """Delete all but the latest runs, `current` counted among those kept, and spare some files."""
    files = [(match, path) for path in directory.iterdir() if (match := _FILE.match(path.name))]
    # Kept even where its clock is behind: its other processes write to it now.
    kept = {current, *sorted({match["run"] for match, _ in files} - {current})[1 - RUNS_KEPT :]}
    for match, path in files:
        # With a file its log is spared.
        main = path.with_name(f"{match['name']}sqlite3")
        if match["run"] not in kept and main.resolve() not in spared:
            path.unlink(missing_ok=True)
