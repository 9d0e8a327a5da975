"""Memberships: who sees them, who changes them, and that an organization never loses its last admin."""

import pytest
from django.test import RequestFactory

from reference_app import factories
from reference_app.models import Membership, Organization, Role
from reference_app.tests.requests import both_trees, fetch, post, sent
from reference_app.tests.worlds import build
from reference_app.views.memberships import MembershipViewSet


@pytest.fixture
def world():
    """Build a world without what these rules are not about."""
    return build(2, deployments=0, installations=0)


@pytest.fixture
def admin(world):
    """Return the membership of an admin of the first organization."""
    user = factories.UserFactory(username="admin")
    return factories.MembershipFactory(user=user, organization=world.organization, role=Role.ADMIN)


@pytest.fixture
def viewer(world):
    """Return the viewer's membership."""
    return world.viewer.memberships.get()


def path_of(tree, membership):
    """Return the path of `membership`."""
    return f"/{tree}/memberships/{membership.pk}/"


@both_trees
@pytest.mark.usefixtures("world")
def test_members_see_each_other(admin, client_for, tree):
    """By name; the actions are what the asking member may do to the row."""
    rows = fetch(client_for(admin.user), f"/{tree}/memberships/")["results"]
    assert [row["username"] for row in rows] == ["admin", "packager", "viewer"]
    assert rows[1] == {
        "id": Membership.objects.get(user__username="packager").pk,
        "username": "packager",
        "role": "packager",
        "organization_name": "Acme",
        "is_limited": False,
        "projects": [],
        "allowed_actions": ["partial_update", "destroy"],
    }


@both_trees
def test_projects_that_may_not_be_seen_are_not_named(world, admin, client_for, tree):
    """That a membership is limited is told; to what, to those who may know."""
    mine, hidden = world.packages[0].project, world.packages[1].project
    limited = factories.MembershipFactory(organization=world.organization, projects=[hidden])
    asking = factories.MembershipFactory(organization=world.organization, projects=[mine])
    answers = [fetch(client_for(each.user), path_of(tree, limited)) for each in (admin, asking)]
    assert [answer["projects"] for answer in answers] == [[hidden.name], []]
    assert {answer["is_limited"] for answer in answers} == {True}


@both_trees
def test_a_member_is_added(world, admin, client_for, tree):
    """The answer is what a detail says."""
    user, project = factories.UserFactory(), world.package.project
    body = {
        "organization": world.organization.pk,
        "username": user.username,
        "role": "releaser",
        "projects": [project.pk, project.pk],
    }
    client = client_for(admin.user)
    answer = post(client, f"/{tree}/memberships/", body, 201)
    assert answer == fetch(client, f"/{tree}/memberships/{answer['id']}/")
    membership = user.memberships.get()
    assert (membership.role, list(membership.projects.all())) == (Role.RELEASER, [project])


@both_trees
def test_a_new_member_is_a_viewer_of_all_projects_unless_more_is_said(world, admin, client_for, tree):
    """The least, as far as it goes."""
    body = {"organization": world.organization.pk, "username": factories.UserFactory().username}
    answer = post(client_for(admin.user), f"/{tree}/memberships/", body, 201)
    assert (answer["role"], answer["is_limited"]) == ("viewer", False)


@both_trees
def test_role_and_projects_are_changed(world, admin, viewer, client_for, tree):
    """Each alone; neither person nor organization."""
    client, path = client_for(admin.user), path_of(tree, viewer)
    project = world.package.project
    for body, role, names in (
        ({"projects": [project.pk]}, "viewer", [project.name]),
        ({"role": "checker", "username": "admin"}, "checker", [project.name]),
        ({"projects": []}, "checker", []),
        ({}, "checker", []),
    ):
        answer = client.patch(path, body).json()
        assert (answer["username"], answer["role"], answer["projects"]) == ("viewer", role, names)


@both_trees
def test_a_membership_ends(admin, viewer, client_for, tree):
    """The person stays."""
    assert client_for(admin.user).delete(path_of(tree, viewer)).status_code == 204
    assert not viewer.user.memberships.exists()


@both_trees
@pytest.mark.parametrize(
    ("method", "body"),
    [("patch", {"role": "viewer"}), ("patch", {"projects": "first"}), ("delete", None)],
    ids=["demoted", "limited", "removed"],
)
def test_the_last_admin_stays(admin, client_for, tree, method, body):
    """One for some projects only is none; with a second one for all, the first may go."""
    project = factories.ProjectFactory(organization=admin.organization)
    if body and "projects" in body:
        body = {"projects": [project.pk]}
    factories.MembershipFactory(organization=admin.organization, role=Role.ADMIN, projects=[project])
    client, path = client_for(admin.user), path_of(tree, admin)
    answer = sent(client, method, path, body, 409)
    assert answer == {"detail": "The organization would be left without an admin for all projects."}
    factories.MembershipFactory(organization=admin.organization, role=Role.ADMIN)
    assert getattr(client, method)(path, body).status_code in {200, 204}


@both_trees
def test_the_last_admin_may_stay_what_it_is(admin, client_for, tree):
    """Nothing is lost by saying so again."""
    answer = client_for(admin.user).patch(path_of(tree, admin), {"role": "admin"})
    assert answer.json()["role"] == "admin"


@both_trees
def test_nobody_is_a_member_twice(world, admin, client_for, tree):
    """The database tells, whoever came first."""
    body = {"organization": world.organization.pk, "username": "viewer"}
    answer = sent(client_for(admin.user), "post", f"/{tree}/memberships/", body, 409)
    assert answer == {"detail": "The user is a member already."}


@both_trees
@pytest.mark.parametrize(
    ("change", "field"),
    [({"username": "nobody"}, "username"), ({"role": "king"}, "role"), ({"projects": [0]}, "projects")],
    ids=["nobody", "king", "no-project"],
)
def test_what_cannot_be_read_is_refused(admin, client_for, tree, change, field):
    """Keyed by the field to correct."""
    body = {"organization": admin.organization_id, "username": factories.UserFactory().username} | change
    answer = sent(client_for(admin.user), "post", f"/{tree}/memberships/", body, 400)
    assert list(answer) == [field]


@both_trees
def test_projects_of_another_organization_are_unknown(world, admin, viewer, client_for, tree):
    """Also to an admin of both, and in the words for those that do not exist."""
    factories.MembershipFactory(user=admin.user, organization=world.other_organization, role=Role.ADMIN)
    ids = [world.package.project_id, world.foreign_package.project_id, 10**9]
    answer = sent(client_for(admin.user), "patch", path_of(tree, viewer), {"projects": ids}, 400)
    assert answer == {"projects": [f"Unknown id: {ids[1]}", f"Unknown id: {ids[2]}"]}


@both_trees
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_below_admins_nobody_writes(world, viewer, client_for, tree, role):
    """And nobody learns which names there are to log in with."""
    client = client_for(factories.MembershipFactory(organization=world.organization, role=role).user)
    assert fetch(client, path_of(tree, viewer))["allowed_actions"] == []
    for method, path, body in (
        ("post", f"/{tree}/memberships/", {"organization": world.organization.pk, "username": "nobody"}),
        ("patch", path_of(tree, viewer), {"role": "admin"}),
        ("delete", path_of(tree, viewer), None),
    ):
        assert sent(client, method, path, body, 403) == {"detail": "This needs the role admin."}


@both_trees
def test_an_admin_of_some_projects_writes_no_memberships(world, viewer, client_for, tree):
    """Or it could make itself one of all."""
    limited = factories.MembershipFactory(
        organization=world.organization, role=Role.ADMIN, projects=[world.package.project]
    )
    client = client_for(limited.user)
    sent(client, "patch", path_of(tree, limited), {"projects": []}, 403)
    sent(client, "delete", path_of(tree, viewer), None, 403)
    assert fetch(client, path_of(tree, viewer))["allowed_actions"] == []


@both_trees
def test_an_inactive_organization_is_read_only(admin, viewer, client_for, admin_user, tree):
    """For superusers too, who otherwise need no membership."""
    superuser = client_for(admin_user)
    assert superuser.patch(path_of(tree, viewer), {"role": "checker"}).status_code == 200
    Organization.objects.filter(pk=admin.organization_id).update(is_active=False)
    for client in (client_for(admin.user), superuser):
        sent(client, "patch", path_of(tree, viewer), {"role": "viewer"}, 403)
        sent(client, "delete", path_of(tree, viewer), None, 403)
        assert fetch(client, path_of(tree, viewer))["allowed_actions"] == []


def test_the_organization_is_locked_too(world):
    """Two admins who remove each other: one comes second, and is the last one then."""
    request = RequestFactory().delete("/")
    request.user = world.packager
    query = MembershipViewSet(request=request, action="destroy").get_queryset().query
    tables = {table for table, n_uses in query.alias_refcount.items() if n_uses}
    assert query.select_for_update
    assert query.select_related == {"organization": {}}
    assert tables <= {Membership._meta.db_table, Organization._meta.db_table}
