"""Marking many packages obsolete at once: the rules for one, told apart for each."""

import pytest

from querybudget import query_budget
from reference_app import factories
from reference_app.models import Deployment, Organization, Package, PackageHistory, Role
from reference_app.tests.chains import build_chain
from reference_app.tests.requests import both_trees, post, sent
from reference_app.tests.snapshots import all_tables
from reference_app.tests.worlds import build


def mark(client, tree, ids, status=200):
    """Ask for the packages with `ids`, expect `status`, and return the answer."""
    return sent(client, "post", f"/{tree}/packages/bulk-obsolete/", {"ids": ids}, status)


def free_packages(world, n):
    """Make `n` packages that nothing holds."""
    return factories.PackageFactory.create_batch(n, project=world.package.project, store=None)


@both_trees
def test_free_packages_become_obsolete(packager, world, tree):
    """Each with one history row, all at the same moment."""
    ids = [package.pk for package in free_packages(world, 2)]
    assert mark(packager, tree, ids[::-1]) == {"done": ids, "refused": []}
    rows = PackageHistory.objects.all()
    assert sorted(row.package_id for row in rows) == sorted(ids)
    assert {(row.action, row.user_id) for row in rows} == {("obsoleted", world.packager.pk)}
    for row in rows:
        assert (row.at, row.details) == (row.package.obsoleted_at, {"fullname": row.package.fullname})


@both_trees
def test_each_refusal_says_what_the_single_action_says(packager, world, tree):
    """One held, one obsolete, one needed; the free one is done."""
    (free,) = free_packages(world, 1)
    held, obsolete, needed = world.packages
    answer = mark(packager, tree, [free.pk, held.pk, obsolete.pk, needed.pk])
    deployments = [f"{each.project.name}/{each.name}" for each in world.deployments]
    assert answer["done"] == [free.pk]
    assert answer["refused"] == [
        {"id": held.pk, "detail": "Enabled deployments hold this package.", "deployments": deployments},
        {"id": obsolete.pk, "detail": "The package is obsolete already."},
        {"id": needed.pk, "detail": "Active packages need this package.", "packages": [held.fullname]},
    ]


@both_trees
def test_five_names_are_given_of_each(packager, world, tree):
    """Not five of all: the first package does not use up the names of the second."""
    project = world.package.project
    needed = free_packages(world, 2)
    for package in needed:
        factories.DeploymentFactory.create_batch(6, project=project, schedule=None, packages=[package])
    answer = mark(packager, tree, [package.pk for package in needed])
    assert [len(refusal["deployments"]) for refusal in answer["refused"]] == [5, 5]
    Deployment.objects.all().delete()
    for package in needed:
        for _ in range(6):
            factories.PackageDependencyFactory(package=free_packages(world, 1)[0], requires=package)
    answer = mark(packager, tree, [package.pk for package in needed])
    assert [len(refusal["packages"]) for refusal in answer["refused"]] == [5, 5]


@both_trees
def test_deployments_of_hidden_projects_hold_without_being_named(packager, world, tree):
    """And do not use up the five names either."""
    project = world.package.project
    factories.DeploymentFactory(project=project, packages=[world.package], name="seen")
    world.packager.memberships.get().projects.set([project])
    (refusal,) = mark(packager, tree, [world.package.pk])["refused"]
    assert refusal["deployments"] == [f"{project.name}/seen"]
    Deployment.objects.filter(name="seen").delete()
    (refusal,) = mark(packager, tree, [world.package.pk])["refused"]
    assert refusal["deployments"] == []


@both_trees
def test_packages_are_judged_as_they_were_before_the_request(packager, world, tree):
    """A package and the one it needs: the latter has to wait."""
    first, second = (package.pk for package in build_chain(world.package.project, 2))
    answer = mark(packager, tree, [first, second])
    assert (answer["done"], [each["id"] for each in answer["refused"]]) == ([first], [second])
    assert mark(packager, tree, [second])["done"] == [second]


@both_trees
def test_an_id_listed_twice_counts_once(packager, world, tree):
    """And is reported once."""
    (package,) = free_packages(world, 1)
    assert mark(packager, tree, [package.pk] * 2) == {"done": [package.pk], "refused": []}


@both_trees
def test_one_unknown_id_refuses_all(packager, world, tree):
    """Foreign ones like missing ones, all of them named."""
    unknown = [world.foreign_package.pk, 10**9]
    answer = mark(packager, tree, [free_packages(world, 1)[0].pk, *unknown], 400)
    assert answer == {"ids": [f"Unknown id: {pk}" for pk in unknown]}


@both_trees
@pytest.mark.parametrize("ids", [None, [], 5, ["x"], [-1], [2**63]])
def test_what_cannot_be_read_is_refused(packager, tree, ids):
    """Before anything is asked."""
    assert list(mark(packager, tree, ids, 400)) == ["ids"]


@both_trees
def test_a_body_that_is_no_object_is_refused(packager, tree):
    """A bare list included."""
    answer = post(packager, f"/{tree}/packages/bulk-obsolete/", [1, 2], 400)
    assert list(answer) == ["non_field_errors"]


@both_trees
def test_a_thousand_ids_and_no_more(packager, world, tree):
    """As they were sent, repetitions included; above it is a 413."""
    pk = world.packages[1].pk
    assert len(mark(packager, tree, [pk] * 1000)["refused"]) == 1
    answer = mark(packager, tree, [pk] * 1001, 413)
    assert answer == {"detail": "1001 ids, at most 1000 at once."}


@both_trees
def test_a_role_that_is_too_low_for_one_refuses_all(world, client_for, tree):
    """A packager here who only reads there."""
    member = factories.MembershipFactory(organization=world.organization, role=Role.VIEWER)
    factories.MembershipFactory(user=member.user, organization=world.other_organization)
    ids = [world.foreign_package.pk, world.packages[1].pk]
    assert mark(client_for(member.user), tree, ids, 403) == {"detail": "This needs the role packager."}


@both_trees
def test_an_inactive_organization_is_read_only(packager, world, tree):
    """For one package as for many."""
    Organization.objects.filter(pk=world.organization.pk).update(is_active=False)
    answer = mark(packager, tree, [world.packages[1].pk], 403)
    assert answer == {"detail": "The organization is inactive and can only be read."}


@both_trees
def test_superusers_need_no_membership(client_for, admin_user, world, tree):
    """They mark packages of several organizations at once."""
    Deployment.objects.all().update(enabled=False)
    ids = [world.package.pk, world.foreign_package.pk]
    assert mark(client_for(admin_user), tree, ids)["done"] == ids


@both_trees
def test_a_failure_while_writing_undoes_everything(packager, world, tree, monkeypatch):
    """No package is obsolete without its history row."""

    def fail(*args, **options):
        raise RuntimeError(f"no room for {args} with {options}")

    monkeypatch.setattr(PackageHistory, "save", fail)
    monkeypatch.setattr(type(PackageHistory.objects), "bulk_create", fail)
    (package,) = free_packages(world, 1)
    before = all_tables()
    with pytest.raises(RuntimeError, match="no room"):
        mark(packager, tree, [package.pk])
    assert all_tables() == before


@pytest.mark.thorough
@query_budget(None, action="PackageViewSet.bulk_obsolete", reason="SQLite splits the INSERT")
def test_a_thousand_packages_are_marked(client_for):
    """At the limit itself."""
    world = build(2, deployments=0, installations=0)
    rows = [factories.PackageFactory.build(project=world.package.project, store=None) for _ in range(1000)]
    ids = [package.pk for package in Package.objects.bulk_create(rows)]
    assert mark(client_for(world.packager), "api", ids)["done"] == ids
    assert PackageHistory.objects.count() == 1000
