"""Growth that the suite itself shows: requests of one action that listed different numbers of items."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from querybudget.analysis.findings import growing
from querybudget.analysis.growth import IN_STEPS, MIN_SIZES, rise
from querybudget.budgets.judge import REFUSED
from querybudget.records import Place

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from querybudget.finding import Finding

_ANSWERS = f"""
WITH answer AS (
    SELECT request.id, action, items FROM request JOIN last_attempt ON last_attempt.id = test_id
    WHERE status < {REFUSED} AND items >= 1
),
several AS (
    SELECT action, items, COUNT(*) AS n FROM answer
    WHERE action IN (SELECT action FROM answer GROUP BY action HAVING COUNT(DISTINCT items) >= {MIN_SIZES})
    GROUP BY action, items
)
"""  # noqa: S608 - constants
_SIZES = f"{_ANSWERS} SELECT action, items FROM several ORDER BY action, items"  # noqa: S608 - likewise
# Where a request did without the statement, the least is none.
_LEAST = f"""
{_ANSWERS},
asked AS (
    SELECT answer.id, answer.action, answer.items, statement_id, SUM(count) AS count
    FROM answer JOIN several USING (action, items) JOIN execution ON request_id = answer.id
    WHERE is_counted AND origin NOT IN ({", ".join("?" * len(IN_STEPS))})
    GROUP BY answer.id, statement_id
)
SELECT action, statement_id, items, CASE WHEN COUNT(*) = n THEN MIN(count) ELSE 0 END
FROM asked JOIN several USING (action, items) GROUP BY action, statement_id, items
"""  # noqa: S608 - constants and question marks
_WHERE = """
SELECT shape, relation, field, execution.path, line, function
FROM execution JOIN statement ON statement.id = statement_id JOIN request ON request.id = request_id
WHERE action = ? AND statement_id = ? ORDER BY execution.count DESC, request_id LIMIT 1
"""


def across_requests(connection: sqlite3.Connection) -> Iterator[tuple[str, float, Finding]]:
    """Yield what every longer answer of an action asked more often, at the least: action, queries an item."""
    sizes: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for action, items in connection.execute(_SIZES):
        sizes[action][items] = 0
    least: defaultdict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for action, statement, items, count in connection.execute(_LEAST, sorted(IN_STEPS)):
        least[action, statement][items] = count
    for (action, statement), counts in sorted(least.items()):
        points = tuple(sorted({**sizes[action], **counts}.items()))
        a_row = rise(points)
        if a_row is not None:
            row = connection.execute(_WHERE, (action, statement)).fetchone()
            shape, relation, field, path, line, function = row
            place = Place(path=path, line=line, function=function) if path else None
            yield (
                action,
                a_row,
                growing.across(
                    points, a_row=a_row, statement=shape, relation=relation, field=field, place=place
                ),
            )
