"""`for_user`, on every model that belongs to a tenant: who sees the row, and at what price."""

import pytest
from django.contrib.auth.models import AnonymousUser

from reference_app import factories, models
from reference_app.tests.counting import captured_sql

TENANT_FACTORIES = [
    factory
    for factory in vars(factories).values()
    if hasattr(getattr(factory, "_meta", None), "model") and hasattr(factory._meta.model, "objects")
    if hasattr(factory._meta.model.objects, "for_user")
]
each_tenant_model = pytest.mark.parametrize(
    "factory", TENANT_FACTORIES, ids=lambda factory: factory._meta.model.__name__
)


def organization_of(row):
    """Follow the tenant parents up to the organization."""
    while not isinstance(row, models.Organization):
        row = getattr(row, getattr(row, "tenant_parent", "organization"))
    return row


def seen_by(user, row):
    """Return how many times `user` sees `row`."""
    return list(type(row).objects.for_user(user)).count(row)


def test_every_model_but_platforms_and_users_has_a_tenant():
    """A model added without `for_user` is noticed here."""
    names = {factory._meta.model.__name__ for factory in TENANT_FACTORIES}
    assert names == set(models.__all__) - {"Platform", "Role"}


@each_tenant_model
def test_members_see_the_row_once(factory):
    """A second membership and two listed projects would double it if they were joined."""
    row = factory()
    organization = organization_of(row)
    membership = factories.MembershipFactory(organization=organization)
    factories.MembershipFactory(user=membership.user)
    membership.projects.set(models.Project.objects.filter(organization=organization))
    membership.projects.add(factories.ProjectFactory(organization=organization))
    assert seen_by(membership.user, row) == 1


@each_tenant_model
def test_others_do_not_see_it(factory):
    """Neither a member of another organization, nor of none, nor somebody without a name."""
    row = factory()
    assert seen_by(factories.MembershipFactory().user, row) == 0
    assert seen_by(factories.UserFactory(), row) == 0
    assert seen_by(AnonymousUser(), row) == 0


@each_tenant_model
def test_superusers_see_it(factory):
    """Without any membership."""
    row = factory()
    assert seen_by(factories.UserFactory(is_superuser=True), row) == 1


@each_tenant_model
def test_visibility_is_part_of_the_same_statement(factory):
    """One SELECT, in which nothing is joined: joins lock, multiply and stay in a COUNT."""
    user = factories.MembershipFactory().user
    (sql,) = captured_sql(lambda: list(factory._meta.model.objects.for_user(user)))
    assert "JOIN" not in sql.split("WHERE")[0]


def test_common_properties_are_for_members_only():
    """A property of no organization is shared by all of them, and by nobody outside."""
    common = factories.PropertyFactory(organization=None)
    value = factories.AttributeFactory(property=common)
    member, stranger = factories.MembershipFactory().user, factories.UserFactory()
    assert (seen_by(member, common), seen_by(member, value)) == (1, 1)
    assert (seen_by(stranger, common), seen_by(stranger, value)) == (0, 0)


def test_listed_projects_limit_a_membership():
    """The organization stays visible, its other projects do not."""
    listed = factories.PackageFactory()
    hidden = factories.PackageFactory(project__organization=listed.project.organization)
    membership = factories.MembershipFactory(
        organization=listed.project.organization, projects=[listed.project]
    )
    assert seen_by(membership.user, listed) == 1
    assert seen_by(membership.user, hidden) == 0
    assert seen_by(membership.user, listed.project.organization) == 1


def test_history_that_outlived_its_package_is_the_superusers():
    """It belongs to no project any more."""
    row = factories.PackageHistoryFactory()
    member = factories.MembershipFactory(organization=row.package.project.organization).user
    row.package.delete()
    row = models.PackageHistory.objects.get()
    assert row.details["fullname"]
    assert seen_by(member, row) == 0
    assert seen_by(factories.UserFactory(is_superuser=True), row) == 1
