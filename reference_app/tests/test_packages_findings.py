"""What querybudget says of the naive list of packages, word for word; nothing of the optimised views."""

from querybudget import query_budget
from reference_app.factories import PackageHistoryFactory
from reference_app.tests.chains import build_chain, new_package
from reference_app.tests.requests import fetch, package_path, post
from reference_app.tests.worlds import build

COUNTED = '.order_by().values("package").annotate(n=Count("pk")).values("n")'
DEPLOYMENTS = f'Deployment.packages.through.objects.filter(package=OuterRef("pk")){COUNTED}'
INSTALLATIONS = f'Installation.objects.filter(package=OuterRef("pk"), …){COUNTED}'


def findings_of(seen):
    """Return (code, relation, fix) of each finding, in the order of a report."""
    return [(each.code, each.relation, each.fix and each.fix.edit) for each in seen.findings]


def test_the_naive_list_is_told_its_five_causes(client_for):
    """Three relations loaded row by row ask for an eager load; two counts for a subquery each."""
    client = client_for(build(5).packager)
    with query_budget() as seen:
        fetch(client, "/naive/packages/")
    assert findings_of(seen) == [
        ("QB101", "Package.depends_on", 'prefetch_related("depends_on")'),
        ("QB101", "Package.project", 'select_related("project")'),
        ("QB101", "Project.platform", 'select_related("project__platform")'),
        ("QB102", "Package.deployments", f"annotate(n_deployments=Coalesce(Subquery({DEPLOYMENTS}), 0))"),
        (
            "QB102",
            "Package.installations",
            f"annotate(n_installations=Coalesce(Subquery({INSTALLATIONS}), 0))",
        ),
    ]
    assert {each.count for each in seen.findings} == {5}


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
