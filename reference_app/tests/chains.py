"""Packages that need each other, in shapes to choose, and bodies that ask for new ones."""

from itertools import pairwise

from reference_app.factories import PackageDependencyFactory, PackageFactory


def build_chain(project, length, **columns):
    """Make `length` packages of which each needs the next one; return them, the one nobody needs first."""
    packages = [PackageFactory(project=project, store=None, **columns) for _ in range(length)]
    for package, needed in pairwise(packages):
        PackageDependencyFactory(package=package, requires=needed)
    return packages


def new_package(project, /, **changes):
    """Return the body that asks for a package without dependencies in a store of `project`."""
    body = {
        "project": project.pk,
        "store": project.stores.first().pk,
        "name": "new",
        "version": "2.0",
        "fullname": "new_2.0_amd64.deb",
    }
    return body | changes
