"""When querybudget itself fails: the watched test goes on, and nothing passes unchecked."""

import sys

import pytest

from tests.pytester.test_ambient_budgets import configure

TESTS = """
    import pytest
    from django.db import IntegrityError
    from querybudget import query_budget

    from library.models import Book

    def test_undeclared_passes(client, books):
        assert len(client.get("/books/").json()) == 3

    def test_undeclared_keeps_its_error(client, books):
        client.get("/books/")
        raise ValueError("its own")

    def test_errors_of_queries_pass_untouched(books):
        with pytest.raises(IntegrityError):
            Book.objects.create(title="of nobody", author=None)

    @query_budget(99, n_plus_one=9)
    def test_declared(client, books):
        client.get("/books/")

    @pytest.mark.query_budget(99, n_plus_one=9)
    def test_marked(client, books):
        client.get("/books/")

    @query_budget(99, n_plus_one=9, per="block")
    def test_block(client, books):
        client.get("/books/")

    @pytest.mark.query_budget(99, n_plus_one=9, per="block")
    def test_marked_block(client, books):
        client.get("/books/")

    def test_with(client, books):
        with query_budget(99, n_plus_one=9):
            client.get("/books/")

    @query_budget(99, n_plus_one=9, per="block")
    def test_block_keeps_its_error(client, books):
        client.get("/books/")
        raise ValueError("its own")
"""

BREAKING = """
    import pytest

    import {module}

    def fail(*args, **kwargs):
        raise RuntimeError("broken on purpose")

    {module}.{name} = fail

    @pytest.fixture
    def books(db):
        from library.shelf import fill

        fill()
"""

DECLARED = {"test_declared", "test_marked", "test_block", "test_marked_block", "test_with"}


def broken(project, module, name):
    project.write(conftest=BREAKING.format(module=module, name=name))


@pytest.fixture(params=["querybudget.capture.walk.look", "querybudget.pipeline.analyse"])
def broken_project(project, request):
    """Fails while a query is recorded, or when the request is judged."""
    module, _, name = request.param.rpartition(".")
    broken(project, module, name)
    return project


def test_nothing_undeclared_changes_and_nothing_declared_passes(broken_project):
    """Executions are counted all the same; what evidence would tell is not."""
    outcomes = broken_project.outcomes(test_own=TESTS)
    failed = {name for name, outcome in outcomes.items() if outcome != "PASSED"}
    assert failed == DECLARED | {"test_undeclared_keeps_its_error", "test_block_keeps_its_error"}
    assert "ERROR" not in outcomes.values()


def test_it_is_told_once_and_a_declared_budget_cannot_be_judged(broken_project):
    result = broken_project.run("-k", "declared or test_with or test_block", test_own=TESTS)
    output = result.stdout.str()
    told = [line for line in result.outlines if line.startswith("querybudget itself failed")]
    assert len(told) == 1
    assert "RuntimeError: broken on purpose" in told[0]
    for place in ("test_own.py:18", "test_own.py:26", "test_own.py:35"):
        result.stdout.fnmatch_lines(["E *BudgetExceeded: cannot judge*", f"{place}: BudgetExceeded"])
    assert "INTERNALERROR" not in output


def test_what_is_lost_to_us_was_not_cut_off(project):
    """No process died, and a later check must not pass what was not seen."""
    broken(project, "querybudget.pipeline", "analyse")
    result = project.run("-k", "undeclared_passes", test_own=TESTS)
    result.assert_outcomes(passed=1, deselected=8)
    result.stdout.no_fnmatch_line("*cut off*")
    checked = project.pytester.run(sys.executable, "-m", "querybudget.cli", "check")
    assert checked.ret == 2
    checked.stdout.fnmatch_lines(["*cannot judge: querybudget failed with RuntimeError: broken on purpose*"])


def test_a_test_keeps_its_own_error_beside_ours(broken_project):
    result = broken_project.run("-k", "keeps_its_error", test_own=TESTS)
    result.assert_outcomes(failed=2, deselected=7)
    for name in ("test_undeclared_keeps_its_error", "test_block_keeps_its_error"):
        result.stdout.fnmatch_lines([f"FAILED test_own.py::{name} - ValueError: its own"])


def test_a_failure_in_naming_the_action_breaks_no_test(project):
    """No name, no verdict: whether an action's budget was met is not known."""
    broken(project, "querybudget.capture.actions", "action_of")
    tests = """
        import pytest

        def test_undeclared(client, books):
            client.get("/books/")

        @pytest.mark.query_budget(99, action="BookViewSet.list")
        def test_declared(client, books):
            client.get("/books/")
    """
    assert project.outcomes(test_own=tests) == {"test_undeclared": "PASSED", "test_declared": "FAILED"}
    configure(project, "[tool.querybudget]\ndefault = 99\n")
    assert project.outcomes() == {"test_undeclared": "FAILED", "test_declared": "FAILED"}


def test_a_failure_in_reading_a_views_budgets_lets_nothing_of_it_pass(project):
    views = project.path / "library" / "views.py"
    views.write_text(views.read_text("utf-8") + '\n\nBookViewSet.query_budgets = {"list": 99}\n', "utf-8")
    broken(project, "querybudget.capture.view_budgets", "declared_on")
    tests = """
        def test_limited(client, books):
            client.get("/books/")

        def test_unlimited(client, books):
            client.get("/n_books/")
    """
    assert project.outcomes(test_own=tests) == {"test_limited": "FAILED", "test_unlimited": "PASSED"}


def test_a_failure_in_judging_lets_nothing_pass_that_configuration_limits(project):
    broken(project, "querybudget.pipeline", "analyse")
    configure(project, '[tool.querybudget.budgets]\n"BookViewSet.list" = 99\n')
    tests = """
        def test_requests(client, books):
            client.get("/books/")

        def test_requests_nothing(books):
            pass
    """
    assert project.outcomes(test_own=tests) == {"test_requests": "FAILED", "test_requests_nothing": "PASSED"}


def test_a_failure_in_writing_the_end_of_a_run_changes_no_outcome(project):
    """As on a full disk. The run was summed up; that it ended is not known, so it is not complete."""
    broken(project, "querybudget.storage.datafile", "DataFile.write_ending")
    result = project.run(
        test_own="""
        def test_passes(client, books):
            client.get("/n_books/")
    """
    )
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    told = [line for line in result.outlines if line.startswith("querybudget itself failed")]
    assert len(told) == 1
    assert "RuntimeError: broken on purpose" in told[0]
    result.stdout.fnmatch_lines(["1 query in 1 request of 1 action, made by 1 test."])
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
