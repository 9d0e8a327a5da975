"""How many queries each deployment action runs: a constant when optimised, an exact formula when naive."""

import pytest

from querybudget import query_budget
from reference_app.tests.grids import grid, measured_size, own_or_shared, own_or_thorough_shared, sizes
from reference_app.tests.releases import (
    build_computers,
    build_deployments,
    build_release,
    fill_target,
    new_deployment,
    new_lists,
)
from reference_app.tests.requests import deployment_path, fetch, post, send

# (delays, packages, attributes of each list and delay)
DETAIL_GRIDS = [(0, 0, 0), (2, 0, 0), (0, 2, 0), (0, 0, 2), (2, 2, 2), (5, 2, 3), (2, 5, 1), (3, 3, 5)]
# (packages, attributes of each list)
WRITE_GRIDS = [(0, 0), (2, 0), (0, 2), (2, 2), (5, 2), (2, 5), (5, 5)]
SWITCHES = {
    ("api", "enable"): 4,
    ("api", "disable"): 3,
    ("naive", "enable"): 5,
    ("naive", "disable"): 4,
}

by_its_write_formula = grid(
    "packages attributes",
    WRITE_GRIDS,
    letters=lambda packages, attributes: {"K": packages, "A": 2 * attributes},  # A of both lists together
)
each_write = pytest.mark.parametrize(("packages", "attributes"), WRITE_GRIDS)


def change(client, path, body, status=200, *, method="put"):
    """Send a change, expect `status`, and return the parsed answer."""
    response = getattr(client, method)(path, body)
    assert response.status_code == status, response.content
    return response.json()


@measured_size
@own_or_shared
@query_budget("=4", action="DeploymentViewSet.list", reason="count, page, included, excluded")
@query_budget(writes=0, duplicates=0, n_plus_one=0)
def test_list_asks_four_queries(client_for, n, shared):
    fetch(client_for(build_deployments(n, shared=shared)), "/api/deployments/")


@query_budget("=5", action="DeploymentViewSet.list", n_plus_one=0)
def test_a_list_narrowed_to_a_project_asks_for_the_project_too(client_for):
    release = build_release()
    fetch(client_for(release.releaser), f"/api/deployments/?project={release.project.pk}")


@measured_size
@own_or_shared
def test_naive_list_asks_six_queries_a_row(client_for, n, shared):
    """2 + 6n: sharing a project saves nothing."""
    client = client_for(build_deployments(n, shared=shared))
    with query_budget(f"={2 + 6 * n}", per="request"):
        fetch(client, "/naive/deployments/")


@measured_size
@own_or_shared
@query_budget("=6", action="DeploymentViewSet.retrieve", n_plus_one=0, writes=0, duplicates=0)
def test_retrieve_asks_six_queries(client_for, n, shared):
    """The deployment, packages, included and excluded attributes, delays and theirs."""
    release = build_release(packages=n, attributes=n, delays=n, shared=shared)
    fetch(client_for(release.releaser), deployment_path("api", release.deployment))


@query_budget("=4", action="DeploymentViewSet.retrieve")
def test_retrieve_asks_less_without_a_schedule(client_for):
    release = build_release(delays=None)
    fetch(client_for(release.releaser), deployment_path("api", release.deployment))


@own_or_thorough_shared
@grid("delays packages attributes", DETAIL_GRIDS, letters="S K A")
def test_naive_retrieve_follows_its_formula(client_for, delays, packages, attributes, shared):
    """8 + S + K + (2 + S)A."""
    release = build_release(delays=delays, packages=packages, attributes=attributes, shared=shared)
    client = client_for(release.releaser)
    with query_budget(f"={8 + delays + packages + (2 + delays) * attributes}"):
        fetch(client, deployment_path("naive", release.deployment))


@own_or_thorough_shared
@each_write
def test_naive_retrieve_without_a_schedule_follows_its_formula(client_for, packages, attributes, shared):
    """6 + K + 2A."""
    release = build_release(delays=None, packages=packages, attributes=attributes, shared=shared)
    client = client_for(release.releaser)
    with query_budget(f"={6 + packages + 2 * attributes}"):
        fetch(client, deployment_path("naive", release.deployment))


@measured_size
@own_or_shared
@query_budget("=8", reads="=3", writes="=5", action="DeploymentViewSet.create", n_plus_one=0)
def test_create_asks_eight_queries(client_for, n, shared):
    """A schedule costs nothing: whether it may be used is part of the project's query."""
    release = build_release(shared=shared)
    body = new_deployment(release, schedule=release.schedule.pk)
    body |= new_lists(release, packages=n, attributes=n)
    post(client_for(release.releaser), "/api/deployments/", body, 201)


@query_budget("=3", action="DeploymentViewSet.create", reason="project, INSERT, history")
def test_create_of_an_empty_deployment_asks_three_queries(client_for):
    release = build_release()
    post(client_for(release.releaser), "/api/deployments/", new_deployment(release), 201)


@own_or_thorough_shared
@by_its_write_formula
def test_naive_create_follows_its_formula(client_for, packages, attributes, shared):
    """7 + 2K + 2A, with A of both lists together."""
    release = build_release(shared=shared)
    body = new_deployment(release, schedule=release.schedule.pk)
    body |= new_lists(release, packages=packages, attributes=attributes)
    client = client_for(release.releaser)
    with query_budget(f"={7 + 2 * packages + 2 * 2 * attributes}"):
        post(client, "/naive/deployments/", body, 201)


@own_or_thorough_shared
@each_write
def test_naive_create_without_a_schedule_asks_two_less(client_for, packages, attributes, shared):
    release = build_release(shared=shared)
    body = new_deployment(release) | new_lists(release, packages=packages, attributes=attributes)
    client = client_for(release.releaser)
    with query_budget(f"={5 + 2 * packages + 2 * 2 * attributes}"):
        post(client, "/naive/deployments/", body, 201)


@measured_size
@own_or_shared
@query_budget("=15", reads="=7", writes="=8", action="DeploymentViewSet.update", n_plus_one=0)
def test_update_of_everything_asks_fifteen_queries(client_for, n, shared):
    """Each list loses and wins as many."""
    release = build_release(packages=n, attributes=n, shared=shared)
    body = new_deployment(release, version=1) | new_lists(release, packages=n, attributes=n)
    change(client_for(release.releaser), deployment_path("api", release.deployment), body)


@measured_size
@own_or_shared
@pytest.mark.parametrize(("tree", "cost"), [("api", 4), ("naive", 5)])
def test_partial_update_without_lists_is_a_constant(client_for, n, tree, cost, shared):
    """Lists that are not sent are not looked at."""
    release = build_release(packages=n, attributes=n, delays=n, shared=shared)
    path = deployment_path(tree, release.deployment)
    with query_budget(f"={cost}"):
        change(client_for(release.releaser), path, {"version": 1, "comment": "why"}, method="patch")


@own_or_thorough_shared
@by_its_write_formula
def test_naive_update_follows_its_formula(client_for, packages, attributes, shared):
    """12 + 2K + 2A, with A of both lists together."""
    release = build_release(shared=shared)
    body = new_deployment(release, version=1)
    body |= new_lists(release, packages=packages, attributes=attributes)
    client = client_for(release.releaser)
    with query_budget(f"={12 + 2 * packages + 2 * 2 * attributes}"):
        change(client, deployment_path("naive", release.deployment), body)


@pytest.mark.parametrize(("tree", "cost"), [("api", 1), ("naive", 2)])
def test_a_stale_change_is_refused_at_once(client_for, tree, cost):
    """The locked row itself tells."""
    release = build_release()
    client, path = client_for(release.releaser), deployment_path(tree, release.deployment)
    with query_budget(f"={cost}", writes=0):
        change(client, path, {"version": 7}, 409, method="patch")


@measured_size
@own_or_shared
@query_budget("=3", writes=0, duplicates=0, action="DeploymentViewSet.computers", n_plus_one=0)
def test_computers_asks_three_queries(client_for, n, shared):
    release = build_release(packages=n, attributes=n, shared=shared)
    build_computers(release, n)
    path = deployment_path("api", release.deployment, "computers")
    assert fetch(client_for(release.releaser), path)["count"] == n


@sizes("n", also=[0])
@own_or_thorough_shared
def test_naive_computers_asks_three_queries_a_row(client_for, n, shared):
    """4 + 3n."""
    release = build_release(packages=2, attributes=2, shared=shared)
    build_computers(release, n)
    client = client_for(release.releaser)
    with query_budget(f"={4 + 3 * n}"):
        fetch(client, deployment_path("naive", release.deployment, "computers"))


@measured_size
@own_or_shared
@query_budget("=11", reads="=6", writes="=5", action="DeploymentViewSet.copy", n_plus_one=0)
def test_copy_asks_eleven_queries(client_for, n, shared):
    release = build_release(packages=n, attributes=n, shared=shared)
    fill_target(release)
    path = deployment_path("api", release.deployment, "copy")
    post(client_for(release.releaser), path, {"project": release.target.pk}, 201)


@own_or_thorough_shared
@by_its_write_formula
def test_naive_copy_follows_its_formula(client_for, packages, attributes, shared):
    """11 + 2K + A, with A of both lists together."""
    release = build_release(packages=packages, attributes=attributes, shared=shared)
    fill_target(release)
    client, path = client_for(release.releaser), deployment_path("naive", release.deployment, "copy")
    with query_budget(f"={11 + 2 * packages + 2 * attributes}"):
        post(client, path, {"project": release.target.pk}, 201)


@own_or_thorough_shared
@each_write
def test_naive_copy_asks_one_less_for_a_package_that_the_target_lacks(
    client_for, packages, attributes, shared
):
    release = build_release(packages=packages, attributes=attributes, shared=shared)
    client, path = client_for(release.releaser), deployment_path("naive", release.deployment, "copy")
    with query_budget(f"={11 + packages + 2 * attributes}"):
        post(client, path, {"project": release.target.pk}, 201)


@measured_size
@own_or_shared
@pytest.mark.parametrize(("tree", "action"), SWITCHES)
def test_switching_asks_the_same_for_any_number_of_packages(client_for, n, tree, action, shared):
    """Naive asks for the role on its own."""
    release = build_release(packages=n, shared=shared)
    release.deployment.enabled = action == "disable"
    release.deployment.save()
    client, path = client_for(release.releaser), deployment_path(tree, release.deployment, action)
    with query_budget(f"={SWITCHES[tree, action]}", writes="=2", n_plus_one=0):
        send(client, path)
