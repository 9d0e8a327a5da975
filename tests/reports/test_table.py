"""The table of counts: plain when piped, rich on a terminal, complete in both."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from querybudget.reports import table
from tests.builders import FINDING
from tests.reports.test_summary import counts, run

REFUSED = replace(
    counts("app.views.broken", findings=()), n_refused=3, minimum=None, maximum=None, reads=None
)


def rendered(result, **options):
    console = Console(file=io.StringIO(), width=120, **options)
    table.render(result, console)
    return console.file.getvalue()


def test_the_plain_table_aligns_its_columns():
    assert rendered(run(counts(), REFUSED)).splitlines()[:3] == [
        "action               requests  refused  tests  queries  budget  reads  writes  findings",
        "PackageViewSet.list         3               2   2–2–20             20       0  QB101",
        "views.broken                3        3      2        –              –       0",
    ]


@pytest.mark.parametrize("options", [{}, {"force_terminal": True}], ids=["piped", "terminal"])
def test_every_column_and_finding_is_there_in_both(options):
    text = rendered(run(counts(findings=[FINDING] * 2), REFUSED), **options)
    for expected in (
        "2–2–20",
        "QB101 ×2",
        "Package.project loaded 20 times",
        "6 requests in 2 tests",
    ):
        assert expected in text


def test_piped_there_is_no_escape_sequence():
    assert "\x1b" not in rendered(run(counts(), REFUSED))


def test_a_name_cannot_command_the_terminal():
    assert "\x1b" not in rendered(run(counts("app.views.\x1b[2Jx")))


def test_brackets_are_shown_as_they_are():
    """Rich would take them for markup."""
    text = rendered(run(counts("x.ModelAdmin[app.Store].add_view")), force_terminal=True)
    assert "ModelAdmin[app.Store].add_view" in text


def test_refused_answers_are_explained_where_there_are_any():
    assert "Refused: answered with 400" in rendered(run(REFUSED))
    assert "Refused" not in rendered(run(counts()))


def test_budgets_that_did_not_hold_are_told():
    assert "1 budget did not hold" in rendered(run(counts(), n_exceeded=1))


def test_a_narrow_terminal_breaks_names_where_they_have_a_part():
    console = Console(file=io.StringIO(), width=78, force_terminal=True, no_color=True)
    table.render(run(counts("app.views.NaivePackageViewSet.deployment_stats"), counts("health")), console)
    lines = re.sub(r"\x1b\[[\d;]*m", "", console.file.getvalue()).splitlines()
    starts = [line[:21].strip() for line in lines]
    begin = starts.index("NaivePackageViewSet")
    assert starts[begin + 1 : begin + 3] == [".deployment_stats", "QB101"]
    assert all(title in " ".join(lines[:3]) for title in table.COLUMNS[:-1])
    assert max(map(len, lines[: begin + 3])) <= 78
