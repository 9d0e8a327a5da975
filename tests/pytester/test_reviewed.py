"""What two reviews found, each kept as a test."""

from __future__ import annotations

HELPERS = """
    import pytest
    from querybudget import query_budget

    @pytest.fixture
    @query_budget(0)
    def listed(client, books):
        return client.get("/books/")

    @query_budget(0)
    def ask(client):
        client.get("/books/")

    @query_budget(9)
    def ask_within(client):
        client.get("/books/")

    def test_a_decorated_helper_is_judged(client, books):
        ask(client)

    def test_a_decorated_helper_within_its_budget_passes(client, books):
        ask_within(client)

    def test_a_decorated_fixture_is_judged(listed):
        pass
"""


def test_a_budget_on_a_helper_or_fixture_is_judged_where_it_is_called(project):
    assert project.outcomes(test_helpers=HELPERS) == {
        "test_a_decorated_helper_is_judged": "FAILED",
        "test_a_decorated_helper_within_its_budget_passes": "PASSED",
        "test_a_decorated_fixture_is_judged": "ERROR",
    }


BLOCKS = """
    import pytest
    from querybudget import query_budget

    @pytest.mark.query_budget(0, per="block")
    class TestBlocks:
        @query_budget(9, per="block")
        def test_its_own_is_nearer(self, client, books):
            client.get("/books/")

        @query_budget(None, per="block")
        def test_none_lifts(self, client, books):
            client.get("/books/")

        def test_the_class_speaks(self, client, books):
            client.get("/books/")
"""


def test_the_nearest_budget_of_a_block_holds(project):
    assert project.outcomes(test_blocks=BLOCKS) == {
        "TestBlocks::test_its_own_is_nearer": "PASSED",
        "TestBlocks::test_none_lifts": "PASSED",
        "TestBlocks::test_the_class_speaks": "FAILED",
    }


TABLES = """
    from querybudget import query_budget

    @query_budget(tables={"library_bok": 0})
    def test_mistyped(client, books):
        client.get("/books/")

    @query_budget(3, action="BookViewset.list")
    def test_misspelled(client, books):
        client.get("/books/")
"""


def test_a_name_that_nothing_has_is_told_with_the_nearest(project):
    result = project.run(test_names=TABLES)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            'E *no model has a table "library_bok", did you mean "library_book"?*',
            "E *Did you mean action='BookViewSet.list'?",
        ]
    )


STUBS = """
    from types import SimpleNamespace
    from unittest.mock import Mock

    from library.views import AuthorView

    def test_stub(books):
        assert AuthorView.as_view()(SimpleNamespace(method="GET")).status_code == 200

    def test_mock(books):
        assert AuthorView.as_view()(Mock(method="GET")).status_code == 200
"""


def test_a_stub_of_a_request_is_good_enough(project):
    result = project.run(test_stubs=STUBS)
    result.assert_outcomes(passed=2)
    assert "querybudget itself failed" not in result.stdout.str()


INNER = """
    import pytest
    from querybudget import query_budget

    pytest_plugins = ["pytester"]

    @query_budget(9)
    def test_outer(client, books, pytester):
        pytester.makepyfile("def test_inner(): pass")
        pytester.runpytest_inprocess("--querybudget-off", "-p", "no:django").assert_outcomes(passed=1)
        client.get("/books/")

    @query_budget(0)
    def test_after(client, books):
        client.get("/books/")

    def test_around(client, books, pytester):
        pytester.makepyfile("def test_inner(): pass")
        with query_budget(9) as seen:
            pytester.runpytest_inprocess("-p", "no:django").assert_outcomes(passed=1)
            client.get("/books/")
        assert seen.queries == 4
"""


def test_a_run_inside_a_run_leaves_the_outer_as_it_was(project):
    assert project.outcomes(test_inside=INNER) == {
        "test_outer": "PASSED",
        "test_after": "FAILED",
        "test_around": "PASSED",
    }


REMOVED = """
    import shutil

    def test_that_cleans_up(client, books, request):
        client.get("/books/")

    def test_after_all(request, client, books):
        client.get("/books/")
        shutil.rmtree(request.config.rootpath / ".querybudget")
"""


def test_data_removed_during_the_run_breaks_nothing(project):
    result = project.run(test_removed=REMOVED)
    result.assert_outcomes(passed=2)
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


def test_where_nothing_can_be_written_the_summary_is_there_all_the_same(project):
    project.run_data.write_text("in the way", encoding="utf-8")
    result = project.run(test_one='def test_one(client, books): client.get("/books/")')
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["4 queries in 1 request of 1 action*", "querybudget cannot write to *"])


LENGTH = """
    from library.models import Author
    from querybudget import query_budget

    def test_length(books, monkeypatch):
        monkeypatch.setattr(Author, "__len__", lambda author: author.book_set.count(), raising=False)
        author = Author.objects.first()
        with query_budget(1):
            assert len(list(author.book_set.all())) == 1
"""


def test_a_model_that_queries_for_its_truth_is_not_asked(project):
    result = project.run(test_length=LENGTH)
    result.assert_outcomes(passed=1)
    assert "querybudget itself failed" not in result.stdout.str()
