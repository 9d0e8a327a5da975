"""No route shows or changes what belongs to another organization.

The routes are read off the routers: a viewset that is registered is tested here without being listed.
A new resource only has to say, in `FOREIGN`, which of its rows a stranger may try to reach, by the key that
is in its URLs; and in `BODIES`, how a request that is about many rows names them.
"""

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.db import transaction
from django.urls import reverse

from reference_app.factories import MembershipFactory, PackageFactory, UserFactory
from reference_app.models import Role
from reference_app.naive.urls import router as naive_router
from reference_app.tests.counting import count_queries
from reference_app.tests.snapshots import all_tables
from reference_app.tests.worlds import build
from reference_app.urls import router

FOREIGN = {
    "computer": lambda world: world.never_synced_computer,
    "deployment": lambda world: world.deployments[0],
    "error": lambda world: world.error,
    "membership": lambda world: world.viewer.memberships.get(),
    "package": lambda world: world.package,
    "project": lambda world: world.package.project,
    "store": lambda world: world.package.store,
}
# What a request to a list that writes names in its body: the row that the outsider may not see, and how.
BODIES = {
    "deployment-list": (FOREIGN["project"], lambda key: {"project": key, "name": "new"}),
    "error-check": (FOREIGN["error"], lambda key: {"ids": [key]}),
    "membership-list": (lambda world: world.organization, lambda key: {"organization": key}),
    "package-bulk-obsolete": (FOREIGN["package"], lambda key: {"ids": [key]}),
    "package-list": (
        FOREIGN["project"],
        lambda key: {"project": key, "name": "new", "version": "1", "fullname": "new_1"},
    ),
    "project-list": (lambda world: world.organization, lambda key: {"organization": key}),
    "store-list": (FOREIGN["project"], lambda key: {"project": key, "name": "new"}),
}
# A key that no row has, by the name of the field.
MISSING = {"pk": 10**9, "uuid": UUID(int=0)}


@pytest.fixture
def world():
    """Build a world with one row of most, which is all that there is to hide."""
    return build(2, deployments=1, attributes=1, installations=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one URL."""

    name: str
    basename: str
    method: str
    detail: bool
    lookup: str

    def __str__(self):
        return f"{self.method} {self.name}"

    @property
    def is_list(self):
        """Tell the list itself from the actions beside it."""
        return self.name.endswith("-list")

    def foreign_key(self, world):
        """Return the key, as it stands in the URL, of a row that the outsider may not see."""
        return getattr(FOREIGN[self.basename](world), self.lookup)

    def request(self, client, *args, body=None):
        """Send the route's request, for the row with the key in `args` if it is about one."""
        return getattr(client, self.method)(reverse(self.name, args=args), body)


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
            lookup=viewset.lookup_field,
        )
        for route in registered.get_routes(viewset)
        for method in registered.get_method_map(viewset, route.mapping)
    ]


each_detail_route = pytest.mark.parametrize("route", routes(detail=True), ids=str)
each_list_route = pytest.mark.parametrize(
    "route", [route for route in routes(detail=False) if route.method == "get" and route.is_list], ids=str
)
each_collection_route = pytest.mark.parametrize(
    "route", [route for route in routes(detail=False) if route.method == "get" and not route.is_list], ids=str
)
each_writing_list_route = pytest.mark.parametrize(
    "route", [route for route in routes(detail=False) if route.method != "get"], ids=str
)


@each_detail_route
def test_foreign_rows_do_not_exist(world, outsider, route):
    """404 for every method, and as if the row had never been: an admin elsewhere is a stranger here."""
    before = all_tables()
    response = route.request(outsider, route.foreign_key(world))
    missing = route.request(outsider, MISSING[route.lookup])
    assert response.status_code == missing.status_code == 404
    assert response.json() == missing.json()
    assert all_tables() == before


@pytest.mark.parametrize(
    "route", [route for route in routes(detail=True) if route.basename != "membership"], ids=str
)
def test_rows_of_a_project_that_is_not_listed_do_not_exist(world, packager, route):
    """A membership in some projects ends at their border."""
    world.packager.memberships.get().projects.set([world.packages[1].project])
    response = route.request(packager, route.foreign_key(world))
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


@each_collection_route
def test_collections_tell_nothing_of_others(world, packager, outsider, route):
    """Whatever they list and in whatever format: the owner's name is in it for the owner alone."""
    PackageFactory(project=world.package.project)
    assert b"Acme" in route.request(packager).getvalue()
    assert b"Acme" not in route.request(outsider).getvalue()


@each_writing_list_route
def test_foreign_rows_in_a_body_do_not_exist(world, outsider, client_for, route):
    """The very same 400 as for a row that does not exist, for the same queries: no more than the owner's."""
    before = all_tables()
    foreign, body = BODIES[route.name.partition(":")[2]]
    answers, costs = [], []
    for key in (foreign(world).pk, 10**9):
        response = route.request(outsider, body=body(key))
        assert response.status_code == 400
        answers.append(response.content.decode().replace(str(key), "…"))
        costs.append(cost_of(route, outsider, body=body(key)))
    assert answers[0] == answers[1]
    assert "…" in answers[0]
    assert costs[0] == costs[1]
    assert all_tables() == before
    owner = client_for(MembershipFactory(organization=world.organization, role=Role.ADMIN).user)
    assert costs[0] <= cost_of(route, owner, body=body(foreign(world).pk))


def cost_of(route, client, *args, body=None):
    """Return how many queries the route runs for `client`, and undo what it did."""
    with transaction.atomic():
        # Read to its end: what is streamed asks its queries then.
        cost = count_queries(lambda: route.request(client, *args, body=body).getvalue())
        transaction.set_rollback(True)
    return cost


@each_detail_route
def test_a_stranger_costs_no_more_than_the_owner(world, packager, outsider, route):
    """What may not be seen is not looked at twice."""
    key = route.foreign_key(world)
    assert cost_of(route, outsider, key) <= cost_of(route, packager, key)


@pytest.mark.parametrize("route", [route for route in routes(detail=False) if route.method == "get"], ids=str)
def test_a_strangers_list_costs_no_more_than_the_owners(packager, outsider, route):
    """However many rows the others have."""
    assert cost_of(route, outsider) <= cost_of(route, packager)


@each_writing_list_route
def test_a_stranger_writes_for_no_more_than_the_owner(world, client_for, route):
    """What names a foreign row ends before more is asked than by somebody who may see it and write."""
    foreign, body = BODIES[route.name.partition(":")[2]]
    same = body(foreign(world).pk)
    owner, stranger = (
        client_for(MembershipFactory(role=Role.ADMIN, **place).user)
        for place in ({"organization": world.organization}, {})
    )
    assert cost_of(route, stranger, body=same) <= cost_of(route, owner, body=same)


def test_routes_are_found():
    """An empty parametrisation would pass: this says what there is to be found."""
    assert len(routes(detail=True)) == 2 * 23
    assert len(routes(detail=False)) == 2 * 16
