"""How many queries each membership action runs: a constant when optimised, an exact formula when naive."""

import pytest

from querybudget import query_budget
from reference_app import factories
from reference_app.tests.grids import measured_size, sizes
from reference_app.tests.requests import fetch
from reference_app.tests.staff import build_staff

# (projects that each membership lists, whether they are the same ones)
limited_or_not = pytest.mark.parametrize(
    ("listed", "shared"),
    [(0, False), (2, False), (2, True)],
    ids=["unlimited", "limited-own-projects", "limited-shared-projects"],
)


@pytest.fixture
def staff(client_for):
    """Return a function that gives an admin's client, so many other admins, and what they are limited to."""

    def built(n, *, listed=0, shared=True):
        admin, others, projects = build_staff(n, listed=listed, shared=shared)
        return client_for(admin), others, projects

    return built


@measured_size
@limited_or_not
@query_budget("=3", action="MembershipViewSet.list", reason="count, page, projects")
@query_budget(writes=0, duplicates=0, n_plus_one=0)
def test_list_asks_three_queries(staff, n, listed, shared):
    client, *_ = staff(n, listed=listed, shared=shared)
    assert fetch(client, "/api/memberships/")["count"] == n


@measured_size
@limited_or_not
def test_naive_list_asks_three_queries_a_row(staff, n, listed, shared):
    """2 + 3n."""
    client, *_ = staff(n, listed=listed, shared=shared)
    with query_budget(f"={2 + 3 * n}", per="request"):
        fetch(client, "/naive/memberships/")


@measured_size
@pytest.mark.parametrize(("tree", "cost"), [("api", 2), ("naive", 4)])
def test_retrieve_is_a_constant(staff, n, tree, cost):
    client, (other, *_), _ = staff(2, listed=n)
    with query_budget(f"={cost}"):
        fetch(client, f"/{tree}/memberships/{other.pk}/")


@sizes("n", letter="k")
@pytest.mark.parametrize("tree", ["api", "naive"])
def test_create_follows_its_formula(staff, n, tree):
    """Optimised 7, naive 7 + 2k."""
    with query_budget({"api": "=7", "naive": f"={7 + 2 * n}"}[tree], per="request"):
        assert created(staff, tree, n) == 201


@pytest.mark.parametrize(("tree", "cost"), [("api", 5), ("naive", 7)])
def test_create_without_projects(staff, tree, cost):
    """Optimised neither looks for them nor links them."""
    with query_budget(f"={cost}", per="request"):
        assert created(staff, tree, 0) == 201


def created(staff, tree, n):
    """Make somebody a member limited to `n` projects, and return the status."""
    client, (other,), projects = staff(2, listed=n)
    body = {
        "organization": other.organization_id,
        "username": factories.UserFactory().username,
        "projects": [project.pk for project in projects],
    }
    return client.post(f"/{tree}/memberships/", body).status_code


@sizes("n", letter="k")
@pytest.mark.parametrize("tree", ["api", "naive"])
def test_partial_update_follows_its_formula(staff, n, tree):
    """Optimised 9, naive 8 + 2k, where an admin becomes a viewer of other projects."""
    client, (other,), _ = staff(2, listed=1)
    projects = factories.ProjectFactory.create_batch(n, organization=other.organization)
    body = {"role": "viewer", "projects": [project.pk for project in projects]}
    with query_budget({"api": "=9", "naive": f"={8 + 2 * n}"}[tree]):
        assert client.patch(f"/{tree}/memberships/{other.pk}/", body).status_code == 200


@measured_size
@pytest.mark.parametrize(("tree", "cost"), [("api", 4), ("naive", 5)])
def test_destroy_is_a_constant(staff, n, tree, cost):
    client, (other,), _ = staff(2, listed=n)
    with query_budget(f"={cost}", writes=2):
        assert client.delete(f"/{tree}/memberships/{other.pk}/").status_code == 204
