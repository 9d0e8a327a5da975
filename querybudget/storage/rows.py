"""Write one attempt at a test, with its requests and what was judged, as rows."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from querybudget.budgets.budget import Per
from querybudget.records import StatementKind
from querybudget.storage.declared import packed
from querybudget.storage.schema import RUNNING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from querybudget.budgets.budget import Declaration
    from querybudget.finding import Finding
    from querybudget.records import Event, Fingerprint, Place, Request
    from querybudget.replayed import Replayed
    from querybudget.results import Complaint
    from querybudget.verdicts import Judgement


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
    """Of its requests, each once, in the order in which they were made."""
    others: Sequence[Judgement] = ()
    """Of its blocks, and of requests judged by these: only the verdicts are kept."""
    declared: Sequence[Declaration] = ()
    """On the test, its class and its module."""
    complaints: Sequence[Complaint] = ()
    replayed: Sequence[Replayed] = ()
    """What was tried with its requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """By whom and when something was noted of a test."""

    run_id: str
    pid: int
    at_ns: int
    """By a clock that all processes of a run share."""


def write_test(connection: sqlite3.Connection, test: TestRecord, noted: Noted) -> None:
    """Add one attempt, in place of the mark that it had begun."""
    begin_test(connection, test.node_id, test.attempt, noted)
    key = (storable(test.node_id), noted.run_id, noted.pid, test.attempt)
    test_id = connection.execute(f"SELECT id FROM test WHERE {_KEY}", key).fetchone()[0]  # noqa: S608 - a constant
    ended = (test.outcome, noted.at_ns, test_id)
    connection.execute("UPDATE test SET outcome = ?, noted_ns = ? WHERE id = ?", ended)
    requests: dict[int, int | None] = {}
    for number, judgement in enumerate(test.judgements, 1):
        if judgement.request is not None:
            requests[id(judgement.request)] = _write_request(connection, test_id, number, judgement)
    for judgement in test.judgements:
        is_accepted = test.outcome == "skipped"  # xfail: what it breaks is known
        _write_verdicts(connection, test_id, requests, judgement, is_accepted=is_accepted)
    for judgement in test.others:
        # A block raises at its own exit: where the test did not fail, somebody expected that.
        _write_verdicts(connection, test_id, requests, judgement, is_accepted=test.outcome != "failed")
    _write_declared(connection, test_id, test)
    connection.executemany(
        "INSERT INTO replay VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(test_id, *_replay_row(each)) for each in test.replayed],
    )
    if test.outcome != "skipped":
        connection.executemany(
            "INSERT INTO complaint VALUES (?, ?, ?)",
            [(test_id, each.message, each.is_doubt) for each in test.complaints],
        )


_KEY = "node_id = ? AND run_id = ? AND pid = ? AND attempt = ?"


def begin_test(connection: sqlite3.Connection, node_id: str, attempt: int, noted: Noted) -> None:
    """Mark a test as begun: if its process dies, the report can name it."""
    connection.execute(
        "INSERT OR IGNORE INTO test VALUES (NULL, ?, ?, ?, ?, ?, ?)",
        (storable(node_id), noted.run_id, noted.pid, attempt, RUNNING, noted.at_ns),
    )


def storable(text: str) -> str:
    """Escape what UTF-8 cannot hold: the bytes of a file's name that are none."""
    return text.encode("utf-8", "backslashreplace").decode()


def _write_request(
    connection: sqlite3.Connection, test_id: int, number: int, judgement: Judgement
) -> int | None:
    request = judgement.request
    if request is None:
        raise AssertionError("a block has no row of its own")
    request_id = connection.execute(
        f"INSERT INTO request VALUES (NULL{', ?' * 19})",  # noqa: S608 - nothing but question marks
        (test_id, number, *_request_row(request), judgement.n_stray),
    ).lastrowid
    executions = _executions(request)
    connection.executemany(
        "INSERT OR IGNORE INTO statement VALUES (?, ?, ?, ?)",
        {_statement_row(fingerprint) for fingerprint, _ in executions},
    )
    connection.executemany(
        f"INSERT INTO execution VALUES (?{', ?' * 13})",  # noqa: S608 - the same
        [(request_id, fingerprint.id, *row) for fingerprint, row in executions],
    )
    connection.executemany(
        f"INSERT INTO finding VALUES (?{', ?' * 20})",  # noqa: S608 - the same
        [(request_id, *_finding_row(finding)) for finding in request.analysis.findings],
    )
    connection.executemany(
        "INSERT INTO suppression VALUES (?, ?, ?)",
        [(request_id, told, is_met) for told, is_met in suppressions_at_work(judgement)],
    )
    connection.executemany(
        "INSERT OR IGNORE INTO request_declaration VALUES (?, ?)",
        [(request_id, _declaration_id(connection, each)) for each in judgement.declared],
    )
    return request_id


def suppressions_at_work(judgement: Judgement) -> Iterator[tuple[str, bool]]:
    """Yield what could have accepted a finding of a request, and whether it did.

    These are the comments in whose functions a query was asked, and each `allow` of what means the request.
    """
    request = judgement.request
    if request is None:
        return
    yield from _comments_at_work(request)
    for declaration in (*judgement.declared, *judgement.configured):
        for each in declaration.allow:
            told = f'allow "{each}"{_written(declaration)}'
            yield told, any(map(each.covers, request.analysis.findings))


def _written(declaration: Declaration) -> str:
    where = declaration.where
    return f" ({where.path}:{where.line})" if where is not None else ""


def _comments_at_work(request: Request) -> Iterator[tuple[str, bool]]:
    places = {event.place for event in request.recording.events if event.place}
    accepted = {finding.accepted for finding in request.analysis.findings}
    for each in request.recording.suppressions:
        if any(site.path == each.place.path and each.first <= site.line <= each.last for site in places):
            told = str(each)
            yield f"# querybudget: allow[{each.code}] {told}", told in accepted


def _request_row(request: Request) -> tuple[object, ...]:
    measures, analysis = request.measures, request.analysis
    counts = {
        "tables": dict(measures.tables),
        "databases": dict(measures.databases),
        "phases": dict(measures.phases),
    }
    return (
        request.action,
        request.method,
        request.route,
        storable(request.path),
        request.status,
        request.items,
        measures.queries,
        measures.reads,
        measures.writes,
        measures.duplicates,
        measures.n_plus_one,
        measures.shapes,
        sum(event.duration_ns for event in request.recording.events if event.counts),
        json.dumps(counts, ensure_ascii=False),
        json.dumps(analysis.doubts, ensure_ascii=False),
        analysis.n_phaseless,
    )


def _executions(request: Request) -> list[tuple[Fingerprint, tuple[object, ...]]]:
    """Sum up the queries of a request that are alike; those beyond the limit of one have no evidence."""
    alike: defaultdict[tuple[object, ...], list[Event]] = defaultdict(list)
    fingerprints: dict[str, Fingerprint] = {}
    for event in request.recording.events:
        fingerprints[event.fingerprint.id] = event.fingerprint
        alike[event.fingerprint.id, *_cause(event)].append(event)
    rows = [(fingerprints[str(key[0])], (*_sums(events), *key[1:])) for key, events in alike.items()]
    for (alias, fingerprint), count in request.recording.dropped.items():
        is_counted = fingerprint.kind is not StatementKind.TRANSACTION
        row = (count, count, 0, is_counted, alias, "other", "beyond the limit", None, "", None, None, None)
        rows.append((fingerprint, row))
    return rows


def _cause(event: Event) -> tuple[object, ...]:
    relation = str(event.origin.relation) if event.origin.relation else None
    place = _place_columns(event.place)
    return event.counts, event.alias, event.phase, event.origin.kind, relation, event.field, *place


def _sums(events: Sequence[Event]) -> tuple[int, int, int]:
    n_parameter_sets = len({(event.statement, event.parameters) for event in events})
    return len(events), n_parameter_sets, sum(event.duration_ns for event in events)


def _statement_row(fingerprint: Fingerprint) -> tuple[str, str, str, str]:
    return fingerprint.id, fingerprint.shape, fingerprint.kind, json.dumps(fingerprint.tables)


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
        finding.fix.alternative if finding.fix else "",
        finding.fix.model if finding.fix else "",
        finding.accepted,
    )


def _replay_row(tried: Replayed) -> tuple[object, ...]:
    told = storable(tried.told)
    return tried.action, tried.kind, storable(tried.subject), tried.outcome, told, tried.weight


def _place_columns(place: Place | None) -> tuple[object, ...]:
    return (place.path, place.line, place.function) if place else (None, None, None)


def _declaration_id(connection: sqlite3.Connection, declaration: Declaration) -> str:
    row = packed(declaration)
    connection.execute("INSERT OR IGNORE INTO declaration VALUES (?, ?)", row)
    return row[0]


def _write_verdicts(
    connection: sqlite3.Connection,
    test_id: int,
    requests: Mapping[int, int | None],
    judgement: Judgement,
    *,
    is_accepted: bool,
) -> None:
    rows = [
        (
            test_id,
            requests.get(id(judgement.request)),
            judgement.name,
            _declaration_id(connection, verdict.holding.declaration),
            verdict.holding.limit.measure,
            verdict.holding.limit.key,
            verdict.limit.lower,
            verdict.limit.upper,
            verdict.observed,
            verdict.status,
            verdict.doubt,
            is_accepted,
        )
        for verdict in judgement.verdicts
    ]
    connection.executemany("INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _write_declared(connection: sqlite3.Connection, test_id: int, test: TestRecord) -> None:
    met = {id(each) for judgement in test.judgements for each in judgement.declared}
    connection.executemany(
        "INSERT OR IGNORE INTO test_declaration VALUES (?, ?, ?)",
        [
            (test_id, _declaration_id(connection, each), each.per is Per.BLOCK or id(each) in met)
            for each in _distinct(test.declared)
        ],
    )


def _distinct(declarations: Iterable[Declaration]) -> list[Declaration]:
    return list({id(each): each for each in declarations}.values())
