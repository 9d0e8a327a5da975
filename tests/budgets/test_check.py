"""A run judged again by what configuration declares now."""

from __future__ import annotations

from querybudget.budgets.budget import Level
from querybudget.budgets.check import check
from querybudget.budgets.configured import Configured
from querybudget.budgets.judge import Facts, Judge, Status
from querybudget.results import BrokenLimit, RecordedRequest
from tests.budgets.test_configured import declared
from tests.builders import analysis, budget, identity, verdicts


def recorded(queries, *, node_id="test_a", in_code=(), **facts):
    return RecordedRequest(
        identity=identity("a.P.list"),
        node_id=node_id,
        facts=Facts(analysis=analysis(queries=queries), **facts),
        declared=tuple(in_code),
    )


def checked(requests, *budgets, broken=()):
    return check(requests, broken, Configured(budgets), Judge())


def broken(declaration, queries):
    (verdict,) = verdicts([declaration], analysis(queries=queries))
    return BrokenLimit(subject="a.P.list", node_id="test_b", verdict=verdict)


def test_requests_at_the_limit_keep_it():
    outcome = checked([recorded(4), recorded(0)], declared("P.list", 4))
    assert (outcome.broken, outcome.n_requests, outcome.n_actions, outcome.n_verdicts) == ((), 2, 1, 2)


def test_of_many_requests_above_the_limit_the_worst_is_named():
    requests = [recorded(5), recorded(9, node_id="worst"), recorded(7), recorded(4)]
    (found,) = checked(requests, declared("P.list", 4)).broken
    assert (found.count, found.node_id, found.verdict.observed, found.is_doubt) == (3, "worst", 9, False)


def test_of_too_few_the_fewest_is_the_worst():
    requests = [recorded(3), recorded(1, node_id="worst"), recorded(2)]
    (found,) = checked(requests, declared("P.list", "=4")).broken
    assert (found.node_id, found.verdict.status) == ("worst", Status.BELOW)


def test_what_is_exceeded_outweighs_what_cannot_be_judged():
    requests = [recorded(0, n_stray=1), recorded(5, node_id="worst"), recorded(0, n_stray=1)]
    (found,) = checked(requests, declared("P.list", 4)).broken
    assert (found.node_id, found.count, found.is_doubt) == ("worst", 3, False)


def test_a_nearer_declaration_in_code_still_speaks():
    """What code declares is known from the run, and judged there."""
    lenient = budget(9, level=Level.VIEW)
    assert checked([recorded(8, in_code=[lenient])], declared("P.list", 4)).broken == ()


def test_what_code_declared_counts_as_it_stood():
    (found,) = checked([], broken=[broken(budget(4), 6)]).broken
    assert (found.subject, found.verdict.observed) == ("a.P.list", 6)


def test_what_configuration_declared_then_does_not():
    then = budget(4, level=Level.CONFIGURATION)
    assert checked([recorded(6)], declared("P.list", 6), broken=[broken(then, 6)]).broken == ()
