"""Factories for every model. Each one, called bare, makes a valid row with the parents it needs.

Values are numbered, never random, so that a test that fails today fails tomorrow. Parents agree with each
other: a package's store is of its own project, an installed package of the computer's.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import factory
from django.contrib.auth import get_user_model
from factory.django import DjangoModelFactory

from reference_app import models
from reference_app.models.history import History

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _minutes_after_start(number):
    """Return a moment for the row `number`: no two alike, in the order of creation."""
    return START + timedelta(minutes=number)


class UserFactory(DjangoModelFactory):
    """A user without a usable password: tests authenticate by force, and hashing takes time."""

    username = factory.Sequence("user-{}".format)
    password = "!"  # noqa: S105  Django's mark of an unusable password

    class Meta:
        model = get_user_model()


class OrganizationFactory(DjangoModelFactory):
    """An active organization."""

    name = factory.Sequence("Organization {}".format)
    slug = factory.Sequence("organization-{}".format)

    class Meta:
        model = models.Organization


class MembershipFactory(DjangoModelFactory):
    """A packager of all projects; `projects=[…]` limits it to those."""

    user = factory.SubFactory(UserFactory)
    organization = factory.SubFactory(OrganizationFactory)
    role = models.Role.PACKAGER

    class Meta:
        model = models.Membership
        skip_postgeneration_save = True

    @factory.post_generation
    def projects(self, create, extracted):
        """Limit the membership to the given projects."""
        if create and extracted:
            self.projects.add(*extracted)


class PlatformFactory(DjangoModelFactory):
    """A platform."""

    name = factory.Sequence("Platform {}".format)

    class Meta:
        model = models.Platform


class ProjectFactory(DjangoModelFactory):
    """A Debian-like project."""

    organization = factory.SubFactory(OrganizationFactory)
    platform = factory.SubFactory(PlatformFactory)
    name = factory.Sequence("Project {}".format)
    slug = factory.Sequence("project-{}".format)

    class Meta:
        model = models.Project


class StoreFactory(DjangoModelFactory):
    """A store."""

    project = factory.SubFactory(ProjectFactory)
    name = factory.Sequence("Store {}".format)

    class Meta:
        model = models.Store


class PackageFactory(DjangoModelFactory):
    """A package that is in use, in a store of its project; `obsolete=True` makes one that is not in use."""

    project = factory.SubFactory(ProjectFactory)
    store = factory.SubFactory(StoreFactory, project=factory.SelfAttribute("..project"))
    name = factory.Sequence("package-{}".format)
    version = "1.0"
    fullname = factory.LazyAttribute(lambda package: f"{package.name}_{package.version}_amd64.deb")
    size_bytes = factory.Sequence(lambda number: 1000 + number)
    created_at = factory.Sequence(_minutes_after_start)

    class Meta:
        model = models.Package

    class Params:
        obsolete = factory.Trait(is_obsolete=True, obsoleted_at=START)


class PackageDependencyFactory(DjangoModelFactory):
    """A need of another package of the same project."""

    package = factory.SubFactory(PackageFactory)
    requires = factory.SubFactory(PackageFactory, project=factory.SelfAttribute("..package.project"))
    min_version = "1.0"

    class Meta:
        model = models.PackageDependency


class PropertyFactory(DjangoModelFactory):
    """A property of one organization; `organization=None` makes one that all share."""

    organization = factory.SubFactory(OrganizationFactory)
    prefix = factory.Sequence("P{}".format)
    name = factory.Sequence("Property {}".format)

    class Meta:
        model = models.Property


class AttributeFactory(DjangoModelFactory):
    """A value of a property."""

    property = factory.SubFactory(PropertyFactory)
    value = factory.Sequence("value-{}".format)

    class Meta:
        model = models.Attribute


class ScheduleFactory(DjangoModelFactory):
    """A schedule without delays."""

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence("Schedule {}".format)

    class Meta:
        model = models.Schedule


class ScheduleDelayFactory(DjangoModelFactory):
    """A delay of one day's length."""

    schedule = factory.SubFactory(ScheduleFactory)
    delay = factory.Sequence(int)

    class Meta:
        model = models.ScheduleDelay


class DeploymentFactory(DjangoModelFactory):
    """An enabled internal deployment; `external=True` makes one from elsewhere.

    `packages=[…]` and `included_attributes=[…]` fill its relations.
    """

    project = factory.SubFactory(ProjectFactory)
    schedule = factory.SubFactory(
        ScheduleFactory, organization=factory.SelfAttribute("..project.organization")
    )
    name = factory.Sequence("Deployment {}".format)
    slug = factory.Sequence("deployment-{}".format)
    start_date = START

    class Meta:
        model = models.Deployment
        skip_postgeneration_save = True

    class Params:
        external = factory.Trait(
            source=models.Deployment.Source.EXTERNAL,
            extra={"base_url": "https://packages.example.org/"},
        )

    @factory.post_generation
    def packages(self, create, extracted):
        """Put the given packages in."""
        if create and extracted:
            self.packages.add(*extracted)

    @factory.post_generation
    def included_attributes(self, create, extracted):
        """Include the given attributes."""
        if create and extracted:
            self.included_attributes.add(*extracted)


class ComputerFactory(DjangoModelFactory):
    """A computer that synchronized once; `never_synced=True` makes a new one.

    `tags=[…]` tags it, `attributes=[…]` are what it reported.
    """

    project = factory.SubFactory(ProjectFactory)
    uuid = factory.Sequence(lambda number: UUID(int=number + 1))
    name = factory.Sequence("computer-{}".format)
    status = models.Computer.Status.AVAILABLE
    ip = "192.0.2.1"
    sync_start = START
    sync_end = START + timedelta(minutes=1)

    class Meta:
        model = models.Computer
        skip_postgeneration_save = True

    class Params:
        never_synced = factory.Trait(
            status=models.Computer.Status.INTENDED, ip=None, sync_start=None, sync_end=None
        )

    @factory.post_generation
    def tags(self, create, extracted):
        """Give the computer the tags."""
        if create and extracted:
            self.tags.add(*extracted)

    @factory.post_generation
    def attributes(self, create, extracted):
        """Give the computer the attributes."""
        if create and extracted:
            self.attributes.add(*extracted)


class InstallationFactory(DjangoModelFactory):
    """A live installation of a package of the computer's project; `removed=True` makes a past one."""

    computer = factory.SubFactory(ComputerFactory)
    package = factory.SubFactory(PackageFactory, project=factory.SelfAttribute("..computer.project"))
    installed_at = factory.Sequence(_minutes_after_start)

    class Meta:
        model = models.Installation

    class Params:
        removed = factory.Trait(
            uninstalled_at=factory.LazyAttribute(lambda row: row.installed_at + timedelta(days=1))
        )


class SynchronizationFactory(DjangoModelFactory):
    """A synchronization that went well."""

    computer = factory.SubFactory(ComputerFactory)
    project = factory.SelfAttribute("computer.project")
    started_at = factory.Sequence(_minutes_after_start)
    created_at = factory.SelfAttribute("started_at")

    class Meta:
        model = models.Synchronization


class ErrorFactory(DjangoModelFactory):
    """An error that nobody has looked at, brought by a synchronization of its computer."""

    computer = factory.SubFactory(ComputerFactory)
    project = factory.SelfAttribute("computer.project")
    synchronization = factory.SubFactory(SynchronizationFactory, computer=factory.SelfAttribute("..computer"))
    text = factory.Sequence("disk {} is full".format)
    created_at = factory.Sequence(_minutes_after_start)

    class Meta:
        model = models.Error


class PackageHistoryFactory(DjangoModelFactory):
    """The creation of a package."""

    package = factory.SubFactory(PackageFactory)
    action = History.Action.CREATED
    user = factory.SubFactory(UserFactory)
    at = factory.Sequence(_minutes_after_start)
    details = factory.LazyAttribute(lambda row: {"fullname": row.package.fullname})

    class Meta:
        model = models.PackageHistory


class DeploymentHistoryFactory(DjangoModelFactory):
    """The creation of a deployment."""

    deployment = factory.SubFactory(DeploymentFactory)
    action = History.Action.CREATED
    user = factory.SubFactory(UserFactory)
    at = factory.Sequence(_minutes_after_start)
    details = factory.LazyAttribute(lambda row: {"name": row.deployment.name})

    class Meta:
        model = models.DeploymentHistory
