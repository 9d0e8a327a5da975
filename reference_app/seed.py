"""A small world to ask questions about: two organizations, with the awkward rows that real data has."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser

from reference_app import factories, models

MIN_PACKAGES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Handles on what `build` made.

    `packages` are all that the organization's members see, at least two: `package`, the first, is the one
    that deployments, attributes and installations are about, and depends on the last one. The second is
    obsolete, the last storeless (of two, the second is both). `foreign_package` belongs to the other
    organization, whose admin `outsider` is. `error` is the one of a computer in the first package's project;
    the other organization has one too.
    """

    organization: models.Organization
    other_organization: models.Organization
    packager: AbstractBaseUser
    viewer: AbstractBaseUser
    outsider: AbstractBaseUser
    package: models.Package
    packages: tuple[models.Package, ...]
    deployments: tuple[models.Deployment, ...]
    computers: tuple[models.Computer, ...]
    never_synced_computer: models.Computer
    foreign_package: models.Package
    error: models.Error


def build(n=5, *, deployments=None, attributes=None, installations=None, shared_parents=False):
    """Make a world with `n` packages and return its handles.

    `package` is in so many enabled `deployments`, with so many `attributes` each, and so many live
    `installations`; each is `n` unless given. With `shared_parents` all are in one project, with all
    attributes of one property; else each has a parent of its own. A past installation of `package`
    and a computer that never synchronized are always there. Raises `ValueError` for `n` below 2.
    Names and dates depend on nothing but the arguments, so a database holds one world.
    """
    if n < MIN_PACKAGES:
        raise ValueError(
            f"n is {n}, expected {MIN_PACKAGES} or more: the first package is not the obsolete one"
        )
    n_deployments, n_attributes, n_installations = (
        n if size is None else size for size in (deployments, attributes, installations)
    )
    organization = factories.OrganizationFactory(name="Acme", slug="acme")
    parents = _Parents(organization=organization, shared=shared_parents)
    packages = _packages(parents, n)
    foreign_package = _other_organization()
    return World(
        organization=organization,
        other_organization=foreign_package.project.organization,
        packager=_member("packager", organization, models.Role.PACKAGER),
        viewer=_member("viewer", organization, models.Role.VIEWER),
        outsider=_member("outsider", foreign_package.project.organization, models.Role.ADMIN),
        package=packages[0],
        packages=packages,
        deployments=_deployments(parents, packages[0], n_deployments, n_attributes),
        computers=_computers(parents, packages[0], n_installations),
        never_synced_computer=_idle_computers(packages[0]),
        foreign_package=foreign_package,
        error=_error(models.Computer.objects.get(name="former")),
    )


@dataclass(slots=True, kw_only=True)
class _Parents:
    """Gives out projects and attributes of one organization, with parents of their own or one for all."""

    organization: models.Organization
    shared: bool
    _projects: list[models.Project] = field(default_factory=list)
    _properties: list[models.Property] = field(default_factory=list)

    def project(self):
        """Return the project for the next row."""
        if not (self.shared and self._projects):
            self._projects.append(self._new_project(len(self._projects)))
        return self._projects[-1]

    def attributes(self, values):
        """Make an attribute of each value, in bulk: a world has more of them than of anything else."""
        rows = [
            factories.AttributeFactory.build(property=owner, value=value)
            for owner, value in zip(self._properties_for(len(values)), values, strict=True)
        ]
        return models.Attribute.objects.bulk_create(rows)

    def _properties_for(self, n):
        """Return the properties of the next `n` attributes."""
        n_known = len(self._properties)
        n_wanted = 1 if self.shared else n_known + n
        new = [self._new_property(number) for number in range(n_known, n_wanted)]
        self._properties += models.Property.objects.bulk_create(new)
        return self._properties * n if self.shared else self._properties[n_known:]

    def _new_project(self, number):
        return factories.ProjectFactory(
            organization=self.organization,
            platform=factories.PlatformFactory(name=f"Acme platform {number}"),
            name=f"Acme project {number}",
            slug=f"acme-project-{number}",
        )

    def _new_property(self, number):
        return factories.PropertyFactory.build(
            organization=self.organization, prefix=f"A{number}", name=f"Acme property {number}"
        )


def _packages(parents, n):
    """Make `n` packages: the second is obsolete, the last storeless; the first depends on the last."""
    packages = tuple(
        _package(parents.project(), number, storeless=number == n - 1, obsolete=number == 1)
        for number in range(n)
    )
    factories.PackageDependencyFactory(package=packages[0], requires=packages[-1], min_version="1.0")
    return packages


def _package(project, number, *, storeless=False, obsolete=False):
    """Make one package, in a store of its own unless `storeless`."""
    store = None if storeless else factories.StoreFactory(project=project, name=f"store-{number}")
    return factories.PackageFactory(
        project=project,
        store=store,
        name=f"tool-{number}",
        created_at=factories.START + timedelta(minutes=number),
        size_bytes=1000 + number,
        obsolete=obsolete,
    )


def _deployments(parents, package, n, n_attributes):
    """Make `n` deployments of `package`, started a day apart, each with attributes of its own."""
    return tuple(
        factories.DeploymentFactory(
            project=parents.project(),
            schedule=None,
            name=f"release-{number}",
            slug=f"release-{number}",
            start_date=factories.START + timedelta(days=number),
            packages=[package],
            included_attributes=parents.attributes([f"value-{number}-{i}" for i in range(n_attributes)]),
        )
        for number in range(n)
    )


def _computers(parents, package, n):
    """Make `n` computers that have `package` installed, an hour apart, with two tags each."""
    return tuple(
        factories.InstallationFactory(
            computer=factories.ComputerFactory(
                project=parents.project(),
                name=f"desk-{number}",
                tags=parents.attributes([f"tag-{number}-{i}" for i in range(2)]),
            ),
            package=package,
            installed_at=factories.START + timedelta(hours=number),
        ).computer
        for number in range(n)
    )


def _idle_computers(package):
    """Make a computer that had `package` once, and one that never synchronized; return the latter."""
    former = factories.ComputerFactory(project=package.project, name="former")
    factories.InstallationFactory(
        computer=former, package=package, installed_at=factories.START, removed=True
    )
    return factories.ComputerFactory(project=package.project, name="never-synced", never_synced=True)


def _other_organization():
    """Make another tenant with a package that is deployed and installed; return the package."""
    organization = factories.OrganizationFactory(name="Umbra", slug="umbra")
    project = factories.ProjectFactory(
        organization=organization,
        platform=factories.PlatformFactory(name="Umbra platform"),
        name="Umbra project",
        slug="umbra-project",
    )
    package = _package(project, 0)
    factories.DeploymentFactory(
        project=project, schedule=None, name="umbra", slug="umbra", packages=[package]
    )
    computer = factories.ComputerFactory(project=project, name="umbra")
    factories.InstallationFactory(computer=computer, package=package, installed_at=factories.START)
    _error(computer)
    return package


def _error(computer):
    """Make a synchronization of `computer` that brought an error; return the error."""
    synchronization = factories.SynchronizationFactory(computer=computer, started_at=factories.START)
    return factories.ErrorFactory(
        computer=computer, synchronization=synchronization, text="disk is full", created_at=factories.START
    )


def _member(username, organization, role):
    """Make a user with one membership."""
    user = factories.UserFactory(username=username)
    factories.MembershipFactory(user=user, organization=organization, role=role)
    return user
