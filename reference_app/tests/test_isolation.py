"""No route shows or changes what belongs to another organization.

The routes are read off the routers: a viewset that is registered is tested here without being listed.
A new resource only has to say, in `FOREIGN`, which of its rows a stranger may try to reach.
"""

from dataclasses import dataclass

import pytest
from django.urls import reverse

from reference_app.factories import UserFactory
from reference_app.naive.urls import router as naive_router
from reference_app.tests.snapshots import all_tables
from reference_app.urls import router

FOREIGN = {"package": lambda world: world.package}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one URL."""

    name: str
    basename: str
    method: str
    detail: bool

    def __str__(self):
        return f"{self.method} {self.name}"

    def request(self, client, *args):
        """Send the route's request, for the row with the key in `args` if it is about one."""
        return getattr(client, self.method)(reverse(self.name, args=args))


def routes(*, detail):
    """List the routes of both trees that are about one row, or about many."""
    found = []
    for namespace, registered in (("api", router), ("naive", naive_router)):
        for _prefix, viewset, basename in registered.registry:
            found += _routes_of(namespace, registered, viewset, basename)
    return [route for route in found if route.detail == detail]


def _routes_of(namespace, registered, viewset, basename):
    """List the routes of one viewset."""
    return [
        Route(
            name=f"{namespace}:{route.name.format(basename=basename)}",
            basename=basename,
            method=method,
            detail=route.detail,
        )
        for route in registered.get_routes(viewset)
        for method in registered.get_method_map(viewset, route.mapping)
    ]


each_detail_route = pytest.mark.parametrize("route", routes(detail=True), ids=str)
each_list_route = pytest.mark.parametrize("route", routes(detail=False), ids=str)


@each_detail_route
def test_foreign_rows_do_not_exist(world, outsider, route):
    """404 for every method, and as if the row had never been: an admin elsewhere is a stranger here."""
    before = all_tables()
    response = route.request(outsider, FOREIGN[route.basename](world).pk)
    missing = route.request(outsider, 10**9)
    assert response.status_code == missing.status_code == 404
    assert response.json() == missing.json()
    assert all_tables() == before


@each_detail_route
def test_rows_of_a_project_that_is_not_listed_do_not_exist(world, packager, route):
    """A membership in some projects ends at their border."""
    world.packager.memberships.get().projects.set([world.packages[1].project])
    response = route.request(packager, FOREIGN[route.basename](world).pk)
    assert response.status_code == 404


@each_list_route
def test_lists_hold_no_foreign_rows(world, outsider, route):
    """The outsider has a row to see, so that the list could have shown more."""
    answer = route.request(outsider).json()
    assert answer["count"] == 1
    assert FOREIGN[route.basename](world).pk not in {row["id"] for row in answer["results"]}


@each_list_route
@pytest.mark.usefixtures("world")
def test_lists_are_empty_without_a_membership(client_for, route):
    """None is none, never all."""
    answer = route.request(client_for(UserFactory())).json()
    assert (answer["count"], answer["results"]) == (0, [])


def test_routes_are_found():
    """An empty parametrisation would pass: this says what there is to be found."""
    assert len(routes(detail=True)) == 2 * 3
    assert len(routes(detail=False)) == 2 * 1
