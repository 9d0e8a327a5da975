"""Computers with everything that costs a query, in numbers to choose: what `build` has too few of."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser

from reference_app import factories, models
from reference_app.tests.worlds import remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Handles on what `build_fleet` made."""

    packager: AbstractBaseUser
    computers: tuple[models.Computer, ...]


@remembered
def build_fleet(n, *, attributes=2, installations=1, shared=False):
    """Make `n` computers of one organization, and a packager of it.

    Each has so many attributes and live installations, a tag, two synchronizations and an error, and a
    project of its own unless `shared`.
    """
    organization = factories.OrganizationFactory()
    projects = factories.ProjectFactory.create_batch(1 if shared else n, organization=organization)
    computers = tuple(
        _computer(projects[number % len(projects)], attributes=attributes, installations=installations)
        for number in range(n)
    )
    packager = factories.MembershipFactory(organization=organization).user
    return Fleet(packager=packager, computers=computers)


def _computer(project, *, attributes, installations):
    """Make one computer of the fleet."""
    values = factories.AttributeFactory.create_batch(
        attributes + 1, property__organization=project.organization
    )
    computer = factories.ComputerFactory(project=project, attributes=values[1:], tags=values[:1])
    factories.InstallationFactory.create_batch(installations, computer=computer)
    factories.SynchronizationFactory(computer=computer, ok=False)
    factories.ErrorFactory(computer=computer)
    return computer


def build_report(computer, *, packages, attributes, removed=0):
    """Return a report of so many unknown packages and values, and install so many packages that it lacks.

    Each value is of a property of its own, which the computer's organization knows.
    """
    factories.InstallationFactory.create_batch(removed, computer=computer)
    properties = factories.PropertyFactory.create_batch(
        attributes, organization=computer.project.organization
    )
    return {
        "started_at": (factories.START + timedelta(days=90)).isoformat(),
        "attributes": [{"prefix": each.prefix, "value": "10.0.0.0"} for each in properties],
        "packages": [f"tool-{number}_2.0_amd64.deb" for number in range(packages)],
    }


def build_deployments(computer, n, *, attributes, delays=0):
    """Make `n` enabled deployments in the computer's project that apply to it.

    Each has a schedule, a package, and so many included attributes, of which the computer has the first. The
    schedule has so many delays for the same attributes, of which the first is over.
    """
    organization = computer.project.organization
    deployments = []
    for number in range(n):
        values = factories.AttributeFactory.create_batch(attributes, property__organization=organization)
        computer.attributes.add(*values[:1])
        schedule = factories.ScheduleFactory(organization=organization)
        for days in range(delays):
            factories.ScheduleDelayFactory(schedule=schedule, delay=days).attributes.add(*values)
        deployments.append(
            factories.DeploymentFactory(
                schedule=schedule,
                project=computer.project,
                packages=[factories.PackageFactory(project=computer.project)],
                included_attributes=values,
                packages_to_install=["tool", f"tool-{number}"],
            )
        )
    return deployments
