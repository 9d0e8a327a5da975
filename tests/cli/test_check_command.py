"""`querybudget check`: exit 0 when all is kept, 1 when not, 2 when that cannot be told."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from querybudget.cli.main import main
from querybudget.storage.datafile import DataFile, new_run_id
from tests.storage.test_datafile import STARTED


def check(capsys, project, budgets="", *arguments):
    (project / "pyproject.toml").write_text(f"[tool.querybudget]\n{budgets}\n", encoding="utf-8")
    code = main(["check", "--root", str(project), *arguments])
    return code, *capsys.readouterr()


TABLE = "[tool.querybudget.budgets]\n"


@pytest.mark.parametrize(
    ("budgets", "code"),
    [
        ("", 0),
        (TABLE + '"shop.views.PackageViewSet.list" = 1', 0),
        (TABLE + '"shop.views.PackageViewSet.list" = 0', 1),
        (TABLE + '"PackageViewSet.retrieve" = "=3"', 1),
        (TABLE + '"PackageViewSet.retrieve" = { writes = 0 }', 1),
        ("default = 1", 1),
        ('fail_on = ["QB101"]', 1),
        (TABLE + '"PackageViewSet.retrieve" = { queries = 9, until = 2020-01-31 }', 1),
        (TABLE + '"PackageViewSet.retreive" = 9', 2),
        (TABLE + '"PackageViewSet.list" = 9', 2),
        (TABLE + '"PackageViewSet.retrieve" = { base = 9, per_item = 1 }', 2),
        ("default = -1", 2),
    ],
)
def test_the_exit_code_says_how_it_stands(capsys, project, budgets, code):
    assert check(capsys, project, budgets)[0] == code


def test_what_is_not_kept_is_told_with_the_worst_test_and_the_line(capsys, project):
    _, out, err = check(capsys, project, TABLE + '"shop.views.PackageViewSet.list" = 0')
    assert out.splitlines() == [
        "1 budget not kept: 4 requests of 3 actions; configuration judged 2 times.",
        "",
        "1 query, budget 0 per request (1 over): shop.views.PackageViewSet.list",
        "  tests/test_b.py::test_two",
        '  Budget: "shop.views.PackageViewSet.list" = 0, pyproject.toml line 3.',
        "  Its queries: querybudget show 'shop.views.PackageViewSet.list'",
    ]
    assert err == ""


def test_what_code_declares_counts_as_it_stood(capsys, project):
    """The view allows nine, and is nearer than configuration."""
    assert check(capsys, project, TABLE + '"app.views.PackageViewSet.list" = 1')[0] == 0


def test_a_run_that_lost_a_test_cannot_be_judged(capsys, project):
    later = STARTED.replace(hour=13)
    file = DataFile(project, new_run_id(later, "0badcafe"), later)
    file.begin("tests/test_a.py::test_killed", 1)
    file.close()
    code, _, err = check(capsys, project)
    assert (code, err) == (2, "querybudget: The last run recorded no request: nothing can be judged.\n")


def test_the_outcome_can_be_written_to_a_file(capsys, project):
    assert check(capsys, project, "", "-o", str(project / "outcome.txt")) == (0, "", "")
    assert "All budgets are kept" in (project / "outcome.txt").read_text("utf-8")


def known(project, **names):
    (path,) = (project / ".querybudget").glob("*.sqlite3")
    with closing(sqlite3.connect(path)) as connection, connection:
        rows = [
            (measure, name)
            for measure, found in {"databases": ["default"], **names}.items()
            for name in found
        ]
        connection.executemany("INSERT INTO known_name VALUES (?, ?)", rows)


@pytest.mark.parametrize(
    ("budgets", "then", "told"),
    [
        ('ignore_tables = ["a"]', {}, "ignore_tables names 'a' now, and nothing when the run counted"),
        ("", {"ignore_tables": ["a", "b"]}, "ignore_tables names nothing now, and 'a', 'b' when the run"),
        ("unlimited_rows = 5", {}, "unlimited_rows names '5' now, and nothing when the run counted"),
        ('items = "a.b"', {"items": ["a.c"]}, "items names 'a.b' now, and 'a.c' when the run counted"),
    ],
)
def test_counts_of_other_settings_are_not_judged(capsys, project, budgets, then, told):
    """Only another run can count anew."""
    known(project, **then)
    code, out, err = check(capsys, project, budgets)
    assert (code, out) == (2, "")
    assert told in err


def test_settings_that_stay_or_move_are_judged(capsys, project):
    known(project, ignore_tables=["a"], settings=["querybudget.toml"])
    assert check(capsys, project, 'ignore_tables = ["a"]')[0] == 0


def test_data_that_was_taken_away_from_its_settings_is_not_judged(capsys, project):
    known(project, settings=["pyproject.toml"])
    assert main(["check", "--root", str(project)]) == 2
    assert "The run was made by 'pyproject.toml'; here that is nothing." in capsys.readouterr().err
