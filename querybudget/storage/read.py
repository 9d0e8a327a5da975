"""Read the data of one run back as the values that reports show."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from querybudget.analysis.findings import eager_loads, unread_columns
from querybudget.budgets.judge import REFUSED
from querybudget.budgets.patterns import short_names
from querybudget.budgets.resolve import rank
from querybudget.finding import OF_ROWS, Finding, Fix, Proof
from querybudget.records import Identity, Place
from querybudget.replayed import Outcome, Replayed, with_trial
from querybudget.results import ActionCounts, Complaint, Declared, RunResult, Standing
from querybudget.storage.combine import opened
from querybudget.storage.declared import unpacked
from querybudget.storage.files import files_of_run
from querybudget.storage.growth import across_requests
from querybudget.storage.schema import DIRECTORY
from querybudget.storage.state import cut_off, unfinished, without_log, working

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from querybudget.budgets.budget import MeasuredLimit


def read_latest(root: Path) -> RunResult:
    """Read the latest run below a project's root.

    Raises:
        UnusableData: when there is none, or a file is foreign, of another version, or damaged.

    """
    return read(files_of_run(root / DIRECTORY))


def read(paths: Sequence[Path]) -> RunResult:
    """Read the files of one run into one result.

    Raises:
        UnusableData: when a file is foreign, of another schema version, or damaged.

    """
    with opened(paths) as connection:
        return read_open(connection)


def read_open(connection: sqlite3.Connection) -> RunResult:
    """Read the data of one run from a connection that is open."""
    n_tests, n_requests, n_queries = connection.execute(_TOTALS).fetchone()
    at_work = working(connection)
    return RunResult(
        started_at=connection.execute("SELECT COALESCE(MIN(started_at), '') FROM run").fetchone()[0],
        n_tests=n_tests,
        n_requests=n_requests,
        n_queries=n_queries,
        n_exceeded=connection.execute(_EXCEEDED).fetchone()[0],
        actions=_actions(connection),
        unfinished=unfinished(connection, at_work),
        without_log=without_log(connection, at_work),
        cut_off=cut_off(connection, at_work),
        is_running=any(at_work.values()),
        is_complete=bool(connection.execute(_IS_COMPLETE).fetchone()[0]),
        declared=_declared(connection),
        complaints=_complaints(connection),
        known=_known(connection),
        stale=tuple(told for (told,) in connection.execute(_STALE)),
        replayed=_replayed(connection),
    )


_LAST = "request JOIN last_attempt ON last_attempt.id = test_id"
_TOTALS = f"SELECT COUNT(DISTINCT node_id), COUNT(*), COALESCE(SUM(queries), 0) FROM {_LAST}"  # noqa: S608
_STALE = f"""
SELECT told FROM suppression JOIN (SELECT request.id FROM {_LAST}) AS counted ON counted.id = request_id
GROUP BY told HAVING NOT MAX(is_met) ORDER BY told
"""  # noqa: S608
_REPLAYED = """
SELECT DISTINCT action, kind, subject, replay.outcome, told, weight
FROM replay JOIN last_attempt ON last_attempt.id = test_id
"""
_EXCEEDED = "SELECT COUNT(*) FROM unkept"
# Every run that is part of it has ended by itself, was narrowed by nobody, and together they ran all.
_IS_COMPLETE = """
SELECT COUNT(*) > 0 AND COUNT(*) = (SELECT COUNT(*) FROM run) AND MAX(is_narrowed) = 0
    AND (SELECT COUNT(*) FROM ran) >= MAX(n_expected)
    AND NOT EXISTS (SELECT 1 FROM unfinished) AND NOT EXISTS (SELECT 1 FROM process WHERE lacks_log)
FROM ending
"""
_COUNTS = f"""
SELECT action, COUNT(*), SUM(NOT {{answered}}), COUNT(DISTINCT node_id), SUM(queries),
    MAX(CASE WHEN {{answered}} THEN reads END), MAX(CASE WHEN {{answered}} THEN writes END),
    MAX(CASE WHEN {{answered}} THEN duplicates END), MAX(CASE WHEN {{answered}} THEN shapes END),
    MAX(CASE WHEN {{answered}} THEN items END)
FROM {_LAST} GROUP BY action
""".format(answered=f"COALESCE(status < {REFUSED}, 0)")  # noqa: S608
_HISTOGRAM = f"""
SELECT action, queries, COUNT(*) FROM {_LAST} WHERE status < {REFUSED}
GROUP BY action, queries ORDER BY action, queries
"""  # noqa: S608
_WAYS = f"SELECT DISTINCT action, method, route FROM {_LAST} ORDER BY action, method, route"  # noqa: S608
FINDING_COLUMNS = """code, title, proof, count, what, statement, relation, field, finding.path, line,
    function, source, accepted, fix_edit, fix_queryset, fix_alternative, fix_model, fix_path, fix_line,
    fix_function"""
_FINDINGS = f"""
SELECT action, {FINDING_COLUMNS}
FROM finding JOIN request ON request.id = request_id JOIN last_attempt ON last_attempt.id = test_id
"""  # noqa: S608
_STANDINGS = """
SELECT action, body, measure, key, COUNT(*), SUM(verdict.status <> 'within' AND NOT is_accepted),
    MIN(observed), MAX(observed)
FROM verdict JOIN request ON request.id = request_id JOIN last_attempt ON last_attempt.id = request.test_id
    JOIN declaration ON declaration.id = declaration_id
GROUP BY action, declaration_id, measure, key
"""
_ON_TESTS = """
SELECT body, COUNT(DISTINCT CASE WHEN outcome = 'passed' THEN node_id END), SUM(is_met)
FROM test_declaration JOIN last_attempt ON last_attempt.id = test_id
    JOIN declaration ON declaration.id = declaration_id
GROUP BY declaration_id
"""
_COMPLAINTS = """
SELECT node_id, message, is_doubt
FROM complaint JOIN last_attempt ON last_attempt.id = test_id ORDER BY node_id, message
"""
# What only a replaced attempt met may be written otherwise by now.
_ELSEWHERE = """
WITH counting AS (SELECT id FROM last_attempt)
SELECT body, 0, 0 FROM declaration
WHERE id NOT IN (SELECT declaration_id FROM test_declaration)
    AND (
        id IN (SELECT declaration_id FROM verdict WHERE test_id IN counting)
        OR id IN (
            SELECT declaration_id FROM request_declaration JOIN request ON request.id = request_id
            WHERE test_id IN counting
        )
    )
"""


def _replayed(connection: sqlite3.Connection) -> tuple[Replayed, ...]:
    """Read what was tried; of what several processes tried, that of which most is known."""
    known: dict[tuple[str, str, str], Replayed] = {}
    for action, kind, subject, outcome, *rest in connection.execute(_REPLAYED):
        key = action, kind, subject
        told, weight = rest
        this = Replayed(
            action=action, kind=kind, subject=subject, outcome=Outcome(outcome), told=told, weight=weight
        )
        if key not in known or _certainty(known[key]) < _certainty(this):
            known[key] = this
    return tuple(known[key] for key in sorted(known))


_OUTCOMES = list(Outcome)


def _certainty(replayed: Replayed) -> tuple[int, int, str]:
    return _OUTCOMES.index(replayed.outcome), replayed.weight, replayed.told


def _actions(connection: sqlite3.Connection) -> tuple[ActionCounts, ...]:
    histograms: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for action, queries, count in connection.execute(_HISTOGRAM):
        histograms[action].append((queries, count))
    ways: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for action, method, route in connection.execute(_WAYS):
        ways[action].append((method, route))
    findings: defaultdict[str, list[Finding]] = defaultdict(list)
    replayed = _replayed(connection)
    for action, finding in (*eager_loads.of_replays(replayed), *unread_columns.of_replays(replayed)):
        findings[action].append(finding)
    fixes = {(each.action, each.subject): each for each in replayed if each.kind == "fix"}
    for action, *columns in connection.execute(_FINDINGS):
        finding = finding_of(columns)
        tried = fixes.get((action, str(finding.fix)))
        findings[action].append(finding if tried is None else with_trial(finding, tried))
    slopes: defaultdict[str, float] = defaultdict(float)
    for action, a_row, finding in across_requests(connection):
        slopes[action] += a_row
        told = {
            each.statement for each in findings[action] if each.code in OF_ROWS or each.code == finding.code
        }
        if finding.statement not in told:
            findings[action].append(finding)
    standings = _standings(connection)
    rows = connection.execute(_COUNTS).fetchall()
    # Of what nobody requested too: what a report calls an action must name it in configuration.
    names = short_names(each.action for each in _known(connection))
    counts = [
        replace(
            _counts(row, names, histograms[row[0]], ways[row[0]], findings[row[0]], standings[row[0]]),
            slope=slopes[row[0]],
        )
        for row in rows
    ]
    return tuple(sorted(counts, key=lambda each: (-each.n_plus_one, -(each.maximum or 0), each.action)))


def _counts(  # noqa: PLR0913, PLR0917 - what was read apart comes together here
    row: Sequence[Any],
    names: Mapping[str, str],
    histogram: Sequence[tuple[int, int]],
    ways: Iterable[tuple[str, str]],
    findings: Iterable[Finding],
    standings: Iterable[Standing],
) -> ActionCounts:
    """Count one action; answers of 400 and above are told apart, since a refusal is no measure."""
    action, n_requests, n_refused, n_tests, n_queries, reads, writes, duplicates, *rest = row
    shapes, items = rest
    return ActionCounts(
        action=action,
        name=names[action],
        methods=tuple(sorted({method for method, _ in ways})),
        routes=tuple(sorted({route for _, route in ways if route})),
        n_requests=n_requests,
        n_refused=n_refused,
        n_tests=n_tests,
        minimum=histogram[0][0] if histogram else None,
        median=_median(histogram),
        maximum=histogram[-1][0] if histogram else None,
        reads=reads,
        writes=writes,
        duplicates=duplicates,
        shapes=shapes,
        items=items,
        n_queries=n_queries,
        findings=_worst_of_each(findings),
        standings=tuple(standings),
    )


def _median(histogram: Sequence[tuple[int, int]]) -> int | None:
    """Return the lower median: a number that was seen. The histogram is sorted."""
    middle = (sum(count for _, count in histogram) + 1) // 2
    for value, count in histogram:
        middle -= count
        if middle <= 0:
            return value
    return None


def _standings(connection: sqlite3.Connection) -> defaultdict[str, list[Standing]]:
    found: defaultdict[str, list[Standing]] = defaultdict(list)
    for action, body, measure, key, n_judged, n_broken, lowest, highest in connection.execute(_STANDINGS):
        declaration = unpacked(body)
        standing = Standing(
            declaration=declaration,
            limit=limit_of(declaration.limits, measure, key),
            n_judged=n_judged,
            n_broken=n_broken,
            lowest=lowest,
            highest=highest,
        )
        found[action].append(standing)
    for standings in found.values():
        standings.sort(key=_by_nearness)
    return found


def _by_nearness(standing: Standing) -> tuple[Any, ...]:
    declaration, limit = standing.declaration, standing.limit
    where = declaration.where or Place(path="", line=0)
    return (*rank(declaration), where, limit.measure, limit.key)


def limit_of(limits: Iterable[MeasuredLimit], measure: str, key: str) -> MeasuredLimit:
    """Return the limit of one measure and key among those of a declaration."""
    return next(each for each in limits if (each.measure, each.key) == (measure, key))


def _declared(connection: sqlite3.Connection) -> tuple[Declared, ...]:
    rows = [*connection.execute(_ON_TESTS), *connection.execute(_ELSEWHERE)]
    declared = [
        Declared(declaration=unpacked(body), n_tests=n_tests, n_met=n_met) for body, n_tests, n_met in rows
    ]
    nowhere = Place(path="", line=0)
    return tuple(sorted(declared, key=lambda each: each.declaration.where or nowhere))


def _complaints(connection: sqlite3.Connection) -> dict[str, tuple[Complaint, ...]]:
    found: defaultdict[str, list[Complaint]] = defaultdict(list)
    for node_id, message, is_doubt in connection.execute(_COMPLAINTS):
        found[node_id].append(Complaint(message=message, is_doubt=bool(is_doubt)))
    return {node_id: tuple(complaints) for node_id, complaints in found.items()}


def _known(connection: sqlite3.Connection) -> tuple[Identity, ...]:
    rows = connection.execute(
        "SELECT action, method, route FROM known_action UNION SELECT action, method, route FROM request"
    )
    return tuple(
        sorted(Identity(action=action, method=method, route=route) for action, method, route in rows)
    )


def finding_of(columns: Sequence[Any]) -> Finding:
    """Make a finding of a row with `FINDING_COLUMNS`."""
    code, title, proof, count, what, statement, relation, field, path, line, function, *rest = columns
    source, accepted, *fix = rest
    return Finding(
        code=code,
        title=title,
        proof=Proof(proof),
        count=count,
        what=what,
        statement=statement,
        relation=relation,
        call_site=place_of(path, line, function, source),
        field=field,
        fix=_fix_of(*fix) if fix[0] else None,
        accepted=accepted,
    )


def _fix_of(edit: str, queryset: str, alternative: str, model: str, *place: Any) -> Fix:
    return Fix(edit=edit, queryset=queryset, alternative=alternative, model=model, place=place_of(*place))


def place_of(path: str | None, line: int, function: str, source: str = "") -> Place | None:
    """Make a place of its columns; None where there is none."""
    return Place(path=path, line=line, function=function, source=source) if path else None


_SEEN_WITH_MORE_ROWS = {"QB105": "QB101"}


def _worst_of_each(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep of the same problem, seen in many requests, the one that cost most: latent is that of one row."""
    worst: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        site = finding.call_site
        key = (
            _SEEN_WITH_MORE_ROWS.get(finding.code, finding.code),
            finding.relation,
            finding.statement or finding.what,
            finding.field,
            site.path if site else "",
            site.line if site else 0,
        )
        if key not in worst or _weight(worst[key]) < _weight(finding):
            worst[key] = finding
    return tuple(sorted(worst.values(), key=lambda each: (each.code, -each.count, each.what, each.statement)))


def _weight(finding: Finding) -> tuple[int, str]:
    """Order findings of one problem; of two that cost the same always the same one is kept."""
    return finding.count, finding.what
