"""The naive membership endpoints are slower and nothing else; and only in them there is something to find."""

import pytest

from querybudget import query_budget
from reference_app import factories
from reference_app.models import Membership, Role
from reference_app.tests.requests import fetch, post
from reference_app.tests.twins import both, both_undone


@pytest.fixture
def people(world):
    """Add an admin, and a member of one project; return the admin's user."""
    factories.MembershipFactory(organization=world.organization, projects=[world.package.project])
    return factories.MembershipFactory(organization=world.organization, role=Role.ADMIN).user


def test_reads_are_equal_for_everybody(world, people, client_for, admin_user):
    """Byte for byte, for those who may write, those who may not, and a superuser."""
    paths = ["memberships/", *(f"memberships/{each.pk}/" for each in Membership.objects.all())]
    for user in (people, world.viewer, world.outsider, admin_user):
        for path in paths:
            optimised, naive = both(client_for(user), path)
            assert optimised == naive


@pytest.mark.parametrize("person", ["admin", "viewer", "outsider"])
@pytest.mark.parametrize("foreign", [False, True], ids=["own-project", "foreign-project"])
def test_writes_are_equal(world, people, client_for, person, foreign):
    """Answers, refusals, and every row of every table."""
    client = client_for(people if person == "admin" else getattr(world, person))
    project = world.foreign_package.project_id if foreign else world.package.project_id
    new = {"organization": world.organization.pk, "projects": [project]}
    target = world.packager.memberships.get()
    for method, path, body in (
        ("post", "memberships/", new | {"username": "outsider"}),
        ("post", "memberships/", new | {"username": "viewer"}),
        ("patch", f"memberships/{target.pk}/", {"projects": [project]}),
        ("patch", f"memberships/{target.pk}/", {"role": "admin"}),
        ("delete", f"memberships/{people.memberships.get().pk}/", None),
        ("delete", f"memberships/{target.pk}/", None),
    ):
        optimised, naive = both_undone(client, method, path, body)
        for _status, answer, _tables in (optimised, naive):
            (answer or {}).pop("id", None)
        assert optimised == naive


def test_the_naive_list_is_told_its_causes(client_for):
    """A person, a list and a permission a row."""
    first = factories.MembershipFactory()
    factories.MembershipFactory.create_batch(4, organization=first.organization)
    with query_budget() as seen:
        fetch(client_for(first.user), "/naive/memberships/")
    assert {(each.code, each.relation) for each in seen.findings} >= {("QB101", "Membership.user")}
    assert {each.count for each in seen.findings} == {5}
    assert len(seen.findings) == 3


def test_nothing_is_found_in_the_optimised_views(client_for):
    """At a size where each finding would show."""
    first = factories.MembershipFactory(role=Role.ADMIN)
    projects = factories.ProjectFactory.create_batch(5, organization=first.organization)
    others = factories.MembershipFactory.create_batch(5, organization=first.organization, projects=projects)
    client, ids = client_for(first.user), [project.pk for project in projects]
    new = {"organization": first.organization_id, "username": factories.UserFactory().username}
    with query_budget() as seen:
        fetch(client, "/api/memberships/")
        post(client, "/api/memberships/", new | {"projects": ids}, 201)
        client.patch(f"/api/memberships/{others[0].pk}/", {"role": "viewer", "projects": ids[:3]})
        client.delete(f"/api/memberships/{others[1].pk}/")
    assert seen.findings == ()
