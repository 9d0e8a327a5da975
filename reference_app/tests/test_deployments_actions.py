"""Copying and switching deployments: what is written, and everything that stands in its way.

Each rule is tested on both URL trees: the naive twin may be slow, but not lax.
"""

import pytest

from reference_app import factories
from reference_app.models import Deployment, DeploymentHistory, Package, Role
from reference_app.tests.releases import build_release, fill_target, links_of
from reference_app.tests.requests import both_trees, deployment_path, sent

MISSING = 10**9


@pytest.fixture
def release():
    """Build a release of one package with an attribute in each list."""
    return build_release()


@pytest.fixture
def client(release, client_for):
    """Speak for the releaser."""
    return client_for(release.releaser)


@pytest.fixture
def act(client, release):
    """Return a function that runs an action of the release's deployment; what is refused changes nothing."""

    def acted(tree, action, body=None, *, status=200):
        return sent(client, "post", deployment_path(tree, release.deployment, action), body or {}, status)

    return acted


@both_trees
def test_a_copy_takes_everything_along_but_the_state(act, release, tree):
    """Disabled, of version 1, with the target's packages of the same full names."""
    fill_target(release)
    answer = act(tree, "copy", {"project": release.target.pk}, status=201)
    copied = Deployment.objects.get(pk=answer["id"])
    links = links_of(release.deployment)
    assert (copied.project, copied.name, copied.schedule) == (
        release.target,
        release.deployment.name,
        release.schedule,
    )
    assert (copied.enabled, copied.version, answer["missing_packages"]) == (False, 1, [])
    assert copied.packages.get().project == release.target
    assert links_of(copied) == links | {"packages": [copied.packages.get().pk]}


@both_trees
def test_a_copy_tells_which_packages_are_missing(act, release, tree):
    """Not there, or obsolete there."""
    release.deployment.packages.add(*factories.PackageFactory.create_batch(2, project=release.project))
    first, second, third = release.deployment.packages.order_by("pk")
    factories.PackageFactory(project=release.target, fullname=first.fullname)
    factories.PackageFactory(project=release.target, fullname=second.fullname, obsolete=True)
    answer = act(tree, "copy", {"project": release.target.pk}, status=201)
    assert answer["missing_packages"] == [second.fullname, third.fullname]


@both_trees
def test_a_copy_writes_one_history_row(act, release, tree):
    """Of the copy; the original has not changed."""
    answer = act(tree, "copy", {"project": release.target.pk, "name": "Other"}, status=201)
    (row,) = DeploymentHistory.objects.all()
    assert (row.deployment_id, row.action) == (answer["id"], "copied")
    assert row.details == {"name": "Other", "version": 1, "copied_from": release.deployment.pk}


@both_trees
@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "project"), ({"project": "x"}, "project"), ({"project": 1, "name": "!"}, "name")],
)
def test_a_copy_that_cannot_be_read_is_refused(act, tree, body, field):
    """Keyed by the field to correct."""
    assert list(act(tree, "copy", body, status=400)) == [field]


@both_trees
def test_a_copy_into_the_same_project_is_refused(act, release, tree):
    """Whatever it is to be called."""
    body = {"project": release.project.pk, "name": "other"}
    answer = act(tree, "copy", body, status=400)
    assert answer == {"project": ["The deployment is in this project already."]}


@both_trees
def test_a_copy_into_a_foreign_project_is_not_found(act, tree):
    """Like one into a project that does not exist."""
    answers = [
        act(tree, "copy", {"project": pk}, status=404) for pk in (factories.ProjectFactory().pk, MISSING)
    ]
    assert answers[0] == answers[1]


@both_trees
def test_a_copy_into_another_organization_is_refused(act, release, tree):
    """Also for a releaser of both: attributes and schedules belong to one. A viewer there lacks the role."""
    project = factories.ProjectFactory()
    membership = factories.MembershipFactory(
        user=release.releaser, organization=project.organization, role=Role.VIEWER
    )
    act(tree, "copy", {"project": project.pk}, status=403)
    membership.role = Role.RELEASER
    membership.save()
    answer = act(tree, "copy", {"project": project.pk}, status=400)
    assert answer == {"project": ["Schedules and attributes do not follow into another organization."]}


@both_trees
def test_a_copy_needs_a_package_manager_that_knows_its_extra(act, release, tree):
    """What is declared for apt may be unknown to dnf."""
    Deployment.objects.update(extra={"pin_priority": 500})
    type(release.target).objects.filter(pk=release.target.pk).update(pms="dnf")
    answer = act(tree, "copy", {"project": release.target.pk}, status=400)
    assert list(answer["extra"]) == ["pin_priority"]


@both_trees
def test_a_copy_whose_name_is_taken_is_a_conflict(act, release, tree):
    """Its own one or the one that was sent."""
    factories.DeploymentFactory(project=release.target, slug=release.deployment.slug)
    Deployment.objects.filter(pk=release.deployment.pk).update(name=release.deployment.slug)
    answer = act(tree, "copy", {"project": release.target.pk}, status=409)
    assert answer == {"detail": "The project has a deployment of this name already."}
    act(tree, "copy", {"project": release.target.pk, "name": "free"}, status=201)


@both_trees
def test_enable_and_disable_switch(act, tree):
    """Each once, with a version and a history row."""
    assert act(tree, "disable")["enabled"] is False
    act(tree, "disable", status=409)
    answer = act(tree, "enable")
    assert (answer["enabled"], answer["version"]) == (True, 3)
    assert act(tree, "enable", status=409) == {"detail": "The deployment is enabled already."}
    rows = DeploymentHistory.objects.order_by("pk")
    assert [row.details["changed"] for row in rows] == [["enabled"]] * 2


@both_trees
def test_obsolete_packages_keep_a_deployment_from_being_enabled(act, release, tree):
    """At most five are named."""
    release.deployment.packages.add(*factories.PackageFactory.create_batch(6, project=release.project))
    act(tree, "disable")
    first, *others = release.deployment.packages.order_by("pk")
    ids = [package.pk for package in others]
    Package.objects.filter(pk__in=ids).update(is_obsolete=True, obsoleted_at=factories.START)
    answer = act(tree, "enable", status=400)
    assert answer["packages"] == [package.fullname for package in others[:5]]
    assert first.fullname not in answer["packages"]


@both_trees
def test_a_package_that_is_deployed_does_not_become_obsolete(act, client, release, tree):
    """Until the deployment is disabled: both ends of the rule."""
    package = release.deployment.packages.get()
    path = f"/{tree}/packages/{package.pk}/mark-obsolete/"
    sent(client, "post", path, {}, 400)
    act(tree, "disable")
    sent(client, "post", path, {}, 200)
    act(tree, "enable", status=400)
