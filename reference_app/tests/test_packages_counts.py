"""How many queries each package action runs: a constant when optimised, an exact formula when naive.

A constant is measured at two sizes; where both agree, the slope is 0. A formula is checked on grids in
which one number changes at a time, so that no two of its terms can make up for each other.
"""

import pytest

from reference_app.models import Deployment
from reference_app.seed import build
from reference_app.tests.requests import fetch_cost, package_path, send_cost

# (deployments, attributes of each, installations)
GRIDS = [(0, 0, 0), (2, 0, 0), (2, 5, 0), (0, 0, 5), (2, 2, 2), (5, 5, 5), (5, 2, 3)]

each_size = pytest.mark.parametrize("n", [2, 5])
own_or_shared = pytest.mark.parametrize("shared", [False, True], ids=["own-parents", "shared-parents"])


def disable_deployments(world):
    """Make the world's package free to become obsolete."""
    Deployment.objects.filter(packages=world.package).update(enabled=False)


@each_size
@own_or_shared
def test_list_asks_three_queries(client_for, n, shared):
    """COUNT, page, dependencies."""
    client = client_for(build(n, shared_parents=shared).packager)
    assert fetch_cost(client, "/api/packages/") == 3


@each_size
@own_or_shared
def test_naive_list_asks_five_queries_a_row(client_for, n, shared):
    """Sharing a project saves nothing: every row loads its own copy."""
    client = client_for(build(n, shared_parents=shared).packager)
    assert fetch_cost(client, "/naive/packages/") == 2 + 5 * n


@each_size
@own_or_shared
def test_retrieve_asks_six_queries(client_for, n, shared):
    """The package, its requirements, and two for deployments and two for installations."""
    world = build(n, shared_parents=shared)
    assert fetch_cost(client_for(world.packager), package_path("api", world.package)) == 6


def test_retrieve_asks_less_when_there_is_nothing_to_nest(client_for):
    """Without deployments nobody asks for their attributes, without computers nobody for their tags."""
    world = build(2, deployments=0, installations=0)
    assert fetch_cost(client_for(world.packager), package_path("api", world.package)) == 4


@pytest.mark.parametrize(("deployments", "attributes", "installations"), GRIDS)
def test_naive_retrieve_follows_its_formula(client_for, deployments, attributes, installations):
    """9 + 3I + D(3 + A)."""
    world = build(2, deployments=deployments, attributes=attributes, installations=installations)
    cost = fetch_cost(client_for(world.packager), package_path("naive", world.package))
    assert cost == 9 + 3 * installations + deployments * (3 + attributes)


def test_naive_retrieve_of_a_storeless_package_asks_one_less(client_for):
    """A null foreign key is no query."""
    world = build(2, deployments=0, installations=0)
    assert fetch_cost(client_for(world.packager), package_path("naive", world.packages[-1])) == 8


@each_size
@own_or_shared
def test_deployment_stats_asks_two_queries(client_for, n, shared):
    """The package, and one GROUP BY for all projects."""
    world = build(n, shared_parents=shared)
    path = package_path("api", world.package, "deployment-stats")
    assert fetch_cost(client_for(world.packager), path) == 2


@each_size
@own_or_shared
def test_naive_deployment_stats_asks_one_query_a_project(client_for, n, shared):
    """2 + G: as many projects as deployments, or a single one."""
    world = build(n, shared_parents=shared)
    path = package_path("naive", world.package, "deployment-stats")
    assert fetch_cost(client_for(world.packager), path) == 2 + (1 if shared else n)


@each_size
@pytest.mark.parametrize(("tree", "cost"), [("api", 5), ("naive", 6)])
def test_mark_obsolete_costs_the_same_whatever_the_size(client_for, n, tree, cost):
    """Optimised it reads thrice and writes twice; the naive twin asks for the role on its own."""
    world = build(n)
    disable_deployments(world)
    path = package_path(tree, world.package, "mark-obsolete")
    assert send_cost(client_for(world.packager), path) == cost


@pytest.mark.parametrize("n_deployments", [2, 5, 8])
def test_mark_obsolete_refused_by_deployments(client_for, n_deployments):
    """Optimised 2, the lock and one slice; naive 4 + D, also for those it does not name."""
    world = build(2, deployments=n_deployments)
    client = client_for(world.packager)
    assert send_cost(client, package_path("api", world.package, "mark-obsolete"), 400) == 2
    assert send_cost(client, package_path("naive", world.package, "mark-obsolete"), 400) == 4 + n_deployments


@pytest.mark.parametrize(("tree", "cost"), [("api", 3), ("naive", 5)])
def test_mark_obsolete_refused_by_a_package(client_for, tree, cost):
    """The rule about packages is asked after the one about deployments."""
    world = build(5)
    path = package_path(tree, world.packages[-1], "mark-obsolete")
    assert send_cost(client_for(world.packager), path, 400) == cost


@pytest.mark.parametrize(("tree", "cost"), [("api", 1), ("naive", 2)])
def test_mark_obsolete_refused_as_done_already(client_for, tree, cost):
    """The locked row itself tells."""
    world = build(5)
    path = package_path(tree, world.packages[1], "mark-obsolete")
    assert send_cost(client_for(world.packager), path, 409) == cost
