"""What only a whole run can tell: expired and unmet budgets, names of nothing, tests cut off."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.pytester.test_ambient_budgets import configure

LISTS = """
    import pytest
    from querybudget import query_budget

    @query_budget(4, until="2020-01-31", reason="until the rewrite")
    @pytest.mark.parametrize("n", range(3))
    def test_expired(client, books, n):
        client.get("/books/")

    @pytest.mark.query_budget(9)
    class TestMet:
        def test_one(self):
            pass

        def test_two(self, client, books):
            client.get("/books/")

    @pytest.mark.query_budget(8, action="AuthorView.get")
    class TestUnmet:
        def test_one(self, client, books):
            client.get("/books/")
"""


def ends(project, *args, **sources):
    """Run, and return the exit code with the lines that fail the run as a whole."""
    result = project.run(*args, **sources)
    return result.ret, [line for line in result.outlines if line.startswith("FAILED the run:")]


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_an_expired_and_an_unmet_budget_fail_the_run_once(project, workers):
    code, told = ends(project, *workers, test_it=LISTS)
    assert code == 1
    expired, unmet = told
    assert expired.startswith("FAILED the run: budget expired: until 2020-01-31. Bring the queries down ")
    assert unmet.startswith("FAILED the run: budget met no request: its only test made none of ")


@pytest.mark.parametrize(
    "narrowing", [("-k", "one"), ("-vk", "one"), ("test_it.py",), ("--deselect", "test_it.py::TestMet")]
)
def test_a_narrowed_run_tells_of_no_unmet_budget(project, narrowing):
    _, told = ends(project, *narrowing, test_it=LISTS)
    assert not any("met no request" in line for line in told)


SKIPPED = """
    import pytest

    @pytest.mark.skip
    @pytest.mark.query_budget(1)
    class TestSkipped:
        def test_one(self, client, books):
            client.get("/books/")

    def test_list(client, books):
        client.get("/books/")
"""


def test_tests_that_were_skipped_leave_no_budget_unmet(project):
    assert ends(project, test_it=SKIPPED) == (0, [])


@pytest.mark.parametrize("pattern", ["GET /health/", "HEAD /health/", "GET views.health"])
def test_a_function_view_nobody_requests_is_known_by_any_method(project, pattern):
    configure(project, f'[tool.querybudget.budgets]\n"{pattern}" = 0\n')
    assert ends(project, test_it=REQUESTS) == (0, [])


NAMES = """
    [tool.querybudget.budgets]
    "BookViewSet.lst" = 9
    "GET /book/" = 9
    "BookViewSet.destroy" = 9
    "BookViewSet.nothing*" = 9
"""

REQUESTS = """
    def test_list(client, books):
        client.get("/books/")
"""


def test_names_of_nothing_are_told_after_a_complete_run(project):
    """`destroy` is in the URLconf, although nothing requests it."""
    configure(project, NAMES)
    code, told = ends(project, test_it=REQUESTS)
    assert code == 1
    assert [line.removeprefix("FAILED the run: ") for line in told] == [
        "no action is called 'BookViewSet.lst'. Did you mean 'BookViewSet.list'?",
        "no action is called 'GET /book/'. Did you mean 'GET /books/'?",
        "no action is called 'BookViewSet.nothing*'. Did you mean 'BookViewSet.list'?",
    ]
    assert ends(project, "-k", "list") == (0, [])


TWIN = "from library import views\n\nclass BookViewSet(views.BookViewSet):\n    pass\n"
TWIN_URLS = """
from library import v2

second = SimpleRouter()
second.register("v2/books", v2.BookViewSet, "book2")
urlpatterns += second.urls
"""


def test_a_name_of_two_actions_is_told_with_both(project):
    (project.path / "library" / "v2.py").write_text(TWIN, "utf-8")
    urls = project.path / "library" / "urls.py"
    urls.write_text(urls.read_text("utf-8") + TWIN_URLS, "utf-8")
    configure(project, '[tool.querybudget.budgets]\n"BookViewSet.list" = 9\n"v2.BookViewSet.list" = 9\n')
    code, told = ends(project, test_it=REQUESTS)
    assert code == 1
    (ambiguous,) = told
    assert "'BookViewSet.list' names 2 actions: 'v2.BookViewSet.list', 'views.BookViewSet.list'." in ambiguous


KILLED = """
    import os, signal

    def test_a(client, books):
        client.get("/books/")

    def test_b(client, books):
        client.get("/books/")
        os.kill(os.getpid(), signal.SIGKILL)

    def test_c(client, books):
        client.get("/n_books/")
"""


def test_a_test_cut_off_is_named_and_everything_else_counts(project):
    result = project.run("-n", "1", test_killed=KILLED)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "5 queries in 2 requests of 2 actions, made by 2 tests.*",
            "Missing: 1 test was cut off when the process died*: test_killed.py::test_b.",
        ]
    )


def test_a_run_killed_as_a_whole_keeps_what_was_finished(project):
    assert project.run(test_killed=KILLED).ret < 0
    done = project.python("-m", "querybudget.cli", "report")
    done.stdout.fnmatch_lines(
        ["BookViewSet.list  *1  *", "Missing: 1 test was cut off*test_killed.py::test_b."]
    )


KILLED_BETWEEN = """
    import os
    import signal

    def test_a(client, books):
        client.get("/books/")

    def test_b(client, books):
        from library.models import Book

        assert Book.objects.count()
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_killed_in_a_test_without_a_request_lacks_something(project):
    """No test is known to have been cut off; that none was is not known either."""
    assert project.run(test_killed=KILLED_BETWEEN).ret < 0
    check = project.python("-m", "querybudget.cli", "check")
    assert check.ret == 2
    check.stdout.fnmatch_lines(
        [
            "Of what was recorded all budgets are kept*",
            "Missing: what came last in 1 data file whose process was killed or still works: *.sqlite3.",
        ]
    )


FORKING = """
    import os

    def test_forks(client, books):
        client.get("/books/")
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)

    def test_goes_on(client, books):
        client.get("/n_books/")
"""


def test_a_fork_leaves_the_data_of_its_parent_alone(project):
    result = project.run(test_forking=FORKING)
    result.assert_outcomes(passed=2)
    (path,) = project.run_data.glob("*.sqlite3")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM request").fetchone() == (2,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_budgets_that_judged_nothing_are_told(project):
    configure(project, '[tool.querybudget.budgets]\n"BookViewSet.list" = 9\n')
    result = project.run(test_nothing="def test_nothing(): pass\n")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["No request was recorded: the 1 budget of pyproject.toml judged nothing."])


def test_help_is_given_on_a_project_whose_settings_are_broken(project):
    configure(project, "[tool.querybudget]\ndefualt = 4\n")
    assert project.run("--help").ret == 0
    broken = project.run(test_nothing="def test_nothing(): pass\n")
    assert broken.ret == 4
    broken.stderr.fnmatch_lines(["ERROR: querybudget: pyproject.toml line 2: no setting 'defualt'. Did you*"])
    assert project.run("--querybudget-off").ret == 0


EXPIRED_UNITTEST = """
    import unittest
    from querybudget import query_budget

    class Lists(unittest.TestCase):
        @query_budget(4, until="2020-01-31")
        def test_one(self):
            from django.test import Client
            Client().get("/health/")

        @query_budget(4, until="2020-01-31")
        def test_two(self):
            from django.test import Client
            Client().get("/health/")
"""


def test_plain_unittest_tells_of_an_expired_budget_too(project):
    start = "from django.conf import settings\nimport django, os, unittest\n"
    setup = "os.environ['DJANGO_SETTINGS_MODULE'] = 'library.settings'\ndjango.setup()\n"
    project.write(run_it=f"{start}{setup}unittest.main('test_expired')\n", test_expired=EXPIRED_UNITTEST)
    done = project.python("run_it.py")
    assert "FAILED (failures=2)" in done.stderr.str()
    done.stderr.fnmatch_lines(["querybudget.BudgetExceeded: budget expired: until 2020-01-31.*"])
