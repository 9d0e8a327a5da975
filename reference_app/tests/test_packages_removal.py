"""Removing a package: what goes with it, what stays, and everything that stands in its way."""

import pytest

from reference_app import factories
from reference_app.models import Package, PackageDependency, PackageHistory, Role
from reference_app.tests.requests import both_trees, package_path, sent
from reference_app.tests.snapshots import all_tables
from reference_app.tests.worlds import build


@pytest.fixture
def world():
    """Build a world whose package nothing holds; a computer had it once."""
    return build(3, deployments=0, installations=0)


def remove(client, tree, package, status=204):
    """Ask for the removal, expect `status`, and return the answer, None when it has no content."""
    return sent(client, "delete", package_path(tree, package), None, status)


@both_trees
def test_the_package_goes_with_what_is_only_about_it(packager, world, tree):
    """Its needs, its past installations, its places in disabled deployments; what it needed stays."""
    deployment = factories.DeploymentFactory(
        project=world.package.project, enabled=False, packages=[world.package]
    )
    remove(packager, tree, world.package)
    assert not Package.objects.filter(pk=world.package.pk).exists()
    assert not PackageDependency.objects.exists()
    assert deployment.packages.count() == 0
    assert Package.objects.filter(pk=world.packages[-1].pk).exists()


@both_trees
def test_its_history_survives(packager, world, tree):
    """Without the package, whose name is in the details, and with who removed it."""
    factories.PackageHistoryFactory(package=world.package)
    remove(packager, tree, world.package)
    rows = PackageHistory.objects.order_by("pk")
    assert [row.action for row in rows] == ["created", "deleted"]
    assert {row.package for row in rows} == {None}
    assert {row.details["fullname"] for row in rows} == {world.package.fullname}
    assert rows[1].user == world.packager


@both_trees
def test_an_installed_package_stays(packager, world, tree):
    """Past installations do not count: the seed has one."""
    factories.InstallationFactory(package=world.package)
    answer = remove(packager, tree, world.package, 409)
    assert answer == {"detail": "Computers have this package installed."}


@both_trees
def test_a_deployed_package_stays(packager, world, tree):
    """As for becoming obsolete."""
    project = world.package.project
    deployment = factories.DeploymentFactory(project=project, packages=[world.package])
    answer = remove(packager, tree, world.package, 400)
    assert answer["deployments"] == [f"{project.name}/{deployment.name}"]


@both_trees
def test_a_needed_package_stays(packager, world, tree):
    """As for becoming obsolete."""
    answer = remove(packager, tree, world.packages[-1], 400)
    assert answer["packages"] == [world.package.fullname]


@both_trees
def test_an_obsolete_package_goes(packager, world, tree):
    """This is the usual end of one."""
    remove(packager, tree, world.packages[1])


@both_trees
@pytest.mark.parametrize("role", list(Role))
def test_packagers_and_above_remove(world, client_for, tree, role):
    """Below it is a 403."""
    client = client_for(factories.MembershipFactory(organization=world.organization, role=role).user)
    if role.includes(Role.PACKAGER):
        remove(client, tree, world.package)
    else:
        assert remove(client, tree, world.package, 403) == {"detail": "This needs the role packager."}


@both_trees
def test_a_failure_while_writing_undoes_everything(packager, world, tree, monkeypatch):
    """No package goes without a trace."""

    def fail(row, **options):
        raise RuntimeError(f"no room for {row} with {options}")

    monkeypatch.setattr(PackageHistory, "save", fail)
    before = all_tables()
    with pytest.raises(RuntimeError, match="no room"):
        packager.delete(package_path(tree, world.package))
    assert all_tables() == before
