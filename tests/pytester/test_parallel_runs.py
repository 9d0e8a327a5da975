"""pytest-xdist: several processes, one run."""

import json
from pathlib import Path

import pytest

pytest.importorskip("xdist")

TESTS = """
    import pytest
    from querybudget import query_budget

    @query_budget(4)
    def test_at_the_limit(client, books):
        client.get("/books/")

    @query_budget(3)
    def test_one_above(client, books):
        client.get("/books/")

    def test_with_one_above(client, books):
        with query_budget(0):
            client.get("/n_books/")

    @query_budget(0)
    def test_fails_by_itself(client, books):
        client.get("/n_books/")
        raise ValueError("its own")

    @pytest.mark.parametrize("path", ["/health/", "/authors/", "/sign/"])
    def test_each(client, books, path):
        client.get(path)
"""


def section_of(result):
    lines = result.outlines
    start = next(n for n, line in enumerate(lines) if line.strip("= ") == "query budgets")
    end = next(n for n, line in enumerate(lines) if n > start and line.startswith("==="))
    return lines[start + 1 : end]


def test_workers_give_the_same_outcomes_and_summary(project):
    alone = project.run(test_parallel=TESTS)
    parallel = project.run("-n", "2")
    assert parallel.parseoutcomes() == alone.parseoutcomes() == {"passed": 4, "failed": 3}
    assert section_of(parallel) == section_of(alone)


def test_a_failure_reads_the_same_from_a_worker(project):
    result = project.run("-n", "2", test_parallel=TESTS)
    result.stdout.fnmatch_lines_random(
        [
            ">*@query_budget(3)",
            "E   querybudget.BudgetExceeded: 4 queries, budget 3 per request (1 over): BookViewSet.list",
            "test_parallel.py:8: BudgetExceeded",
            ">       with query_budget(0):",
            "*- Captured query budget call -*",
        ]
    )


def test_a_controller_that_never_met_django_sums_up_what_its_workers_did(project):
    """Where only the tests set Django up, and pytest-django is not there."""
    (project.path / "pytest.ini").write_text("[pytest]\npythonpath = .\n", "utf-8")
    # pytest reads `tests/conftest.py` at once, in the controller too; one deeper down only where it collects.
    tests = project.path / "deeper" / "tests"
    tests.mkdir(parents=True)
    (tests / "conftest.py").write_text(SETUP, "utf-8")
    (tests / "test_it.py").write_text(CHECKED, "utf-8")
    budget = '[tool.querybudget.budgets]\n"views.health" = { queries = 0, until = 2020-01-31 }\n'
    (project.path / "pyproject.toml").write_text(budget, "utf-8")
    (project.path / "conftest.py").unlink()
    project.pytester._monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    result = project.run("-n", "1", "-p", "xdist", "-p", "querybudget.pytest_plugin.hooks")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["0 queries in 1 request *", "FAILED the run: budget expired: *"])


SETUP = """
import os
import django

os.environ["DJANGO_SETTINGS_MODULE"] = "library.settings"
django.setup()
"""
CHECKED = """
def test_health():
    from django.test import Client
    assert Client().get("/health/").status_code == 200
"""


def test_a_killed_worker_loses_at_most_its_test(project):
    killing = """
        import os

        def test_a(client, books):
            client.get("/books/")

        def test_b(client):
            os._exit(1)

        def test_c(client, books):
            client.get("/n_books/")
    """
    result = project.run("-n", "1", test_killed=killing)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["5 queries in 2 requests of 2 actions, made by 2 tests.*"])


ATTEMPTS = """
    import os
    import signal
    from pathlib import Path

    import pytest

    @pytest.mark.flaky(reruns=2)
    def test_dies_in_its_second_attempt(client, books):
        Path("attempts").open("a").write("x")
        attempt = len(Path("attempts").read_text())
        client.get("/books/" if attempt < 3 else "/n_books/")
        if attempt == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        assert attempt == 3
"""


def test_a_test_that_died_and_passed_in_another_worker_passed(project):
    """The other counts its attempts from one again: it stands twice in the data, with the same numbers."""
    pytest.importorskip("pytest_rerunfailures")
    result = project.run("-n", "2", test_again=ATTEMPTS)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["1 query in 1 request of 1 action, made by 1 test."])
    assert "Missing" not in result.stdout.str()


def test_a_report_of_a_run_that_goes_on_says_so(project):
    asking = """
        import subprocess
        import sys
        from pathlib import Path

        def test_asks(client, books):
            client.get("/n_books/")
            done = subprocess.run(
                [sys.executable, "-m", "querybudget.cli", "report"], capture_output=True, text=True
            )
            Path("told").write_text(done.stdout)
    """
    project.run(test_asking=asking).assert_outcomes(passed=1)
    told = (project.path / "told").read_text("utf-8")
    test = "test_asking.py::test_asks"
    if Path("/proc/self/stat").exists():
        assert f"Missing: 1 test is still running, with all requests: {test}." in told
        assert "Not a complete run: it still goes on." in told
    else:
        assert "Missing: 1 test has not ended: the process is still at work or was killed" in told
    assert "Missing" not in project.python("-m", "querybudget.cli", "report").stdout.str()


def test_a_test_of_a_group_keeps_its_name(project):
    """pytest-xdist adds the group to it, which would make two tests of one that also ran without workers."""
    grouped = """
        import pytest

        @pytest.mark.xdist_group("shelf")
        def test_list(client, books):
            client.get("/books/")
    """
    project.run("-n", "1", "--dist", "loadgroup", test_grouped=grouped)
    report = json.loads(
        project.python("-m", "querybudget.cli", "report", "--format", "json", "--requests").stdout.str()
    )
    assert [each["test"] for each in report["actions"][0]["requests"]] == ["test_grouped.py::test_list"]
