"""How many queries each store action runs: a constant when optimised, an exact formula when naive."""

import pytest

from querybudget import query_budget
from reference_app.factories import PackageFactory, StoreFactory
from reference_app.tests.grids import each_size, measured_size, own_or_shared
from reference_app.tests.requests import TREES, fetch
from reference_app.tests.worlds import build


@pytest.fixture
def shelf(client_for):
    """Return a packager's client and a store with as many packages as asked for."""

    def filled(n):
        world = build(2, deployments=0, installations=0)
        store = StoreFactory(project=world.package.project)
        PackageFactory.create_batch(n, project=store.project, store=store)
        return client_for(world.packager), store

    return filled


@measured_size
@own_or_shared
@query_budget("=2", action="StoreViewSet.list", reason="count, page")
@query_budget(writes=0, duplicates=0, n_plus_one=0)
def test_list_asks_two_queries(client_for, n, shared):
    world = build(n + 1, deployments=0, installations=0, shared_parents=shared)
    assert fetch(client_for(world.packager), "/api/stores/")["count"] == n


@measured_size
@own_or_shared
def test_naive_list_asks_three_queries_a_row(client_for, n, shared):
    """2 + 3n: the seed's last package has no store."""
    world = build(n + 1, deployments=0, installations=0, shared_parents=shared)
    with query_budget(f"={2 + 3 * n}", per="request"):
        fetch(client_for(world.packager), "/naive/stores/")


@measured_size
@pytest.mark.parametrize(("tree", "cost"), [("api", 1), ("naive", 4)])
def test_retrieve_is_a_constant(shelf, n, tree, cost):
    client, store = shelf(n)
    with query_budget(f"={cost}"):
        fetch(client, f"/{tree}/stores/{store.pk}/")


@measured_size
@pytest.mark.parametrize(("tree", "cost"), [("api", 3), ("naive", 6)])
def test_create_is_a_constant(shelf, n, tree, cost):
    """Optimised: the project, INSERT, the store; a taken name costs no look of its own."""
    client, store = shelf(n)
    with query_budget(f"={cost}", writes=1):
        client.post(f"/{tree}/stores/", {"project": store.project_id, "name": "new"})


@measured_size
@pytest.mark.parametrize(("tree", "cost"), [("api", 3), ("naive", 7)])
def test_rename_is_a_constant(shelf, n, tree, cost):
    """Optimised: the locked row, UPDATE, the store."""
    client, store = shelf(n)
    with query_budget(f"={cost}", writes=1):
        client.patch(f"/{tree}/stores/{store.pk}/", {"name": "new"})


@measured_size
@pytest.mark.parametrize(("tree", "cost"), [("api", 5), ("naive", 5)])
def test_destroy_is_a_constant(shelf, n, tree, cost):
    """However many stores there are."""
    client, store = shelf(0)
    StoreFactory.create_batch(n, project=store.project)
    with query_budget(f"={cost}", writes=2):
        client.delete(f"/{tree}/stores/{store.pk}/")


@each_size
@pytest.mark.parametrize(("tree", "cost"), [("api", 3), ("naive", 4)])
def test_refused_destroy_is_a_constant(shelf, n, tree, cost):
    """One ordered slice tells whether there are packages, and which."""
    client, store = shelf(n)
    with query_budget(f"={cost}", writes=0):
        assert client.delete(f"/{tree}/stores/{store.pk}/").status_code == 409


@pytest.mark.parametrize("tree", TREES)
def test_refused_rename_writes_nothing(shelf, tree):
    """The database refuses the optimised one: that is the UPDATE."""
    client, store = shelf(0)
    other = StoreFactory(project=store.project)
    with query_budget({"api": "=2", "naive": "=3"}[tree]):
        assert client.patch(f"/{tree}/stores/{store.pk}/", {"name": other.name}).status_code == 409
