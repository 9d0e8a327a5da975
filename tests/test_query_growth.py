"""`query_growth`: the same call over several sizes, and what it says of what grows."""

import re

import pytest
from django.http import JsonResponse
from django.test import RequestFactory
from django.views import View

import querybudget
from querybudget import BudgetExceeded, InvalidDeclaration, query_growth
from reference_app import factories
from reference_app.models import Package

pytestmark = pytest.mark.django_db


def names(*joined):
    return [package.project.name for package in Package.objects.select_related(*joined or [None])]


def told(call=names, **how):
    with pytest.raises(BudgetExceeded) as caught:
        query_growth(call, grow=factories.PackageFactory, **how)
    return str(caught.value)


def test_what_grows_with_the_rows_fails_with_the_statement_the_line_and_the_edit():
    text = told()
    assert text.startswith("1 query a row, 0 allowed: 3, 5, 9 queries over 2, 4, 8 rows\n")
    assert '  1 query a row, 2, 4, 8:\n    SELECT … FROM "reference_app_project"' in text
    assert "QB101 n-plus-one, proven: Package.project loaded 8 times, for 8 of 8 packages" in text
    assert 'fix: select_related("project")' in text
    assert "  Budget: query_growth(call, grow=factories.PackageFactory, **how), tests/test_query" in text


def test_what_is_loaded_eagerly_does_not_grow():
    query_growth(lambda: names("project"), grow=factories.PackageFactory)
    assert Package.objects.count() == 8


def test_so_many_queries_a_row_may_be_allowed():
    query_growth(names, grow=factories.PackageFactory, per_item=1)
    assert "1 query a row, 0.5 allowed" in told(per_item=0.5, sizes=(1, 2, 3))


def test_several_statements_are_added_up_the_steepest_first():
    def call():
        for package in Package.objects.all():
            for _ in range(2):
                package.refresh_from_db(fields=["name"])
            list(package.deployments.all())

    lines = told(call).splitlines()
    assert lines[0].startswith("3 queries a row, 0 allowed: 7, 13, 25 queries")
    assert [line for line in lines if " a row, " in line][1:] == [
        "  2 queries a row, 4, 8, 16:",
        "  1 query a row, 2, 4, 8:",
    ]


def test_rows_are_added_up_to_each_size_by_a_function_too():
    added = []

    def grow(n):
        added.append(n)
        factories.PackageFactory.create_batch(n)

    query_growth(Package.objects.count, grow=grow, sizes=[1, 5, 6])
    assert added == [1, 4, 1]


def test_the_first_size_may_warm_a_cache():
    cache = []

    def call():
        cache[:] = cache or [Package.objects.count()]
        return Package.objects.exists()

    query_growth(call, grow=factories.PackageFactory)


@pytest.mark.parametrize("status", [403, 500])
def test_an_answer_that_refuses_is_no_measurement(status):
    class Refusing(View):
        def get(self, request):
            return JsonResponse({}, status=status)

    text = told(lambda: Refusing.as_view()(RequestFactory().get("/here/")))
    assert text.startswith(f"cannot judge: GET /here/ answered {status} over 2 rows")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"grow": 4}, "query_growth(grow=4) adds no rows. Expected a factory"),
        ({"grow": Package}, "adds no rows. Expected a factory"),
        ({"call": "names"}, "query_growth(call='names') cannot be called. Expected lambda: client.get(…)."),
        ({"sizes": (2, 4)}, "are no sizes. Expected at least three, ascending, from 1 up"),
        ({"sizes": (4, 2, 8)}, "are no sizes"),
        ({"sizes": (0, 1, 2)}, "are no sizes"),
        ({"sizes": 8}, "are no sizes"),
        ({"per_item": -1}, "query_growth(per_item=-1) is no number of queries. Expected 0 or more."),
        ({"per_item": True}, "is no number of queries"),
    ],
)
def test_what_cannot_be_used_is_named(how, message):
    with pytest.raises(InvalidDeclaration) as caught:
        query_growth(**{"call": names, "grow": factories.PackageFactory, **how})
    assert message in str(caught.value)


def test_the_fixture_is_what_is_imported(query_growth):
    assert query_growth is querybudget.query_growth


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"grow": lambda _: None}, "grow(… 2) has added no row"),
        ({"call": lambda: None}, "the call asked nothing over 2 rows: never evaluated, or from a cache"),
        ({"call": Package.objects.all}, "the call asked nothing over 2 rows"),
    ],
)
def test_what_was_not_measured_does_not_pass(how, why):
    with pytest.raises(BudgetExceeded, match=re.escape(f"cannot judge: {why}")):
        query_growth(**{"call": names, "grow": factories.PackageFactory, **how})


def test_an_asynchronous_call_has_to_be_done():
    async def call():
        return await Package.objects.acount()

    with pytest.raises(InvalidDeclaration, match="returns a coroutine"):
        query_growth(call, grow=factories.PackageFactory)


def test_any_sequence_is_one_of_sizes():
    query_growth(lambda: names("project"), grow=factories.PackageFactory, sizes=range(1, 4))
