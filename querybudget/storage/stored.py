"""Read stored requests back as what they can be judged by again."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from querybudget.budgets.judge import Facts, Status, Verdict, is_answer
from querybudget.budgets.limit import Limit
from querybudget.budgets.resolve import Holding
from querybudget.measures import Measures
from querybudget.records import Analysis, Identity
from querybudget.results import BrokenLimit, RecordedRequest
from querybudget.storage.declared import unpacked
from querybudget.storage.read import FINDING_COLUMNS, finding_of, limit_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from querybudget.budgets.budget import Declaration
    from querybudget.finding import Finding


_REQUESTS = """
SELECT request.id, node_id, action, method, route, status, items, queries, reads, writes, duplicates,
    n_plus_one, shapes, counts, doubts, n_phaseless, n_stray, outcome = 'skipped'
FROM request JOIN last_attempt ON last_attempt.id = test_id ORDER BY node_id, number
"""
_DECLARED = (
    "SELECT request_id, body FROM request_declaration JOIN declaration ON declaration.id = declaration_id"
)
_FINDINGS = f"SELECT request_id, {FINDING_COLUMNS} FROM finding"  # noqa: S608 - a constant
_BROKEN = """
SELECT subject, node_id, body, measure, key, lower, upper, observed, status, doubt
FROM unkept JOIN declaration ON declaration.id = declaration_id ORDER BY subject, node_id, measure, key
"""


def requests(connection: sqlite3.Connection) -> Iterator[RecordedRequest]:
    """Yield the requests of a run, in the order of tests and within each as they were made."""
    declared: defaultdict[int, list[Declaration]] = defaultdict(list)
    for request_id, body in connection.execute(_DECLARED):
        declared[request_id].append(unpacked(body))
    findings: defaultdict[int, list[Finding]] = defaultdict(list)
    for request_id, *columns in connection.execute(_FINDINGS):
        findings[request_id].append(finding_of(columns))
    for row in connection.execute(_REQUESTS):
        yield _request(row, declared.get(row[0], ()), findings.get(row[0], ()))


def _request(
    row: Sequence[Any], declared: Sequence[Declaration], findings: Sequence[Finding]
) -> RecordedRequest:
    (
        _,
        node_id,
        action,
        method,
        route,
        status,
        items,
        *rest,
        counts,
        doubts,
        n_phaseless,
        n_stray,
        accepted,
    ) = row
    numbers = dict(
        zip(("queries", "reads", "writes", "duplicates", "n_plus_one", "shapes"), rest, strict=True)
    )
    analysis = Analysis(
        measures=Measures(**numbers, **json.loads(counts)),
        groups=(),
        findings=tuple(findings),
        doubts=tuple(json.loads(doubts)),
        n_phaseless=n_phaseless,
    )
    return RecordedRequest(
        identity=Identity(action=action, method=method, route=route),
        node_id=node_id,
        facts=Facts(analysis=analysis, items=items, is_answered=is_answer(status), n_stray=n_stray),
        declared=tuple(declared),
        is_accepted=bool(accepted),
    )


def broken(connection: sqlite3.Connection) -> Iterator[BrokenLimit]:
    """Yield what did not hold when it was judged in the run, by subject and test."""
    for subject, node_id, body, measure, key, lower, upper, observed, status, doubt in connection.execute(
        _BROKEN
    ):
        declaration = unpacked(body)
        verdict = Verdict(
            holding=Holding(declaration=declaration, limit=limit_of(declaration.limits, measure, key)),
            observed=observed,
            status=Status(status),
            limit=Limit(lower=lower, upper=upper),
            doubt=doubt,
        )
        yield BrokenLimit(subject=subject, node_id=node_id, verdict=verdict)


def names(connection: sqlite3.Connection) -> dict[str, frozenset[str]]:
    """Return what the keys of `tables` and `databases` may be, as the run knew it."""
    known: defaultdict[str, set[str]] = defaultdict(set)
    for measure, name in connection.execute("SELECT measure, name FROM known_name"):
        known[measure].add(name)
    return {measure: frozenset(found) for measure, found in known.items()}
