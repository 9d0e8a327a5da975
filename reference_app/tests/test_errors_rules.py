"""Ticking off errors: all or none, by whom it concerns. Each rule holds on both URL trees."""

import pytest
from django.test import RequestFactory

from reference_app import factories
from reference_app.models import Error, Role
from reference_app.tests.requests import both_trees, post, sent
from reference_app.tests.snapshots import all_tables
from reference_app.tests.worlds import build
from reference_app.views.errors import ErrorViewSet


@pytest.fixture
def world():
    """Build a world without what these rules are not about."""
    return build(2, deployments=0, installations=1)


def check(client, tree, ids, status):
    """Tick off `ids`, expect `status`, and return the answer."""
    return sent(client, "post", f"/{tree}/errors/check/", {"ids": ids}, status)


@both_trees
def test_errors_are_ticked_off(packager, world, tree):
    """In the name of whoever asks."""
    other = factories.ErrorFactory(computer=world.computers[0])
    ids = [world.error.pk, other.pk]
    assert post(packager, f"/{tree}/errors/check/", {"ids": ids}) == {"checked": ids, "already_checked": []}
    found = Error.objects.filter(pk__in=ids).values_list("checked", "checked_by")
    assert set(found) == {(True, world.packager.pk)}


@both_trees
def test_nothing_else_is_written(packager, world, tree):
    """Other errors and other tables stay as they were."""
    before = all_tables()
    post(packager, f"/{tree}/errors/check/", {"ids": [world.error.pk]})
    after = all_tables()
    assert {table for table in after if after[table] != before[table]} == {Error._meta.db_table}
    assert Error.objects.filter(checked=True).count() == 1


@both_trees
def test_whoever_checked_first_stays_named(packager, world, tree):
    """The second time is no error: what is asked for is so."""
    Error.objects.filter(pk=world.error.pk).update(checked=True, checked_by=world.viewer)
    answer = post(packager, f"/{tree}/errors/check/", {"ids": [world.error.pk]})
    assert answer == {"checked": [], "already_checked": [world.error.pk]}
    assert Error.objects.get(pk=world.error.pk).checked_by == world.viewer


@both_trees
def test_ids_may_be_repeated_and_in_any_order(packager, world, tree):
    """They are answered once, in ascending order."""
    other = factories.ErrorFactory(computer=world.computers[0])
    answer = post(packager, f"/{tree}/errors/check/", {"ids": [other.pk, world.error.pk, other.pk]})
    assert answer["checked"] == [world.error.pk, other.pk]


@both_trees
def test_an_unknown_id_refuses_all(packager, world, tree):
    """A foreign one too, and both by name."""
    foreign = Error.objects.exclude(pk=world.error.pk).get()
    answer = check(packager, tree, [world.error.pk, foreign.pk, 10**9], 400)
    assert answer == {"ids": [f"Unknown id: {foreign.pk}", f"Unknown id: {10**9}"]}


@both_trees
@pytest.mark.parametrize("ids", [[], [0], ["one"], [2**63], "1", None, list(range(1, 1002))], ids=repr)
def test_what_are_no_ids_is_refused(packager, tree, ids):
    """Without a look into the database, and keyed by the field."""
    assert list(check(packager, tree, ids, 400)) == ["ids"]


@both_trees
@pytest.mark.parametrize("role", list(Role))
def test_checkers_and_above_tick_off(world, client_for, tree, role):
    """Below, it is a 403 that names the role."""
    client = client_for(factories.MembershipFactory(organization=world.organization, role=role).user)
    if role.includes(Role.CHECKER):
        post(client, f"/{tree}/errors/check/", {"ids": [world.error.pk]})
    else:
        answer = check(client, tree, [world.error.pk], 403)
        assert answer == {"detail": "This needs the role checker."}


@both_trees
def test_the_role_that_counts_is_the_one_of_each_errors_organization(world, client_for, tree):
    """One error that may not be ticked off refuses those that may."""
    foreign = Error.objects.exclude(pk=world.error.pk).get()
    user = factories.MembershipFactory(organization=world.organization, role=Role.CHECKER).user
    factories.MembershipFactory(user=user, organization=world.other_organization, role=Role.VIEWER)
    check(client_for(user), tree, [world.error.pk, foreign.pk], 403)


@both_trees
def test_an_inactive_organization_is_read_only(world, packager, client_for, admin_user, tree):
    """For superusers too, who otherwise need no membership."""
    superuser = client_for(admin_user)
    post(superuser, f"/{tree}/errors/check/", {"ids": [world.error.pk]})
    world.organization.is_active = False
    world.organization.save()
    for client in (packager, superuser):
        check(client, tree, [world.error.pk], 403)


def test_the_rows_are_locked_and_no_others(world):
    """In ascending order, so that two who tick off the same errors wait instead of blocking each other."""
    request = RequestFactory().post("/")
    request.user = world.packager
    query = ErrorViewSet(request=request, action="check").get_queryset().query
    assert query.select_for_update
    assert query.order_by == ("pk",)
    assert {table for table, n_uses in query.alias_refcount.items() if n_uses} == {Error._meta.db_table}
