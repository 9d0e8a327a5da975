"""A test's own outcome stays; a breach joins it, and changes a passing test only."""

import pytest

OUTCOMES = """
    import pytest
    from querybudget import query_budget

    pytestmark = pytest.mark.query_budget(0)

    def test_fails(client, books):
        client.get("/n_books/")
        raise ValueError("its own")

    def test_skips(client, books):
        client.get("/n_books/")
        pytest.skip("not here")

    @pytest.mark.xfail
    def test_xfails(client, books):
        client.get("/n_books/")

    @pytest.mark.xfail(strict=True)
    def test_strictly_xfails(client, books):
        client.get("/n_books/")

    @pytest.mark.xfail(strict=True)
    def test_strictly_xfails_and_does_not(client, books):
        client.get("/health/")

    @pytest.mark.xfail(raises=AssertionError)
    def test_xfails_with_an_assertion(client, books):
        client.get("/n_books/")

    @pytest.mark.xfail(raises=ValueError)
    def test_xfails_with_another_error(client, books):
        client.get("/n_books/")

    @pytest.mark.parametrize("path", ["/health/", "/n_books/", "/books/"])
    def test_each(client, books, path):
        client.get(path)

    @pytest.fixture
    def errs_at_its_end():
        yield
        raise ValueError("teardown")

    def test_passes_and_errs_at_its_end(client, books, errs_at_its_end):
        client.get("/health/")

    @pytest.fixture
    def requested(client, books):
        client.get("/books/")
        yield
        client.get("/books/")

    def test_requests_of_fixtures_are_not_judged(client, requested):
        client.get("/health/")
"""

SUBTESTS = """
    from querybudget import query_budget

    @query_budget(0)
    def test_pages(client, books, subtests):
        for path in ("/health/", "/n_books/"):
            with subtests.test(path):
                client.get(path)

    @query_budget(1)
    def test_held_pages(client, books, subtests):
        for path in ("/health/", "/n_books/"):
            with subtests.test(path):
                client.get(path)
"""

RERUN = """
    import pathlib

    from querybudget import query_budget

    STATE = pathlib.Path(__file__).with_name("attempted")

    @query_budget(1)
    def test_second_attempt_is_cheaper(client, books):
        is_first = not STATE.exists()
        STATE.touch()
        client.get("/books/" if is_first else "/n_books/")

    @query_budget(1)
    def test_never_holds(client, books):
        client.get("/books/")
"""

DEBUGGED = """
    from querybudget import query_budget

    @query_budget(0)
    def test_one_above(client, books):
        client.get("/n_books/")

    def test_with_one_above(client, books):
        with query_budget(0):
            client.get("/n_books/")
"""


def test_an_outcome_stays_what_the_test_made_it(project):
    outcomes = project.outcomes(test_outcomes=OUTCOMES)
    assert outcomes == {
        "test_fails": "FAILED",
        "test_skips": "SKIPPED",
        "test_xfails": "XFAIL",
        "test_strictly_xfails": "XFAIL",
        "test_strictly_xfails_and_does_not": "FAILED",
        "test_xfails_with_an_assertion": "XFAIL",
        "test_xfails_with_another_error": "FAILED",
        "test_each[/health/]": "PASSED",
        "test_each[/n_books/]": "FAILED",
        "test_each[/books/]": "FAILED",
        "test_passes_and_errs_at_its_end": "ERROR",
        "test_requests_of_fixtures_are_not_judged": "PASSED",
    }


def test_a_failing_test_keeps_its_error_and_gets_the_breach_as_a_section(project):
    result = project.run("-k", "test_fails", test_outcomes=OUTCOMES)
    result.stdout.fnmatch_lines(
        [
            ">       raise ValueError(?its own?)",
            "E       ValueError: its own",
            "*- Captured query budget call -*",
            "1 quer*, budget 0 per request (1 over): views.n_books",
            "FAILED *::test_fails - ValueError: its own",
        ]
    )


def test_subtests_of_pytest_are_judged_with_their_test(project):
    result = project.run("-v", test_subtests=SUBTESTS)
    result.stdout.fnmatch_lines_random(
        ["test_subtests.py::test_pages FAILED*", "test_subtests.py::test_held_pages PASSED*"]
    )
    result.stdout.fnmatch_lines(["E *1 quer*, budget 0 per request (1 over): views.n_books"])


def test_a_rerun_is_judged_afresh(project):
    pytest.importorskip("pytest_rerunfailures", reason="needs pytest-rerunfailures")
    result = project.run("--reruns", "1", test_rerun=RERUN)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*1 failed, 1 passed, 2 rerun*"])
    result.stdout.fnmatch_lines(["*in 2 requests of 2 actions, made by 2 tests, 1 budget not kept*"])


@pytest.mark.parametrize("name", ["test_one_above", "test_with_one_above"])
def test_a_breach_enters_the_debugger(project, name):
    project.write(test_debugged=DEBUGGED)
    result = project.python("-m", "pytest", "--pdb", "-k", name, stdin=b"c\n")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["*entering PDB*", "(Pdb) *"])
    assert "INTERNALERROR" not in result.stdout.str()


def test_leaving_the_debugger_ends_the_run(project):
    project.write(test_debugged=DEBUGGED)
    result = project.python("-m", "pytest", "--pdb", stdin=b"q\n")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*Exit: Quitting debugger*"])


def test_a_run_that_stops_at_the_first_failure_still_sums_up(project):
    result = project.run("-x", test_debugged=DEBUGGED)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*= query budgets =*", "1 query in 1 request of 1 action, made by 1 test, *"]
    )
