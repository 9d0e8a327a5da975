"""Adding a package: what is written and answered, and everything that a new package must keep to.

Each rule is tested on both URL trees: the naive twin may be slow, but not lax.
"""

import pytest

from reference_app import factories
from reference_app.models import Membership, Organization, Package, PackageHistory, Role
from reference_app.services.package_creation import NAME_TAKEN, locked_organization, required_packages
from reference_app.tests.chains import build_chain, new_package
from reference_app.tests.requests import both_trees, fetch, package_path, sent
from reference_app.tests.snapshots import all_tables
from reference_app.tests.worlds import build

MISSING = 10**9


@pytest.fixture
def world():
    """Build a world in which nothing is deployed or installed."""
    return build(2, deployments=0, installations=0)


@pytest.fixture
def project(world):
    """Return the project that the tests add to."""
    return world.package.project


def create(client, tree, body, status=201):
    """Ask for a package, expect `status`, and return the answer."""
    return sent(client, "post", f"/{tree}/packages/", body, status)


@both_trees
def test_the_answer_is_the_detail(packager, project, tree):
    """What the next GET says, nested rows and all."""
    needed = factories.PackageFactory(project=project, version="3.1")
    answer = create(packager, tree, new_package(project, depends_on=[needed.pk]))
    assert answer["depends_on"] == [{"id": needed.pk, "fullname": needed.fullname, "min_version": "3.1"}]
    package = Package.objects.get(pk=answer["id"])
    assert fetch(packager, package_path(tree, package)) == answer


@both_trees
def test_what_is_not_said_has_a_default(packager, project, tree):
    """Storeless, for the commonest architecture, of unknown size, needing nothing."""
    body = new_package(project)
    del body["store"]
    answer = create(packager, tree, body)
    assert (answer["store_name"], answer["architecture"]) == (None, "amd64")
    assert (answer["size_bytes"], answer["depends_on"]) == (0, [])


@both_trees
def test_exactly_one_history_row_is_written(packager, world, project, tree):
    """At the moment the package has as its own."""
    package = Package.objects.get(pk=create(packager, tree, new_package(project))["id"])
    (row,) = PackageHistory.objects.all()
    assert (row.package, row.action, row.user) == (package, "created", world.packager)
    assert (row.at, row.details) == (package.created_at, {"fullname": package.fullname})


@both_trees
def test_an_id_listed_twice_counts_once(packager, project, tree):
    """Within one body."""
    needed = factories.PackageFactory(project=project)
    answer = create(packager, tree, new_package(project, depends_on=[needed.pk] * 2))
    assert len(answer["depends_on"]) == 1


@both_trees
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"project": None}, "project"),
        ({"project": 2**63}, "project"),
        ({"store": "main"}, "store"),
        ({"name": ""}, "name"),
        ({"fullname": "f" * 201}, "fullname"),
        ({"size_bytes": -1}, "size_bytes"),
        ({"depends_on": 5}, "depends_on"),
        ({"depends_on": [0]}, "depends_on"),
        ({"depends_on": list(range(1, 1002))}, "depends_on"),
    ],
    ids=["no-project", "huge", "text", "empty", "long", "negative", "no-list", "zero", "1001"],
)
def test_what_cannot_be_read_is_refused(packager, project, tree, change, field):
    """Keyed by the field to correct, before anything is asked."""
    assert list(create(packager, tree, new_package(project) | change, 400)) == [field]


@both_trees
def test_a_foreign_project_is_refused_like_a_missing_one(packager, world, project, tree):
    """In the same words, which name what was sent."""
    for pk in (world.foreign_package.project.pk, MISSING):
        answer = create(packager, tree, new_package(project, project=pk), 400)
        assert answer == {"project": [f"Unknown id: {pk}"]}


@both_trees
def test_other_projects_ids_are_refused_like_missing_ones(packager, world, project, tree):
    """Visible or foreign, all that are wrong at once, under the field that each was sent in."""
    elsewhere = factories.StoreFactory(project=world.packages[1].project)
    ids = [world.packages[1].pk, world.foreign_package.pk, MISSING]
    body = new_package(project, store=elsewhere.pk, depends_on=[world.package.pk, *ids])
    assert create(packager, tree, body, 400) == {
        "store": [f"Unknown id: {elsewhere.pk}"],
        "depends_on": [f"Unknown id: {pk}" for pk in ids],
    }


@both_trees
def test_an_obsolete_package_cannot_be_needed(packager, project, tree):
    """Or the rule that nothing active needs what is obsolete would end here."""
    obsolete = factories.PackageFactory(project=project, obsolete=True)
    answer = create(packager, tree, new_package(project, depends_on=[obsolete.pk]), 400)
    assert answer == {"depends_on": [f"Obsolete: {obsolete.pk}"]}


@both_trees
def test_a_package_cannot_need_itself(packager, project, tree):
    """Another version of the same name is the same package: a computer has one of them."""
    older = factories.PackageFactory(project=project, name="new", version="1.0")
    answer = create(packager, tree, new_package(project, depends_on=[older.pk]), 400)
    assert answer == {"depends_on": [f"This is a cycle: new_2.0_amd64.deb → {older.fullname}."]}


@both_trees
@pytest.mark.parametrize("length", [1, 4])
def test_a_cycle_is_named(packager, project, tree, length):
    """From the new package along the shortest way to its namesake."""
    chain = build_chain(project, length)
    older = factories.PackageFactory(project=project, name="new", version="1.0")
    factories.PackageDependencyFactory(package=chain[-1], requires=older)
    answer = create(packager, tree, new_package(project, depends_on=[chain[0].pk]), 400)
    names = ["new_2.0_amd64.deb", *(package.fullname for package in chain), older.fullname]
    assert answer == {"depends_on": [f"This is a cycle: {' → '.join(names)}."]}


@both_trees
def test_of_several_cycles_the_shortest_is_named(packager, project, tree):
    """Whichever dependency is listed first."""
    long, short = build_chain(project, 3), build_chain(project, 1)
    older = factories.PackageFactory(project=project, name="new", version="1.0")
    for chain in (long, short):
        factories.PackageDependencyFactory(package=chain[-1], requires=older)
    answer = create(packager, tree, new_package(project, depends_on=[long[0].pk, short[0].pk]), 400)
    assert f"new_2.0_amd64.deb → {short[0].fullname} → {older.fullname}" in answer["depends_on"][0]


@both_trees
def test_ways_that_meet_again_are_followed_once(packager, project, tree):
    """A cycle that others made is none of the new package's, and does not turn the walk into one."""
    first, second = build_chain(project, 2), build_chain(project, 2)
    factories.PackageDependencyFactory(package=first[0], requires=second[-1])
    factories.PackageDependencyFactory(package=first[-1], requires=first[0])
    create(packager, tree, new_package(project, depends_on=[first[0].pk, second[0].pk]))


@both_trees
@pytest.mark.parametrize(("length", "status"), [(20, 201), (21, 400)])
def test_dependencies_are_twenty_levels_deep_at_most(packager, project, tree, length, status):
    """A graph that is deeper is refused rather than walked to its end."""
    chain = build_chain(project, length)
    answer = create(packager, tree, new_package(project, depends_on=[chain[0].pk]), status)
    if status == 400:
        assert answer == {"depends_on": ["Dependencies are nested more than 20 levels deep."]}


@both_trees
def test_the_quota_is_the_organizations(packager, world, project, tree):
    """All of its projects count, and obsolete packages too; the last one that fits is added."""
    Organization.objects.filter(pk=world.organization.pk).update(package_quota=3)
    create(packager, tree, new_package(project))
    answer = create(packager, tree, new_package(project, fullname="other"), 409)
    assert answer == {"detail": "The organization's quota of 3 packages is used up."}


@both_trees
def test_a_full_name_is_taken_in_its_project_alone(packager, world, project, tree):
    """Another project has names of its own."""
    body = new_package(project, fullname=world.package.fullname)
    answer = create(packager, tree, body, 409)
    assert answer == {"detail": "The project has a package of this full name already."}
    create(packager, tree, body | {"project": world.packages[1].project.pk, "store": None})


@both_trees
@pytest.mark.parametrize("role", list(Role))
def test_packagers_and_above_create(world, project, client_for, tree, role):
    """Below it is a 403 that names the role; what else is wrong with the body is not told."""
    client = client_for(factories.MembershipFactory(organization=world.organization, role=role).user)
    if role.includes(Role.PACKAGER):
        create(client, tree, new_package(project))
    else:
        answer = create(client, tree, new_package(project, depends_on=[MISSING]), 403)
        assert answer == {"detail": "This needs the role packager."}


@both_trees
def test_an_inactive_organization_gets_nothing_new(packager, world, project, tree):
    """Read-only means everybody."""
    Organization.objects.filter(pk=world.organization.pk).update(is_active=False)
    answer = create(packager, tree, new_package(project), 403)
    assert answer == {"detail": "The organization is inactive and can only be read."}


@both_trees
def test_superusers_create_everywhere(client_for, admin_user, project, tree):
    """Without a membership."""
    create(client_for(admin_user), tree, new_package(project))


@both_trees
def test_a_project_that_a_membership_does_not_list_is_not_found(packager, world, project, tree):
    """The organization's other projects stay closed for writing too."""
    Membership.objects.get(user=world.packager).projects.set([world.packages[1].project])
    assert list(create(packager, tree, new_package(project), 400)) == ["project"]


@both_trees
def test_a_failure_while_writing_undoes_everything(packager, project, tree, monkeypatch):
    """The last write fails, and nothing that came before it stays."""

    def fail(row, **options):
        raise RuntimeError(f"no room for {row} with {options}")

    monkeypatch.setattr(PackageHistory, "save", fail)
    needed = factories.PackageFactory(project=project)
    before = all_tables()
    with pytest.raises(RuntimeError, match="no room"):
        packager.post(f"/{tree}/packages/", new_package(project, depends_on=[needed.pk]))
    assert all_tables() == before


def test_a_name_that_a_report_has_brought_meanwhile_is_a_conflict(packager, project, monkeypatch):
    """A report does not wait for the organization, so that the database has the last word."""
    body = new_package(project)
    monkeypatch.setattr(
        "reference_app.services.package_creation.refuse_conflicts",
        lambda _organization, _census: factories.PackageFactory(project=project, fullname=body["fullname"]),
    )
    answer = packager.post("/api/packages/", body)
    assert (answer.status_code, answer.json()) == (409, {"detail": NAME_TAKEN})


def test_the_organization_is_locked_and_no_other_row(world, project, monkeypatch):
    """Projects and memberships are subqueries: who reads or changes them does not wait for a package."""
    locked = []
    monkeypatch.setattr("django.db.models.QuerySet.first", lambda rows: locked.append(rows.query) or 1)
    locked_organization(project.pk, world.packager)
    assert tables_of(locked[0]) == {Organization._meta.db_table}


def test_what_is_needed_is_locked(world, project, monkeypatch):
    """Against becoming obsolete before the new package is written."""
    locked = []
    body = new_package(project, depends_on=[world.package.pk])
    monkeypatch.setattr(
        "django.db.models.QuerySet.__iter__", lambda rows: locked.append(rows.query) or iter(())
    )
    required_packages(body, world.organization)
    assert tables_of(locked[0]) == {Package._meta.db_table}


def tables_of(query):
    """Return the tables that a locking query locks."""
    assert query.select_for_update
    return {table for table, n_uses in query.alias_refcount.items() if n_uses}
