"""What holds for whatever writes: who may not is refused, and what fails half-way has changed nothing."""

from contextlib import suppress

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from reference_app import factories
from reference_app.models import Role
from reference_app.naive.urls import router as naive_router
from reference_app.tests.hostile import REQUESTS, build_scene, changed_body, deployment_body
from reference_app.tests.requests import both_trees
from reference_app.tests.snapshots import all_tables
from reference_app.urls import router

# It reads its body as `partial_update` does, so that among the hostile bodies one of the two is enough.
WHOLE = {
    "deployments update": lambda scene: (
        "put",
        f"deployments/{scene.release.deployment.pk}/",
        changed_body(deployment_body(scene), version=1),
    ),
}
BODYLESS = {
    "deployments enable": lambda scene: ("post", f"deployments/{disabled(scene).pk}/enable/", None),
    "deployments disable": lambda scene: (
        "post",
        f"deployments/{scene.release.deployment.pk}/disable/",
        None,
    ),
    "packages mark_obsolete": lambda scene: ("post", f"packages/{scene.package.pk}/mark-obsolete/", None),
    "packages destroy": lambda scene: ("delete", f"packages/{scene.package.pk}/", None),
    "stores destroy": lambda scene: (
        "delete",
        f"stores/{factories.StoreFactory(project=scene.project).pk}/",
        None,
    ),
    "memberships destroy": lambda scene: (
        "delete",
        f"memberships/{scene.admin.organization.memberships.first().pk}/",
        None,
    ),
}
WRITES = REQUESTS | WHOLE | BODYLESS
# By resource: the lowest role that may, and the highest that may not.
ROLES = {
    "errors": (Role.CHECKER, Role.VIEWER),
    "packages": (Role.PACKAGER, Role.CHECKER),
    "stores": (Role.PACKAGER, Role.CHECKER),
    "computers": (Role.PACKAGER, Role.CHECKER),
    "deployments": (Role.RELEASER, Role.PACKAGER),
    "projects": (Role.ADMIN, Role.RELEASER),
    "memberships": (Role.ADMIN, Role.RELEASER),
}
STARTS = ("INSERT", "UPDATE", "DELETE", "REPLACE")
each_write = pytest.mark.parametrize("name", WRITES)


def writes_of(registered):
    """Return the names of all actions of the router that something else than GET asks for."""
    return {
        f"{prefix} {name}"
        for prefix, viewset, _basename in registered.registry
        for route in registered.get_routes(viewset)
        for method, name in registered.get_method_map(viewset, route.mapping).items()
        if method != "get"
    }


def disabled(scene):
    """Make a deployment that can be enabled."""
    return factories.DeploymentFactory(project=scene.project, enabled=False)


def send(client, tree, request):
    """Send one of the requests, and return the answer."""
    method, path, body = request
    return getattr(client, method)(f"/{tree}/{path}", body)


class DiskFullError(Exception):
    """What no code of the application expects."""


class Failing:
    """An execute wrapper that counts writes, and fails instead of the one with the number `at`."""

    def __init__(self, at=None):
        self.at, self.n_writes, self.has_failed = at, 0, False

    def __call__(self, execute, sql, params, many, context):
        self.n_writes += sql.startswith(STARTS)
        if self.n_writes == self.at and sql.startswith(STARTS):
            self.has_failed = True
            raise DiskFullError
        return execute(sql, params, many, context)


def has_changed(client, tree, request, failing):
    """Send the request under `failing`, tell whether that changed any row, and undo it."""
    before = all_tables()
    with transaction.atomic():
        with connection.execute_wrapper(failing), suppress(DiskFullError):
            send(client, tree, request)
        changed = all_tables() != before
        transaction.set_rollback(True)
    return changed


@pytest.mark.parametrize("registered", [router, naive_router], ids=["api", "naive"])
def test_no_write_is_missing(registered):
    """A write that is added to either tree has to be added above."""
    assert writes_of(registered) == set(WRITES)


@both_trees
@each_write
def test_the_lowest_role_that_may_does(client_for, tree, name):
    """So that the others are refused for their role."""
    scene = build_scene()
    lowest, _ = ROLES[name.split()[0]]
    request = WRITES[name](scene)
    user = factories.MembershipFactory(organization=scene.project.organization, role=lowest).user
    assert send(client_for(user), tree, request).status_code < 300


@both_trees
@each_write
def test_who_may_not_is_refused(client_for, admin_user, tree, name):
    """A role below, anybody in an inactive organization, and who has no name."""
    scene = build_scene()
    organization = scene.project.organization
    _, highest = ROLES[name.split()[0]]
    request = WRITES[name](scene)
    below = factories.MembershipFactory(organization=organization, role=highest).user
    before = all_tables()
    for client in (client_for(below), APIClient()):
        assert send(client, tree, request).status_code == 403
    assert all_tables() == before
    organization.is_active = False
    organization.save()
    before = all_tables()
    for client in (client_for(scene.admin.user), client_for(admin_user)):
        assert send(client, tree, request).status_code == 403
    assert all_tables() == before


@both_trees
@each_write
def test_who_cannot_see_is_told_that_nothing_is_there(client_for, tree, name):
    """404 for what is in the path, 400 for what is in the body; an admin elsewhere is a stranger."""
    scene = build_scene()
    request = WRITES[name](scene)
    stranger = factories.MembershipFactory(role=Role.ADMIN).user
    before = all_tables()
    status = send(client_for(stranger), tree, request).status_code
    assert status == (400 if name in {"errors check", "packages bulk_obsolete"} or "create" in name else 404)
    assert all_tables() == before


@pytest.mark.thorough
@both_trees
@each_write
def test_a_failure_at_any_write_undoes_those_before(client_for, tree, name):
    """Each statement that writes fails once; with none failing, all of them are there."""
    scene = build_scene()
    request = WRITES[name](scene)
    client = client_for(scene.admin.user)
    counting = Failing()
    assert has_changed(client, tree, request, counting)
    for number in range(1, counting.n_writes + 1):
        failing = Failing(number)
        assert not has_changed(client, tree, request, failing)
        assert failing.has_failed
