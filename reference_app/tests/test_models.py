"""Rules that the database keeps, factories that respect them, and a migration that declares them."""

from contextlib import nullcontext
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection, transaction

from reference_app import factories, models
from reference_app.models.history import HistoryIsAppendOnlyError
from reference_app.tests.counting import count_queries

FACTORIES = [
    factory for name, factory in vars(factories).items() if name.endswith("Factory") and name[0].isupper()
]
FACTORIES.remove(factories.DjangoModelFactory)

each_factory = pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory._meta.model.__name__)


def broken_rows():
    """Name every rule with a call that breaks it."""
    f = factories
    return {
        "one membership per organization": lambda: _twice(f.MembershipFactory, "user", "organization"),
        "one slug per organization": lambda: _twice(f.ProjectFactory, "organization", "slug"),
        "one store name per project": lambda: _twice(f.StoreFactory, "project", "name"),
        "one full name per project": lambda: _twice(f.PackageFactory, "project", "fullname"),
        "obsolete without a date": lambda: f.PackageFactory(is_obsolete=True),
        "a date without obsolete": lambda: f.PackageFactory(obsoleted_at=f.START),
        "one dependency per pair": lambda: _twice(f.PackageDependencyFactory, "package", "requires"),
        "no need of itself": _need_of_itself,
        "one value per property": lambda: _twice(f.AttributeFactory, "property", "value"),
        "one delay per schedule": lambda: _twice(f.ScheduleDelayFactory, "schedule", "delay"),
        "no negative delay": lambda: f.ScheduleDelayFactory(delay=-1),
        "no empty duration": lambda: f.ScheduleDelayFactory(duration=0),
        "one deployment slug per project": lambda: _twice(f.DeploymentFactory, "project", "slug"),
        "external without base_url": lambda: f.DeploymentFactory(source="external"),
        "one computer per uuid": lambda: _twice(f.ComputerFactory, "uuid"),
        "one synchronization per start": lambda: _twice(f.SynchronizationFactory, "computer", "started_at"),
    }


def _twice(factory, *unique):
    """Make a row, and another one that is like it in `unique`."""
    first = factory()
    factory(**{name: getattr(first, name) for name in unique})


def _need_of_itself():
    package = factories.PackageFactory()
    factories.PackageDependencyFactory(package=package, requires=package)


@pytest.mark.parametrize("rule", broken_rows())
def test_the_database_keeps_the_rule(rule):
    """Whatever way a row comes in."""
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        broken_rows()[rule]()


def test_one_live_installation_per_pair():
    """As many past ones as there were. MariaDB has no partial index: there the service alone keeps it."""
    past = factories.InstallationFactory(removed=True)
    factories.InstallationFactory(
        computer=past.computer,
        package=past.package,
        removed=True,
        installed_at=past.installed_at + timedelta(days=2),
    )
    live = factories.InstallationFactory(computer=past.computer, package=past.package)
    has_index = connection.features.supports_partial_indexes
    with pytest.raises(IntegrityError) if has_index else nullcontext(), transaction.atomic():
        factories.InstallationFactory(computer=live.computer, package=live.package)


def test_every_model_has_a_factory():
    """The automatic many-to-many tables need none."""
    made = {factory._meta.model for factory in FACTORIES}
    assert set(apps.get_app_config("reference_app").get_models()) <= made


@each_factory
def test_a_bare_factory_makes_a_valid_row(factory):
    """Twice, because sequences must keep what is unique apart."""
    for row in (factory(), factory()):
        row.full_clean()


@pytest.mark.parametrize(
    ("factory", "trait"),
    [
        (factories.PackageFactory, "obsolete"),
        (factories.DeploymentFactory, "external"),
        (factories.ComputerFactory, "never_synced"),
        (factories.InstallationFactory, "removed"),
    ],
)
def test_a_trait_makes_a_valid_row(factory, trait):
    """Each trait sets all columns that have to agree."""
    factory(**{trait: True}).full_clean()


@each_factory
def test_str_asks_no_query(factory):
    """Lists in the admin, error messages and debuggers call it for every row."""
    row = factory._meta.model._base_manager.get(pk=factory().pk)
    assert count_queries(lambda: str(row)) == 0
    assert str(row)


def test_parents_agree_with_each_other():
    """A factory that ignored this would make data that no endpoint accepts."""
    installation, deployment = factories.InstallationFactory(), factories.DeploymentFactory()
    error, dependency = factories.ErrorFactory(), factories.PackageDependencyFactory()
    assert installation.package.project == installation.computer.project
    assert installation.package.store.project == installation.package.project
    assert deployment.schedule.organization == deployment.project.organization
    assert error.synchronization.computer == error.computer
    assert dependency.requires.project == dependency.package.project


@pytest.mark.parametrize("factory", [factories.PackageHistoryFactory, factories.DeploymentHistoryFactory])
def test_history_is_append_only(factory):
    """Neither the row nor a queryset changes or removes it."""
    row = factory()
    rows = type(row).objects.all()
    upsert = {"update_conflicts": True, "update_fields": ["action"], "unique_fields": ["id"]}
    for forbidden in (
        row.save,
        row.delete,
        rows.delete,
        lambda: rows.update(action="changed"),
        lambda: rows.bulk_update([row], ["action"]),
        lambda: rows.bulk_create([row], **upsert),
        lambda: rows.update_or_create({"action": "changed"}, pk=row.pk),
    ):
        with pytest.raises(HistoryIsAppendOnlyError), transaction.atomic():
            forbidden()
    assert rows.count() == 1


@pytest.mark.parametrize(
    ("factory", "parent"),
    [
        (factories.PackageHistoryFactory, "package"),
        (factories.DeploymentHistoryFactory, "deployment"),
    ],
)
def test_history_survives_its_object(factory, parent):
    """The name stays in the details."""
    row = factory()
    name = getattr(row, parent).name
    getattr(row, parent).delete()
    row.refresh_from_db()
    assert getattr(row, parent) is None
    assert name in "".join(row.details.values())


@pytest.mark.parametrize("factory", [factories.PackageHistoryFactory, factories.DeploymentHistoryFactory])
def test_history_survives_its_user(factory):
    """Whoever did something may go; what was done stays."""
    row = factory()
    row.user.delete()
    row.refresh_from_db()
    assert row.user is None


def test_roles_are_ranked():
    """Each includes itself and those before it."""
    roles = list(models.Role)
    included = [[other for other in roles if role.includes(other)] for role in roles]
    assert included == [roles[: position + 1] for position in range(len(roles))]


def test_migrations_are_in_sync_with_the_models():
    """On every Django that the application runs on."""
    output = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=output)
    assert "No changes" in output.getvalue()
