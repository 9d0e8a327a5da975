"""Read the request of an action that cost most, with everything it ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.budgets.judge import REFUSED
from querybudget.records import Phase
from querybudget.results import Execution, WorstRequest
from querybudget.storage.read import FINDING_COLUMNS, finding_of, place_of

if TYPE_CHECKING:
    import sqlite3

# Of those that cost the same always the same one: answered before refused, then by test.
_WORST = f"""
SELECT request.id, node_id, method, path, status, items, queries, duration_ns
FROM request JOIN last_attempt ON last_attempt.id = test_id WHERE action = ?
ORDER BY COALESCE(status < {REFUSED}, 0) DESC, queries DESC, node_id, number LIMIT 1
"""  # noqa: S608 - a constant
_EXECUTIONS = """
SELECT phase, path, line, function, field, origin, relation, alias, shape, count, n_parameter_sets,
    duration_ns, is_counted
FROM execution JOIN statement ON statement.id = statement_id WHERE request_id = ? ORDER BY execution.rowid
"""
_FINDINGS = f"SELECT {FINDING_COLUMNS} FROM finding WHERE request_id = ? ORDER BY code, count DESC, what"  # noqa: S608


def worst_request(connection: sqlite3.Connection, action: str) -> WorstRequest:
    """Return the request with the most queries among the answered ones of an action.

    Args:
        connection: to the data of a run.
        action: a key that was recorded.

    """
    request_id, node_id, method, path, status, items, queries, duration_ns = connection.execute(
        _WORST, (action,)
    ).fetchone()
    return WorstRequest(
        action=action,
        node_id=node_id,
        method=method,
        path=path,
        status=status,
        items=items,
        queries=queries,
        duration_ns=duration_ns,
        executions=_executions(connection, request_id),
        findings=tuple(map(finding_of, connection.execute(_FINDINGS, (request_id,)))),
    )


def _executions(connection: sqlite3.Connection, request_id: int) -> tuple[Execution, ...]:
    return tuple(
        Execution(
            phase=Phase(phase),
            place=place_of(path, line, function),
            field=field,
            origin=origin,
            relation=relation,
            alias=alias,
            shape=shape,
            count=count,
            n_parameter_sets=n_parameter_sets,
            duration_ns=duration_ns,
            is_counted=bool(is_counted),
        )
        for (
            phase,
            path,
            line,
            function,
            field,
            origin,
            relation,
            alias,
            shape,
            count,
            n_parameter_sets,
            duration_ns,
            is_counted,
        ) in connection.execute(_EXECUTIONS, (request_id,))
    )
