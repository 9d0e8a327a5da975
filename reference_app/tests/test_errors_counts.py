"""How many queries each error action runs: a constant when optimised, an exact formula when naive."""

import pytest

from querybudget import query_budget
from reference_app.factories import ErrorFactory
from reference_app.models import Error
from reference_app.tests.fleets import build_fleet
from reference_app.tests.grids import each_size, measured_size, own_or_shared, own_or_thorough_shared
from reference_app.tests.requests import fetch, post


def ids():
    """Return the ids of all errors, in order."""
    return sorted(Error.objects.values_list("pk", flat=True))


@measured_size
@own_or_shared
@query_budget("=2", action="ErrorViewSet.list", reason="count, page")
@query_budget(writes=0, duplicates=0, n_plus_one=0)
def test_list_asks_two_queries(client_for, n, shared):
    fetch(client_for(build_fleet(n, shared=shared).packager), "/api/errors/")


@query_budget("=3", action="ErrorViewSet.list", reason="and the project, to tell unknown from empty")
def test_a_list_narrowed_to_a_project_asks_for_the_project_too(client_for):
    fleet = build_fleet(2)
    fetch(client_for(fleet.packager), f"/api/errors/?project={fleet.computers[0].project_id}")


@measured_size
@own_or_shared
def test_naive_list_asks_three_queries_a_row(client_for, n, shared):
    """2 + 3n."""
    client = client_for(build_fleet(n, shared=shared).packager)
    with query_budget(f"={2 + 3 * n}", per="request"):
        fetch(client, "/naive/errors/")


@each_size
def test_naive_list_asks_for_whoever_checked_and_not_for_what_is_gone(client_for, n):
    """One more for each checked error, one less for each whose synchronization is gone."""
    fleet = build_fleet(n)
    Error.objects.update(checked=True, checked_by=fleet.packager)
    ErrorFactory(computer=fleet.computers[0], synchronization=None)
    with query_budget(f"={2 + 4 * n + 2}"):
        fetch(client_for(fleet.packager), "/naive/errors/")


@measured_size
@own_or_shared
@query_budget("=2", reads="=1", writes="=1", action="ErrorViewSet.check", n_plus_one=0)
def test_check_reads_once_and_writes_once(client_for, n, shared):
    client = client_for(build_fleet(n, shared=shared).packager)
    post(client, "/api/errors/check/", {"ids": ids()})


@measured_size
@own_or_thorough_shared
def test_naive_check_reads_and_writes_each(client_for, n, shared):
    """1 + 2n."""
    client = client_for(build_fleet(n, shared=shared).packager)
    asked = ids()
    with query_budget(f"={1 + 2 * n}", writes=f"={n}"):
        post(client, "/naive/errors/check/", {"ids": asked})


@each_size
@pytest.mark.parametrize("tree", ["api", "naive"])
def test_check_of_what_is_checked_writes_nothing(client_for, n, tree):
    """The rows themselves tell."""
    client = client_for(build_fleet(n).packager)
    Error.objects.update(checked=True)
    asked = ids()
    with query_budget({"api": "=1", "naive": f"={1 + n}"}[tree], writes=0):
        post(client, f"/{tree}/errors/check/", {"ids": asked})


@each_size
@pytest.mark.parametrize("tree", ["api", "naive"])
def test_a_refused_check_writes_nothing(client_for, n, tree):
    """Not even the errors that are there."""
    client = client_for(build_fleet(n).packager)
    asked = ids()
    with query_budget({"api": "=1", "naive": f"={1 + n + 1}"}[tree], writes=0):
        post(client, f"/{tree}/errors/check/", {"ids": [*asked, 10**9]}, 400)
