"""What is listed beside the list: orphans, the file with everything, and the history of one package."""

import csv
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from reference_app import factories
from reference_app.models import Deployment, Installation, PackageDependency
from reference_app.tests.requests import both_trees, fetch, package_path
from reference_app.tests.worlds import build


def orphans(client, tree="api"):
    """Return the full names that are listed."""
    return [row["fullname"] for row in fetch(client, f"/{tree}/packages/orphans/")["results"]]


def exported(client, tree="api"):
    """Return the rows of the file, the header first."""
    response = client.get(f"/{tree}/packages/export/")
    assert response.status_code == 200
    return list(csv.reader(response.getvalue().decode().splitlines()))


@both_trees
def test_orphans_are_what_nothing_deploys_installs_or_needs(packager, world, tree):
    """Of the three the first is deployed and installed, the last is needed by it; obsolete ones count too."""
    assert orphans(packager, tree) == [world.packages[1].fullname]


@both_trees
@pytest.mark.parametrize("enabled", [True, False])
def test_a_deployed_package_is_no_orphan(client_for, tree, enabled):
    """Also when the deployment is disabled, or in a project that the member cannot see."""
    world = build(2, deployments=0, installations=0)
    hidden = factories.ProjectFactory(organization=world.organization)
    factories.DeploymentFactory(project=hidden, packages=[world.package], enabled=enabled)
    world.packager.memberships.get().projects.set([world.package.project])
    assert orphans(client_for(world.packager), tree) == []


@both_trees
def test_an_installed_package_is_no_orphan_until_it_is_gone(packager, world, tree):
    """Past installations are past."""
    Deployment.objects.all().delete()
    assert world.package.fullname not in orphans(packager, tree)
    Installation.objects.update(uninstalled_at=factories.START + timedelta(days=9))
    assert world.package.fullname in orphans(packager, tree)


@both_trees
def test_a_needed_package_is_no_orphan(packager, world, tree):
    """Whatever becomes of what needs it; once that is gone it is."""
    assert world.packages[-1].fullname not in orphans(packager, tree)
    PackageDependency.objects.all().delete()
    assert world.packages[-1].fullname in orphans(packager, tree)


@both_trees
def test_the_export_has_a_row_for_every_visible_package(packager, world, tree):
    """In the order of the list, with what each depends on."""
    header, *rows = exported(packager, tree)
    assert header[0] == "fullname"
    assert [row[0] for row in rows] == [package.fullname for package in world.packages]
    package = world.package
    assert rows[0][1:] == [
        package.name,
        package.version,
        package.architecture,
        str(package.size_bytes),
        "False",
        package.project.name,
        package.project.platform.name,
        world.packages[-1].fullname,
    ]


@both_trees
def test_an_export_of_nothing_is_a_header(client_for, tree):
    """A file all the same."""
    assert len(exported(client_for(factories.UserFactory()), tree)) == 1


def test_the_export_is_a_file_that_arrives_while_it_is_made(packager, world):
    """Streamed: the view holds no more rows than a chunk."""
    response = packager.get("/api/packages/export/")
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="packages.csv"'
    assert len(list(response)) == 1 + len(world.packages)


def test_the_export_is_given_to_whoever_accepts_csv(packager):
    """REST framework knows JSON alone and would answer 406."""
    assert packager.get("/api/packages/export/", HTTP_ACCEPT="text/csv").status_code == 200
    refusal = APIClient().get("/api/packages/export/", HTTP_ACCEPT="text/csv")
    assert (refusal.status_code, refusal["Content-Type"]) == (403, "application/json")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " ", "\uff1d", "\uff20"])
def test_an_exported_name_is_no_formula(packager, world, start):
    """A spreadsheet would run it."""
    factories.PackageFactory(project=world.package.project, name=f"{start}1+1", fullname="a")
    content = packager.get("/api/packages/export/").getvalue().decode()
    assert content.splitlines()[1].removeprefix("a,").lstrip('"').startswith("'")


@both_trees
def test_history_lists_what_was_done_the_latest_first(packager, world, tree):
    """By name, and this package's alone."""
    rows = factories.PackageHistoryFactory.create_batch(2, package=world.package)
    factories.PackageHistoryFactory(package=world.packages[1])
    answer = fetch(packager, package_path(tree, world.package, "history"))
    assert [row["id"] for row in answer["results"]] == [rows[1].pk, rows[0].pk]
    assert answer["results"][1] == {
        "id": rows[0].pk,
        "action": "created",
        "package": world.package.fullname,
        "user": rows[0].user.username,
        "at": rows[0].at.isoformat().replace("+00:00", "Z"),
        "details": {"fullname": world.package.fullname},
    }


@both_trees
def test_history_stays_when_its_user_goes(packager, world, tree):
    """Null, not a missing row."""
    factories.PackageHistoryFactory(package=world.package).user.delete()
    (row,) = fetch(packager, package_path(tree, world.package, "history"))["results"]
    assert row["user"] is None


@both_trees
def test_history_is_read_page_by_page(packager, world, tree):
    """Rows of the same moment included, each once; what is added meanwhile shifts nothing."""
    factories.PackageHistoryFactory.create_batch(60, package=world.package, at=factories.START)
    first = fetch(packager, package_path(tree, world.package, "history"))
    factories.PackageHistoryFactory(package=world.package)
    second = fetch(packager, first["next"])
    ids = [row["id"] for row in first["results"] + second["results"]]
    assert (len(first["results"]), len(set(ids))) == (50, 60)
    assert second["next"] is None


@both_trees
def test_history_of_nothing_is_empty(packager, world, tree):
    """Packages of the seed came without one."""
    answer = fetch(packager, package_path(tree, world.package, "history"))
    assert answer == {"next": None, "previous": None, "results": []}
