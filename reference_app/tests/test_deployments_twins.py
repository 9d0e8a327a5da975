"""The naive deployment endpoints are slower and nothing else: same answers, and the same rows written."""

import pytest

from reference_app import factories
from reference_app.models import Deployment, Project, Role
from reference_app.tests.grids import each_size, own_or_shared, own_or_thorough_shared
from reference_app.tests.releases import (
    build_attributes,
    build_computers,
    build_deployments,
    build_release,
    fill_target,
    new_deployment,
    new_lists,
)
from reference_app.tests.twins import both, both_undone


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    """Stand still, so that the moments that are written are equal."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: factories.START)


def without_id(outcome):
    """Leave a new row's id out of the answer: a database may go on numbering."""
    status, answer, tables = outcome
    return status, {name: value for name, value in answer.items() if name != "id"}, tables


def assert_equal_writes(client, method, path, body, status):
    """Send `body` below both trees; compare answers and all tables."""
    optimised, naive = both_undone(client, method, path, body)
    assert without_id(optimised) == without_id(naive)
    assert optimised[0] == status


@each_size
@own_or_shared
def test_lists_are_equal(client_for, n, shared):
    """Byte for byte, page by page."""
    client = client_for(build_deployments(n, shared=shared))
    project = Project.objects.first()
    for query in ("", "?page_size=2", "?page=9", f"?project={project.pk}", "?project=0", "?enabled=false"):
        optimised, naive = both(client, f"deployments/{query}")
        assert optimised == naive


@each_size
@own_or_thorough_shared
def test_details_and_computers_are_equal(client_for, n, shared):
    """With everything nested."""
    release = build_release(packages=n, attributes=n, delays=n, shared=shared)
    build_computers(release, n)
    client = client_for(release.releaser)
    for path in ("", "computers/", "computers/?page_size=1&page=2"):
        optimised, naive = both(client, f"deployments/{release.deployment.pk}/{path}")
        assert optimised == naive
        assert optimised[0] == 200


@pytest.mark.parametrize("person", ["packager", "viewer", "outsider"])
def test_reads_are_equal_for_every_person(world, client_for, person):
    """The awkward rows of the seed included."""
    client = client_for(getattr(world, person))
    for path in ("", *(f"{deployment.pk}/" for deployment in world.deployments)):
        optimised, naive = both(client, f"deployments/{path}")
        assert optimised == naive


def test_reads_are_equal_for_a_superuser(world, client_for, admin_user):
    """Who is no member anywhere and may do everything."""
    optimised, naive = both(client_for(admin_user), f"deployments/{world.deployments[0].pk}/")
    assert optimised == naive
    assert '"allowed_actions":["update"' in naive[1]


@each_size
@own_or_thorough_shared
def test_creations_are_equal(client_for, n, shared):
    """With and without lists."""
    release = build_release(shared=shared)
    client = client_for(release.releaser)
    start = {"start_date": "2026-05-01T08:00:00Z"}
    for lists in ({}, new_lists(release, packages=n, attributes=n) | {"schedule": release.schedule.pk}):
        body = new_deployment(release) | lists | start
        assert_equal_writes(client, "post", "deployments/", body, 201)


@each_size
@own_or_thorough_shared
def test_changes_are_equal(client_for, n, shared):
    """Of everything, and of next to nothing."""
    release = build_release(packages=n, attributes=n, shared=shared)
    client, path = client_for(release.releaser), f"deployments/{release.deployment.pk}/"
    body = new_deployment(release, version=1) | new_lists(release, packages=n, attributes=n)
    assert_equal_writes(client, "put", path, body, 200)
    assert_equal_writes(client, "patch", path, {"version": 1, "comment": "why"}, 200)


@each_size
@own_or_thorough_shared
@pytest.mark.parametrize("filled", [False, True])
def test_copies_are_equal(client_for, n, filled, shared):
    """Whether the target has the packages or not."""
    release = build_release(packages=n, attributes=n, shared=shared)
    if filled:
        fill_target(release)
    path = f"deployments/{release.deployment.pk}/copy/"
    assert_equal_writes(client_for(release.releaser), "post", path, {"project": release.target.pk}, 201)


def test_switching_is_equal(client_for):
    """There and back, and refused where there is nothing to switch."""
    release = build_release()
    client, path = client_for(release.releaser), f"deployments/{release.deployment.pk}"
    assert_equal_writes(client, "post", f"{path}/enable/", {}, 409)
    assert_equal_writes(client, "post", f"{path}/disable/", {}, 200)
    Deployment.objects.update(enabled=False)
    assert_equal_writes(client, "post", f"{path}/enable/", {}, 200)
    assert_equal_writes(client, "post", f"{path}/disable/", {}, 409)


def bad_bodies(release):
    """Return bodies that are refused, each for another reason."""
    obsolete = factories.PackageFactory(project=release.project, obsolete=True)
    factories.DeploymentFactory(project=release.project, slug="taken")
    (attribute,) = build_attributes(release.project.organization, 1)
    return [
        {"name": "!"},
        {"packages": [obsolete.pk, 10**9], "schedule": 10**9},
        {"included_attributes": [attribute.pk], "excluded_attributes": [10**9, attribute.pk]},
        {"source": "external"},
        {"extra": {"pin_priority": True, "colour": 1}},
        {"name": "Taken"},
    ]


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.RELEASER])
def test_refused_writes_are_equal(client_for, role):
    """The same words, whoever is refused and why; nothing is written."""
    release = build_release()
    organization = {"organization": release.project.organization, "role": role} if role else {}
    client = client_for(factories.MembershipFactory(**organization).user)
    path = f"deployments/{release.deployment.pk}/"
    for bad in bad_bodies(release):
        creation = both_undone(client, "post", "deployments/", new_deployment(release) | bad)
        change = both_undone(client, "patch", path, {"version": 1} | bad)
        for optimised, naive in (creation, change):
            assert optimised == naive
            assert optimised[0] >= 400


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.RELEASER])
def test_refused_actions_are_equal(client_for, role):
    """Copies to where there is no copying, stale changes."""
    release = build_release()
    organization = {"organization": release.project.organization, "role": role} if role else {}
    client = client_for(factories.MembershipFactory(**organization).user)
    path = f"deployments/{release.deployment.pk}/"
    elsewhere = factories.ProjectFactory()
    requests = [("post", "copy/", {"project": pk}) for pk in (release.project.pk, elsewhere.pk, 10**9)]
    requests += [("patch", "", {}), ("patch", "", {"version": 9}), ("post", "copy/", {})]
    for method, action, body in requests:
        optimised, naive = both_undone(client, method, f"{path}{action}", body)
        assert optimised == naive
        assert optimised[0] >= 400
