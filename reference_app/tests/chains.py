"""Packages that need each other, in shapes to choose, and bodies that ask for new ones."""

from itertools import chain, pairwise, product

from reference_app.factories import PackageDependencyFactory, PackageFactory
from reference_app.models import PackageDependency


def build_chain(project, length, **columns):
    """Make `length` packages of which each needs the next one; return them, the one nobody needs first."""
    packages = [PackageFactory(project=project, store=None, **columns) for _ in range(length)]
    for package, needed in pairwise(packages):
        PackageDependencyFactory(package=package, requires=needed)
    return packages


def build_needs(project, n, levels, *, shared=False):
    """Make `n` packages that lead to so many levels, themselves included, and return their ids.

    Each level has as many packages. Each of them needs one of the next level, or all if `shared`.
    """
    if not shared:
        return [build_chain(project, levels)[0].pk for _ in range(n)]
    rows = [PackageFactory.create_batch(n, project=project, store=None) for _ in range(levels)]
    needs = chain.from_iterable(product(upper, lower) for upper, lower in pairwise(rows))
    PackageDependency.objects.bulk_create(
        PackageDependency(package=package, requires=needed) for package, needed in needs
    )
    return [package.pk for package in chain(*rows[:1])]


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
