"""What querybudget finds in deployments: the planted causes by name, nothing in the optimised views."""

from querybudget import query_budget
from reference_app.tests.releases import (
    build_computers,
    build_deployments,
    build_release,
    fill_target,
    new_deployment,
    new_lists,
)
from reference_app.tests.requests import deployment_path, fetch, post, send


def found(seen):
    """Return (code, relation) of each finding."""
    return {(each.code, each.relation) for each in seen.findings}


def test_nothing_is_found_in_the_optimised_views(client_for):
    """All findings of any code: there are none, at a size where each would show."""
    release = build_release(packages=5, attributes=5, delays=5)
    build_computers(release, 5)
    fill_target(release)
    body = new_deployment(release) | new_lists(release, packages=5, attributes=5)
    change = {"version": 1} | new_lists(release, packages=5, attributes=5)
    client = client_for(release.releaser)
    path = deployment_path("api", release.deployment)
    with query_budget(n_plus_one=0, per="request") as seen:
        for read in ("/api/deployments/", path, f"{path}computers/"):
            fetch(client, read)
        post(client, "/api/deployments/", body, 201)
        post(client, f"{path}copy/", {"project": release.target.pk}, 201)
        assert client.patch(path, change).status_code == 200
        send(client, f"{path}disable/")
        send(client, f"{path}enable/")
    assert found(seen) == set()


def test_the_naive_list_is_told_its_causes(client_for):
    """Four relations with a fix, a count and a role that ask for an annotation."""
    client = client_for(build_deployments(5))
    with query_budget() as seen:
        fetch(client, "/naive/deployments/")
    assert found(seen) == {
        ("QB101", "Deployment.excluded_attributes"),
        ("QB101", "Deployment.included_attributes"),
        ("QB101", "Deployment.project"),
        ("QB101", "Project.platform"),
        ("QB102", "Deployment.packages"),
        ("QB102", None),
    }
    assert {each.count for each in seen.findings} == {5}


def test_the_naive_detail_is_told_its_nested_causes(client_for):
    release = build_release(packages=3, attributes=3, delays=3)
    with query_budget() as seen:
        fetch(client_for(release.releaser), deployment_path("naive", release.deployment))
    assert found(seen) == {
        ("QB101", "Attribute.property"),
        ("QB101", "ScheduleDelay.attributes"),
        ("QB102", "Package.installations"),
    }
