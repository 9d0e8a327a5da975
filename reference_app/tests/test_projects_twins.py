"""The naive project endpoints are slower and nothing else; and only in them there is something to find."""

import pytest

from querybudget import query_budget
from reference_app.factories import MembershipFactory, PlatformFactory, StoreFactory
from reference_app.models import Role
from reference_app.tests.grids import each_size, own_or_shared
from reference_app.tests.requests import fetch, post
from reference_app.tests.twins import both, both_undone
from reference_app.tests.worlds import build


@each_size
@own_or_shared
def test_reads_are_equal_for_every_row(client_for, n, shared):
    """Byte for byte."""
    world = build(n, attributes=1, shared_parents=shared)
    client = client_for(world.packager)
    paths = [
        "projects/",
        "projects/?page_size=1",
        *(f"projects/{each.project_id}/" for each in world.packages),
    ]
    for path in paths:
        optimised, naive = both(client, path)
        assert optimised == naive


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VIEWER])
@pytest.mark.parametrize("slug", ["new", "acme-project-0", ""])
def test_writes_are_equal(world, client_for, role, slug):
    """Answers, refusals, and every row of every table."""
    client = client_for(MembershipFactory(organization=world.organization, role=role).user)
    project, platform = world.package.project, PlatformFactory()
    new = {"organization": world.organization.pk, "platform": platform.pk, "name": "New", "slug": slug}
    for method, path, body in (
        ("post", "projects/", new),
        ("patch", f"projects/{project.pk}/", {"name": slug, "platform": platform.pk}),
        ("patch", f"projects/{project.pk}/", {}),
    ):
        optimised, naive = both_undone(client, method, path, body)
        for _status, answer, _tables in (optimised, naive):
            answer.pop("id", None)
        assert optimised == naive


def test_the_naive_list_is_told_its_causes(client_for):
    """Two relations and two counts."""
    client = client_for(build(5, deployments=0, installations=0).packager)
    with query_budget() as seen:
        fetch(client, "/naive/projects/")
    assert [(each.code, each.relation) for each in seen.findings] == [
        ("QB101", "Project.organization"),
        ("QB101", "Project.platform"),
        ("QB102", "Project.computers"),
        ("QB102", "Project.packages"),
    ]


def test_nothing_is_found_in_the_optimised_views(client_for):
    """At a size where each finding would show."""
    world = build(5, deployments=0, installations=0)
    client = client_for(MembershipFactory(organization=world.organization, role=Role.ADMIN).user)
    project, platform = world.package.project, PlatformFactory()
    StoreFactory.create_batch(5, project=project)
    new = {"organization": world.organization.pk, "platform": platform.pk, "name": "New", "slug": "new"}
    with query_budget() as seen:
        fetch(client, "/api/projects/")
        fetch(client, f"/api/projects/{project.pk}/")
        post(client, "/api/projects/", new, 201)
        client.patch(f"/api/projects/{project.pk}/", {"platform": platform.pk})
    assert seen.findings == ()
