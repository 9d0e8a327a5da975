"""`querybudget check` after a run: what failed it is not called kept, nor what it accepted broken."""

from __future__ import annotations

import pytest

UNMET = """
    from querybudget import query_budget

    @query_budget(4, action="BookViewSet.retrieve")
    def test_list(client, books):
        client.get("/books/")
"""
UNMET_IN_WITH = """
    def test_list(client, books, query_budget):
        with query_budget(4, per="request", action="BookViewSet.retrieve"):
            client.get("/books/")
"""
IN_TEARDOWN = """
    import pytest
    from querybudget import query_budget

    @pytest.fixture
    def few_queries(books):
        with query_budget(0):
            yield

    def test_list(client, few_queries):
        client.get("/books/")
"""
VIEW = """
    from library.views import BookViewSet

    BookViewSet.query_budgets = {"get_queryset": 0}

    def test_list(client, books):
        client.get("/books/")
"""
MARKER = """
    import pytest

    @pytest.mark.query_budget(querys=4)
    def test_list(client, books):
        client.get("/books/")
"""
IN_BODY = """
    def test_list(client, books, query_budget):
        client.get("/books/")
        with query_budget(4, actoin="BookViewSet.list"):
            client.get("/books/")
"""
EXPECTED = """
    import pytest
    from querybudget import BudgetExceeded

    def test_list(client, books, query_budget):
        with pytest.raises(BudgetExceeded), query_budget(4, per="request", action="BookViewSet.retrieve"):
            client.get("/books/")
"""
XFAIL = """
    import pytest

    @pytest.mark.xfail
    @pytest.mark.query_budget(action="BookViewSet.retrieve", queries=4)
    def test_list(client, books):
        client.get("/books/")
"""


def checked(project, source):
    run = project.run("-q", test_own=source)
    return run.ret, project.python("-m", "querybudget.cli", "check")


@pytest.mark.parametrize(
    ("source", "code", "told"),
    [
        (
            UNMET,
            1,
            "1 budget not kept*budget met no request*Actions requested: BookViewSet.list*::test_list*",
        ),
        (UNMET_IN_WITH, 1, "1 budget not kept*budget met no request*::test_list*"),
        (IN_TEARDOWN, 1, "1 budget not kept*4 queries, budget 0*::test_list*"),
        (VIEW, 2, "1 budget cannot be judged*BookViewSet.query_budgets?'get_queryset'?: no such action*"),
        (IN_BODY, 2, "1 budget cannot be judged*'actoin'*Did you mean 'action'*::test_list*"),
        (MARKER, 2, "1 budget cannot be judged*Did you mean 'queries'*::test_list*"),
    ],
    ids=["unmet", "unmet-in-with", "in-teardown", "view", "in-body", "marker"],
)
def test_what_failed_the_run_is_told_again(project, source, code, told):
    ran, check = checked(project, source)
    assert (ran, check.ret) == (1, code)
    for part in told.split("*"):
        check.stdout.fnmatch_lines([f"*{part}*"])


@pytest.mark.parametrize("source", [EXPECTED, XFAIL], ids=["expected", "xfail"])
def test_what_a_test_expects_is_not_told(project, source):
    ran, check = checked(project, source)
    assert (ran, check.ret) == (0, 0)
    check.stdout.fnmatch_lines(["All budgets are kept*"])


def test_configuration_does_not_break_what_a_test_expects_to_break(project):
    configuration = '[tool.querybudget.budgets]\n"BookViewSet.list" = 1\n'
    project.path.joinpath("pyproject.toml").write_text(configuration, encoding="utf-8")
    ran, check = checked(project, XFAIL)
    assert (ran, check.ret) == (0, 0)
