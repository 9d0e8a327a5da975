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
SEVERAL = """
    [tool.querybudget]
    defualt = 30
    source = ["libary"]
    fail_on = ["QB1O1"]

    [tool.querybudget.budgets]
    "BookViewSet.list" = "four"
    "AuthorView.get" = { querys = 4 }
"""

SETTINGS = [
    Case(name="limit-range-backwards", provoke=budget('"Shop.list" = "4..2"'),
         wrong="4 to 2", expected='"2..4"', where=LINE_5),
    Case(name="limit-negative", provoke=budget('"Shop.list" = -1'),
         wrong="-1", expected=LIMIT, where=LINE_5),
    Case(name="limit-true", provoke=budget('"Shop.list" = true'),
         wrong="rue", expected=LIMIT, where=LINE_5),
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
         wrong="'count_items'", expected='"shop.budgets.count_items"', where=LINE_2),
    Case(name="budgets-no-table", provoke=setting("budgets = 4"),
         wrong="budgets=4", expected="[tool.querybudget.budgets]", where=LINE_2),
    Case(name="default-with-action", provoke=setting('default = { queries = 9, action = "Shop.list" }'),
         wrong="action", expected="[tool.querybudget.budgets]", where=LINE_2),
    Case(name="two-files", provoke=settings(BOTH, beside={"querybudget.toml": BOTH}),
         wrong="querybudget.toml line 1", expected="delete", where="pyproject.toml line 1"),
    Case(name="no-toml", provoke=settings("[tool.querybudget]\ndefault = 30 queries\n", "querybudget.toml"),
         wrong="querybudget.toml", expected="newline", where="line 2"),
    Case(name="stray-table", provoke=settings("[tool.querybudgets]\ndefault = 30\n", "querybudget.toml"),
         wrong="'querybudgets'", expected="[tool.querybudget]", where="querybudget.toml line 1"),
    Case(name="stray-setting", provoke=settings("default = 30\n", "querybudget.toml"),
         wrong="'default'", expected="[tool.querybudget]", where="querybudget.toml line 1"),
    Case(name="until-no-date", provoke=budget('"Shop.list" = { queries = 4, until = "summer" }'),
         wrong="'summer'", expected='"2027-06-30"', where=LINE_5),
    Case(name="allow-without-reason", provoke=budget('"Shop.list" = { allow = "QB102:Shop.sales" }'),
         wrong="QB102:Shop.sales", expected="reason=", where=LINE_5),
]  # fmt: skip


# Runs of pytest. One run may hold many mistakes; each has its own test, line or place in it.

TEST_LIST = "def test_list(client, books):\n    client.get('/books/')\n"

# Two apps with a view of one name.
TWIN = {
    "library/v2.py": """
        from library import views

        class AuthorView(views.AuthorView):
            pass
    """,
    "library/wrong.py": """
        from django.http import JsonResponse
        from library import views

        class UnknownAction(views.BookViewSet):
            query_budgets = {"lst": 4}

        class WrongLimit(views.BookViewSet):
            query_budgets = {
                "retrieve": 1,
                "list": "4..2",
            }

        class NoMapping(views.BookViewSet):
            query_budgets = 4

        def function(request):
            return JsonResponse({})

        function.query_budgets = {"gte": 1}
    """,
    "library/urls.py": """
        from library import v2, wrong

        for name in ("UnknownAction", "WrongLimit", "NoMapping"):
            router.register(name, getattr(wrong, name), name)
        urlpatterns += [
            *router.urls,
            path("v2/authors/", v2.AuthorView.as_view()),
            path("function/", wrong.function),
        ]
    """,
}

COMPLETE = {
    **TWIN,
    "pyproject.toml": """
        [tool.querybudget.budgets]
        "BookViewSet.lst" = 9
        "GET /book/" = 9
        "AuthorView.get" = 9
        "views.health" = { queries = 0, until = 2020-01-31 }
    """,
    "test_library.py": """
        import pytest
        from querybudget import query_budget

        @query_budget(9, until="2020-01-31", reason="until the rewrite")
        @pytest.mark.parametrize("page", [1, 2])
        def test_expired(client, books, page):
            client.get("/books/")

        @query_budget(9)
        def test_without_request(books):
            assert True

        @query_budget(9, action="BookViewSet.lst")
        def test_another_request(client, books):
            client.get("/books/")

        @query_budget(9, action="AuthorView.get")
        def test_both_authors(client, books):
            client.get("/authors/")
            client.get("/v2/authors/")

        @query_budget(tables={"library_bok": 1})
        def test_table(client, books):
            client.get("/books/")

        @query_budget(databases={"defualt": 9})
        def test_alias(client, books):
            client.get("/books/")

        @query_budget(base=2, per_item=1)
        def test_no_list(client, books):
            client.get("/authors/")

        @pytest.mark.query_budget(querys=9)
        def test_marker(client, books):
            client.get("/books/")

        @pytest.mark.parametrize("path", ["UnknownAction/", "WrongLimit/", "NoMapping/", "function/"])
        def test_view(client, books, path):
            client.get(f"/{path}")

        @query_budget(8, action="BookViewSet.destroy")
        class TestBooks:
            def test_one(self, client, books):
                client.get("/books/")
    """,
}

DECORATED = {
    "measure": "query_budget(querys=9)",
    "parentheses": "query_budget",
    "block_of_action": 'query_budget(9, action="BookViewSet.list", per="block")',
    "per": 'query_budget(9, per="test")',
    "base_alone": "query_budget(base=2)",
    "per_item_of_block": 'query_budget(base=2, per_item=1, per="block")',
    "phase": 'query_budget(phases={"serialiser": 0})',
    "allow": 'query_budget(9, allow="QB102:Book.tags")',
    "until": 'query_budget(9, until="30.6.2027")',
    "nothing": 'query_budget(action="BookViewSet.list")',
}
COLLECTED = {
    f"test_{name}.py": f"from querybudget import query_budget\n\n@{text}\n{TEST_LIST}"
    for name, text in DECORATED.items()
}


def decorated(name):
    return lambda bench: bench.pytest("decorated", COLLECTED).section(f"ERROR collecting test_{name}.py")


def failed(test):
    return lambda bench: bench.pytest("complete", COMPLETE).section(test)


def failed_run(start):
    return lambda bench: bench.pytest("complete", COMPLETE).failed_run(start)


def stopped(name, files):
    return lambda bench: bench.pytest(name, files).error()
