"""What querybudget names in the naive list of packages; in the optimised views it finds nothing."""

from querybudget import query_budget
from reference_app.factories import PackageHistoryFactory
from reference_app.tests.chains import build_chain, new_package
from reference_app.tests.requests import fetch, package_path, post
from reference_app.tests.worlds import build


def findings_of(seen):
    """Return code and relation of each finding."""
    return [(each.code, each.relation) for each in seen.findings]


def test_each_finding_of_the_naive_list_names_its_serializer_field(client_for):
    client = client_for(build(2).packager)
    with query_budget() as seen:
        fetch(client, "/naive/packages/")
    assert [each.field.removeprefix("NaivePackageListSerializer.") for each in seen.findings] == [
        "depends_on",
        "project_name",
        "platform_name",
        "n_deployments",
        "n_installations",
    ]


def test_nothing_is_found_in_the_optimised_views(client_for):
    """All findings of any code: there are none, at a size where each would show."""
    world = build(5)
    client = client_for(world.packager)
    with query_budget() as seen:
        fetch(client, "/api/packages/")
        fetch(client, package_path("api", world.package))
        fetch(client, package_path("api", world.package, "deployment-stats"))
    assert findings_of(seen) == []


def test_nothing_is_found_in_the_optimised_writes_and_collections(client_for):
    """The walk through dependencies is one query a level, and no loop over packages."""
    world = build(5, deployments=0, installations=0)
    client, project = client_for(world.packager), world.package.project
    chains = [build_chain(project, 4) for _ in range(3)]
    body = new_package(project, depends_on=[chain[0].pk for chain in chains])
    PackageHistoryFactory.create_batch(5, package=world.package)
    with query_budget() as seen:
        post(client, "/api/packages/", body, 201)
        client.get("/api/packages/export/").getvalue()
        fetch(client, "/api/packages/orphans/")
        fetch(client, package_path("api", world.package, "history"))
        post(client, "/api/packages/bulk-obsolete/", {"ids": [package.pk for package in world.packages]})
        client.delete(package_path("api", world.packages[2]))
    assert findings_of(seen) == []
