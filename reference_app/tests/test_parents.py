"""Worlds with shared parents share them, the others do not: else counting with both would prove nothing."""

import pytest

from reference_app import factories
from reference_app.models import Attribute, Deployment, Installation, Package, Project
from reference_app.tests.fleets import build_deployments, build_fleet, build_report
from reference_app.tests.grids import own_or_shared
from reference_app.tests.releases import build_deployments as build_releases
from reference_app.tests.releases import build_release, fill_target, new_lists


def numbers(rows, link):
    """Return how many of `rows` point somewhere by `link`, and to how many places."""
    pointing = list(rows.filter(**{f"{link}__isnull": False}).values_list(link, flat=True))
    return len(pointing), len(set(pointing))


def assert_parents(rows, link, *, shared):
    """Hold `rows` to one parent for all, or to one for each."""
    n_rows, n_parents = numbers(rows, link)
    assert n_rows > 1
    assert n_parents == (1 if shared else n_rows)


@own_or_shared
def test_fleets_share_project_store_property_and_packages(shared):
    """Each of two computers has two packages: the same two, or four."""
    fleet = build_fleet(2, installations=2, shared=shared)
    computers = type(fleet.computers[0]).objects.all()
    assert_parents(computers, "project", shared=shared)
    assert_parents(Package.objects.all(), "store", shared=shared)
    assert_parents(Attribute.objects.all(), "property", shared=shared)
    assert numbers(Installation.objects.all(), "package") == (4, 2 if shared else 4)


@own_or_shared
def test_reports_share_property_and_store(shared):
    """And install what the project has already."""
    computer = factories.ComputerFactory()
    known = factories.PackageFactory(project=computer.project)
    report = build_report(computer, packages=0, attributes=2, removed=3, shared=shared)
    assert len({each["prefix"] for each in report["attributes"]}) == (1 if shared else 2)
    assert known.installations.exists() == shared
    assert_parents(Package.objects.all(), "store", shared=shared)


@own_or_shared
def test_deployments_for_a_computer_share_schedule_store_and_property(shared):
    """The project they have to share: it is the computer's."""
    build_deployments(factories.ComputerFactory(), 2, attributes=2, delays=2, shared=shared)
    assert_parents(Deployment.objects.all(), "schedule", shared=shared)
    assert_parents(Package.objects.all(), "store", shared=shared)
    assert_parents(Attribute.objects.all(), "property", shared=shared)


@own_or_shared
def test_deployments_for_lists_share_project_schedule_store_and_property(shared):
    """A member may release all of them."""
    build_releases(2, shared=shared)
    assert_parents(Deployment.objects.all(), "project", shared=shared)
    assert_parents(Deployment.objects.all(), "schedule", shared=shared)
    assert_parents(Package.objects.all(), "store", shared=shared)
    assert_parents(Attribute.objects.all(), "property", shared=shared)


@own_or_shared
def test_releases_share_platform_store_property_and_computers(shared):
    """Of three packages one is on a computer, one on two: on the same, or on three; what is added follows."""
    release = build_release(packages=3, attributes=2, delays=2, shared=shared)
    assert_parents(Project.objects.all(), "platform", shared=shared)
    assert numbers(Installation.objects.all(), "computer") == (3, 2 if shared else 3)
    new_lists(release, packages=2, attributes=2)
    fill_target(release)
    assert_parents(release.project.packages.all(), "store", shared=shared)
    assert_parents(release.target.packages.all(), "store", shared=shared)
    assert_parents(Attribute.objects.all(), "property", shared=shared)


@pytest.mark.parametrize("n", [1, 3])
def test_a_computer_has_no_package_twice(n):
    """What is shared is shared between computers: a pair has one live row."""
    fleet = build_fleet(2, installations=n, shared=True)
    for computer in fleet.computers:
        assert numbers(computer.installations.all(), "package") == (n, n)
