"""Budgets on unittest classes and methods, under pytest and without it."""

CASES = """
    import pytest
    from django.test import TestCase, TransactionTestCase
    from querybudget import query_budget

    from library.shelf import fill

    class TestBooks(TestCase):
        def setUp(self):
            fill()
            self.client.get("/books/")

        @query_budget(1)
        def test_at_the_limit(self):
            self.client.get("/n_books/")

        @query_budget(0)
        def test_one_above(self):
            self.client.get("/n_books/")

        @query_budget(2, per="block")
        def test_block_at_the_limit(self):
            self.client.get("/n_books/")
            self.client.get("/n_books/")

        @query_budget(1, per="block")
        def test_block_one_above(self):
            self.client.get("/n_books/")
            self.client.get("/n_books/")

        @query_budget(4)
        def test_setup_is_not_in_the_body(self):
            '''Its request is none of the test's, so the budget meets none.'''

        def test_with_one_above(self):
            with query_budget(0):
                self.client.get("/n_books/")

        @query_budget(0)
        def test_fails_by_itself(self):
            self.client.get("/n_books/")
            raise ValueError("its own")

        @query_budget(0)
        def test_skips_itself(self):
            self.client.get("/n_books/")
            self.skipTest("not here")

    @query_budget(1)
    class TestDecorated(TransactionTestCase):
        def setUp(self):
            self.client.get("/count_twice/")

        def test_at_the_limit(self):
            self.client.get("/n_books/")

        def test_one_above(self):
            self.client.get("/count_twice/")
"""

ABOVE = {
    "TestBooks::test_one_above": "FAILED",
    "TestBooks::test_block_one_above": "FAILED",
    "TestBooks::test_setup_is_not_in_the_body": "FAILED",
    "TestBooks::test_with_one_above": "FAILED",
    "TestBooks::test_fails_by_itself": "FAILED",
    "TestBooks::test_skips_itself": "SKIPPED",
    "TestDecorated::test_one_above": "FAILED",
}

MARKED = """
    import unittest

    import pytest
    from django.test import TestCase

    from library.shelf import fill

    @pytest.mark.query_budget(1)
    class TestMarked(TestCase):
        def setUp(self):
            self.client.get("/count_twice/")

        def test_at_the_limit(self):
            self.client.get("/n_books/")

        def test_one_above(self):
            self.client.get("/count_twice/")

        @pytest.mark.query_budget(2)
        def test_method_raises_the_class(self):
            self.client.get("/count_twice/")

        @pytest.mark.query_budget(1, per="block")
        async def test_async_block_at_the_limit(self):
            await self.async_client.get("/n_books/")

        @pytest.mark.query_budget(0, per="block")
        async def test_async_block_one_above(self):
            await self.async_client.get("/n_books/")

    @pytest.mark.django_db
    @pytest.mark.query_budget(1)
    class TestPlain(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def _client(self, client):
            self.client = client

        def test_at_the_limit(self):
            self.client.get("/n_books/")

        def test_one_above(self):
            self.client.get("/count_twice/")
"""

SUBTESTS = """
    from django.test import TestCase
    from querybudget import query_budget

    class TestPages(TestCase):
        @query_budget(1)
        def test_all_hold(self):
            for path in ("/health/", "/n_books/"):
                with self.subTest(path):
                    self.client.get(path)

        @query_budget(0)
        def test_one_above(self):
            for path in ("/health/", "/n_books/"):
                with self.subTest(path):
                    self.client.get(path)

        @query_budget(0)
        def test_one_fails_by_itself(self):
            with self.subTest("fails"):
                self.client.get("/health/")
                raise ValueError("its own")
"""

INHERITED = """
    from django.test import TestCase
    from querybudget import query_budget

    class Pages:
        def test_inherited_from_a_mixin(self):
            self.client.get("/n_books/")

    @query_budget(0)
    class TestBase(Pages, TestCase):
        def test_own(self):
            self.client.get("/n_books/")

    class TestChild(TestBase):
        def test_added(self):
            self.client.get("/n_books/")

        def test_health(self):
            self.client.get("/health/")

    class TestApart(Pages, TestCase):
        def test_health(self):
            self.client.get("/health/")
"""


EXPECTED = """
    import unittest

    from django.test import TestCase
    from querybudget import query_budget

    class TestBooks(TestCase):
        @unittest.expectedFailure
        @query_budget(0)
        def test_is_expected_to_fail(self):
            self.client.get("/n_books/")

        @query_budget(0)
        @unittest.expectedFailure
        def test_is_expected_to_fail_below(self):
            self.client.get("/n_books/")
"""

ASYNC = """
    from django.test import TestCase
    from querybudget import query_budget

    class TestBooks(TestCase):
        @query_budget(0)
        async def test_decorated_one_above(self):
            await self.async_client.get("/n_books/")

        async def test_with_one_above(self):
            with query_budget(0):
                await self.async_client.get("/n_books/")

    @query_budget(1)
    class TestDecorated(TestCase):
        async def test_at_the_limit(self):
            await self.async_client.get("/n_books/")

        async def test_one_above(self):
            await self.async_client.get("/count_twice/")
"""


def test_methods_and_classes_are_judged_without_their_setup(project):
    outcomes = project.outcomes(test_cases=CASES)
    assert {name: outcome for name, outcome in outcomes.items() if outcome != "PASSED"} == ABOVE
    assert len(outcomes) == 10


def test_a_unittest_failure_keeps_its_error_and_gets_the_breach_as_a_section(project):
    result = project.run("-k", "fails_by_itself", test_cases=CASES)
    result.stdout.fnmatch_lines(
        ["E *ValueError: its own", "*query budget*", "*budget 0 per request (1 over)*"]
    )
    result.stdout.fnmatch_lines(["FAILED * - ValueError: its own"])


def test_markers_on_classes_and_methods_are_judged_without_their_setup(project):
    outcomes = project.outcomes(test_marked=MARKED)
    assert {name for name, outcome in outcomes.items() if outcome != "PASSED"} == {
        "TestMarked::test_one_above",
        "TestMarked::test_async_block_one_above",
        "TestPlain::test_one_above",
    }
    assert len(outcomes) == 7


def test_decorators_judge_by_themselves_under_django_s_own_runner(project):
    """No plugin is there; failures, not errors."""
    project.write(test_cases=CASES.replace("import pytest", ""))
    result = project.python("-m", "django", "test", "--settings", "library.settings")
    failed = {line for line in result.errlines if line.startswith("FAIL:")}
    assert {line.split()[1] for line in failed} == {
        name.partition("::")[2]
        for name, outcome in ABOVE.items()
        if outcome == "FAILED" and "fails_by_itself" not in name
    }
    assert "FAILED (failures=5, errors=1, skipped=1)" in result.errlines


def test_an_expected_failure_of_unittest_may_be_a_breach(project):
    """The same under either runner."""
    under_pytest = project.outcomes(test_expected=EXPECTED)
    assert set(under_pytest.values()) == {"XFAIL"}
    result = project.python("-m", "django", "test", "--settings", "library.settings")
    assert "OK (expected failures=2)" in result.errlines


def test_an_asynchronous_method_is_judged(project):
    outcomes = project.outcomes(test_async=ASYNC)
    assert outcomes == {name: "FAILED" if name.endswith("above") else "PASSED" for name in outcomes}
    assert len(outcomes) == 4


def test_an_asynchronous_method_is_judged_under_django_s_own_runner(project):
    """Its loop runs in another thread than the connection that sends the queries."""
    project.write(test_async=ASYNC)
    result = project.python("-m", "django", "test", "--settings", "library.settings")
    assert "FAILED (failures=3)" in result.errlines


def test_a_failure_under_plain_unittest_ends_on_the_test(project):
    """The message is the same; the frames of querybudget are the only ones that cannot be hidden there."""
    project.write(test_cases=CASES.replace("import pytest", ""))
    name = "test_cases.TestBooks.test_one_above"
    result = project.python("-m", "django", "test", "--settings", "library.settings", name)
    result.stderr.fnmatch_lines(
        ["querybudget.BudgetExceeded: 1 quer*, budget 0 per request (1 over): views.n_books"]
    )


def test_plain_unittest_needs_no_django_for_tests_without_blocks(bare_project):
    """An undecorated class next to an import of querybudget; nothing of Django is touched."""
    bare_project.write(
        test_plain="""
        import sys
        import unittest

        from querybudget import query_budget

        class TestPlain(unittest.TestCase):
            def test_django_is_not_imported(self):
                self.assertNotIn("django", sys.modules)
        """
    )
    assert bare_project.python("-m", "unittest", "test_plain").ret == 0


def test_subtests_are_judged_with_the_test_they_are_part_of(project):
    result = project.run(test_subtests=SUBTESTS)
    output = result.stdout.str()
    assert result.ret == 1
    assert "test_all_hold" not in output
    result.stdout.fnmatch_lines(["E *quer*, budget 0 per request (1 over): views.n_books"])
    result.stdout.fnmatch_lines(["E *ValueError: its own"])
    assert output.count("querybudget.BudgetExceeded: 1 quer") == 1 + output.count(
        " - querybudget.BudgetExceeded"
    )


def test_a_decorated_class_judges_inherited_tests_and_its_subclasses(project):
    """But never the mixin's other users: the mixin itself is left as it was."""
    outcomes = project.outcomes(test_inherited=INHERITED)
    assert outcomes == {
        "TestBase::test_inherited_from_a_mixin": "FAILED",
        "TestBase::test_own": "FAILED",
        "TestChild::test_added": "FAILED",
        "TestChild::test_health": "PASSED",
        "TestChild::test_inherited_from_a_mixin": "FAILED",
        "TestChild::test_own": "FAILED",
        "TestApart::test_health": "PASSED",
        "TestApart::test_inherited_from_a_mixin": "PASSED",
    }


BOTH_LEVELS = """
    from django.test import TestCase
    from querybudget import query_budget
    from library.shelf import fill

    @query_budget(0)
    class TestBoth(TestCase):
        def setUp(self):
            fill()

        @query_budget(1)
        def test_its_own_budget_is_nearer(self):
            self.client.get("/n_books/")

        def test_its_class_speaks(self):
            self.client.get("/n_books/")
"""


def test_a_methods_budget_is_nearer_than_its_classes_under_plain_unittest(project):
    project.write(test_both=BOTH_LEVELS)
    result = project.python("-m", "django", "test", "--settings", "library.settings")
    assert "FAILED (failures=1)" in result.stderr.str()
    result.stderr.fnmatch_lines(["FAIL: test_its_class_speaks*"])


def test_a_methods_budget_is_nearer_than_its_classes_under_pytest(project):
    assert project.outcomes(test_both=BOTH_LEVELS) == {
        "TestBoth::test_its_own_budget_is_nearer": "PASSED",
        "TestBoth::test_its_class_speaks": "FAILED",
    }
