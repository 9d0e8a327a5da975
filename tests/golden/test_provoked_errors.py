"""Mistakes that people make, and the texts that must lead a stranger to the mend.

Each text stands in `errors/`. To write them anew, after reading what changed:
`QUERYBUDGET_UPDATE_GOLDEN=1 pytest tests/golden`, then `git diff tests/golden/errors`.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from querybudget.storage.schema import SCHEMA_VERSION
from tests.golden.conftest import write
from tests.golden.projects import COLLECTED, COMPLETE, NO_DJANGO, SEVERAL, TEST_LIST, WITH_WITHOUT_DJANGO

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.golden.conftest import Bench

GOLDEN = Path(__file__).parent / "errors"
IS_UPDATING = os.environ.get("QUERYBUDGET_UPDATE_GOLDEN") == "1"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One mistake, and what its text must say."""

    name: str
    """Also of the golden file."""
    provoke: Callable[[Bench], str]
    wrong: str
    """The name or value that is wrong."""
    expected: str
    """What is right instead, or nearest to it."""
    where: str = ""
    """File and line; empty where the mistake stands in no file."""


# Settings. Each is a project of its own, which `querybudget check` reads as a run of pytest does.


def settings(text, file="pyproject.toml", **others):
    """Write settings and have them read."""

    def provoke(bench):
        root = bench.fixture("tmp_path")
        write(root, {file: text, **others.get("beside", {})})
        return bench.command(root, "check")

    return provoke


def budget(line):
    """Declare one budget in pyproject.toml, at line 5."""
    return settings(f'[project]\nname = "shop"\n\n[tool.querybudget.budgets]\n{line}\n')


def setting(line):
    """Write one setting into pyproject.toml, at line 2, of a project with the directory `shop`."""
    return settings(f"[tool.querybudget]\n{line}\n", beside={"shop/views.py": ""})


LINE_2, LINE_5 = "pyproject.toml line 2", "pyproject.toml line 5"
LIMIT = '"2..4" (between)'
BOTH = "[tool.querybudget]\ndefault = 30\n"

SETTINGS = [
    Case(name="limit-range-backwards", provoke=budget('"Shop.list" = "4..2"'),
         wrong='"4..2"', expected='"2..4"', where=LINE_5),
    Case(name="limit-negative", provoke=budget('"Shop.list" = -1'),
         wrong="-1", expected=LIMIT, where=LINE_5),
    Case(name="limit-true", provoke=budget('"Shop.list" = true'),
         wrong="true", expected=LIMIT, where=LINE_5),
    Case(name="limit-fraction", provoke=budget('"Shop.list" = 3.5'),
         wrong="3.5", expected=LIMIT, where=LINE_5),
    Case(name="limit-word", provoke=budget('"Shop.list" = "four"'),
         wrong="four", expected=LIMIT, where=LINE_5),
    Case(name="limit-of-nothing", provoke=budget('"Shop.list" = { reason = "count, page" }'),
         wrong="Shop.list", expected="queries = 4", where=LINE_5),
    Case(name="unknown-measure", provoke=budget('"Shop.list" = { querys = 4 }'),
         wrong="'querys'", expected="'queries'", where=LINE_5),
    Case(name="unknown-setting", provoke=setting("defualt = 30"),
         wrong="'defualt'", expected="'default'", where=LINE_2),
    Case(name="unknown-code", provoke=setting('fail_on = ["QB1O1"]'),
         wrong="'QB1O1'", expected="'QB101'", where=LINE_2),
    Case(name="source-missing", provoke=setting('source = ["shpo"]'),
         wrong="'shpo'", expected="'shop'", where=LINE_2),
    Case(name="items-no-path", provoke=setting('items = "count_items"'),
         wrong='"count_items"', expected='"shop.budgets.count_items"', where=LINE_2),
    Case(name="budgets-no-table", provoke=setting("budgets = 4"),
         wrong="budgets = 4", expected="[tool.querybudget.budgets]", where=LINE_2),
    Case(name="default-with-action", provoke=setting('default = { queries = 9, action = "Shop.list" }'),
         wrong="action", expected="[tool.querybudget.budgets]", where=LINE_2),
    Case(name="two-files", provoke=settings(BOTH, beside={"querybudget.toml": BOTH}),
         wrong="querybudget.toml line 1", expected="delete", where="pyproject.toml line 1"),
    Case(name="no-toml", provoke=settings("[tool.querybudget]\ndefault = 30 queries\n", "querybudget.toml"),
         wrong="querybudget.toml", expected="newline", where="line 2"),
    Case(name="stray-table", provoke=settings("[tool.querybudgets]\ndefault = 30\n", "querybudget.toml"),
         wrong="[tool.querybudgets]", expected="[tool.querybudget]", where="querybudget.toml line 1"),
    Case(name="stray-setting", provoke=settings("default = 30\n", "querybudget.toml"),
         wrong="'default'", expected="[tool.querybudget]", where="querybudget.toml line 1"),
    Case(name="until-no-date", provoke=budget('"Shop.list" = { queries = 4, until = "summer" }'),
         wrong='"summer"', expected='"2027-06-30"', where=LINE_5),
    Case(name="allow-without-reason", provoke=budget('"Shop.list" = { allow = "QB102:Shop.sales" }'),
         wrong="QB102:Shop.sales", expected="reason = ", where=LINE_5),
    Case(name="action-without-quotes", provoke=budget("Shop.list = 4"),
         wrong="list", expected='"Shop.list" = 4', where=LINE_5),
    Case(name="unknown-measure-in-a-table-of-its-own",
         provoke=settings('[tool.querybudget.budgets."Shop.list"]\nreason = "page"\nquerys = 4\n'),
         wrong="'querys'", expected="'queries'", where="pyproject.toml line 3"),
    Case(name="default-no-limit", provoke=setting('default = "many"'),
         wrong="default = ", expected=LIMIT, where=LINE_2),
]  # fmt: skip


# Runs of pytest. One run may hold many mistakes; each has its own test, line or place in it.


def decorated(name):
    return lambda bench: bench.pytest("decorated", COLLECTED).section(f"ERROR collecting test_{name}.py")


def failed(test):
    return lambda bench: bench.pytest("complete", COMPLETE).section(test)


def failed_run(start):
    return lambda bench: bench.pytest("complete", COMPLETE).failed_run(start)


def stopped(name, files):
    return lambda bench: bench.pytest(name, files).error()


def without_django(bench):
    return bench.pytest("no-django", NO_DJANGO, kind="bare_project").section("test_list")


WRITTEN = "test_library.py line"
RUNS = [
    Case(name="several-settings", provoke=stopped("settings", {"pyproject.toml": SEVERAL}),
         wrong="'defualt'", expected="'queries'", where="pyproject.toml line 8"),
    Case(name="items-not-importable",
         provoke=stopped("items", {"pyproject.toml": '[tool.querybudget]\nitems = "library.veiws.n_items"\n',
                                   "test_it.py": TEST_LIST}),
         wrong="library.veiws", expected="library.views", where=LINE_2),
    Case(name="items-without-function",
         provoke=stopped("items-name", {
             "pyproject.toml": '[tool.querybudget]\nitems = "library.views.n_book"\n',
             "test_it.py": TEST_LIST,
         }),
         wrong="n_book", expected="n_books", where=LINE_2),
    Case(name="unknown-action-configured", provoke=failed_run("no action is called 'BookViewSet.lst'"),
         wrong="'BookViewSet.lst'", expected="'BookViewSet.list'", where="pyproject.toml line 2"),
    Case(name="unknown-route-configured", provoke=failed_run("no action is called 'GET /book/'"),
         wrong="'GET /book/'", expected="'GET /books/'", where="pyproject.toml line 3"),
    Case(name="ambiguous-action-configured", provoke=failed_run("'AuthorView.get' names 2"),
         wrong="'AuthorView.get'", expected="'v2.AuthorView.get'", where="pyproject.toml line 4"),
    Case(name="expired-in-configuration", provoke=failed_run("budget expired: until 2020-01-31"),
         wrong="2020-01-31", expected="later day", where="pyproject.toml line 5"),
    Case(name="expired-on-a-test", provoke=failed_run("budget expired: until 2020-02-29"),
         wrong="2020-02-29", expected="later day", where=f"{WRITTEN} 4"),
    Case(name="class-without-request", provoke=failed_run("budget met no request"),
         wrong="BookViewSet.destroy", expected="BookViewSet.list", where=f"{WRITTEN} 42"),
    Case(name="test-without-request", provoke=failed("test_without_request"),
         wrong="@query_budget(9)", expected='per="block"', where=f"{WRITTEN} 9"),
    Case(name="test-that-uses-it-not", provoke=failed("test_unused"),
         wrong="query_budget(9)", expected="with query_budget(…):", where=f"{WRITTEN} 83"),
    Case(name="test-of-another-request", provoke=failed("test_another_request"),
         wrong="BookViewSet.lst", expected="'BookViewSet.list'", where=f"{WRITTEN} 13"),
    Case(name="ambiguous-action-of-a-test", provoke=failed("test_both_authors"),
         wrong="'AuthorView.get'", expected="v2.AuthorView.get", where=f"{WRITTEN} 17"),
    Case(name="table-misspelled", provoke=failed("test_table"),
         wrong="library_bok", expected='"library_book"', where=f"{WRITTEN} 22"),
    Case(name="alias-misspelled", provoke=failed("test_alias"),
         wrong="defualt", expected='"default"', where=f"{WRITTEN} 26"),
    Case(name="per-item-of-no-list", provoke=failed("test_no_list"),
         wrong="no list", expected="items", where=f"{WRITTEN} 30"),
    Case(name="marker-unknown-measure", provoke=failed("test_marker"),
         wrong="'querys'", expected="'queries'", where="test_library.py:34"),
    Case(name="marker-two-numbers", provoke=failed("test_two_numbers"),
         wrong="not 2", expected="query_budget(4, writes=0)", where="test_library.py:58"),
    Case(name="test-of-another-route", provoke=failed("test_another_route"),
         wrong="GET /book/", expected="'GET /books/'", where=f"{WRITTEN} 47"),
    Case(name="test-of-requests-left-out", provoke=failed("test_all_left_out"),
         wrong="exclude='BookViewSet.*'", expected="left out", where=f"{WRITTEN} 66"),
    Case(name="table-like-none", provoke=failed("test_table_like_none"),
         wrong='"zzz"', expected="library_book", where=f"{WRITTEN} 70"),
    Case(name="class-without-any-request", provoke=failed_run("budget met no request: none of its 2 tests"),
         wrong="@query_budget(8)", expected='per="block"', where=f"{WRITTEN} 74"),
    Case(name="unknown-name-in-exclude", provoke=failed_run("exclude: no action is called"),
         wrong="'BookViewSet.retreive'", expected="'BookViewSet.retrieve'",
         where="pyproject.toml line 6"),
    Case(name="unknown-action-like-none", provoke=failed_run("no action is called 'Zzz.qqq'"),
         wrong="'Zzz.qqq'", expected="querybudget report", where="pyproject.toml line 7"),
    Case(name="with-without-parentheses", provoke=failed("test_with_of_no_call"),
         wrong="with query_budget:", expected="`with query_budget(4) as seen:`", where="test_library.py:63"),
    Case(name="with-without-django",
         provoke=lambda bench: bench.pytest(
             "with-no-django", WITH_WITHOUT_DJANGO, kind="bare_project").section("test_block"),
         wrong="Django is not set up", expected="DJANGO_SETTINGS_MODULE", where="test_with.py:4"),
    Case(name="action-by-position", provoke=decorated("action_first"),
         wrong="'BookViewSet.list'", expected="query_budget(4, action='BookViewSet.list')",
         where="test_action_first.py:3"),
    Case(name="two-limits-by-position", provoke=decorated("two_limits"),
         wrong="not 2", expected="query_budget(4, writes=0)", where="test_two_limits.py:3"),
    Case(name="exactly-negative", provoke=decorated("exactly"),
         wrong="exactly(-1)", expected="exactly(4)", where="test_exactly.py:3"),
    Case(name="between-backwards", provoke=decorated("between"),
         wrong="between(4, 2)", expected="between(2, 4)", where="test_between.py:3"),
    Case(name="default-of-nothing-recorded",
         provoke=lambda bench: bench.pytest("nothing", {
             "pyproject.toml": "[tool.querybudget]\ndefault = 30\n",
             "test_it.py": "def test_fails():\n    assert False\n",
         }).line("No request was recorded"),
         wrong="1 budget of pyproject.toml", expected="judged nothing"),
    Case(name="test-of-another-request-over-several-lines", provoke=failed("test_several_lines"),
         wrong="BookViewSet.lst", expected="'BookViewSet.list'", where=f"{WRITTEN} 51"),
    Case(name="no-django", provoke=without_django,
         wrong="Django is not set up", expected="DJANGO_SETTINGS_MODULE"),
    Case(name="view-unknown-action", provoke=failed("test_view[UnknownAction/]"),
         wrong="'lst'", expected="'list'", where="library/wrong.py:5"),
    Case(name="view-wrong-limit", provoke=failed("test_view[WrongLimit/]"),
         wrong="'4..2'", expected='"2..4"', where="library/wrong.py:10"),
    Case(name="view-no-mapping", provoke=failed("test_view[NoMapping/]"),
         wrong="4 is no mapping", expected='{"list": 4}', where="library/wrong.py:14"),
    Case(name="view-function-unknown-method", provoke=failed("test_view[function/]"),
         wrong="'gte'", expected="'get'", where="library/wrong.py:19"),
    Case(name="unknown-measure-decorated", provoke=decorated("measure"),
         wrong="'querys'", expected="'queries'", where="test_measure.py:3"),
    Case(name="no-parentheses", provoke=decorated("parentheses"),
         wrong="parentheses", expected="@query_budget(4)", where="test_parentheses.py:3"),
    Case(name="block-of-an-action", provoke=decorated("block_of_action"),
         wrong='per="block"', expected="Leave one out", where="test_block_of_action.py:3"),
    Case(name="per-unknown", provoke=decorated("per"),
         wrong="'test'", expected='"request" or "block"', where="test_per.py:3"),
    Case(name="base-without-per-item", provoke=decorated("base_alone"),
         wrong="base", expected="per_item is missing", where="test_base_alone.py:3"),
    Case(name="per-item-of-a-block", provoke=decorated("per_item_of_block"),
         wrong="base and per_item", expected='per="request"', where="test_per_item_of_block.py:3"),
    Case(name="unknown-phase", provoke=decorated("phase"),
         wrong="'serialiser'", expected="'serializer'", where="test_phase.py:3"),
    Case(name="allow-without-reason-decorated", provoke=decorated("allow"),
         wrong="QB102:Book.tags", expected="reason=", where="test_allow.py:3"),
    Case(name="until-no-date-decorated", provoke=decorated("until"),
         wrong="'30.6.2027'", expected='"2027-06-30"', where="test_until.py:3"),
    Case(name="no-limit-decorated", provoke=decorated("nothing"),
         wrong="limits nothing", expected="@query_budget(4)", where="test_nothing.py:3"),
]  # fmt: skip


# The command, on the data of a run.


def command(*argv, data="recorded", before=None):
    """Run the command in a project with or without data, after something happened to it."""

    def provoke(bench):
        root = bench.fixture(data)
        if before is not None:
            before(root)
        return bench.command(root, *argv)

    return provoke


def data_file(root):
    (path,) = (root / ".querybudget").glob("*.sqlite3")
    return path


def configured(line):
    return lambda root: write(root, {"pyproject.toml": f"[tool.querybudget.budgets]\n{line}\n"})


def newer(root):
    with closing(sqlite3.connect(data_file(root))) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def foreign(root):
    path = data_file(root)
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")


def overwritten(root):
    data_file(root).write_text("x" * 5000, "utf-8")


def emptied(root):
    data_file(root).write_bytes(b"")


def cut_short(root):
    path = data_file(root)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwritten_inside(root):
    path = data_file(root)
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"x" * (len(whole) - 8192))


def databases_of_others(root):
    with closing(sqlite3.connect(root / "shop.sqlite3")) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")


DATA = ".querybudget/20260301T120000-0badcafe-PID.sqlite3"
COMMANDS = [
    Case(name="no-data", provoke=command("report", data="tmp_path"),
         wrong="/project/.querybudget", expected="pytest"),
    Case(name="report-unknown-action", provoke=command("report", "PackageViewSet.retreive"),
         wrong="'PackageViewSet.retreive'", expected="'PackageViewSet.retrieve'"),
    Case(name="report-unknown-route", provoke=command("report", "GET /package/"),
         wrong="'GET /package/'", expected="'GET /packages/'"),
    Case(name="show-unknown-action", provoke=command("show", "PackageViewSet.retreive"),
         wrong="'PackageViewSet.retreive'", expected="'PackageViewSet.retrieve'"),
    Case(name="show-ambiguous", provoke=command("show", "PackageViewSet.list"),
         wrong="'PackageViewSet.list'", expected="app.views.PackageViewSet.list"),
    Case(name="check-unknown-action",
         provoke=command("check", before=configured('"PackageViewSet.retreive" = 9')),
         wrong="'PackageViewSet.retreive'", expected="'PackageViewSet.retrieve'", where=LINE_2),
    Case(name="check-ambiguous-action",
         provoke=command("check", before=configured('"PackageViewSet.list" = 9')),
         wrong="'PackageViewSet.list'", expected="'app.views.PackageViewSet.list'", where=LINE_2),
    Case(name="explain-unknown-code", provoke=command("explain", "QB110"),
         wrong="'QB110'", expected="QB101"),
    Case(name="data-newer", provoke=command("report", before=newer),
         wrong=f"schema {SCHEMA_VERSION + 1}", expected=f"reads {SCHEMA_VERSION}", where=DATA),
    Case(name="data-foreign", provoke=command("report", before=foreign),
         wrong="no data file of querybudget", expected="Move it", where=DATA),
    Case(name="data-overwritten", provoke=command("report", before=overwritten),
         wrong="not a database", expected="Delete it", where=DATA),
    Case(name="data-empty", provoke=command("report", before=emptied),
         wrong="is empty", expected="Copy the whole of .querybudget/", where=DATA),
    Case(name="data-cut-short", provoke=command("report", before=cut_short),
         wrong="malformed", expected="Delete it", where=DATA),
    Case(name="data-overwritten-inside", provoke=command("report", before=overwritten_inside),
         wrong="is damaged", expected="Delete it", where=DATA),
    Case(name="combine-another-file",
         provoke=command("combine", "notes.txt", before=lambda root: write(root, {"notes.txt": "mine"})),
         wrong="notes.txt", expected="Expected a data file"),
    Case(name="combine-another-database",
         provoke=command("combine", "shop.sqlite3", before=databases_of_others),
         wrong="shop.sqlite3", expected="Expected a data file"),
    Case(name="combine-missing-path", provoke=command("combine", "shard1"),
         wrong="shard1", expected=".querybudget"),
    Case(name="output-not-writable", provoke=command("report", "-o", "reports/queries.txt"),
         wrong="reports/queries.txt", expected="mkdir -p reports"),
]  # fmt: skip

CASES = [*SETTINGS, *RUNS, *COMMANDS]


def golden(case):
    return GOLDEN / f"{case.name}.txt"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_text_of_a_mistake_is_the_golden_one(bench, case):
    text = case.provoke(bench)
    if IS_UPDATING:
        golden(case).write_text(text, encoding="utf-8")
    assert text == golden(case).read_text("utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_text_says_what_is_wrong_what_is_right_and_where(case):
    text = golden(case).read_text("utf-8")
    assert [each for each in (case.wrong, case.expected, case.where) if each not in text] == []


def test_every_golden_text_belongs_to_a_mistake():
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(golden(case).name for case in CASES)
