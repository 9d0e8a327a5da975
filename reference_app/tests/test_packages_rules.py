"""Marking a package obsolete: what it writes, and everything that stands in its way.

Each rule is tested on both URL trees: the naive twin may be slow, but not lax.
"""

import pytest
from django.test import RequestFactory

from reference_app.factories import DeploymentFactory, PackageDependencyFactory
from reference_app.models import Deployment, Package, PackageHistory
from reference_app.tests.requests import both_trees, package_path, send, sent
from reference_app.tests.snapshots import all_tables
from reference_app.tests.worlds import build
from reference_app.views.packages import PackageViewSet


@pytest.fixture
def free(client_for):
    """Build a world whose package nothing holds, and return it with a packager's client."""
    world = build(2, deployments=0, installations=0)
    return world, client_for(world.packager)


def mark(client, tree, package, status):
    """Ask, expect `status`, and return the answer."""
    return sent(client, "post", package_path(tree, package, "mark-obsolete"), None, status)


@both_trees
def test_a_free_package_becomes_obsolete(free, tree):
    """The answer shows what changed, as the database has it."""
    world, client = free
    answer = send(client, package_path(tree, world.package, "mark-obsolete"))
    package = Package.objects.get(pk=world.package.pk)
    assert package.is_obsolete
    assert answer["is_obsolete"]
    assert answer["obsoleted_at"] == package.obsoleted_at.isoformat().replace("+00:00", "Z")


@both_trees
def test_exactly_one_history_row_is_written(free, tree):
    """It tells who, what, when, and the name that survives the package."""
    world, client = free
    send(client, package_path(tree, world.package, "mark-obsolete"))
    (row,) = PackageHistory.objects.all()
    assert (row.package, row.action, row.user) == (world.package, "obsoleted", world.packager)
    assert row.at == Package.objects.get(pk=world.package.pk).obsoleted_at
    assert row.details == {"fullname": world.package.fullname}


@both_trees
def test_nothing_else_is_written(free, tree):
    """One column pair of one row, and the history: every other table stays as it was."""
    world, client = free
    before = all_tables()
    send(client, package_path(tree, world.package, "mark-obsolete"))
    after = all_tables()
    changed = {table for table, rows in after.items() if rows != before[table]}
    assert changed == {"reference_app_package", "reference_app_packagehistory"}


@both_trees
def test_an_enabled_deployment_holds_it(world, packager, tree):
    """It is named with its project."""
    answer = mark(packager, tree, world.package, 400)
    expected = [f"{deployment.project.name}/{deployment.name}" for deployment in world.deployments]
    assert answer == {"detail": "Enabled deployments hold this package.", "deployments": expected}


@both_trees
def test_at_most_five_deployments_are_named(world, packager, tree):
    """A message is no report."""
    DeploymentFactory.create_batch(3, project=world.package.project, packages=[world.package])
    assert len(mark(packager, tree, world.package, 400)["deployments"]) == 5


@both_trees
def test_disabled_deployments_do_not_hold_it(world, packager, tree):
    """They release nothing."""
    Deployment.objects.filter(packages=world.package).update(enabled=False)
    send(packager, package_path(tree, world.package, "mark-obsolete"))


@both_trees
def test_deployments_of_hidden_projects_hold_it_without_being_named(world, client_for, tree):
    """They refuse like the others; who may not see them learns no name."""
    world.packager.memberships.get().projects.set([world.package.project, world.deployments[1].project])
    answer = mark(client_for(world.packager), tree, world.package, 400)
    assert answer["deployments"] == [f"{world.deployments[1].project.name}/{world.deployments[1].name}"]


@both_trees
def test_an_active_package_needs_it(free, tree):
    """At most five are named here too, the oldest first."""
    world, client = free
    needs = [PackageDependencyFactory(requires=world.package) for _ in range(6)]
    answer = mark(client, tree, world.package, 400)
    expected = [need.package.fullname for need in needs[:5]]
    assert answer == {"detail": "Active packages need this package.", "packages": expected}


@both_trees
def test_obsolete_packages_do_not_need_it(free, tree):
    """What is obsolete itself holds nothing up."""
    world, client = free
    PackageDependencyFactory(requires=world.package, package__obsolete=True)
    send(client, package_path(tree, world.package, "mark-obsolete"))


@both_trees
def test_once_is_enough(free, tree):
    """The second time is a conflict and leaves the first date as it was."""
    world, client = free
    send(client, package_path(tree, world.package, "mark-obsolete"))
    mark(client, tree, world.package, 409)


@both_trees
def test_a_failure_while_writing_undoes_everything(free, tree, monkeypatch):
    """The package is not obsolete without its history row."""
    world, client = free

    def fail(row, **options):
        raise RuntimeError(f"no room for {row} with {options}")

    monkeypatch.setattr(PackageHistory, "save", fail)
    before = all_tables()
    with pytest.raises(RuntimeError, match="no room"):
        client.post(package_path(tree, world.package, "mark-obsolete"))
    assert all_tables() == before


@pytest.mark.parametrize("action", ["mark_obsolete", "bulk_obsolete", "destroy"])
def test_the_row_is_locked_and_no_other(free, action):
    """A join would lock the project and the organization of every package that is being marked."""
    world, _ = free
    request = RequestFactory().post("/")
    request.user = world.packager
    query = PackageViewSet(request=request, action=action).get_queryset().query
    assert query.select_for_update
    assert {table for table, n_uses in query.alias_refcount.items() if n_uses} == {Package._meta.db_table}


def test_only_what_changed_is_saved(free, monkeypatch):
    """Two columns: a change that somebody else makes to the others is not undone."""
    world, client = free
    saved = []
    save = Package.save

    def remember(self, *args, **kwargs):
        saved.append(kwargs.get("update_fields"))
        save(self, *args, **kwargs)

    monkeypatch.setattr(Package, "save", remember)
    send(client, package_path("api", world.package, "mark-obsolete"))
    assert saved == [["is_obsolete", "obsoleted_at"]]
