"""Budgets that count a stretch of code: `per="block"` and `with query_budget(…) as seen`."""

BLOCKS = """
    import pytest
    from django.test import TestCase
    from querybudget import query_budget

    from library.models import Book

    @query_budget(1, per="block")
    def test_decorated_at_the_limit(books):
        Book.objects.count()

    @query_budget(0, per="block")
    def test_decorated_one_above(books):
        Book.objects.count()

    @pytest.mark.query_budget(1, per="block")
    def test_marked_at_the_limit(books):
        Book.objects.count()

    @pytest.mark.query_budget(0, per="block")
    def test_marked_one_above(books):
        Book.objects.count()

    @query_budget(5, per="block")
    def test_requests_are_part_of_the_block(client, books):
        client.get("/books/")
        Book.objects.count()

    @query_budget(4, per="block")
    def test_requests_are_summed_up(client, books):
        client.get("/books/")
        Book.objects.count()

    class TestCounted(TestCase):
        def setUp(self):
            Book.objects.count()

        def tearDown(self):
            Book.objects.count()

        @query_budget("=1", per="block")
        def test_decorated_method(self):
            Book.objects.count()

        @pytest.mark.query_budget("=1", per="block")
        def test_marked_method(self):
            Book.objects.count()

        @pytest.mark.query_budget(0, per="block")
        def test_marked_method_one_above(self):
            Book.objects.count()
"""

WITHS = """
    import pytest

    from library.models import Author, Book

    def test_at_the_limit(books, query_budget):
        with query_budget(1):
            Book.objects.count()

    def test_one_above(books, query_budget):
        with query_budget(0):  # the line to end on
            Book.objects.count()

    def test_what_stands_around_is_not_counted(books, query_budget):
        Book.objects.count()
        with query_budget(0):
            pass
        Book.objects.count()

    def test_per_request(client, books, query_budget):
        with query_budget(4, per="request"):
            Book.objects.count()
            client.get("/books/")
            client.get("/books/")

    def test_per_request_one_above(client, books, query_budget):
        with query_budget(3, per="request"):
            client.get("/books/")

    def test_per_request_of_one_action(client, books, query_budget):
        with query_budget(1, per="request", action="views.n_books"):
            client.get("/books/")
            client.get("/n_books/")

    def test_outer_holds_the_inner(books, query_budget):
        with query_budget(2), query_budget(2):
            Book.objects.count()
            Author.objects.count()

    def test_outer_is_exceeded_by_the_inner(books, query_budget):
        with query_budget(1):
            with query_budget(2):
                Book.objects.count()
                Author.objects.count()

    def test_raises_an_assertion_at_its_exit(books, query_budget):
        with pytest.raises(AssertionError, match="1 quer.*, budget 0 whole block"):
            with query_budget(0):
                Book.objects.count()
"""

WATCHING = """
    import querybudget
    from querybudget import QueryBudgetError

    from library.models import Author, Book

    def test_numbers(client, books, query_budget):
        with query_budget() as seen:
            client.get("/books/")
            client.get("/sign/")
            Book.objects.count()
        assert (seen.queries, seen.reads, seen.writes, seen.duplicates) == (6, 5, 1, 0)
        assert seen.n_plus_one == 1
        assert seen.tables["library_author"] == 4
        assert seen.tables == {"library_author": 4, "library_book": 2}
        assert seen.databases == {"default": 6}
        assert [finding.code for finding in seen.findings] == ["QB101"]
        assert "select_related" in seen.explain()

    def test_requests(client, books, query_budget):
        with query_budget() as seen:
            client.get("/books/")
            client.get("/books/7/")
            client.get("/n_books/")
        listed = seen.requests.one("BookViewSet.list")
        assert (listed.method, listed.path, listed.status, listed.items) == ("GET", "/books/", 200, 3)
        assert listed.measures.queries == 4
        assert [request.status for request in seen.requests] == [200, 404, 200]
        assert seen.requests.one("n_books").measures.tables == {"library_book": 1}

    def test_one_of_two_is_an_error(client, books, query_budget):
        with query_budget() as seen:
            client.get("/health/")
            client.get("/health/")
        try:
            seen.requests.one("views.health")
        except QueryBudgetError as error:
            assert "2 requests" in str(error)

    def test_inner_and_outer(books, query_budget):
        with query_budget() as outer:
            Book.objects.count()
            with query_budget() as inner:
                Author.objects.count()
        assert (outer.queries, inner.queries) == (2, 1)

    def test_at_any_moment(books, query_budget):
        with query_budget() as seen:
            assert seen.queries == 0
            Book.objects.count()
            assert seen.queries == 1
            Book.objects.count()
        Book.objects.count()
        assert (seen.queries, seen.duplicates) == (2, 1)

    def test_the_fixture_is_what_is_imported(query_budget):
        assert query_budget is querybudget.query_budget
"""

OWN_ERROR = """
    from library.models import Book

    def test_fails_by_itself(books, query_budget):
        with query_budget(0):
            Book.objects.count()
            raise ValueError("its own")
"""


def test_a_block_counts_the_body_alone(project):
    """Fixtures, setUp and tearDown are not counted."""
    outcomes = project.outcomes(test_blocks=BLOCKS)
    assert {name for name, outcome in outcomes.items() if outcome != "PASSED"} == {
        "test_decorated_one_above",
        "test_marked_one_above",
        "test_requests_are_summed_up",
        "TestCounted::test_marked_method_one_above",
    }
    assert len(outcomes) == 9
    assert "ERROR" not in outcomes.values()


def test_a_block_that_is_exceeded_says_whole_block(project):
    result = project.run("-k", "decorated_one_above or marked_one_above", test_blocks=BLOCKS)
    result.assert_outcomes(failed=2, deselected=7)
    result.stdout.fnmatch_lines(
        [
            ">*@query_budget(0, per=?block?)",
            "E *budget 0 whole block (1 over): test_decorated_one_above",
            ">*@pytest.mark.query_budget(0, per=?block?)",
            "E *budget 0 whole block (1 over): test_marked_one_above",
        ]
    )


def test_a_with_judges_at_its_own_exit(project):
    outcomes = project.outcomes(test_withs=WITHS)
    assert {name for name, outcome in outcomes.items() if outcome != "PASSED"} == {
        "test_one_above",
        "test_per_request_one_above",
        "test_outer_is_exceeded_by_the_inner",
    }
    assert len(outcomes) == 9


def test_the_traceback_of_a_with_ends_on_its_line(project):
    result = project.run("-k", "test_one_above", test_withs=WITHS)
    result.stdout.fnmatch_lines(
        [
            ">       with query_budget(0):  # the line to end on",
            "E  *budget 0 whole block (1 over): block at test_withs.py:10",
            "test_withs.py:10: BudgetExceeded",
        ]
    )
    assert "declare.py" not in result.stdout.str()


def test_what_was_seen_is_told_in_numbers_and_requests(project):
    project.run(test_watching=WATCHING).assert_outcomes(passed=6)


def test_an_error_inside_a_with_wins_and_the_breach_is_told_beside(project):
    result = project.run(test_withs=OWN_ERROR)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E  *ValueError: its own", "*- Captured query budget call -*", "*budget 0 whole block (1 over)*"]
    )


def test_the_summary_counts_blocks_among_the_budgets_not_kept(project):
    result = project.run("-k", "per_request_one_above or test_one_above", test_withs=WITHS)
    result.assert_outcomes(failed=2, deselected=7)
    result.stdout.fnmatch_lines(["*2 budgets not kept*"])


UNUSED = """
    from contextlib import ExitStack
    import pytest
    from querybudget import query_budget

    def test_alone(client, books):
        query_budget(9)
        client.get("/books/")

    def test_that_fails_by_itself(client, books):
        query_budget(9)
        raise ValueError

    def test_watching(client, books):
        query_budget()
        client.get("/books/")

    def test_opened_later(client, books):
        with ExitStack() as stack:
            budget = query_budget(4)
            stack.enter_context(budget)
            client.get("/books/")

    def test_put_on_a_helper(client, books):
        @query_budget(4)
        def helper():
            client.get("/books/")

        helper()

    @pytest.fixture
    def budget():
        return query_budget(9)

    def test_of_a_fixture(client, books, budget):
        client.get("/books/")
"""


def test_limits_that_are_only_called_are_told(project):
    """They would look like a budget that holds. A fixture's may be opened elsewhere."""
    assert project.outcomes(test_unused=UNUSED) == {
        "test_alone": "FAILED",
        "test_that_fails_by_itself": "FAILED",
        "test_watching": "PASSED",
        "test_opened_later": "PASSED",
        "test_put_on_a_helper": "PASSED",
        "test_of_a_fixture": "PASSED",
    }
    told = project.run().stdout.str()
    assert "budget limits nothing: query_budget(9), test_unused.py line 6" in told
    assert "test_unused.py line 10" not in told
