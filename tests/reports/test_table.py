"""The table of counts: plain when piped, rich on a terminal, complete in both."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from querybudget.reports import table
from querybudget.results import Standing
from tests.builders import FINDING, budget
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


@pytest.mark.parametrize("width", [78, 80, 100, 200])
def test_no_number_is_cut_for_the_sake_of_a_name(width):
    declared = budget(base=12, per_item=13)
    per_item = Standing(
        declaration=declared, limit=declared.limits[0], n_judged=1, n_broken=0, lowest=9, highest=9
    )
    wide = replace(
        counts("catalog.views.long_package.PackageViewSetOfMany.deployment_stats"),
        minimum=101, median=102, maximum=103, reads=97, writes=96, standings=(per_item,),
    )  # fmt: skip
    console = Console(file=io.StringIO(), width=width, force_terminal=True, no_color=True)
    table.render(run(wide), console)
    lines = re.sub(r"\x1b\[[\d;]*m", "", console.file.getvalue()).splitlines()
    head = lines[: next(number for number, line in enumerate(lines) if "Budgets" in line)]
    text = " ".join(" ".join(head).split())
    assert all(title in text for title in table.COLUMNS[:-1])
    assert all(number in text for number in ("101–102–103", "12+13/item", " 97 ", " 96 "))
    assert max(map(len, head)) <= width


def standing_at(*measure, n_judged=3, n_broken=0, **more):
    declared = budget(*measure, **more)
    return Standing(
        declaration=declared,
        limit=declared.limits[0],
        n_judged=n_judged,
        n_broken=n_broken,
        lowest=2,
        highest=3,
    )


@pytest.mark.parametrize(
    ("standings", "cell"),
    [
        ([standing_at(3)], "3"),
        ([standing_at(9, n_judged=1), standing_at(3, n_judged=2)], "3…"),
        ([standing_at(3, n_judged=1), standing_at(3, n_judged=2)], "3"),
        ([standing_at(2, n_judged=1, n_broken=1), standing_at(3, n_judged=2)], "2!…"),
        ([standing_at(3), standing_at(writes=0, n_broken=1)], "3 !"),
        ([standing_at(writes=0, n_broken=1)], "!"),
        ([standing_at(writes=0)], ""),
    ],
)
def test_one_limit_stands_for_all(standings, cell):
    """The one that was not kept, else the one that judged most; and whether there were others."""
    line = rendered(run(replace(counts(findings=()), standings=tuple(standings)))).splitlines()[1]
    assert " ".join(line.split()[4:-2]) == cell


def test_how_many_requests_a_limit_judged_is_told_unless_all():
    some, every = standing_at(3, n_judged=2), standing_at(writes=3)
    told = rendered(run(replace(counts(), standings=(some, every)))).splitlines()
    assert [line.partition("   ")[0] for line in map(str.strip, told) if line.startswith("function:")] == [
        "function: queries 2–3 of 3, in 2 of 3 requests",
        "function: writes 2–3 of 3",
    ]
