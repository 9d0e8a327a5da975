"""Independent counters: what a database's own wire or status says was sent on a connection."""

import re
import tempfile

from django.db import connection

_CONTROL = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET )", re.IGNORECASE)


class Wire:
    """PostgreSQL: the messages libpq sends, transaction control dropped."""

    def __enter__(self):
        connection.ensure_connection()
        self._file = tempfile.TemporaryFile("w+")
        connection.connection.pgconn.trace(self._file.fileno())
        return self

    def __exit__(self, *_):
        connection.connection.pgconn.untrace()
        self._file.seek(0)
        sent = re.findall(r'\tF\t\d+\t(?:Query|Parse)\t(?: ?"[^"]*?" )? ?"(.*)', self._file.read())
        self.n_statements = sum(not _CONTROL.match(statement) for statement in sent)
        self._file.close()


class Status:
    """MariaDB: the session's own counters of statements by kind."""

    _COUNTED = ("Com_select", "Com_insert", "Com_update", "Com_delete", "Com_replace")

    def __enter__(self):
        connection.ensure_connection()
        self._before = self._read()
        return self

    def __exit__(self, *_):
        after = self._read()
        self.n_statements = sum(after[name] - self._before[name] for name in self._COUNTED)

    def _read(self):
        with connection.connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Com\\_%'")
            return {name: int(value) for name, value in cursor.fetchall()}


def witness():
    """Return the counter of the database in use."""
    return {"postgresql": Wire, "mysql": Status}[connection.vendor]()
