"""The synchronization of a computer: what it writes, and everything that stands in its way.

Each rule is tested on both URL trees: the naive twin may be slow, but not lax.
"""

from uuid import uuid4

import pytest
from django.test import RequestFactory

from reference_app import factories
from reference_app.models import Attribute, Computer, Package, Role, Synchronization
from reference_app.tests.fleets import build_report
from reference_app.tests.requests import both_trees, computer_path, fetch, post, sent
from reference_app.tests.snapshots import all_tables
from reference_app.tests.worlds import build
from reference_app.views.computers import ComputerViewSet

EMPTY = {"started_at": "2026-04-01T00:00:00Z", "attributes": [], "packages": []}


@pytest.fixture
def world():
    """Build a world in which nothing is deployed; most tests begin with the computer that is new to it."""
    return build(2, deployments=0, installations=0)


@pytest.fixture
def computer(world):
    """Return the computer that never synchronized."""
    return world.never_synced_computer


def sync(client, tree, computer, body, status):
    """Report `body`, expect `status`, and return the answer."""
    return sent(client, "post", computer_path(tree, computer, "sync"), body, status)


def live_names(computer):
    """Return the full names of what is installed, in order."""
    return sorted(computer.installations.live().values_list("package__fullname", flat=True))


@both_trees
def test_a_report_becomes_what_the_computer_is(packager, computer, tree):
    """Attributes, packages, address and time."""
    report = build_report(computer, packages=2, attributes=2) | {"ip": "192.0.2.7", "ok": False}
    answer = post(packager, computer_path(tree, computer, "sync"), report, 201)
    computer.refresh_from_db()
    synchronization = computer.synchronizations.get()
    assert live_names(computer) == report["packages"]
    assert computer.attributes.count() == 2
    assert (computer.ip, computer.sync_start) == ("192.0.2.7", synchronization.started_at)
    assert computer.sync_end == synchronization.created_at
    assert (synchronization.project, synchronization.ok) == (computer.project, False)
    assert (answer["computer"], answer["ok"]) == (str(computer.uuid), False)


@both_trees
def test_what_is_missing_from_the_report_is_gone(packager, computer, tree):
    """An installation ends and stays as history; a link is removed and its attribute stays."""
    installation = factories.InstallationFactory(computer=computer)
    attribute = factories.AttributeFactory()
    computer.attributes.add(attribute)
    post(packager, computer_path(tree, computer, "sync"), EMPTY, 201)
    installation.refresh_from_db()
    assert installation.uninstalled_at
    assert not computer.attributes.exists()
    assert Attribute.objects.filter(pk=attribute.pk).exists()


@both_trees
def test_what_stays_is_not_touched(packager, computer, tree):
    """The same installation and the same attribute as before, no second ones."""
    report = build_report(computer, packages=2, attributes=2)
    path = computer_path(tree, computer, "sync")
    post(packager, path, report, 201)
    before = list(computer.installations.values()), list(computer.attributes.values())
    post(packager, path, report | {"started_at": "2026-05-01T00:00:00Z"}, 201)
    assert (list(computer.installations.values()), list(computer.attributes.values())) == before


@both_trees
def test_known_packages_and_values_are_used(packager, computer, tree):
    """Also those that another computer brought; one that was removed is installed anew."""
    package = factories.PackageFactory(project=computer.project)
    factories.InstallationFactory(computer=computer, package=package, removed=True)
    value = factories.AttributeFactory(property__organization=computer.project.organization)
    report = EMPTY | {
        "packages": [package.fullname],
        "attributes": [{"prefix": value.property.prefix, "value": value.value}],
    }
    post(packager, computer_path(tree, computer, "sync"), report, 201)
    assert computer.installations.filter(package=package).count() == 2
    assert computer.attributes.get() == value


@both_trees
def test_one_property_may_have_several_values(packager, computer, tree):
    """And a value of another property that is called the same is another one."""
    first, second = factories.PropertyFactory.create_batch(2, organization=computer.project.organization)
    factories.AttributeFactory(property=second, value="a")
    pairs = [(first, "a"), (first, "b"), (second, "b")]
    report = EMPTY | {"attributes": [{"prefix": each.prefix, "value": value} for each, value in pairs]}
    post(packager, computer_path(tree, computer, "sync"), report, 201)
    found = computer.attributes.order_by("pk").values_list("property", "value")
    assert sorted(found) == sorted((each.pk, value) for each, value in pairs)


@both_trees
@pytest.mark.parametrize(
    ("fullname", "parts"),
    [
        ("tool_1.0-2_amd64.deb", ("tool", "1.0-2", "amd64")),
        ("bash-5.1.8-6.el9.x86_64.rpm", ("bash-5.1.8-6.el9.x86_64.rpm", "", "")),
        ("t" * 150 + "_1_all.deb", ("t" * 100, "1", "all")),
        ("_1_all.deb", ("_1_all.deb", "", "")),
    ],
)
def test_an_unknown_package_is_added_to_the_project(packager, computer, tree, fullname, parts):
    """Storeless, its name taken apart where it is a Debian one."""
    post(packager, computer_path(tree, computer, "sync"), EMPTY | {"packages": [fullname]}, 201)
    package = Package.objects.get(fullname=fullname)
    assert (package.name, package.version, package.architecture) == parts
    assert (package.project, package.store) == (computer.project, None)


@both_trees
def test_no_quota_refuses_what_a_computer_has(packager, computer, world, tree):
    """A report tells what is there."""
    world.organization.package_quota = 0
    world.organization.save()
    post(packager, computer_path(tree, computer, "sync"), EMPTY | {"packages": ["one", "two"]}, 201)
    assert live_names(computer) == ["one", "two"]


@both_trees
def test_a_package_of_another_project_is_not_the_one(packager, computer, world, tree):
    """Full names are unique in a project alone."""
    name = world.foreign_package.fullname
    factories.InstallationFactory(computer=computer, package=world.foreign_package)
    Package.objects.filter(fullname=name).exclude(pk=world.foreign_package.pk).update(fullname="other")
    post(packager, computer_path(tree, computer, "sync"), EMPTY | {"packages": [name]}, 201)
    assert computer.installations.live().get().package.project == computer.project


@both_trees
def test_what_is_listed_twice_counts_once(packager, computer, tree):
    """Within one report."""
    report = build_report(computer, packages=1, attributes=1)
    doubled = report | {key: report[key] * 2 for key in ("packages", "attributes")}
    post(packager, computer_path(tree, computer, "sync"), doubled, 201)
    assert (computer.installations.count(), computer.attributes.count()) == (1, 1)


@both_trees
def test_an_address_that_is_not_reported_stays(packager, tree):
    """Null takes it away; absence does not."""
    computer = Computer.objects.get(name="former")
    path = computer_path(tree, computer, "sync")
    post(packager, path, EMPTY, 201)
    assert Computer.objects.get(pk=computer.pk).ip == "192.0.2.1"
    post(packager, path, EMPTY | {"started_at": "2026-05-01T00:00:00Z", "ip": None}, 201)
    assert Computer.objects.get(pk=computer.pk).ip is None


@both_trees
def test_a_repeated_report_gets_the_same_answer_and_writes_nothing(packager, computer, tree):
    """Told apart by the computer's own start; what else it says is not read again."""
    path = computer_path(tree, computer, "sync")
    answer = post(packager, path, EMPTY, 201)
    before = all_tables()
    assert post(packager, path, EMPTY | {"packages": ["new"]}) == answer
    assert all_tables() == before


@both_trees
def test_a_repeated_report_is_known_after_a_later_one(packager, computer, tree):
    """A network that delivers twice and late is no conflict."""
    path = computer_path(tree, computer, "sync")
    answer = post(packager, path, EMPTY, 201)
    post(packager, path, EMPTY | {"started_at": "2026-05-01T00:00:00Z"}, 201)
    assert post(packager, path, EMPTY) == answer


@both_trees
def test_an_older_report_is_a_conflict(packager, computer, tree):
    """It would undo what a later one said."""
    post(packager, computer_path(tree, computer, "sync"), EMPTY, 201)
    answer = sync(packager, tree, computer, EMPTY | {"started_at": "2026-03-31T23:59:59Z"}, 409)
    assert answer == {"detail": "The computer has sent a later report."}


@both_trees
def test_two_computers_may_start_at_the_same_time(packager, world, tree):
    """The start tells the reports of one computer apart."""
    for computer in Computer.objects.for_user(world.packager):
        post(packager, computer_path(tree, computer, "sync"), EMPTY, 201)
    assert Synchronization.objects.filter(started_at=EMPTY["started_at"]).count() == 2


@both_trees
@pytest.mark.parametrize("action", ["sync", "simulate-sync"])
@pytest.mark.parametrize("uuid", [uuid4(), "no-uuid"])
def test_an_unknown_uuid_is_not_found(packager, tree, action, uuid):
    """Nor is what is none."""
    path = f"/{tree}/computers/{uuid}/{action}/"
    answer = post(packager, path, EMPTY, 404) if action == "sync" else fetch(packager, path, 404)
    assert list(answer) == ["detail"]


@both_trees
def test_an_unsubscribed_computer_is_refused(packager, computer, tree):
    """Whatever it says, and also in a simulation."""
    Computer.objects.update(status="unsubscribed")
    answer = sync(packager, tree, computer, EMPTY, 403)
    assert answer == {"detail": "The computer is unsubscribed."}
    assert fetch(packager, computer_path(tree, computer, "simulate-sync"), 403) == answer


@both_trees
def test_unknown_prefixes_are_refused_by_name(packager, computer, tree):
    """All of them, sorted; the known one is not."""
    known = factories.PropertyFactory(organization=computer.project.organization)
    prefixes = ["Z", known.prefix, "Y"]
    body = EMPTY | {"attributes": [{"prefix": prefix, "value": "1"} for prefix in prefixes]}
    answer = sync(packager, tree, computer, body, 400)
    assert answer == {"attributes": ["Unknown prefix: Y", "Unknown prefix: Z"]}


@both_trees
def test_foreign_prefixes_and_tags_are_unknown(packager, computer, world, tree):
    """People give tags; and another organization's property does not exist."""
    foreign = factories.PropertyFactory(organization=world.other_organization)
    tag = factories.PropertyFactory(organization=world.organization, kind="tag")
    body = EMPTY | {"attributes": [{"prefix": each.prefix, "value": "1"} for each in (foreign, tag)]}
    expected = sorted(f"Unknown prefix: {each.prefix}" for each in (foreign, tag))
    assert sync(packager, tree, computer, body, 400) == {"attributes": expected}


@both_trees
def test_an_own_property_wins_over_a_common_one(packager, computer, tree):
    """In either order of creation; without an own one, the common one is known."""
    own = factories.PropertyFactory(organization=computer.project.organization, prefix="NET")
    factories.PropertyFactory(organization=None, prefix="NET")
    common = factories.PropertyFactory(organization=None, prefix="CPU")
    body = EMPTY | {"attributes": [{"prefix": prefix, "value": "1"} for prefix in ("NET", "CPU")]}
    post(packager, computer_path(tree, computer, "sync"), body, 201)
    assert set(computer.attributes.values_list("property", flat=True)) == {own.pk, common.pk}


@both_trees
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"packages": ["p"] * 5001}, "packages"),
        ({"packages": ["p" * 201]}, "packages"),
        ({"packages": "tool"}, "packages"),
        ({"attributes": [{"prefix": "A", "value": "1"}] * 501}, "attributes"),
        ({"attributes": [{"prefix": "A"}]}, "attributes"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"ip": "far away"}, "ip"),
    ],
    ids=["5001-packages", "long-name", "no-list", "501-attributes", "no-value", "no-date", "no-address"],
)
def test_what_cannot_be_read_is_refused(packager, computer, tree, change, field):
    """Keyed by the field to correct."""
    assert list(sync(packager, tree, computer, EMPTY | change, 400)) == [field]


@both_trees
@pytest.mark.parametrize("field", EMPTY)
def test_nothing_may_be_left_out(packager, computer, tree, field):
    """A list that is missing would empty what it stands for."""
    body = {name: value for name, value in EMPTY.items() if name != field}
    assert list(sync(packager, tree, computer, body, 400)) == [field]


@both_trees
@pytest.mark.parametrize("role", list(Role))
def test_packagers_and_above_report(world, computer, client_for, tree, role):
    """A report adds packages to the project."""
    client = client_for(factories.MembershipFactory(organization=world.organization, role=role).user)
    if role.includes(Role.PACKAGER):
        post(client, computer_path(tree, computer, "sync"), EMPTY, 201)
    else:
        answer = sync(client, tree, computer, EMPTY, 403)
        assert answer == {"detail": "This needs the role packager."}
    fetch(client, computer_path(tree, computer, "simulate-sync"))


@both_trees
def test_an_inactive_organization_takes_no_report(world, computer, packager, tree):
    """It is read-only for its computers too."""
    world.organization.is_active = False
    world.organization.save()
    sync(packager, tree, computer, EMPTY, 403)


@both_trees
def test_a_failure_while_writing_undoes_everything(packager, computer, tree, monkeypatch):
    """The last write fails, and nothing that came before it stays."""

    def fail(row, **options):
        raise RuntimeError(f"no room for {row} with {options}")

    monkeypatch.setattr(Synchronization, "save", fail)
    report = build_report(computer, packages=2, attributes=2, removed=1)
    before = all_tables()
    with pytest.raises(RuntimeError, match="no room"):
        packager.post(computer_path(tree, computer, "sync"), report)
    assert all_tables() == before


def test_the_row_is_locked_and_no_other(world):
    """A join would lock the project for every computer that reports."""
    request = RequestFactory().post("/")
    request.user = world.packager
    query = ComputerViewSet(request=request, action="sync").get_queryset().query
    assert query.select_for_update
    assert {table for table, n_uses in query.alias_refcount.items() if n_uses} == {Computer._meta.db_table}


def test_what_another_computer_added_in_between_is_found(packager, computer, monkeypatch):
    """The insert ignores the conflict, and the row is found whoever added it."""
    bulk_create = type(Package.objects).bulk_create

    def add_first(manager, rows, **options):
        factories.PackageFactory(project=computer.project, fullname="tool")
        return bulk_create(manager, rows, **options)

    monkeypatch.setattr(type(Package.objects), "bulk_create", add_first)
    post(packager, computer_path("api", computer, "sync"), EMPTY | {"packages": ["tool"]}, 201)
    assert live_names(computer) == ["tool"]
    assert Package.objects.filter(project=computer.project, fullname="tool").count() == 1
