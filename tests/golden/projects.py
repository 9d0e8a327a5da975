"""The files of the projects whose runs of pytest go wrong; line numbers stand in the golden texts."""

from __future__ import annotations

SEVERAL = """
    [tool.querybudget]
    defualt = 30
    source = ["libary"]
    fail_on = ["QB1O1"]

    [tool.querybudget.budgets]
    "BookViewSet.list" = "four"
    "AuthorView.get" = { querys = 4 }
"""

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
        "BookViewSet.*" = { queries = 90, exclude = "BookViewSet.retreive" }
        "Zzz.qqq" = 1
    """,
    "test_library.py": """
        import pytest
        from querybudget import query_budget

        @query_budget(9, until="2020-02-29", reason="until the rewrite")
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

        @query_budget(9, action="GET /book/")
        def test_another_route(client, books):
            client.get("/books/")

        @query_budget(
            9,
            action="BookViewSet.lst",
        )
        def test_several_lines(client, books):
            client.get("/books/")

        @pytest.mark.query_budget(4, 5)
        def test_two_numbers(client, books):
            client.get("/books/")

        def test_with_of_no_call():
            with query_budget:
                pass

        @query_budget(9, exclude="BookViewSet.*")
        def test_all_left_out(client, books):
            client.get("/books/")

        @query_budget(tables={"zzz": 1})
        def test_table_like_none(client, books):
            client.get("/books/")

        @query_budget(8)
        class TestNothing:
            def test_one(self):
                assert True

            def test_two(self):
                assert True

        def test_unused(client, books):
            query_budget(9)
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
    "action_first": 'query_budget("BookViewSet.list")',
    "two_limits": "query_budget(4, 5)",
    "exactly": "query_budget(exactly(-1))",
    "between": "query_budget(between(4, 2))",
}
COLLECTED = {
    f"test_{name}.py": f"from querybudget import between, exactly, query_budget\n\n@{text}\n{TEST_LIST}"
    for name, text in DECORATED.items()
}

NO_DJANGO = {
    "test_it.py": """
        from querybudget import query_budget

        @query_budget(4)
        def test_list():
            pass
    """,
}

WITH_WITHOUT_DJANGO = {
    "test_with.py": """
        from querybudget import query_budget

        def test_block():
            with query_budget(4):
                pass
    """,
}
