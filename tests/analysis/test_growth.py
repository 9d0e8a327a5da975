"""Slopes: what follows the rows, what is a step, and what findings say of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from querybudget.analysis.findings import eager_loads, growing, unread_columns
from querybudget.analysis.growth import IN_STEPS, rise, slopes
from querybudget.finding import Proof
from querybudget.replayed import Outcome, Replayed, with_trial
from tests.builders import FINDING, LINE, event

OF_ROW = 'SELECT "name" FROM "project" WHERE "id" = %s'


@pytest.mark.parametrize(
    ("points", "slope"),
    [
        ([(1, 1), (2, 2), (4, 4)], 1.0),
        ([(2, 5), (4, 9), (8, 17)], 2.0),
        ([(1, 1), (2, 1), (4, 2), (8, 4)], 0.5),
        ([(1, 0), (2, 2), (4, 4)], 1.3),
        ([(1, 1), (2, 2), (4, 2)], None),
        ([(1, 3), (2, 2), (4, 5)], None),
        ([(1, 1), (8, 8)], None),
        ([(1, 4), (2, 4), (4, 4)], None),
    ],
)
def test_a_rise_goes_on_to_the_end_and_never_falls(points, slope):
    found = rise(points)
    assert (found and round(found, 1)) == slope


def sizes(*numbers):
    """Ask one statement once, and another for each row."""
    return {n: [event(), *(event(OF_ROW) for _ in range(n))] for n in numbers}


def test_of_each_statement_the_slope_is_told_with_its_points():
    [slope] = slopes(sizes(2, 4, 8))
    assert slope.shape == ("default", 'SELECT "name" FROM "project" WHERE "id" = ?')
    assert (slope.a_row, slope.points) == (1.0, ((2, 2), (4, 4), (8, 8)))


def test_from_no_row_to_one_is_no_growth():
    assert list(slopes(sizes(0, 1, 2))) == []


@pytest.mark.parametrize("kind", sorted(IN_STEPS))
def test_what_django_sends_in_steps_has_no_slope(kind):
    assert list(slopes({n: [event(OF_ROW, kind=kind) for _ in range(n)] for n in (1, 2, 3)})) == []


def test_transaction_control_has_no_slope():
    assert list(slopes({n: [event("SAVEPOINT x") for _ in range(n)] for n in (1, 2, 3)})) == []


def test_a_finding_of_growth_takes_its_fix_from_what_was_found_over_the_most_rows():
    [slope] = slopes(sizes(1, 2, 4))
    found = growing.finding([event(OF_ROW)], slope=slope, model="app.Package", like=[FINDING])
    assert (found.code, found.proof, found.count) == ("QB401", Proof.MEASURED, 4)
    assert found.what == "1 query a row, 1 → 4 queries over 1 → 4 packages"
    assert (found.fix, found.call_site) == (FINDING.fix, LINE)
    assert growing.finding([event(OF_ROW)], slope=slope, model="app.Package", like=[]).fix is None


def test_growth_across_requests_is_told_by_items():
    found = growing.across(
        ((1, 2), (2, 4), (3, 6)), a_row=2.0, statement=OF_ROW, relation="A.b", field="", place=LINE
    )
    assert found.what == "2 queries an item, 2 → 6 queries in answers of 1 → 3 items"
    assert (found.relation, found.call_site, found.statement) == ("A.b", LINE, OF_ROW)


def guard(outcome):
    subject = 'select_related("x") at a.py:1'
    return Replayed(action="a.V.list", kind="guard", subject=subject, outcome=outcome, told="1 → 4")


def test_dead_and_unguarded_loads_are_findings_of_their_action():
    tried = [guard(Outcome.DEAD), guard(Outcome.GUARDED), guard(Outcome.UNGUARDED), guard(Outcome.MASKED)]
    found = list(eager_loads.of_replays(tried))
    assert [(action, each.code, each.title) for action, each in found] == [
        ("a.V.list", "QB201", "dead eager load"),
        ("a.V.list", "QB501", "unguarded eager load"),
    ]
    assert found[0][1].what == 'select_related("x") at a.py:1: 1 → 4'


def test_a_dead_load_that_another_action_of_its_view_reads_says_so():
    reading = replace(guard(Outcome.GUARDED), action="a.V.retrieve")
    elsewhere = replace(guard(Outcome.GUARDED), action="a.W.list")
    [(_, found)] = eager_loads.of_replays([guard(Outcome.DEAD), reading, elsewhere])
    assert found.what.endswith(": 1 → 4; V.retrieve reads it: give this action its own queryset")


def test_columns_that_nobody_reads_are_findings_of_their_action():
    subject = 'defer("story") at a.py:1'
    tried = [
        Replayed(action="a.V.list", kind="columns", subject=subject, outcome=outcome)
        for outcome in (Outcome.READ, Outcome.UNREAD)
    ]
    [(action, found)] = unread_columns.of_replays([*tried, guard(Outcome.DEAD)])
    assert (action, found.code, found.proof) == ("a.V.list", "QB202", Proof.MEASURED)
    assert found.what == f"with {subject} the response is identical, and nothing asks for it"


def test_a_finding_without_a_fix_has_nothing_to_be_tried():
    bare = replace(FINDING, fix=None)
    tried = Replayed(action="a", kind="fix", subject="x", outcome=Outcome.VERIFIED)
    assert with_trial(bare, tried) is bare
    assert with_trial(FINDING, tried).fix.verified == "verified"
