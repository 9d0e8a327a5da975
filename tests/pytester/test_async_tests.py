"""Asynchronous tests: pytest-asyncio, and unittest's own event loop."""

import pytest

pytest.importorskip("pytest_asyncio")

ASYNC = """
    import asyncio

    import pytest
    from querybudget import query_budget

    from library.models import Book

    pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]

    @query_budget(1)
    async def test_at_the_limit(async_client):
        await async_client.get("/n_books/")

    @query_budget(0)
    async def test_one_above(async_client):
        await async_client.get("/n_books/")

    @pytest.mark.query_budget(0)
    async def test_marked_one_above(async_client):
        await async_client.get("/n_books/")

    @query_budget(2, per="block")
    async def test_block_at_the_limit(async_client):
        await async_client.get("/n_books/")
        await Book.objects.acount()

    @query_budget(1, per="block")
    async def test_block_one_above(async_client):
        await async_client.get("/n_books/")
        await Book.objects.acount()

    @pytest.mark.query_budget(1, per="block")
    async def test_marked_block_one_above(async_client):
        await async_client.get("/n_books/")
        await Book.objects.acount()

    async def test_with_at_the_limit(async_client):
        with query_budget(3) as seen:
            await asyncio.gather(*(async_client.get("/n_books/") for _ in range(3)))
        assert [request.measures.queries for request in seen.requests] == [1, 1, 1]

    async def test_with_one_above(async_client):
        with query_budget(0):
            await async_client.get("/n_books/")

    @query_budget(0)
    async def test_fails_by_itself(async_client):
        await async_client.get("/n_books/")
        raise ValueError("its own")
"""

ISOLATED = """
    import unittest

    import pytest
    from django.test import AsyncClient
    from querybudget import query_budget

    @pytest.mark.django_db(transaction=True)
    class TestIsolated(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self):
            await AsyncClient().get("/count_twice/")

        @query_budget(1)
        async def test_at_the_limit(self):
            await AsyncClient().get("/n_books/")

        @query_budget(0)
        async def test_one_above(self):
            await AsyncClient().get("/n_books/")

        @pytest.mark.query_budget(1)
        async def test_marked_at_the_limit(self):
            await AsyncClient().get("/n_books/")

        @pytest.mark.query_budget(0)
        async def test_marked_one_above(self):
            await AsyncClient().get("/n_books/")

        @query_budget(0, per="block")
        async def test_block_one_above(self):
            await AsyncClient().get("/n_books/")

        @pytest.mark.query_budget(1, per="block")
        async def test_marked_block_at_the_limit(self):
            await AsyncClient().get("/n_books/")

        @pytest.mark.query_budget(0, per="block")
        async def test_marked_block_one_above(self):
            await AsyncClient().get("/n_books/")
"""


def test_asynchronous_tests_are_judged_like_others(project):
    outcomes = project.outcomes(test_async=ASYNC)
    assert outcomes == {
        name: "FAILED" if "above" in name or "fails" in name else "PASSED" for name in outcomes
    }
    assert len(outcomes) == 9


def test_an_asynchronous_failure_keeps_its_error(project):
    result = project.run("-k", "fails_by_itself", test_async=ASYNC)
    result.stdout.fnmatch_lines(
        ["E *ValueError: its own", "*query budget*", "*budget 0 per request (1 over)*"]
    )


def test_the_event_loop_of_unittest_is_followed(project):
    """Its tasks run in a context of their own; what asyncSetUp requests is not in the body."""
    outcomes = project.outcomes(test_isolated=ISOLATED)
    assert outcomes == {name: "FAILED" if name.endswith("above") else "PASSED" for name in outcomes}
    assert len(outcomes) == 7
