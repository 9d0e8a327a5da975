"""Read what each request of a run counted: for programs that ask how counts depend on the data."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from querybudget.results import RequestCounts, RunResult

if TYPE_CHECKING:
    import sqlite3

_REQUESTS = """
SELECT action, node_id, number, method, status, items, queries, reads, writes
FROM request JOIN last_attempt ON last_attempt.id = test_id ORDER BY node_id, number
"""


def with_requests(result: RunResult, connection: sqlite3.Connection) -> RunResult:
    """Return the run with the requests of each of its actions, by test and number."""
    found: defaultdict[str, list[RequestCounts]] = defaultdict(list)
    for action, node_id, number, method, status, items, queries, reads, writes in connection.execute(
        _REQUESTS
    ):
        counts = RequestCounts(
            node_id=node_id,
            number=number,
            method=method,
            status=status,
            items=items,
            queries=queries,
            reads=reads,
            writes=writes,
        )
        found[action].append(counts)
    actions = tuple(replace(each, requests=tuple(found[each.action])) for each in result.actions)
    return replace(result, actions=actions)
