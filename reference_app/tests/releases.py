"""Deployments with everything that costs a query, in numbers to choose, and bodies that ask for new ones."""

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser

from reference_app import factories, models
from reference_app.tests.parents import build_attributes, build_package, build_packages
from reference_app.tests.worlds import remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Handles on what `build_release` made: a deployment, another project for copies, and who may write.

    What is added to a release that is `shared` shares its parents as well.
    """

    project: models.Project
    target: models.Project
    deployment: models.Deployment
    schedule: models.Schedule | None
    releaser: AbstractBaseUser
    shared: bool


@remembered
def build_release(*, packages=1, attributes=1, delays=1, shared=False):
    """Make a deployment of so many packages, with so many attributes included, and as many excluded.

    Its schedule has so many delays, each for as many attributes; with `delays=None` it has no schedule. If
    `shared`, the packages are in one store and on the same computers, all attributes are of one property,
    and both projects of one platform; else each has parents of its own.
    """
    project = factories.ProjectFactory()
    organization = project.organization
    schedule = None if delays is None else _schedule(organization, delays, attributes, shared=shared)
    deployment = factories.DeploymentFactory(
        project=project,
        schedule=schedule,
        packages=_installed_packages(project, packages, shared=shared),
        included_attributes=build_attributes(organization, attributes, shared=shared),
    )
    deployment.excluded_attributes.add(*build_attributes(organization, attributes, shared=shared))
    platform = {"platform": project.platform} if shared else {}
    return Release(
        project=project,
        target=factories.ProjectFactory(organization=organization, **platform),
        deployment=deployment,
        schedule=schedule,
        releaser=factories.MembershipFactory(organization=organization, role=models.Role.RELEASER).user,
        shared=shared,
    )


@remembered
def build_deployments(n, *, shared=False, attributes=2):
    """Make `n` deployments; return a member who releases.

    If `shared`, they are in one project and of one schedule, their packages in one store, and all attributes
    of one property; else each has parents of its own.
    """
    organization = factories.OrganizationFactory()
    projects = factories.ProjectFactory.create_batch(1 if shared else n, organization=organization)
    schedules = factories.ScheduleFactory.create_batch(len(projects), organization=organization)
    for number in range(n):
        project = projects[number % len(projects)]
        deployment = factories.DeploymentFactory(
            project=project,
            schedule=schedules[number % len(schedules)],
            packages=build_packages(project, 1, shared=shared),
            included_attributes=build_attributes(organization, attributes, shared=shared),
        )
        deployment.excluded_attributes.add(*build_attributes(organization, attributes, shared=shared))
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
        build_package(release.target, shared=release.shared, fullname=package.fullname)


def new_deployment(release, **changes):
    """Return the body that asks for a deployment without packages and attributes in the release's project."""
    return {"project": release.project.pk, "name": "New release"} | changes


def new_lists(release, *, packages=0, attributes=0):
    """Return the three lists of a body with so many new packages, and attributes in each of the others."""
    organization, shared = release.project.organization, release.shared
    made = build_packages(release.project, packages, shared=shared)
    included, excluded = (build_attributes(organization, attributes, shared=shared) for _ in range(2))
    return {
        "packages": [package.pk for package in made],
        "included_attributes": [row.pk for row in included],
        "excluded_attributes": [row.pk for row in excluded],
    }


def links_of(deployment):
    """Return the three lists of ids."""
    fields = ("packages", "included_attributes", "excluded_attributes")
    return {field: sorted(getattr(deployment, field).values_list("pk", flat=True)) for field in fields}


def _installed_packages(project, n, *, shared):
    """Make `n` packages on 0, 1, 2, 0, 1, … computers, each on its own ones or all on the same."""
    packages = build_packages(project, n, shared=shared)
    computers = factories.ComputerFactory.create_batch(2, project=project) if shared else ()
    for number, package in enumerate(packages):
        for place in range(number % 3):
            owner = {"computer": computers[place]} if shared else {"computer__project": project}
            factories.InstallationFactory(package=package, **owner)
    return packages


def _schedule(organization, delays, attributes, *, shared):
    """Make a schedule with so many delays."""
    schedule = factories.ScheduleFactory(organization=organization)
    for number in range(delays):
        delay = factories.ScheduleDelayFactory(schedule=schedule, delay=number)
        delay.attributes.add(*build_attributes(organization, attributes, shared=shared))
    return schedule
