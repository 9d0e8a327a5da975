"""Budgets that views and configuration declare: each rule at its limit, one above, and at zero."""

from __future__ import annotations

from textwrap import dedent

import pytest

# The list of three books takes 4 queries: the page, and the author of each.
REQUESTS = """
    import pytest

    def test_list(client, books):
        client.get("/books/")

    def test_count(client, books):
        client.get("/n_books/")

    def test_missing(client, books):
        assert client.get("/books/99/").status_code == 404

    def test_health(client, books):
        client.get("/health/")
"""


def configure(project, text, name="pyproject.toml"):
    (project.path / name).write_text(dedent(text).lstrip("\n"), encoding="utf-8")


def failing(project, *args, **sources):
    """Return the tests that fail."""
    outcomes = project.outcomes(*args, **sources)
    assert set(outcomes.values()) <= {"PASSED", "FAILED"}
    return sorted(name for name, outcome in outcomes.items() if outcome == "FAILED")


@pytest.mark.parametrize(("limit", "failed"), [(4, []), (3, ["test_list"]), (0, ["test_list"])])
def test_configuration_limits_an_action(project, limit, failed):
    configure(project, f'[tool.querybudget.budgets]\n"BookViewSet.list" = {limit}\n')
    assert failing(project, test_it=REQUESTS) == failed


@pytest.mark.parametrize(
    ("pattern", "failed"),
    [
        ("BookViewSet.*", ["test_list", "test_missing"]),
        ("GET /books/", ["test_list"]),
        ("GET /books/<pk>/", ["test_missing"]),
        ("* /*", ["test_count", "test_list", "test_missing"]),
        ("POST /books/", []),
        ("library.views.n_books", ["test_count"]),
    ],
)
def test_patterns_name_actions_and_routes(project, pattern, failed):
    """Nothing is allowed, and a 404 is held to its upper limit."""
    configure(project, f'[tool.querybudget.budgets]\n"{pattern}" = 0\n')
    assert failing(project, "-p", "no:cacheprovider", test_it=REQUESTS) == failed


def test_the_default_holds_for_what_has_no_budget_of_its_own(project):
    configure(
        project,
        """
        [tool.querybudget]
        default = 1
        [tool.querybudget.budgets]
        "BookViewSet.list" = 4
        """,
    )
    assert failing(project, test_it=REQUESTS) == []
    configure(project, "[tool.querybudget]\ndefault = 1\n")
    assert failing(project) == ["test_list"]


VIEW = """

BookViewSet.query_budgets = {budgets}
"""


def declare(project, budgets):
    views = project.path / "library" / "views.py"
    views.write_text(views.read_text(encoding="utf-8") + VIEW.format(budgets=budgets), encoding="utf-8")


@pytest.mark.parametrize(
    ("budgets", "failed"),
    [
        ('{"list": 4}', []),
        ('{"list": 3}', ["test_list"]),
        ('{"list": "=5"}', ["test_list"]),
        ('{"list": "2..4", "retrieve": 0}', ["test_missing"]),
        ('{"list": {"queries": 9, "n_plus_one": 0}}', ["test_list"]),
        ('{"*": 3}', ["test_list"]),
        ('{"*": 3, "list": None}', []),
        ('{"list": 3, "*": None}', ["test_list"]),
    ],
)
def test_a_view_limits_its_actions(project, budgets, failed):
    declare(project, budgets)
    assert failing(project, test_it=REQUESTS) == failed


def test_a_function_view_limits_itself_by_method(project):
    views = project.path / "library" / "views.py"
    views.write_text(views.read_text("utf-8") + '\n\nn_books.query_budgets = {"get": 0}\n', "utf-8")
    assert failing(project, test_it=REQUESTS) == ["test_count"]


FUNCTIONS = """

import functools
from rest_framework.decorators import api_view
from rest_framework.response import Response

@api_view(["GET"])
def api(request):
    return Response({"n": Book.objects.count()})

class Counter:
    query_budgets = {"get": 0}

    def __call__(self, request):
        return n_books(request)

def of_kind(request, kind):
    return n_books(request)

api.query_budgets = of_kind.query_budgets = {"get": 0}
"""
FUNCTION_URLS = """
from functools import partial

urlpatterns += [
    path("api/", views.api),
    path("counter/", views.Counter()),
    path("partial/", partial(views.of_kind, kind="a")),
]
"""
FUNCTION_REQUESTS = """
    import pytest

    @pytest.mark.parametrize("path", ["api", "counter", "partial"])
    def test_requested(client, books, path):
        client.get(f"/{path}/")

    def test_called(rf, books):
        from library.views import api
        api(rf.get("/"))
"""


def add(project, **sources):
    """Write more below modules of the project's application."""
    for name, source in sources.items():
        module = project.path / "library" / f"{name}.py"
        module.write_text(module.read_text("utf-8") + source, "utf-8")


def test_functions_of_every_kind_limit_themselves(project):
    """Decorated by DRF, partly applied, or an object that is called."""
    add(project, views=FUNCTIONS, urls=FUNCTION_URLS)
    assert failing(project, test_it=FUNCTION_REQUESTS) == [
        "test_called",
        "test_requested[api]",
        "test_requested[counter]",
        "test_requested[partial]",
    ]


INHERITED = """
    from library import views
    from library.views import BookViewSet

    class Base(BookViewSet):
        query_budgets = {"list": {"queries": 3, "writes": 0}, "retrieve": 0}

    class Child(Base):
        query_budgets = {"list": 4}

    def as_view(cls, **actions):
        return cls.as_view(actions)

    def test_base(rf, books):
        as_view(Base, get="list")(rf.get("/"))

    def test_child(rf, books):
        as_view(Child, get="list")(rf.get("/"))

    def test_child_inherits_what_it_leaves_open(rf, books):
        as_view(Child, get="retrieve")(rf.get("/"), pk=1)
"""


def test_a_view_inherits_along_its_bases(project):
    failed = ["test_base", "test_child_inherits_what_it_leaves_open"]
    assert failing(project, test_it=INHERITED) == failed


MIXED = """
    from library.views import BookViewSet

    class Budgets:
        query_budgets = {"list": 3}

    class Mixed(Budgets, BookViewSet):
        pass

    def test_mixed(rf, books):
        Mixed.as_view({"get": "list"})(rf.get("/"))
"""


def test_a_mixin_limits_the_views_that_take_it(project):
    """Also where it has nothing else, so that it names no action of its own."""
    assert failing(project, test_it=MIXED) == ["test_mixed"]


NEARER = """
    import pytest
    from querybudget import query_budget

    @query_budget(4)
    def test_a_function_speaks_first(client, books):
        client.get("/books/")

    @query_budget(None)
    def test_none_lifts_all(client, books):
        client.get("/books/")

    @query_budget(writes=0)
    def test_another_measure_lifts_nothing(client, books):
        client.get("/books/")

    @pytest.mark.query_budget(4)
    class TestClass:
        def test_a_class_speaks_first(self, client, books):
            client.get("/books/")
"""


def test_what_a_test_declares_is_nearer_than_view_and_configuration(project):
    declare(project, '{"list": 3}')
    configure(project, '[tool.querybudget.budgets]\n"BookViewSet.list" = 2\n')
    result = project.run(test_it=NEARER)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["E   querybudget.BudgetExceeded: 4 queries, budget 3 per request (1 over)*"])


def test_the_message_names_the_line_of_the_file(project):
    configure(project, '[tool.querybudget.budgets]\n"BookViewSet.list" = { queries = 3, reason = "page" }\n')
    result = project.run(test_it=REQUESTS)
    result.stdout.fnmatch_lines(
        [
            '>   "BookViewSet.list" = { queries = 3, reason = "page" }',
            "E   querybudget.BudgetExceeded: 4 queries, budget 3 per request (1 over): BookViewSet.list",
            '*Budget: "BookViewSet.list" = { queries = 3, *, pyproject.toml line 2. Intended?*',
            "pyproject.toml:2: BudgetExceeded",
        ]
    )


REFUSED = """
    def test_exactly(client, books):
        client.get("/books/1/")

    def test_a_refusal_is_cheaper(client, books):
        assert client.post("/books/", {}).status_code == 400

    def test_a_crash_is_never_faster(client, books):
        client.raise_request_exception = False
        assert client.get("/crash/").status_code == 500
"""


def test_a_refusal_and_a_crash_break_no_lower_bound(project):
    urls = project.path / "library" / "urls.py"
    crash = 'urlpatterns += [path("crash/", lambda request: 1 / 0, name="crash")]\n'
    urls.write_text(urls.read_text("utf-8") + crash, "utf-8")
    configure(
        project,
        """
        [tool.querybudget.budgets]
        "BookViewSet.*" = "=2"
        "GET /crash/" = "=7"
        """,
    )
    assert failing(project, test_it=REFUSED) == []


def test_findings_fail_a_test_by_themselves_where_configuration_says_so(project):
    configure(project, '[tool.querybudget]\nfail_on = ["QB101"]\n')
    result = project.run(test_it=REQUESTS)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "E   querybudget.BudgetExceeded: 1 × QB101, which fails a test by itself: BookViewSet.list",
            "*QB101 n-plus-one, proven: Book.author loaded 3 times*",
            '*pyproject.toml line 2. Intended? Accept it in the budget: allow = "QB101:Book.author", *',
        ]
    )


ALLOWED = """
    from querybudget import query_budget

    @query_budget(allow="QB101:Book.author", reason="three at most")
    def test_allowed(client, books):
        client.get("/books/")

    @query_budget(allow="QB101:Book.tags", reason="three at most")
    def test_something_else_is_allowed(client, books):
        client.get("/books/")
"""


def test_what_is_allowed_fails_nothing(project):
    configure(project, '[tool.querybudget]\nfail_on = ["QB101"]\n')
    assert failing(project, test_it=ALLOWED) == ["test_something_else_is_allowed"]


def test_ignored_tables_count_nowhere(project):
    """Only a query whose every table is ignored is left out."""
    configure(
        project,
        """
        [tool.querybudget]
        ignore_tables = ["library_author"]
        [tool.querybudget.budgets]
        "BookViewSet.list" = { queries = "=1", n_plus_one = 0 }
        """,
    )
    assert failing(project, test_it=REQUESTS) == []


ITEMS = """
    def test_two(client, books):
        client.get("/authors/")

    def test_list(client, books):
        client.get("/books/")
"""


@pytest.mark.parametrize(
    ("budget", "failed"), [("base = 1, per_item = 1", []), ("base = 0, per_item = 1", ["test_list"])]
)
def test_a_budget_per_item_is_judged_by_the_items_of_the_response(project, budget, failed):
    configure(project, f'[tool.querybudget.budgets]\n"BookViewSet.list" = {{ {budget} }}\n')
    assert failing(project, test_it=ITEMS) == failed


def test_a_project_counts_the_items_of_its_responses_itself(project):
    configure(
        project,
        """
        [tool.querybudget]
        items = "library.counting.n_items"
        [tool.querybudget.budgets]
        "AuthorView.get" = { base = 0, per_item = 1 }
        """,
    )
    counting = project.path / "library" / "counting.py"
    counting.write_text(
        "def n_items(response):\n    return 1 if b'authors' in response.content else 0\n", "utf-8"
    )
    assert failing(project, test_it=ITEMS) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return 'many'", "*n_items returned 'many'. Expected a count from 0 up, or None."),
        ("return 1 / 0", "*n_items failed to count the items of a response: ZeroDivisionError*"),
    ],
)
def test_a_function_that_counts_no_items_is_told_and_nothing_passes(project, body, told):
    configure(
        project,
        """
        [tool.querybudget]
        items = "library.counting.n_items"
        [tool.querybudget.budgets]
        "AuthorView.get" = { base = 9, per_item = 1 }
        """,
    )
    counting = project.path / "library" / "counting.py"
    counting.write_text(f"def n_items(response):\n    {body}\n", "utf-8")
    result = project.run(test_it=ITEMS)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["E *cannot judge queries, budget 9 + 1 per item per request*", told])


def test_what_counts_the_items_may_ask_the_database(project):
    """Its own query belongs to no request and to no block."""
    configure(project, '[tool.querybudget]\nitems = "library.counting.n_items"\n')
    counting = project.path / "library" / "counting.py"
    counting.write_text(
        "from library.models import Book\ndef n_items(response):\n    return Book.objects.count()\n", "utf-8"
    )
    test = """
        def test_list(client, books, query_budget):
            with query_budget("=4") as seen:
                client.get("/books/")
            assert (seen.requests[0].queries, seen.requests[0].items) == (4, 3)
    """
    assert failing(project, test_it=test) == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("n_items = 4", "*line 2: items = 'library.counting.n_items' is no function but 4.*"),
        ("1 / 0", "*line 2: items = 'library.counting.n_items' cannot be imported: ZeroDivisionError:*"),
    ],
)
def test_what_cannot_count_items_is_told_before_the_first_test(project, source, told):
    configure(project, '[tool.querybudget]\nitems = "library.counting.n_items"\n')
    (project.path / "library" / "counting.py").write_text(source, "utf-8")
    result = project.run(test_it=ITEMS)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([told])


FIXTURES = """
    import pytest

    @pytest.fixture
    def listed(client, books):
        client.get("/books/")

    @pytest.fixture
    def listing_at_the_end(client, books):
        yield
        client.get("/books/")

    def test_a_fixture_requests(listed):
        pass
"""

TEARDOWN = """

    def test_a_fixture_requests_at_its_end(listing_at_the_end):
        pass
"""


def test_requests_of_fixtures_are_judged_by_views_and_configuration(project):
    configure(project, '[tool.querybudget.budgets]\n"BookViewSet.list" = 3\n')
    assert failing(project, test_it=FIXTURES) == ["test_a_fixture_requests"]


def test_a_breach_in_a_teardown_fails_the_run(project):
    """The outcome of its test is known by then."""
    configure(project, '[tool.querybudget.budgets]\n"BookViewSet.list" = 3\n')
    source = FIXTURES.replace("(listed)", "(books)") + TEARDOWN
    for arguments in ((), ("-n", "2")):
        result = project.run(*arguments, test_it=source)
        assert result.ret == 1
        result.assert_outcomes(passed=2)
        result.stdout.fnmatch_lines(
            ["FAILED the run: *test_a_fixture_requests_at_its_end, in its teardown: 4 queries, budget 3 *"]
        )
