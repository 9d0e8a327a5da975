"""Each verdict at its limit, one beyond it, and at zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from querybudget.budgets.budget import Level
from querybudget.budgets.judge import Facts, Judge, Status, is_answer
from querybudget.budgets.resolve import Holding
from tests.builders import FINDING, analysis, budget, verdicts

if TYPE_CHECKING:
    from querybudget.budgets.budget import Declaration


def statuses(declaration: Declaration, n_stray=0, doubts=(), **measures):
    judged = verdicts([declaration], analysis(doubts=doubts, **measures), n_stray=n_stray)
    return [each.status for each in judged]


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
    (within, below) = verdicts([budget(4, reads="=1")], analysis(queries=4))
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


def test_a_table_that_exists_nowhere_cannot_be_judged():
    (verdict,) = verdicts(
        [budget(tables={"app_bok": 0})], analysis(), names={"tables": frozenset({"app_book"})}
    )
    assert (verdict.status, verdict.doubt) == (
        Status.CANNOT_JUDGE,
        'no model has a table "app_bok", did you mean "app_book"?',
    )


def test_of_a_table_like_none_some_that_exist_are_listed():
    names = {"tables": frozenset(f"app_{letter}" for letter in "abcdefghijkl")}
    (verdict,) = verdicts([budget(tables={"zzz": 0})], analysis(), names=names)
    assert verdict.doubt.startswith('no model has a table "zzz"; known: app_a, app_b, ')
    assert verdict.doubt.endswith("app_j, …")


def test_a_table_of_a_model_or_of_a_query_can():
    declared = budget(tables={"app_book": 0, "raw": 1})
    judged = verdicts([declared], analysis(tables={"raw": 1}), names={"tables": frozenset({"app_book"})})
    assert {each.status for each in judged} == {Status.WITHIN}


def test_a_database_that_settings_do_not_name_cannot_be_judged():
    (verdict,) = verdicts(
        [budget(databases={"replic": 0})], analysis(), names={"databases": frozenset({"replica"})}
    )
    assert verdict.doubt == 'there is no database "replic", did you mean "replica"?'


@pytest.mark.parametrize("measure", ["databases", "phases"])
@pytest.mark.parametrize(("observed", "status"), [(2, Status.WITHIN), (3, Status.ABOVE), (0, Status.WITHIN)])
def test_a_database_and_a_phase_are_judged_by_their_limits(measure, observed, status):
    assert statuses(budget(**{measure: {"filter": 2}}), **{measure: {"filter": observed}}) == [status]


def test_a_phase_within_its_limit_cannot_be_judged_while_some_query_has_none():
    (verdict,) = verdicts([budget(phases={"serializer": 0})], analysis(n_phaseless=2))
    assert (verdict.status, verdict.doubt) == (Status.CANNOT_JUDGE, "the phase of 2 queries cannot be told")


# base + per_item × items


@pytest.mark.parametrize(
    ("items", "queries", "status"),
    [
        (0, 3, Status.WITHIN),
        (0, 4, Status.ABOVE),
        (5, 13, Status.WITHIN),
        (5, 14, Status.ABOVE),
        (5, 0, Status.WITHIN),
    ],
)
def test_a_budget_per_item_grows_with_the_response(items, queries, status):
    (verdict,) = verdicts([budget(base=3, per_item=2)], analysis(queries=queries), items=items)
    assert (verdict.status, verdict.limit.upper) == (status, 3 + 2 * items)


def test_a_budget_per_item_of_a_response_without_items_cannot_be_judged():
    (verdict,) = verdicts([budget(base=3, per_item=2)], analysis(queries=1))
    assert (verdict.status, verdict.doubt) == (
        Status.CANNOT_JUDGE,
        "the response is no list and has no `results`",
    )


# What is declared for an action, wherever it is requested

AMBIENT = [Level.VIEW, Level.CONFIGURATION, Level.DEFAULT]


@pytest.mark.parametrize("level", AMBIENT)
@pytest.mark.parametrize(("queries", "status"), [(4, Status.WITHIN), (5, Status.ABOVE), (0, Status.WITHIN)])
def test_a_refused_request_is_held_to_upper_limits_only(level, queries, status):
    """A 403 is cheap, and breaks no `"=4"`; a refusal that costs more than the answer is still too much."""
    (verdict,) = verdicts([budget("=4", level=level)], analysis(queries=queries), is_answered=False)
    assert verdict.status is status


def test_an_answered_request_is_held_to_both_bounds():
    (verdict,) = verdicts([budget("=4", level=Level.VIEW)], analysis(queries=3))
    assert verdict.status is Status.BELOW


def test_a_test_that_says_exactly_means_it_of_a_refusal_too():
    (verdict,) = verdicts([budget("=4")], analysis(queries=3), is_answered=False)
    assert verdict.status is Status.BELOW


def test_a_refusal_has_no_items_to_judge_by():
    assert verdicts([budget(base=3, per_item=2, level=Level.VIEW)], analysis(), is_answered=False) == []


@pytest.mark.parametrize(
    ("status", "answered"), [(200, True), (399, True), (400, False), (500, False), (None, False)]
)
def test_an_answer_is_what_stands_below_400(status, answered):
    assert is_answer(status) is answered


# What is accepted on purpose


@pytest.mark.parametrize(
    ("allow", "status"),
    [
        ((), Status.ABOVE),
        ("QB101", Status.WITHIN),
        ("QB101:Package.project", Status.WITHIN),
        ("QB101:PackageSerializer.*", Status.WITHIN),
        ("QB101:names", Status.WITHIN),
        ("QB101:Package.store", Status.ABOVE),
        ("QB102:Package.project", Status.ABOVE),
    ],
)
def test_what_is_allowed_counts_as_no_n_plus_one(allow, status):
    reason = "three at most" if allow else None
    found = analysis(n_plus_one=1, findings=[FINDING])
    (verdict,) = verdicts([budget(n_plus_one=0, allow=allow, reason=reason)], found)
    assert verdict.status is status


def test_an_allowance_without_limit_holds_for_what_others_declare():
    allowing = budget(allow="QB101", reason="three at most")
    found = analysis(n_plus_one=1, findings=[FINDING])
    (verdict,) = verdicts([allowing, budget(n_plus_one=0, level=Level.CLASS)], found)
    assert (verdict.status, verdict.observed) == (Status.WITHIN, 0)


def test_a_limit_lifted_by_itself_is_no_limit():
    lifted = budget(None, level=Level.VIEW)
    judged = Judge().judge(
        [Holding(declaration=lifted, limit=lifted.limits[0])], Facts(analysis=analysis(), is_answered=False)
    )
    assert judged == ()
