"""What is counted, and what is not."""

from __future__ import annotations

from querybudget.analysis.analyse import analyse, together
from querybudget.analysis.fingerprint import fingerprint
from querybudget.analysis.measures import measure
from querybudget.measures import Measures
from querybudget.records import OriginKind
from tests.builders import event, lazy, load, recording

INSERT = 'INSERT INTO "a" VALUES (%s)'


def counted(*events, **more):
    return measure(events, dropped=more.get("dropped", {}), n_plus_one=more.get("n_plus_one", 0))


def test_nothing_ran():
    assert counted() == Measures()


def test_reads_and_writes_are_told_apart_and_the_rest_is_only_queries():
    found = counted(event("SELECT 1"), event(INSERT), event("PRAGMA foreign_keys"))
    assert (found.queries, found.reads, found.writes) == (3, 1, 1)


def test_transaction_control_and_cache_fills_count_nowhere():
    assert counted(event("ROLLBACK"), event(kind=OriginKind.CACHE_FILL)) == Measures()


def test_duplicates_are_the_executions_beyond_the_first():
    assert counted(event(), event(), event(), event(params=b"b")).duplicates == 2


def test_equal_statements_on_two_databases_are_no_duplicates():
    assert counted(event(), event(alias="replica")).duplicates == 0


def test_a_query_counts_once_for_each_table_it_names():
    found = counted(event('SELECT 1 FROM "a" JOIN "b" ON 1'), event('SELECT 1 FROM "b"'))
    assert found.tables == {"a": 1, "b": 2}


def test_shapes_and_databases_are_counted():
    found = counted(event("SELECT 1 FROM a"), event("SELECT 2 FROM a", alias="replica"))
    assert (found.shapes, found.databases) == (1, {"default": 1, "replica": 1})


def test_events_past_the_limit_count_by_their_statements():
    dropped = {
        ("default", fingerprint("SELECT 1 FROM a", vendor="sqlite")): 7,
        ("default", fingerprint("SAVEPOINT x", vendor="sqlite")): 5,
    }
    found = counted(event("SELECT 2 FROM a"), dropped=dropped)
    assert (found.queries, found.reads, found.tables, found.shapes) == (8, 8, {"a": 8}, 1)


def test_an_analysis_counts_the_groups_found_to_be_n_plus_ones():
    assert analyse(recording(lazy(1), lazy(2), lazy(3))).measures.n_plus_one == 1


def test_an_analysis_says_when_its_counts_are_lower_bounds():
    assert analyse(recording(n_dropped=1_200)).doubts == (
        "1,200 queries beyond the limit of one request were counted without evidence",
    )


def test_an_analysis_says_when_evidence_was_lost():
    assert analyse(recording(n_blind=2)).doubts == ("querybudget failed to read the evidence of 2 queries",)


def parts(*recordings):
    return [(each, analyse(each)) for each in recordings]


def test_a_block_adds_up_its_requests():
    whole = together(parts(recording(event()), recording(event(INSERT), event())))
    assert (whole.measures.queries, whole.measures.writes, len(whole.groups)) == (3, 1, 3)


def test_duplicates_and_shapes_of_a_block_span_its_requests():
    whole = together(parts(recording(event()), recording(event())))
    assert (whole.measures.duplicates, whole.measures.shapes) == (1, 1)


def test_two_requests_are_never_one_loop():
    pieces = [recording(lazy(1, place=None), loads=(load(),)) for _ in range(3)]
    assert together(parts(*pieces)).measures.n_plus_one == 0


def test_a_block_adds_up_what_its_requests_dropped():
    key = ("default", fingerprint("SELECT 1 FROM a", vendor="sqlite"))
    piece = recording(n_dropped=2, dropped={key: 2})
    whole = together(parts(piece, piece, recording()))
    assert (whole.measures.queries, len(whole.doubts)) == (4, 1)
