"""Admins and what they administer, in numbers to choose: what `build` has too few of."""

from reference_app import factories
from reference_app.models import Role


def build_staff(n, *, listed=0, shared=True):
    """Make `n` admins of an organization; return the first one, the others, and `listed` projects.

    The others are limited to these projects, or each to as many of its own.
    """
    first = factories.MembershipFactory(role=Role.ADMIN)
    organization = first.organization
    lists = [
        factories.ProjectFactory.create_batch(listed, organization=organization)
        for _ in range(1 if shared else n - 1)
    ]
    others = [
        factories.MembershipFactory(
            organization=organization, role=Role.ADMIN, projects=lists[number % len(lists)]
        )
        for number in range(n - 1)
    ]
    return first.user, others, lists[0]


def build_projects(n, *, shared=False, stores=1):
    """Make `n` projects with so many stores of a package each; return an admin of all, and them."""
    admin = factories.MembershipFactory(role=Role.ADMIN)
    parents = {"organization": admin.organization}
    if shared:
        parents["platform"] = factories.PlatformFactory()
    made = factories.ProjectFactory.create_batch(n, **parents)
    for project in made:
        for store in factories.StoreFactory.create_batch(stores, project=project):
            factories.PackageFactory(project=project, store=store)
    return admin.user, made
