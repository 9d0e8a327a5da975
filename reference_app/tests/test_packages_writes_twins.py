"""Adding, removing, marking and listing packages: the naive twins say and write the same."""

import pytest

from reference_app import factories
from reference_app.models import Organization
from reference_app.tests.chains import build_chain, new_package
from reference_app.tests.grids import each_size, own_or_shared
from reference_app.tests.twins import both, both_undone
from reference_app.tests.worlds import build


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    """Stand still, so that the moments that are written are equal."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: factories.START)


def streamed(client, tree):
    """Return the exported file of one tree."""
    return client.get(f"/{tree}/packages/export/").getvalue()


@each_size
@own_or_shared
def test_reads_are_equal(client_for, n, shared):
    """Byte for byte."""
    world = build(n, shared_parents=shared)
    factories.PackageHistoryFactory.create_batch(n, package=world.package)
    client = client_for(world.packager)
    for path in ("orphans/", f"{world.package.pk}/history/"):
        optimised, naive = both(client, f"packages/{path}")
        assert optimised == naive
        assert optimised[0] == 200
    assert streamed(client, "api") == streamed(client, "naive")


@pytest.mark.parametrize("query", ["page_size=2", "page_size=2&page=2", "page=9"])
def test_pages_of_orphans_are_equal(client_for, query):
    """Cut before or after the rows were looked at."""
    world = build(5, deployments=0, installations=0)
    optimised, naive = both(client_for(world.packager), f"packages/orphans/?{query}")
    assert optimised == naive


@pytest.mark.parametrize("cursor", ["", "no-cursor"])
def test_pages_of_history_are_equal(packager, world, cursor):
    """The link to the next page included, and the 404 for what is no cursor."""
    factories.PackageHistoryFactory.create_batch(60, package=world.package)
    query = cursor and f"?cursor={cursor}"
    optimised, naive = both(packager, f"packages/{world.package.pk}/history/{query}")
    assert optimised == naive


@each_size
@pytest.mark.parametrize("levels", [1, 3])
def test_creations_are_equal(packager, world, n, levels):
    """Answer and every row of every table."""
    project = world.package.project
    body = new_package(project, depends_on=[build_chain(project, levels)[0].pk for _ in range(n)])
    optimised, naive = both_undone(packager, "post", "packages/", body)
    assert _without_id(optimised) == _without_id(naive)
    assert optimised[0] == 201


def _without_id(outcome):
    """Leave the new package's id out of the answer: a database may go on numbering."""
    status, answer, tables = outcome
    return status, {name: value for name, value in answer.items() if name != "id"}, tables


def test_what_two_ways_lead_to_is_met_once(packager, world):
    """Equally by both."""
    left, right, shared = (build_chain(world.package.project, 1)[0] for _ in range(3))
    for package in (left, right):
        factories.PackageDependencyFactory(package=package, requires=shared)
    body = new_package(world.package.project, depends_on=[left.pk, right.pk])
    optimised, naive = both_undone(packager, "post", "packages/", body)
    assert _without_id(optimised) == _without_id(naive)
    assert optimised[0] == 201


def bad_bodies(world):
    """Return bodies that are refused, with what is wrong with each."""
    project = world.package.project
    older = factories.PackageFactory(project=project, name="new")
    behind = build_chain(project, 2)
    factories.PackageDependencyFactory(package=behind[-1], requires=older)
    return {
        "empty": {},
        "foreign project": new_package(project, project=world.foreign_package.project.pk),
        "foreign ids": new_package(project, store=10**9, depends_on=[world.foreign_package.pk, 10**9]),
        "itself": new_package(project, depends_on=[older.pk]),
        "cycle": new_package(project, depends_on=[behind[0].pk]),
        "too deep": new_package(project, depends_on=[build_chain(project, 22)[0].pk]),
        "taken": new_package(project, fullname=world.package.fullname),
    }


@pytest.mark.parametrize("person", ["packager", "viewer", "outsider"])
def test_refused_creations_are_equal(world, client_for, person):
    """The same words, whoever is refused and why."""
    client = client_for(getattr(world, person))
    for body in bad_bodies(world).values():
        optimised, naive = both_undone(client, "post", "packages/", body)
        assert optimised == naive
        assert optimised[0] in (400, 403, 409)


def test_a_used_up_quota_is_refused_equally(packager, world):
    """Last of all."""
    Organization.objects.update(package_quota=0)
    optimised, naive = both_undone(packager, "post", "packages/", new_package(world.package.project))
    assert optimised == naive
    assert optimised[0] == 409


@pytest.mark.parametrize("person", ["packager", "viewer", "outsider"])
def test_removals_are_equal(world, client_for, person):
    """Installed, obsolete, needed, and free."""
    (free,) = build_chain(world.package.project, 1)
    statuses = []
    for package in (*world.packages, free):
        client = client_for(getattr(world, person))
        optimised, naive = both_undone(client, "delete", f"packages/{package.pk}/")
        assert optimised == naive
        statuses.append(optimised[0])
    expected = {"packager": [409, 204, 400, 204], "viewer": [403] * 4, "outsider": [404] * 4}
    assert statuses == expected[person]


def test_an_inactive_organization_refuses_equally(packager, world):
    """Before the package is looked at."""
    Organization.objects.update(is_active=False)
    optimised, naive = both_undone(packager, "delete", f"packages/{world.package.pk}/")
    assert optimised == naive
    assert optimised[0] == 403


@each_size
@pytest.mark.parametrize("person", ["packager", "viewer", "outsider"])
def test_bulk_markings_are_equal(world, client_for, person, n):
    """Done, held, obsolete and needed ones mixed, in an order that is not that of the ids."""
    free = factories.PackageFactory.create_batch(n, project=world.package.project, store=None)
    ids = [package.pk for package in (*reversed(free), *world.packages)]
    client = client_for(getattr(world, person))
    optimised, naive = both_undone(client, "post", "packages/bulk-obsolete/", {"ids": ids})
    assert optimised == naive
    assert optimised[0] == {"packager": 200, "viewer": 403, "outsider": 400}[person]


def test_bulk_markings_by_a_superuser_are_equal(world, client_for, admin_user):
    """Who is no member anywhere."""
    ids = [package.pk for package in (*world.packages, world.foreign_package)]
    optimised, naive = both_undone(client_for(admin_user), "post", "packages/bulk-obsolete/", {"ids": ids})
    assert optimised == naive
    assert len(optimised[1]["refused"]) == 4
