"""Each verdict at its limit, one beyond it, and at zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from querybudget.budgets.judge import Status, judge
from querybudget.budgets.resolve import Holding, holding
from tests.builders import analysis, budget

if TYPE_CHECKING:
    from querybudget.budgets.budget import Declaration


def statuses(declaration: Declaration, n_stray=0, doubts=(), **measures):
    verdicts = judge(holding([declaration], "a.b"), analysis(doubts=doubts, **measures), n_stray=n_stray)
    return [each.status for each in verdicts]


@pytest.mark.parametrize("measure", ["queries", "reads", "writes", "duplicates", "n_plus_one", "shapes"])
@pytest.mark.parametrize(
    ("limit", "observed", "status"),
    [
        (4, 4, Status.WITHIN),
        (4, 5, Status.ABOVE),
        (4, 0, Status.WITHIN),
        (0, 0, Status.WITHIN),
        (0, 1, Status.ABOVE),
        ("=4", 4, Status.WITHIN),
        ("=4", 3, Status.BELOW),
        ("=4", 5, Status.ABOVE),
        ("2..4", 2, Status.WITHIN),
        ("2..4", 1, Status.BELOW),
        ("2..4", 5, Status.ABOVE),
    ],
)
def test_a_number_is_judged_by_its_limit(measure, limit, observed, status):
    assert statuses(budget(**{measure: limit}), **{measure: observed}) == [status]


@pytest.mark.parametrize(("observed", "status"), [(2, Status.WITHIN), (3, Status.ABOVE), (0, Status.WITHIN)])
def test_a_table_is_judged_by_its_limit(observed, status):
    assert statuses(budget(tables={"a": 2}), tables={"a": observed, "b": 9}) == [status]


def test_a_table_no_query_names_counts_zero():
    assert statuses(budget(tables={"a": 0})) == [Status.WITHIN]


def test_only_within_is_no_breach():
    (within, below) = judge(holding([budget(4, reads="=1")], "a.b"), analysis(queries=4))
    assert (within.is_breach, below.is_breach) == (False, True)


def test_queries_of_unknown_owners_make_a_count_within_its_limit_unjudged():
    assert statuses(budget(4), n_stray=1, queries=4) == [Status.CANNOT_JUDGE]


def test_a_count_above_its_limit_is_above_whatever_else_ran():
    assert statuses(budget(4), n_stray=1, queries=5) == [Status.ABOVE]


@pytest.mark.parametrize("measure", ["duplicates", "n_plus_one"])
def test_what_needs_evidence_cannot_be_judged_past_the_limit_of_events(measure):
    assert statuses(budget(**{measure: 1}), doubts=["beyond the limit"]) == [Status.CANNOT_JUDGE]


def test_a_lower_bound_cannot_be_judged_without_all_evidence():
    """A cache fill may have been counted."""
    assert statuses(budget("=4"), doubts=["evidence was lost"], queries=4) == [Status.CANNOT_JUDGE]


def test_what_statements_alone_tell_can():
    assert statuses(budget(4), doubts=["beyond the limit"], queries=4) == [Status.WITHIN]


def test_a_lifted_limit_is_never_handed_to_the_judge():
    lifted = budget(reads=None)
    with pytest.raises(AssertionError, match="lifted limit"):
        judge([Holding(declaration=lifted, limit=lifted.limits[0])], analysis())


def test_a_table_that_exists_nowhere_cannot_be_judged():
    (verdict,) = judge(
        holding([budget(tables={"app_bok": 0})], "a.b"), analysis(), tables=frozenset({"app_book"})
    )
    assert (verdict.status, verdict.doubt) == (
        Status.CANNOT_JUDGE,
        'no model has a table "app_bok"; the nearest is "app_book"',
    )


def test_a_table_of_a_model_or_of_a_query_can():
    declared = holding([budget(tables={"app_book": 0, "raw": 1})], "a.b")
    verdicts = judge(declared, analysis(tables={"raw": 1}), tables=frozenset({"app_book"}))
    assert {each.status for each in verdicts} == {Status.WITHIN}
