"""Computers with everything that costs a query, in numbers to choose: what `build` has too few of."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser

from reference_app import factories, models
from reference_app.tests.parents import build_attributes, build_packages, install, shared_property
from reference_app.tests.worlds import remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Handles on what `build_fleet` made."""

    packager: AbstractBaseUser
    computers: tuple[models.Computer, ...]


@remembered
def build_fleet(n, *, attributes=2, installations=1, shared=False):
    """Make `n` computers of one organization, and a packager of it.

    Each has so many attributes and live installations, a tag, two synchronizations and an error. If `shared`,
    they are in one project, on each the same packages, which are in one store, and all attributes are of one
    property; else each has parents of its own.
    """
    organization = factories.OrganizationFactory()
    projects = factories.ProjectFactory.create_batch(1 if shared else n, organization=organization)
    computers = tuple(
        _computer(projects[number % len(projects)], attributes, installations, shared=shared)
        for number in range(n)
    )
    packager = factories.MembershipFactory(organization=organization).user
    return Fleet(packager=packager, computers=computers)


def _computer(project, attributes, installations, *, shared):
    """Make one computer of the fleet."""
    values = build_attributes(project.organization, attributes + 1, shared=shared)
    computer = factories.ComputerFactory(project=project, attributes=values[1:], tags=values[:1])
    install(computer, installations, shared=shared)
    factories.SynchronizationFactory(computer=computer, ok=False)
    factories.ErrorFactory(computer=computer)
    return computer


def build_report(computer, *, packages, attributes, removed=0, shared=False):
    """Return a report of so many unknown packages and values, and install so many packages that it lacks.

    Each value is of a property of its own, which the computer's organization knows, or all are of one if
    `shared`; what is installed are then packages that the project has already, in one store.
    """
    install(computer, removed, shared=shared)
    organization = computer.project.organization
    if shared:
        properties = [shared_property(organization)] * attributes
    else:
        properties = factories.PropertyFactory.create_batch(attributes, organization=organization)
    return {
        "started_at": (factories.START + timedelta(days=90)).isoformat(),
        "attributes": [
            {"prefix": each.prefix, "value": f"10.0.0.{number}"} for number, each in enumerate(properties)
        ],
        "packages": [f"tool-{number}_2.0_amd64.deb" for number in range(packages)],
    }


def build_deployments(computer, n, *, attributes, delays=0, shared=False):
    """Make `n` enabled deployments in the computer's project that apply to it.

    Each has a schedule, a package, and so many included attributes, of which the computer has the first. The
    schedule has so many delays for the same attributes, of which the first is over. If `shared`, it is the
    schedule of all, the packages are in one store, and all attributes are of one property.
    """
    organization = computer.project.organization
    deployments = []
    for number in range(n):
        values = build_attributes(organization, attributes, shared=shared)
        computer.attributes.add(*values[:1])
        if not (shared and deployments):
            schedule = _schedule(organization, delays, values)
        deployments.append(
            factories.DeploymentFactory(
                schedule=schedule,
                project=computer.project,
                packages=build_packages(computer.project, 1, shared=shared),
                included_attributes=values,
                packages_to_install=["tool", f"tool-{number}"],
            )
        )
    return deployments


def _schedule(organization, delays, attributes):
    """Make a schedule with so many delays for the attributes."""
    schedule = factories.ScheduleFactory(organization=organization)
    for days in range(delays):
        factories.ScheduleDelayFactory(schedule=schedule, delay=days).attributes.add(*attributes)
    return schedule
