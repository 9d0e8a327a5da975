"""The naive endpoints are slower and nothing else: on the same data both trees give the same answers."""

import pytest

from reference_app.factories import START, DeploymentFactory
from reference_app.models import Deployment, PackageHistory
from reference_app.tests.grids import each_size, own_or_shared
from reference_app.tests.requests import fetch, package_path
from reference_app.tests.twins import both, both_undone
from reference_app.tests.worlds import build


@own_or_shared
@each_size
def test_reads_are_equal_for_every_row(client_for, n, shared):
    """Byte for byte, the obsolete and the storeless package included."""
    world = build(n, shared_parents=shared)
    client = client_for(world.packager)
    paths = ["packages/"]
    for package in world.packages:
        paths += [f"packages/{package.pk}/", f"packages/{package.pk}/deployment-stats/"]
    for path in paths:
        optimised, naive = both(client, path)
        assert optimised == naive
        assert optimised[0] == 200


@pytest.mark.parametrize("page", [1, 2, 3, "last", "x"])
def test_pages_are_equal(packager, page):
    """Count, links, and the 404 past the end."""
    optimised, naive = both(packager, f"packages/?page_size=2&page={page}")
    assert optimised == naive


@pytest.mark.parametrize(
    "query", ["from=2026-01-02&to=2026-01-03", "from=soon", "from=2026-02-01&to=2026-01-01"]
)
def test_stats_of_a_period_are_equal(packager, world, query):
    """Refusals too."""
    optimised, naive = both(packager, f"packages/{world.package.pk}/deployment-stats/?{query}")
    assert optimised == naive


def test_details_are_equal_for_a_member_of_some_projects(world, client_for):
    """Being naive is no reason to show deployments and computers of hidden projects."""
    world.packager.memberships.get().projects.set([world.package.project, world.deployments[0].project])
    client = client_for(world.packager)
    for path in ("", "deployment-stats/"):
        optimised, naive = both(client, f"packages/{world.package.pk}/{path}")
        assert optimised == naive
    assert len(fetch(client, package_path("api", world.package))["deployments"]) == 1


@pytest.mark.parametrize("person", ["packager", "viewer", "outsider"])
def test_details_are_equal_for_every_role(world, client_for, person):
    """What is allowed is part of the answer."""
    optimised, naive = both(client_for(getattr(world, person)), f"packages/{world.package.pk}/")
    assert optimised == naive


def test_details_are_equal_for_a_superuser(world, client_for, admin_user):
    """Who is no member anywhere and may do everything."""
    optimised, naive = both(client_for(admin_user), f"packages/{world.package.pk}/")
    assert optimised == naive
    assert '"allowed_actions":["mark_obsolete","destroy"]' in naive[1]


def test_marking_obsolete_is_equal(packager, world, monkeypatch):
    """Answer and history row, at a clock that stands still."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: START)
    Deployment.objects.all().update(enabled=False)
    optimised, naive = both_undone(packager, "post", f"packages/{world.package.pk}/mark-obsolete/")
    assert optimised == naive
    assert optimised[0] == 200
    assert len(optimised[2][PackageHistory._meta.db_table]) == 1


@pytest.mark.parametrize(("position", "status"), [(0, 400), (1, 409), (-1, 400)])
@pytest.mark.parametrize("person", ["packager", "viewer", "outsider"])
def test_refusals_are_equal(world, client_for, position, status, person):
    """The same words, whoever is refused and why."""
    expected = {"packager": status, "viewer": 403, "outsider": 404}[person]
    path = f"packages/{world.packages[position].pk}/mark-obsolete/"
    optimised, naive = both_undone(client_for(getattr(world, person)), "post", path)
    assert optimised == naive
    assert optimised[0] == expected


def test_refusals_that_name_five_of_many_are_equal(packager, world):
    """Both name the same five."""
    project = world.package.project
    DeploymentFactory.create_batch(4, project=project, schedule=None, packages=[world.package])
    optimised, naive = both_undone(packager, "post", f"packages/{world.package.pk}/mark-obsolete/")
    assert optimised == naive
    assert len(optimised[1]["deployments"]) == 5
