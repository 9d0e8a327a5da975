"""What querybudget finds in deployments, whose naive causes test_twins_findings.py tells: nothing."""

from querybudget import query_budget
from reference_app.tests.releases import (
    build_computers,
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
