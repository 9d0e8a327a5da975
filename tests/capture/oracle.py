"""An independent counter: what SQLite itself says it ran."""

import itertools
import re
from dataclasses import dataclass, field

from django.db import connection

_calls = itertools.count()
_MANY = re.compile(r"/\* many \d+ \*/")


def many_mark():
    """Return a comment for one call of `executemany`, whose rows the trace shows one by one."""
    return f"/* many {next(_calls)} */"


_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "END")


@dataclass
class Oracle:
    """The statements the database ran between entering and leaving, transaction control dropped."""

    statements: list[str] = field(default_factory=list)

    def __enter__(self):
        connection.ensure_connection()
        connection.connection.set_trace_callback(self._note)
        return self

    def __exit__(self, *_):
        connection.connection.set_trace_callback(None)

    def _note(self, statement):
        mark = _MANY.search(statement)
        if mark and self.statements and mark[0] in self.statements[-1]:
            return
        if not statement.startswith((*_CONTROL, "-- ")):
            self.statements.append(statement)

    def __len__(self):
        return len(self.statements)


def executed(recordings):
    """Count the events that reached the database: what failed to prepare never did."""
    return sum(
        event.fingerprint.kind != "transaction" and not _never_ran(event)
        for recording in recordings
        for event in recording.events
    )


def _never_ran(event):
    return event.has_failed and "no_such" in event.statement
