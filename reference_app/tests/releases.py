"""Deployments with everything that costs a query, in numbers to choose, and bodies that ask for new ones."""

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser

from reference_app import factories, models
from reference_app.tests.worlds import remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Handles on what `build_release` made: a deployment, another project for copies, and who may write."""

    project: models.Project
    target: models.Project
    deployment: models.Deployment
    schedule: models.Schedule | None
    releaser: AbstractBaseUser


@remembered
def build_release(*, packages=1, attributes=1, delays=1):
    """Make a deployment of so many packages, with so many attributes included, and as many excluded.

    Its schedule has so many delays, each for as many attributes; with `delays=None` it has no schedule.
    """
    project = factories.ProjectFactory()
    organization = project.organization
    schedule = None if delays is None else _schedule(organization, delays, attributes)
    deployment = factories.DeploymentFactory(
        project=project,
        schedule=schedule,
        packages=[_package(project, number) for number in range(packages)],
        included_attributes=build_attributes(organization, attributes),
    )
    deployment.excluded_attributes.add(*build_attributes(organization, attributes))
    return Release(
        project=project,
        target=factories.ProjectFactory(organization=organization),
        deployment=deployment,
        schedule=schedule,
        releaser=factories.MembershipFactory(organization=organization, role=models.Role.RELEASER).user,
    )


def build_attributes(organization, n):
    """Make `n` attributes, each of a property of its own."""
    return factories.AttributeFactory.create_batch(n, property__organization=organization)


@remembered
def build_deployments(n, *, shared=False, attributes=2):
    """Make `n` deployments, each in a project of its own unless `shared`; return a member who releases."""
    organization = factories.OrganizationFactory()
    projects = factories.ProjectFactory.create_batch(1 if shared else n, organization=organization)
    for number in range(n):
        project = projects[number % len(projects)]
        deployment = factories.DeploymentFactory(
            project=project,
            packages=[factories.PackageFactory(project=project)],
            included_attributes=build_attributes(organization, attributes),
        )
        deployment.excluded_attributes.add(*build_attributes(organization, attributes))
    return factories.MembershipFactory(organization=organization, role=models.Role.RELEASER).user


def build_computers(release, n):
    """Make `n` computers that the release reaches; the packages are installed on each, with an error."""
    included = release.deployment.included_attributes.all()
    for _ in range(n):
        computer = factories.ComputerFactory(project=release.project, tags=included[:1])
        computer.attributes.add(*included)
        for package in release.deployment.packages.all():
            factories.InstallationFactory(computer=computer, package=package)
        factories.ErrorFactory(computer=computer)


def fill_target(release):
    """Give the release's target project packages of the same full names."""
    for package in release.deployment.packages.all():
        factories.PackageFactory(project=release.target, fullname=package.fullname)


def new_deployment(release, **changes):
    """Return the body that asks for a deployment without packages and attributes in the release's project."""
    return {"project": release.project.pk, "name": "New release"} | changes


def new_lists(release, *, packages=0, attributes=0):
    """Return the three lists of a body with so many new packages, and attributes in each of the others."""
    organization = release.project.organization
    made = factories.PackageFactory.create_batch(packages, project=release.project, store=None)
    return {
        "packages": [package.pk for package in made],
        "included_attributes": [row.pk for row in build_attributes(organization, attributes)],
        "excluded_attributes": [row.pk for row in build_attributes(organization, attributes)],
    }


def links_of(deployment):
    """Return the three lists of ids."""
    fields = ("packages", "included_attributes", "excluded_attributes")
    return {field: sorted(getattr(deployment, field).values_list("pk", flat=True)) for field in fields}


def _package(project, number):
    """Make a package that is on as many computers as its number says."""
    package = factories.PackageFactory(project=project)
    factories.InstallationFactory.create_batch(number % 3, package=package, computer__project=project)
    return package


def _schedule(organization, delays, attributes):
    """Make a schedule with so many delays."""
    schedule = factories.ScheduleFactory(organization=organization)
    for number in range(delays):
        delay = factories.ScheduleDelayFactory(schedule=schedule, delay=number)
        delay.attributes.add(*build_attributes(organization, attributes))
    return schedule
