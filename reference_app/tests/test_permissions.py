"""Who may do what to a package that they can see."""

import pytest
from rest_framework.test import APIClient

from reference_app.factories import MembershipFactory
from reference_app.models import Role
from reference_app.tests.requests import both_trees, fetch, package_path, send
from reference_app.tests.snapshots import all_tables
from reference_app.tests.worlds import build

MAY_MARK = {Role.PACKAGER, Role.RELEASER, Role.ADMIN}


@pytest.fixture
def free():
    """Build a world whose package nothing holds."""
    return build(2, deployments=0, installations=0)


@both_trees
@pytest.mark.parametrize("role", list(Role))
def test_every_role_reads(free, client_for, tree, role):
    """A membership is enough."""
    client = client_for(MembershipFactory(organization=free.organization, role=role).user)
    for path in (f"/{tree}/packages/", package_path(tree, free.package)):
        fetch(client, path)
    fetch(client, package_path(tree, free.package, "deployment-stats"))


@both_trees
@pytest.mark.parametrize("role", list(Role))
def test_packagers_and_above_mark_obsolete(free, client_for, tree, role):
    """Below, it is a 403 that names the role and writes nothing."""
    client = client_for(MembershipFactory(organization=free.organization, role=role).user)
    before = all_tables()
    answer = send(client, package_path(tree, free.package, "mark-obsolete"), 200 if role in MAY_MARK else 403)
    assert (all_tables() == before) == (role not in MAY_MARK)
    if role not in MAY_MARK:
        assert answer == {"detail": "This needs the role packager."}


@both_trees
@pytest.mark.parametrize("role", list(Role))
def test_allowed_actions_promise_what_the_permission_keeps(free, client_for, tree, role):
    """One function decides both."""
    client = client_for(MembershipFactory(organization=free.organization, role=role).user)
    allowed = fetch(client, package_path(tree, free.package))["allowed_actions"]
    assert allowed == (["mark_obsolete", "destroy"] if role in MAY_MARK else [])


@both_trees
def test_obsolete_packages_can_be_removed_only(free, client_for, tree):
    """State counts as well as role."""
    answer = fetch(client_for(free.packager), package_path(tree, free.packages[1]))
    assert answer["allowed_actions"] == ["destroy"]


@both_trees
def test_an_inactive_organization_is_read_only(free, client_for, tree):
    """Reading goes on, and promises nothing."""
    free.organization.is_active = False
    free.organization.save()
    client = client_for(free.packager)
    assert fetch(client, package_path(tree, free.package))["allowed_actions"] == []
    before = all_tables()
    answer = send(client, package_path(tree, free.package, "mark-obsolete"), 403)
    assert answer == {"detail": "The organization is inactive and can only be read."}
    assert all_tables() == before


@both_trees
def test_a_role_elsewhere_does_not_count(free, client_for, tree):
    """The role that counts is the one in the package's own organization."""
    membership = MembershipFactory(organization=free.organization, role=Role.VIEWER)
    MembershipFactory(user=membership.user, organization=free.other_organization, role=Role.ADMIN)
    send(client_for(membership.user), package_path(tree, free.package, "mark-obsolete"), 403)


@both_trees
def test_superusers_need_no_membership(free, client_for, admin_user, tree):
    """They see every organization, and may change what is active."""
    client = client_for(admin_user)
    assert fetch(client, f"/{tree}/packages/")["count"] == 3
    send(client, package_path(tree, free.package, "mark-obsolete"))


@both_trees
def test_superusers_cannot_change_an_inactive_organization(free, client_for, admin_user, tree):
    """Read-only means everybody."""
    free.organization.is_active = False
    free.organization.save()
    send(client_for(admin_user), package_path(tree, free.package, "mark-obsolete"), 403)


@both_trees
def test_nobody_is_let_in_without_a_name(free, tree):
    """Not even to learn what exists."""
    fetch(APIClient(), f"/{tree}/packages/", 403)
    fetch(APIClient(), package_path(tree, free.package), 403)
    send(APIClient(), package_path(tree, free.package, "mark-obsolete"), 403)
