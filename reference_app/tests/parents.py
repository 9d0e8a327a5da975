"""What rows of a world point to: a parent of each one's own, or one parent for all.

The first store of the project and the first property of the organization are the ones to share.
"""

from reference_app import factories


def build_attributes(organization, n, *, shared=False):
    """Make `n` attributes, each of a property of its own, or all of one property."""
    own = {"property__organization": organization}
    parent = {"property": shared_property(organization)} if shared else own
    return factories.AttributeFactory.create_batch(n, **parent)


def shared_property(organization):
    """Return the property of all attributes that share one."""
    return organization.properties.order_by("pk").first() or factories.PropertyFactory(
        organization=organization
    )


def build_packages(project, n, *, shared=False):
    """Make `n` packages, each in a store of its own, or all in one store."""
    return [build_package(project, shared=shared) for _ in range(n)]


def build_package(project, *, shared=False, **columns):
    """Make a package in a store of its own, or in the store of all."""
    if shared:
        columns["store"] = project.stores.order_by("pk").first() or factories.StoreFactory(project=project)
    return factories.PackageFactory(project=project, **columns)


def install(computer, n, *, shared=False):
    """Install `n` packages on the computer, new ones or those that its project has already."""
    known = list(computer.project.packages.order_by("pk")[:n]) if shared else []
    for package in known + build_packages(computer.project, n - len(known), shared=shared):
        factories.InstallationFactory(computer=computer, package=package)
