"""Packages that nothing holds, and what was done to them: what `build` has too few of."""

from reference_app import factories
from reference_app.models import Deployment


def disable_deployments(world):
    """Make the world's package free to become obsolete."""
    Deployment.objects.filter(packages=world.package).update(enabled=False)


def free_packages(world, n, *, shared=True):
    """Make `n` packages that nothing holds, in one project or each in its own."""
    if shared:
        return factories.PackageFactory.create_batch(n, project=world.package.project)
    return factories.PackageFactory.create_batch(n, project__organization=world.organization)


def write_history(world, n, *, shared):
    """Write `n` history rows of the world's package, each by somebody else, or all by its packager."""
    author = {"user": world.packager} if shared else {}
    factories.PackageHistoryFactory.create_batch(n, package=world.package, **author)
