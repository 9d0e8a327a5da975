"""Copies of rows: valid, apart where they must be, with what hangs on them."""

import datetime as dt
import uuid

import pytest
from django.db import models
from django.db.models.signals import post_save
from django.utils.connection import ConnectionDoesNotExist

from querybudget.replay import clones
from reference_app import factories
from reference_app.models import (
    Computer,
    Deployment,
    Membership,
    Package,
    PackageDependency,
    Project,
    ScheduleDelay,
)
from reference_app.traps.models import Device, Laptop

pytestmark = pytest.mark.django_db


def cloned(row, n=2, **how):
    """Copy a row and return the copies."""
    model = type(row)
    before = set(model.objects.values_list("pk", flat=True))
    clones.clone([model.objects.get(pk=row.pk)], n, **how)
    return list(model.objects.exclude(pk__in=before).order_by("pk"))


def test_copies_share_what_may_be_shared_and_differ_where_they_must():
    package = factories.PackageFactory()
    first, second = cloned(package)
    assert {first.project, second.project} == {package.project}
    assert len({package.fullname, first.fullname, second.fullname}) == 3
    assert (first.version, first.size_bytes) == (package.version, package.size_bytes)


def test_what_points_to_a_row_is_copied_with_it():
    package = factories.PackageFactory()
    factories.DeploymentFactory(project=package.project, packages=[package])
    factories.InstallationFactory(package=package)
    [copy] = cloned(package, 1)
    assert list(copy.deployments.all()) == list(package.deployments.all())
    assert copy.installations.count() == 1
    assert Deployment.objects.count() == 1


def test_a_parent_may_be_copied_too():
    package = factories.PackageFactory()
    first, second = cloned(package, distinct=["project"])
    assert len({package.project, first.project, second.project}) == 3
    assert first.project.organization == package.project.organization


def test_the_key_by_which_rows_are_reached_stays():
    dependency = PackageDependency.objects.create(
        package=factories.PackageFactory(), requires=factories.PackageFactory(), min_version="1"
    )
    [copy] = cloned(dependency, 1, kept=["package"])
    assert (copy.package, copy.requires == dependency.requires) == (dependency.package, False)


def test_of_a_pair_of_keys_one_gets_a_row_of_its_own():
    membership = factories.MembershipFactory()
    [copy] = cloned(membership, 1)
    assert (copy.user == membership.user) + (copy.organization == membership.organization) == 1
    assert Membership.objects.count() == 2


def test_a_number_beside_a_key_is_changed_before_the_key():
    delay = ScheduleDelay.objects.create(schedule=factories.ScheduleFactory(), delay=1, duration=1)
    assert [each.delay for each in cloned(delay)] == [2, 3]


def test_a_child_class_is_copied_with_its_parents_part():
    Laptop.objects.create(name="one", serial="1")
    [copy] = cloned(Device.objects.get(), 1)
    assert (copy.name, copy.laptop.serial, Laptop.objects.count()) == ("one", "1", 2)


def test_no_signal_is_sent_and_all_listen_again_afterwards():
    heard = []

    def listen(sender, **_):
        heard.append(sender)

    post_save.connect(listen, sender=Project)
    try:
        project = factories.ProjectFactory()
        cloned(project)
        assert heard == [Project]
        factories.ProjectFactory()
        assert heard == [Project, Project]
    finally:
        post_save.disconnect(listen, sender=Project)


class Value(models.Model):
    """Has a unique column of each kind."""

    text = models.CharField(max_length=8, unique=True)
    mail = models.EmailField(max_length=20, unique=True)
    address = models.GenericIPAddressField(unique=True)
    key = models.UUIDField(unique=True)
    number = models.DecimalField(max_digits=5, decimal_places=1, unique=True)
    day = models.DateField(unique=True)
    moment = models.DateTimeField(unique=True)
    span = models.DurationField(unique=True)
    flag = models.BooleanField(unique=True)
    maybe = models.CharField(max_length=8, unique=True, null=True)  # noqa: DJ001 - a null is what it is about
    other = models.JSONField(unique=True)

    class Meta:
        app_label = "tests"
        managed = False

    def __str__(self):
        return self.text


@pytest.mark.parametrize(
    ("name", "value", "changed"),
    [
        ("text", "abcdefgh", "abcdef-1"),
        ("text", "ab", "ab-1"),
        ("mail", "ab@example.com", "ab-1@example.com"),
        ("mail", "abcdefgh@example.com", "abcdef-1@example.com"),
        ("address", "10.0.0.1", "10.0.0.2"),
        ("day", dt.date(2026, 1, 31), dt.date(2026, 2, 1)),
        ("moment", dt.datetime(2026, 1, 31, tzinfo=dt.UTC), dt.datetime(2026, 2, 1, tzinfo=dt.UTC)),
        ("span", dt.timedelta(0), dt.timedelta(seconds=1)),
        ("flag", True, True),
        ("maybe", None, None),
        ("other", {"a": 1}, {"a": 1}),
    ],
)
def test_a_unique_value_is_changed_to_one_of_its_kind(name, value, changed):
    row = Value(**{name: value})
    assert clones._changed(row, Value._meta.get_field(name), 1) == changed


def test_a_unique_key_is_another_and_always_the_same():
    row, field = Value(key=uuid.UUID(int=1)), Value._meta.get_field("key")
    first, again = clones._changed(row, field, 1), clones._changed(row, field, 1)
    assert first == again != clones._changed(row, field, 2)


def test_a_number_is_sought_where_its_row_came_from():
    row = Value(number=1)
    row._state.db = "elsewhere"
    with pytest.raises(ConnectionDoesNotExist, match="elsewhere"):
        clones._changed(row, row._meta.get_field("number"), 1)


def test_a_row_with_a_key_that_nobody_makes_gets_another():
    computer = factories.ComputerFactory()
    [copy] = cloned(computer, 1)
    assert copy.uuid != computer.uuid
    assert Computer.objects.count() == 2


def test_only_so_many_rows_are_copied_with_one(monkeypatch):
    monkeypatch.setattr(clones, "MAX_HANGING", 2)
    project = factories.ProjectFactory()
    factories.PackageFactory.create_batch(5, project=project, store=None)
    cloned(project, 1)
    assert Package.objects.count() == 7
