"""How many queries each package action runs: a constant when optimised, an exact formula when naive.

A constant is a decorator: the same budget at two sizes, so that the slope is 0. A formula is a `with`,
checked on grids in which one number changes at a time, so that no two of its terms make up for each other.
"""

import pytest

from querybudget import query_budget
from reference_app.tests.free_packages import disable_deployments
from reference_app.tests.grids import grid, measured_size, own_or_shared, own_or_thorough_shared
from reference_app.tests.requests import fetch, package_path, send
from reference_app.tests.worlds import build

# (deployments, attributes of each, installations)
GRIDS = [(0, 0, 0), (2, 0, 0), (2, 5, 0), (0, 0, 5), (2, 2, 2), (5, 5, 5), (5, 2, 3)]


@measured_size
@own_or_shared
@query_budget("=3", action="PackageViewSet.list", reason="count, page, dependencies")
@query_budget(writes=0, duplicates=0, n_plus_one=0)
def test_list_asks_three_queries(client_for, n, shared):
    fetch(client_for(build(n, shared_parents=shared).packager), "/api/packages/")


@measured_size
@own_or_shared
def test_naive_list_asks_five_queries_a_row(client_for, n, shared):
    """Sharing a project saves nothing: every row loads its own copy."""
    client = client_for(build(n, shared_parents=shared).packager)
    with query_budget(f"={2 + 5 * n}", per="request", reason="count, page, and five a row"):
        fetch(client, "/naive/packages/")


@measured_size
@own_or_shared
@query_budget("=6", action="PackageViewSet.retrieve", n_plus_one=0)
def test_retrieve_asks_six_queries(client_for, n, shared):
    """The package, its requirements, and two for deployments and two for installations."""
    world = build(n, shared_parents=shared)
    fetch(client_for(world.packager), package_path("api", world.package))


@query_budget("=4", action="PackageViewSet.retrieve")
def test_retrieve_asks_less_when_there_is_nothing_to_nest(client_for):
    """Without deployments nobody asks for their attributes, without computers nobody for their tags."""
    world = build(2, deployments=0, installations=0)
    fetch(client_for(world.packager), package_path("api", world.package))


@own_or_thorough_shared
@grid("deployments attributes installations", GRIDS, letters="D A I")
def test_naive_retrieve_follows_its_formula(client_for, deployments, attributes, installations, shared):
    """9 + 3I + D(3 + A)."""
    world = build(
        2, deployments=deployments, attributes=attributes, installations=installations, shared_parents=shared
    )
    with query_budget(f"={9 + 3 * installations + deployments * (3 + attributes)}"):
        fetch(client_for(world.packager), package_path("naive", world.package))


@query_budget("=8", action="NaivePackageViewSet.retrieve", reason="a null foreign key is no query")
def test_naive_retrieve_of_a_storeless_package_asks_one_less(client_for):
    world = build(2, deployments=0, installations=0)
    fetch(client_for(world.packager), package_path("naive", world.packages[-1]))


@measured_size
@own_or_shared
@query_budget("=2", action="PackageViewSet.deployment_stats", reason="the package, one GROUP BY")
def test_deployment_stats_asks_two_queries(client_for, n, shared):
    world = build(n, shared_parents=shared)
    fetch(client_for(world.packager), package_path("api", world.package, "deployment-stats"))


@grid("n", [(2,), (5,)], letters=lambda n: {"G": n})
def test_naive_deployment_stats_asks_one_query_a_project(client_for, n):
    """2 + G: as many projects as deployments."""
    world = build(n)
    with query_budget(f"={2 + n}"):
        fetch(client_for(world.packager), package_path("naive", world.package, "deployment-stats"))


@grid("n", [(2,), (5,)], letters=lambda n: {"G": 1, "n": n})
def test_naive_deployment_stats_asks_one_query_for_a_single_project(client_for, n):
    world = build(n, shared_parents=True)
    with query_budget("=3"):
        fetch(client_for(world.packager), package_path("naive", world.package, "deployment-stats"))


@measured_size
@own_or_shared
@query_budget("=5", reads="=3", writes="=2", action="PackageViewSet.mark_obsolete")
def test_mark_obsolete_reads_thrice_and_writes_twice(client_for, n, shared):
    world = build(n, shared_parents=shared)
    disable_deployments(world)
    send(client_for(world.packager), package_path("api", world.package, "mark-obsolete"))


@measured_size
@own_or_thorough_shared
@query_budget("=6", action="NaivePackageViewSet.mark_obsolete", reason="asks for the role on its own")
def test_naive_mark_obsolete_asks_six(client_for, n, shared):
    world = build(n, shared_parents=shared)
    disable_deployments(world)
    send(client_for(world.packager), package_path("naive", world.package, "mark-obsolete"))


@own_or_shared
@grid("n_deployments", [(2,), (5,), (8,)], letters="D", thorough=[(3,), (21,)])
def test_mark_obsolete_refused_by_deployments(client_for, n_deployments, shared):
    """Optimised 2, the lock and one slice; naive 4 + D, also for those it does not name."""
    world = build(2, deployments=n_deployments, shared_parents=shared)
    client = client_for(world.packager)
    with query_budget("=2", writes=0):
        send(client, package_path("api", world.package, "mark-obsolete"), 400)
    with query_budget(f"={4 + n_deployments}", writes=0):
        send(client, package_path("naive", world.package, "mark-obsolete"), 400)


@pytest.mark.parametrize(("tree", "cost"), [("api", 3), ("naive", 5)])
def test_mark_obsolete_refused_by_a_package(client_for, tree, cost):
    """The rule about packages is asked after the one about deployments."""
    world = build(5)
    with query_budget(f"={cost}", writes=0):
        send(client_for(world.packager), package_path(tree, world.packages[-1], "mark-obsolete"), 400)


@pytest.mark.parametrize(("tree", "cost"), [("api", 1), ("naive", 2)])
def test_mark_obsolete_refused_as_done_already(client_for, tree, cost):
    """The locked row itself tells."""
    world = build(5)
    with query_budget(f"={cost}", writes=0):
        send(client_for(world.packager), package_path(tree, world.packages[1], "mark-obsolete"), 409)
