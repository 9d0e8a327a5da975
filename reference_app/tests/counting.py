"""The one place where these tests count queries."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

# Transaction control is not counted: a test's own transaction turns BEGIN into SAVEPOINT, and a service
# should not pay for being atomic.
TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def captured_sql(call):
    """Run `call` and return the statements it sent, transaction control left out, in their order."""
    with CaptureQueriesContext(connection) as captured:
        call()
    statements = (query["sql"] for query in captured)
    return [sql for sql in statements if not sql.lstrip().upper().startswith(TRANSACTION_CONTROL)]


def count_queries(call):
    """Run `call` and return how many queries it sent, transaction control left out."""
    return len(captured_sql(call))
