"""What the package endpoints say, and the traps of saying it cheaply."""

import pytest
from django.core.exceptions import FieldError
from django.db.models import Count

from reference_app.factories import DeploymentFactory, InstallationFactory, PackageFactory
from reference_app.models import Deployment, Package
from reference_app.tests.counting import captured_sql
from reference_app.tests.requests import fetch, package_path
from reference_app.tests.worlds import build


def row_of(answer, package):
    """Return the one row about `package`."""
    (row,) = (row for row in answer["results"] if row["id"] == package.pk)
    return row


def test_list_shows_every_visible_package_once(packager, world):
    """Ordered by full name."""
    answer = fetch(packager, "/api/packages/")
    assert answer["count"] == len(world.packages)
    assert [row["fullname"] for row in answer["results"]] == [package.fullname for package in world.packages]


def test_counts_of_two_relations_do_not_multiply(client_for):
    """Two joins would count 3 deployments and 4 installations as 12 of each."""
    world = build(2, deployments=3, installations=4)
    row = row_of(fetch(client_for(world.packager), "/api/packages/"), world.package)
    assert (row["n_deployments"], row["n_installations"]) == (3, 4)


def test_relations_are_asked_for_by_the_name_they_are_read_by():
    """Unnamed, the accessor is `deployment_set` and the query name `deployment`: a FieldError."""
    with pytest.raises(FieldError):
        Package.objects.annotate(n=Count("deployment_set"))
    relations = Package._meta.related_objects
    assert [relation.name for relation in relations] == [
        relation.get_accessor_name() for relation in relations
    ]


def test_counts_of_nothing_are_zero(packager, world):
    """A subquery over no rows is NULL, and NULL is no number."""
    row = row_of(fetch(packager, "/api/packages/"), world.packages[1])
    assert (row["n_deployments"], row["n_installations"]) == (0, 0)


def test_past_installations_do_not_count(packager, world):
    """The seed has one; three are live."""
    assert world.package.installations.count() == 4
    assert row_of(fetch(packager, "/api/packages/"), world.package)["n_installations"] == 3


def test_the_paginators_count_carries_neither_joins_nor_counts(packager):
    """It counts packages; nothing that only decorates a row has a place in it."""
    count, *_ = captured_sql(lambda: fetch(packager, "/api/packages/"))
    assert count.startswith("SELECT COUNT(*)")
    assert "JOIN" not in count.split("WHERE")[0]
    assert Deployment.packages.through._meta.db_table not in count


@pytest.mark.parametrize(("asked", "n_shown"), [("2", 2), ("1000", 3), ("0", 3), ("many", 3)])
def test_page_size_is_a_wish(packager, asked, n_shown):
    """What is no size is ignored."""
    assert len(fetch(packager, f"/api/packages/?page_size={asked}")["results"]) == n_shown


def test_pages_hold_a_hundred_rows_and_five_hundred_at_most(world, client_for):
    """Lists need a bound that no client can lift."""
    PackageFactory.create_batch(500, project=world.package.project, store=None)
    client = client_for(world.packager)
    assert len(fetch(client, "/api/packages/")["results"]) == 100
    assert len(fetch(client, "/api/packages/?page_size=501")["results"]) == 500


def test_detail_nests_what_surrounds_the_package(packager, world):
    """Attributes read "PREFIX-value", tags by value alone."""
    answer = fetch(packager, package_path("api", world.package))
    assert answer["project"]["organization"] == "Acme"
    assert answer["depends_on"] == [
        {"id": world.packages[-1].pk, "fullname": world.packages[-1].fullname, "min_version": "1.0"}
    ]
    assert answer["deployments"][0]["attributes"][0] == "A0-value-0-0"
    assert answer["deployments"][0]["n_packages"] == 1
    assert answer["installations"][-1]["tags"] == ["tag-0-0", "tag-0-1"]


def test_detail_of_a_storeless_package_has_no_store_name(packager, world):
    """Null, not a missing key."""
    assert fetch(packager, package_path("api", world.packages[-1]))["store_name"] is None


def test_detail_shows_the_latest_hundred_installations(client_for):
    """The slice is per package, newest first, live ones only."""
    world = build(2, deployments=0, installations=0)
    installed = [
        InstallationFactory(package=world.package, computer__project=world.package.project)
        for _ in range(101)
    ]
    shown = fetch(client_for(world.packager), package_path("api", world.package))["installations"]
    assert [row["computer"] for row in shown] == [row.computer.name for row in installed[:0:-1]]


def test_detail_hides_what_is_in_a_project_the_member_may_not_see(world, client_for):
    """Visible packages do not open hidden projects: nested rows are narrowed as well."""
    world.packager.memberships.get().projects.set([world.package.project])
    answer = fetch(client_for(world.packager), package_path("api", world.package))
    assert answer["deployments"] == []
    assert answer["installations"] == []


def test_stats_group_deployments_by_project(world, packager):
    """Disabled ones count, but not as enabled."""
    project = world.deployments[0].project
    DeploymentFactory(project=project, schedule=None, packages=[world.package], enabled=False)
    answer = fetch(packager, package_path("api", world.package, "deployment-stats"))
    assert answer["n_deployments"] == 4
    assert answer["projects"][0] == {
        "project": project.name,
        "n_deployments": 2,
        "n_enabled": 1,
        "first_start": "2026-01-01T12:00:00Z",
        "last_start": "2026-01-01T12:00:00Z",
    }


def test_stats_of_an_undeployed_package_are_empty(packager, world):
    """No deployments is an answer."""
    answer = fetch(packager, package_path("api", world.packages[1], "deployment-stats"))
    assert (answer["n_deployments"], answer["projects"]) == (0, [])
