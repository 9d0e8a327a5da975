"""How many queries it takes to add, remove, mark and list packages: a constant, and the naive formulas."""

from math import ceil

import pytest
from django.db import connection

from querybudget import query_budget
from reference_app import factories
from reference_app.models import Package
from reference_app.tests.chains import build_chain, build_needs, new_package
from reference_app.tests.free_packages import free_packages, write_history
from reference_app.tests.grids import (
    each_size,
    grid,
    measured_size,
    own_or_shared,
    own_or_thorough_shared,
    sizes,
)
from reference_app.tests.requests import fetch, package_path, post
from reference_app.tests.worlds import build
from reference_app.views import packages as views

# (dependencies, levels below each, the first included)
CREATION_GRIDS = [(0, 0), (1, 1), (2, 1), (5, 1), (1, 3), (2, 2), (3, 4)]
# (packages that nobody needs, packages that need each other)
ORPHAN_GRIDS = [(0, 0), (0, 3), (2, 0), (5, 0), (5, 3), (3, 5)]
# (packages, packages a chunk)
EXPORT_GRIDS = [(n, chunk) for n in (2, 5, 8) for chunk in (2, 4, 2000)]
# (dependencies, levels of each): twenty is the most
CHAINS = [(n, levels) for n in (2, 5) for levels in (1, 2, 5, 20)]
N_HISTORY_COLUMNS = 5


@pytest.fixture
def free(client_for):
    """Build a world whose package nothing holds, and return it with a packager's client."""
    world = build(2, deployments=0, installations=0)
    return world, client_for(world.packager)


def body_with_chains(world, dependencies, levels, *, shared=False, **changes):
    """Return the body of a package with so many dependencies, which lead to so many levels."""
    project = world.package.project
    ids = build_needs(project, dependencies, levels, shared=shared)
    return new_package(project, depends_on=ids, **changes)


@each_size
@query_budget("=9", writes="=3", action="PackageViewSet.create", n_plus_one=0)
def test_create_asks_nine_queries_with_dependencies_of_one_level(free, n):
    """As many for two dependencies as for five."""
    world, client = free
    post(client, "/api/packages/", body_with_chains(world, n, 1), 201)


@query_budget("=8", writes="=2", action="PackageViewSet.create", n_plus_one=0)
def test_create_asks_eight_queries_without_dependencies(free):
    world, client = free
    post(client, "/api/packages/", body_with_chains(world, 0, 0), 201)


@own_or_shared
@grid("n levels", CHAINS, letters="k L", thorough=[(3, 3), (8, 8), (21, 20)])
def test_create_asks_one_query_a_level(free, n, levels, shared):
    """8 + L, whatever the number of packages on a level, and whether they need the same ones of the next."""
    world, client = free
    body = body_with_chains(world, n, levels, shared=shared)
    with query_budget(f"={8 + levels}", n_plus_one=0):
        post(client, "/api/packages/", body, 201)


@own_or_thorough_shared
@grid(
    "dependencies levels",
    CREATION_GRIDS,
    letters=lambda dependencies, levels: {"k": dependencies, "nodes": dependencies * levels},
    thorough=[(3, 3), (8, 8), (21, 20)],
)
def test_naive_create_follows_its_formula(free, dependencies, levels, shared):
    """17 + 2k + nodes, of which each counts once, however many need it."""
    world, client = free
    cost = 17 + 2 * dependencies + dependencies * levels
    body = body_with_chains(world, dependencies, levels, shared=shared)
    with query_budget(f"={cost}"):
        post(client, "/naive/packages/", body, 201)


@pytest.mark.parametrize(("dependencies", "levels"), CREATION_GRIDS)
def test_naive_create_of_a_storeless_package_asks_two_less(free, dependencies, levels):
    world, client = free
    body = body_with_chains(world, dependencies, levels, store=None)
    with query_budget(f"={15 + 2 * dependencies + dependencies * levels}"):
        post(client, "/naive/packages/", body, 201)


@pytest.mark.parametrize(("tree", "cost"), [("api", 1), ("naive", 1)])
def test_create_in_an_unknown_project_is_refused_at_once(free, tree, cost):
    world, client = free
    body = new_package(world.package.project, project=10**9)
    with query_budget(f"={cost}", writes=0):
        post(client, f"/{tree}/packages/", body, 400)


@pytest.mark.parametrize(("tree", "cost"), [("api", 2), ("naive", 6)])
def test_create_refused_by_the_full_name_or_the_quota(free, tree, cost):
    """Optimised one query for both; naive each on its own, and the organization once more."""
    world, client = free
    world.organization.package_quota = 0
    world.organization.save()
    body = new_package(world.package.project)
    with query_budget(f"={cost}", writes=0):
        post(client, f"/{tree}/packages/", body, 409)


@own_or_shared
@sizes("past", letter="P", also=[0])
def test_destroy_asks_ten_queries(free, past, shared):
    """Whatever it had, on computers of their own or on one; naive 12, and one for each past installation."""
    world, client = free
    place = {"computer": world.never_synced_computer} if shared else {}
    for tree, cost in (("api", 10), ("naive", 12 + past)):
        (package,) = free_packages(world, 1)
        for _ in range(past):
            factories.InstallationFactory(package=package, removed=True, **place)
        with query_budget(f"={cost}", n_plus_one=0, per="request"):
            assert client.delete(package_path(tree, package)).status_code == 204


@pytest.mark.parametrize(("tree", "cost"), [("api", 2), ("naive", 3)])
def test_destroy_refused_by_an_installation(free, tree, cost):
    world, client = free
    factories.InstallationFactory(package=world.package)
    with query_budget(f"={cost}", writes=0):
        assert client.delete(package_path(tree, world.package)).status_code == 409


@measured_size
@own_or_shared
@query_budget("=5", reads="=3", writes="=2", action="PackageViewSet.bulk_obsolete", n_plus_one=0)
def test_bulk_obsolete_asks_five_queries(free, n, shared):
    world, client = free
    ids = [package.pk for package in free_packages(world, n, shared=shared)]
    assert post(client, "/api/packages/bulk-obsolete/", {"ids": ids})["done"] == ids


@measured_size
@own_or_shared
def test_naive_bulk_obsolete_asks_five_queries_an_id(free, n, shared):
    """1 + 5n."""
    world, client = free
    ids = [package.pk for package in free_packages(world, n, shared=shared)]
    with query_budget(f"={1 + 5 * n}"):
        post(client, "/naive/packages/bulk-obsolete/", {"ids": ids})


@each_size
@pytest.mark.parametrize("deployments", [1, 3])
def test_bulk_obsolete_refused_in_part(free, n, deployments):
    """Optimised 3 and no write; naive 3 + D for one that is held, 4 for needed, 1 for obsolete already."""
    world, client = free
    held = free_packages(world, n)
    for package in held:
        factories.DeploymentFactory.create_batch(
            deployments, project=package.project, schedule=None, packages=[package]
        )
    needed = build_chain(world.package.project, n + 1)[1:]
    done = factories.PackageFactory.create_batch(n, project=world.package.project, obsolete=True)
    ids = [package.pk for package in (*held, *needed, *done)]
    for tree, cost in (("api", 3), ("naive", 1 + n * (3 + deployments) + 4 * n + n)):
        with query_budget(f"={cost}", writes=0, per="request"):
            answer = post(client, f"/{tree}/packages/bulk-obsolete/", {"ids": ids})
        assert len(answer["refused"]) == 3 * n


@query_budget(None, action="PackageViewSet.bulk_obsolete", reason="SQLite splits the INSERT")
def test_bulk_obsolete_of_many_splits_the_insert_on_sqlite(free):
    """By what one statement takes: 999 parameters before Django 6.1. PostgreSQL and MariaDB take all rows."""
    world, client = free
    rows = [factories.PackageFactory.build(project=world.package.project, store=None) for _ in range(200)]
    ids = [package.pk for package in Package.objects.bulk_create(rows)]
    most = connection.features.max_query_params
    n_inserts = ceil(len(ids) / (most // N_HISTORY_COLUMNS)) if most else 1
    with query_budget(reads="=3", writes=f"={1 + n_inserts}"):
        post(client, "/api/packages/bulk-obsolete/", {"ids": ids})


@measured_size
@own_or_shared
@query_budget("=2", writes=0, action="PackageViewSet.orphans", n_plus_one=0)
def test_orphans_asks_two_queries(free, n, shared):
    world, client = free
    free_packages(world, n, shared=shared)
    fetch(client, "/api/packages/orphans/")


@own_or_shared
@grid("orphans others", ORPHAN_GRIDS, letters=lambda n, others: {"N": 3 + n + others, "n": n + 1})
def test_naive_orphans_follows_its_formula(client_for, orphans, others, shared):
    """1 + N + 2n."""
    world = build(2)
    free_packages(world, orphans, shared=shared)
    build_chain(world.package.project, others + 1)
    n_all, n_found = 2 + orphans + others + 1, orphans + 1
    with query_budget(f"={1 + n_all + 2 * n_found}"):
        assert fetch(client_for(world.packager), "/naive/packages/orphans/")["count"] == n_found


@own_or_shared
@grid(
    "n chunk",
    EXPORT_GRIDS,
    letters=lambda n, chunk: {"N": n, "C": -(-n // chunk), "chunk": chunk},
    thorough=[(3, 2), (21, 4)],
)
@query_budget(None, action="PackageViewSet.export", reason="the chunk is made small here")
def test_export_asks_one_query_a_chunk(client_for, monkeypatch, n, chunk, shared):
    """1 + ceil(N / chunk), at chunks small enough to be seen; naive 1 + 3N."""
    monkeypatch.setattr(views, "EXPORT_CHUNK", chunk)
    client = client_for(build(n, shared_parents=shared).packager)
    for tree, cost in (("api", 1 + -(-n // chunk)), ("naive", 1 + 3 * n)):
        with query_budget(f"={cost}", writes=0, per="request"):
            client.get(f"/{tree}/packages/export/").getvalue()


@pytest.mark.thorough
@query_budget("=3", action="PackageViewSet.export", n_plus_one=0)
def test_export_of_two_thousand_and_one_asks_three_queries(free):
    """The chunk as it is delivered: two of them."""
    world, client = free
    rows = [factories.PackageFactory.build(project=world.package.project, store=None) for _ in range(1999)]
    Package.objects.bulk_create(rows)
    assert len(client.get("/api/packages/export/").getvalue().splitlines()) == 1 + 2001


@query_budget("=1", action="PackageViewSet.export")
def test_export_of_nothing_asks_one_query(client_for):
    client_for(factories.UserFactory()).get("/api/packages/export/").getvalue()


@measured_size
@own_or_shared
@query_budget("=2", writes=0, action="PackageViewSet.history", n_plus_one=0)
def test_history_asks_two_queries(free, n, shared):
    world, client = free
    write_history(world, n, shared=shared)
    fetch(client, package_path("api", world.package, "history"))


@sizes("n", also=[0])
@own_or_thorough_shared
def test_naive_history_asks_two_queries_a_row(free, n, shared):
    """2 + 2n."""
    world, client = free
    write_history(world, n, shared=shared)
    with query_budget(f"={2 + 2 * n}"):
        fetch(client, package_path("naive", world.package, "history"))
