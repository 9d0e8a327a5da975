"""How many queries each project action runs: a constant when optimised, an exact formula when naive."""

import pytest

from querybudget import query_budget
from reference_app import factories
from reference_app.tests.grids import each_size, measured_size, own_or_shared, sizes
from reference_app.tests.requests import fetch, post
from reference_app.tests.staff import build_projects


@pytest.fixture
def projects(client_for):
    """Return an admin's client and so many projects with stores of a package each."""

    def built(n, *, shared=False, stores=1):
        admin, made = build_projects(n, shared=shared, stores=stores)
        return client_for(admin), made

    return built


@measured_size
@own_or_shared
@query_budget("=2", action="ProjectViewSet.list", reason="count, page")
@query_budget(writes=0, duplicates=0, n_plus_one=0)
def test_list_asks_two_queries(projects, n, shared):
    client, _ = projects(n, shared=shared)
    assert fetch(client, "/api/projects/")["count"] == n


@measured_size
@own_or_shared
def test_naive_list_asks_four_queries_a_row(projects, n, shared):
    """2 + 4n: the organization too is loaded for each, which they all share."""
    client, _ = projects(n, shared=shared)
    with query_budget(f"={2 + 4 * n}", per="request"):
        fetch(client, "/naive/projects/")


@measured_size
@query_budget("=2", action="ProjectViewSet.retrieve", n_plus_one=0, reason="the project, its stores")
def test_retrieve_asks_two_queries(projects, n):
    client, (project,) = projects(1, stores=n)
    fetch(client, f"/api/projects/{project.pk}/")


@sizes("stores", letter="S", also=[0])
def test_naive_retrieve_follows_its_formula(projects, stores):
    """8 + S."""
    client, (project,) = projects(1, stores=stores)
    with query_budget(f"={8 + stores}"):
        fetch(client, f"/naive/projects/{project.pk}/")


@measured_size
@pytest.mark.parametrize(("tree", "cost"), [("api", 5), ("naive", 10)])
def test_create_is_a_constant(projects, n, tree, cost):
    """However many projects there are."""
    client, made = projects(n)
    body = {
        "organization": made[0].organization_id,
        "platform": made[0].platform_id,
        "name": "New",
        "slug": "new",
    }
    with query_budget(f"={cost}", writes=1):
        post(client, f"/{tree}/projects/", body, 201)


@sizes("stores", letter="S", also=[0])
@pytest.mark.parametrize("tree", ["api", "naive"])
def test_partial_update_follows_its_formula(projects, stores, tree):
    """Optimised 5, naive 10 + S."""
    client, (project,) = projects(1, stores=stores)
    platform = factories.PlatformFactory()
    with query_budget({"api": "=5", "naive": f"={10 + stores}"}[tree], writes=1):
        client.patch(f"/{tree}/projects/{project.pk}/", {"platform": platform.pk})


@each_size
@pytest.mark.parametrize("tree", ["api", "naive"])
def test_a_change_of_the_name_alone(projects, n, tree):
    """Optimised one less, as no platform is looked up; naive loads it for the answer instead."""
    client, (project,) = projects(1, stores=n)
    with query_budget({"api": "=4", "naive": f"={10 + n}"}[tree], writes=1):
        client.patch(f"/{tree}/projects/{project.pk}/", {"name": "New"})
