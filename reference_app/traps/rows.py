"""The rows that the specimens answer about: so many of everything that one of them lists."""

from reference_app import factories
from reference_app.models import Deployment, Package, Project
from reference_app.traps.models import Laptop


def build_rows(n, branch=None):
    """Make `n` packages and what belongs to each, in one organization, and return that.

    Each package has a project and a store of its own, is deployed twice and installed on a tagged computer.
    The first project has `n` computers and `n` more deployments. With the branch "obsolete" all packages are
    obsolete. There are `n` laptops, too.
    """
    organization = factories.OrganizationFactory()
    packages = [_package(organization, obsolete=branch == "obsolete") for _ in range(n)]
    for package in packages[:1]:
        factories.ComputerFactory.create_batch(n, project=package.project)
        factories.DeploymentFactory.create_batch(n, project=package.project)
    for number in range(n):
        Laptop.objects.create(name=f"laptop {number}", serial=str(number))
    return organization


def _package(organization, *, obsolete):
    """Make one package with what belongs to it."""
    project = factories.ProjectFactory(organization=organization)
    package = factories.PackageFactory(project=project, obsolete=obsolete)
    factories.DeploymentFactory.create_batch(2, project=project, packages=[package])
    tag = factories.AttributeFactory(property__organization=organization)
    computer = factories.ComputerFactory(project=project, tags=[tag])
    factories.InstallationFactory(computer=computer, package=package)
    return package


def build_many(n):
    """Make `n` packages in one project, each deployed once and nothing else: enough to fill a batch."""
    project = factories.ProjectFactory()
    rows = factories.PackageFactory.build_batch(n, project=project, store=None)
    packages = Package.objects.bulk_create(rows)
    deployment = factories.DeploymentFactory(project=project)
    links = Deployment.packages.through
    links.objects.bulk_create(links(package=package, deployment=deployment) for package in packages)
    return Project.objects.get(pk=project.pk).organization
