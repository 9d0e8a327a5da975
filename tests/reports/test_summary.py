"""The lines at the end of a test run."""

from __future__ import annotations

from dataclasses import replace

from querybudget.budgets.patterns import short_names
from querybudget.reports import summary
from querybudget.results import ActionCounts, RunResult, Standing
from tests.builders import FINDING, budget


def counts(action="app.views.PackageViewSet.list", *, minimum=2, maximum=20, findings=(FINDING,)):
    return ActionCounts(
        action=action,
        name=short_names([action])[action],
        n_requests=3,
        n_refused=0,
        n_tests=2,
        minimum=minimum,
        median=minimum,
        maximum=maximum,
        reads=maximum,
        writes=0,
        findings=tuple(findings),
    )


def run(*actions, n_exceeded=0):
    return RunResult(
        started_at="2026-03-01T12:00:00+00:00",
        n_tests=2,
        n_requests=6,
        n_queries=60,
        n_exceeded=n_exceeded,
        actions=actions,
    )


def test_a_stranger_reads_totals_the_worst_the_fix_and_what_to_paste():
    assert summary.lines(run(counts())) == [
        "60 queries in 6 requests of 1 action, made by 2 tests.",
        "  PackageViewSet.list: 20 queries at most, 2 at least",
        "QB101 n-plus-one: Package.project loaded 20 times, for 20 of 20 packages",
        "  in PackageViewSet.list, PackageSerializer.project_name",
        '  fix: select_related("project") in PackageViewSet.get_queryset',
        "All actions: querybudget report",
        'To start a budget: @query_budget(20, action="PackageViewSet.list")',
    ]


def test_twelve_lines_with_the_heading_are_the_most():
    many = [counts(f"app.views.V{each}.list", maximum=each, findings=[FINDING] * 3) for each in range(50)]
    assert len(summary.lines(run(*many, n_exceeded=4))) <= summary.MAX_LINES - 1


def test_the_line_to_paste_is_always_the_last():
    many = [counts(f"app.views.V{each}.list", maximum=each) for each in range(9, 50)]
    assert summary.lines(run(*many))[-1] == 'To start a budget: @query_budget(9, action="V9.list")'


def test_findings_not_shown_are_counted():
    assert "1 more finding and all actions: querybudget report" in summary.lines(
        run(counts(findings=[FINDING] * 3))
    )


def test_budgets_not_kept_are_in_the_first_line():
    assert summary.lines(run(counts(), n_exceeded=1))[0].endswith("made by 2 tests, 1 budget not kept.")


def test_a_finding_without_field_stands_at_its_line_and_without_line_in_its_action():
    line = replace(FINDING, field="", fix=None)
    assert "  in PackageViewSet.list, app/views.py:7" in summary.lines(run(counts(findings=[line])))
    assert "  in PackageViewSet.list" in summary.lines(run(counts(findings=[replace(line, call_site=None)])))


def test_a_constant_action_has_one_number():
    assert "  PackageViewSet.list: 1 query at most" in summary.lines(run(counts(minimum=1, maximum=1)))


def test_without_an_answered_request_nothing_is_offered_to_paste():
    refused = replace(counts(findings=()), minimum=None, median=None, maximum=None)
    assert summary.lines(run(refused)) == [
        "60 queries in 6 requests of 1 action, made by 2 tests.",
        "All actions: querybudget report",
    ]


def test_lines_are_cut_to_the_terminal():
    assert max(map(len, summary.lines(run(counts()), width=40))) == 40


def test_no_budget_is_offered_to_what_has_one():
    """To the next action instead; to none where all have."""
    declared = budget(20)
    held = Standing(
        declaration=declared, limit=declared.limits[0], n_judged=1, n_broken=0, lowest=2, highest=20
    )
    limited, free = replace(counts(), standings=(held,)), counts("app.views.StoreViewSet.list", maximum=3)
    assert "StoreViewSet.list" in summary.lines(run(limited, free))[-1]
    assert summary.lines(run(limited))[-1] == "All actions: querybudget report"
