"""Which declaration holds: the nearest, per measure, and only for the action it names."""

LEVELS = """
    import pytest
    from querybudget import query_budget

    pytestmark = pytest.mark.query_budget(3)

    def test_module_holds(client, books):
        client.get("/books/")

    @query_budget(4)
    def test_function_raises_the_module(client, books):
        client.get("/books/")

    @query_budget(queries=None)
    def test_none_lifts_the_module(client, books):
        client.get("/books/")

    @query_budget(writes=0)
    def test_another_measure_leaves_the_module_in_force(client, books):
        client.get("/books/")

    @query_budget(4)
    @query_budget(9)
    def test_same_level_holds_both(client, books):
        client.get("/books/")

    @query_budget(9)
    @query_budget(3)
    def test_same_level_fails_on_either(client, books):
        client.get("/books/")

    @query_budget(9)
    @pytest.mark.query_budget(3)
    def test_decorator_and_marker_stack(client, books):
        client.get("/books/")

    @pytest.mark.query_budget(4)
    class TestMarkedClass:
        def test_class_raises_the_module(self, client, books):
            client.get("/books/")

        @query_budget(3)
        def test_method_lowers_the_class(self, client, books):
            client.get("/books/")

    @query_budget(4)
    class TestDecoratedClass:
        def test_class_raises_the_module(self, client, books):
            client.get("/books/")

        @pytest.mark.query_budget(3)
        def test_method_lowers_the_class(self, client, books):
            client.get("/books/")

    @query_budget(3)
    class TestNarrowClass:
        @query_budget(4)
        def test_method_raises_the_class(self, client, books):
            client.get("/books/")

        def test_a_class_that_meets_no_request_is_silent(self):
            assert True
"""

ACTIONS = """
    import pytest
    from querybudget import query_budget

    @query_budget(1, action="views.n_books")
    def test_others_are_not_judged(client, books):
        client.get("/books/")
        client.get("/n_books/")

    @query_budget(3, action="BookViewSet.list")
    def test_its_own_is_judged(client, books):
        client.get("/books/")

    @query_budget(3, action="BookViewSet.*")
    def test_a_pattern_judges(client, books):
        client.get("/books/")

    @query_budget(4, action="BookViewSet.list")
    @query_budget(1, action="library.views.n_books")
    @query_budget(1, action="AuthorView.get")
    def test_each_has_its_own(client, books):
        client.get("/books/")
        client.get("/n_books/")
        client.get("/authors/")

    @query_budget(4, action="BookViewSet.list")
    @query_budget(0, action="AuthorView.get")
    def test_each_fails_by_itself(client, books):
        client.get("/books/")
        client.get("/authors/")
"""

SELECTED = """
    import unittest

    import pytest
    from querybudget import query_budget

    @query_budget(1)
    def test_decorated(): ...

    @pytest.mark.query_budget(1)
    def test_marked(): ...

    def test_bare(): ...

    @query_budget(1)
    class TestDecorated:
        def test_method(self): ...

    @query_budget(1)
    class TestCase(unittest.TestCase):
        def test_method(self): ...

    class TestBare:
        def test_method(self): ...

        @query_budget(1)
        def test_decorated(self): ...
"""


def test_the_nearest_level_holds_per_measure(project):
    outcomes = project.outcomes("--strict-markers", test_levels=LEVELS)
    assert {name for name, outcome in outcomes.items() if outcome != "PASSED"} == {
        "test_module_holds",
        "test_another_measure_leaves_the_module_in_force",
        "test_same_level_fails_on_either",
        "test_decorator_and_marker_stack",
        "TestMarkedClass::test_method_lowers_the_class",
        "TestDecoratedClass::test_method_lowers_the_class",
    }
    assert len(outcomes) == 13


def test_none_lifts_by_position_too(project):
    """`query_budget(None)` says something else than `query_budget()`, which only watches."""
    tests = """
        import pytest
        from querybudget import query_budget

        pytestmark = pytest.mark.query_budget(3)

        @query_budget(None)
        def test_decorated(client, books):
            client.get("/books/")

        @pytest.mark.query_budget(None)
        def test_marked(client, books):
            client.get("/books/")
    """
    project.run(test_levels=tests).assert_outcomes(passed=2)


def test_a_failure_points_at_the_decorator_that_judged(project):
    """One of several on the function, and a marker on a method of a decorated class."""
    result = project.run("-k", "fails_on_either or lowers_the_class", test_levels=LEVELS)
    result.stdout.fnmatch_lines(
        [
            ">*@query_budget(3)",
            "test_levels.py:27: BudgetExceeded",
            ">*@query_budget(3)",
            "test_levels.py:41: BudgetExceeded",
            ">*@pytest.mark.query_budget(3)",
            "test_levels.py:50: BudgetExceeded",
        ]
    )


def test_a_failure_points_at_the_marker_that_judged(project):
    """Not at the import above it, nor at the other declaration of the same function."""
    result = project.run("-k", "module_holds or marker_stack", test_levels=LEVELS)
    result.stdout.fnmatch_lines(
        [
            ">*pytestmark = pytest.mark.query_budget(3)",
            "test_levels.py:4: BudgetExceeded",
            ">*@pytest.mark.query_budget(3)",
            "test_levels.py:32: BudgetExceeded",
        ]
    )


def test_a_budget_judges_the_action_it_names(project):
    outcomes = project.outcomes(test_actions=ACTIONS)
    assert {name for name, outcome in outcomes.items() if outcome != "PASSED"} == {
        "test_its_own_is_judged",
        "test_a_pattern_judges",
        "test_each_fails_by_itself",
    }


def test_decorated_tests_are_selected_by_the_marker(project):
    result = project.run("--collect-only", "-q", "-m", "query_budget", test_selected=SELECTED)
    assert {line.partition("::")[2] for line in result.outlines if "::" in line} == {
        "test_decorated",
        "test_marked",
        "TestDecorated::test_method",
        "TestCase::test_method",
        "TestBare::test_decorated",
    }


def test_the_marker_is_documented(project):
    result = project.run("--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.query_budget(queries=None, *"])
