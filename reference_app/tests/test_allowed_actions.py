"""What each row of a list allows: what its detail allows the same user.

That it costs no query, `test_*_counts.py` show, where members count the queries of the same lists.
"""

import pytest

from reference_app import factories
from reference_app.models import Computer, Error, Organization, Role
from reference_app.tests.releases import build_computers, build_release
from reference_app.tests.requests import both_trees, fetch

MARK, SYNC = ["mark_obsolete", "destroy"], ["sync", "simulate_sync"]
# The list, and the key by which its rows are asked for on their own.
LISTS = {
    "packages/": "packages/{id}/",
    "packages/orphans/": "packages/{id}/",
    "computers/": "computers/{uuid}/",
    "projects/": "projects/{id}/",
    "deployments/": "deployments/{id}/",
    "stores/": "stores/{id}/",
    "memberships/": "memberships/{id}/",
}
# Who asks: the role, none for a superuser, and whether the organization is active.
PEOPLE = {
    "viewer": (Role.VIEWER, True),
    "packager": (Role.PACKAGER, True),
    "admin": (Role.ADMIN, True),
    "packager of an inactive organization": (Role.PACKAGER, False),
    "admin of an inactive organization": (Role.ADMIN, False),
    "superuser": (None, True),
}
# What is allowed to do with the rows of the usual world: the second package is obsolete.
ALLOWED = {
    ("packages/", "viewer"): [[], [], []],
    ("packages/", "packager"): [MARK, ["destroy"], MARK],
    ("packages/", "packager of an inactive organization"): [[], [], []],
    ("packages/orphans/", "viewer"): [[]],
    ("packages/orphans/", "packager"): [["destroy"]],
    ("packages/orphans/", "packager of an inactive organization"): [[]],
    ("computers/", "viewer"): [["simulate_sync"]] * 4 + [[]],
    ("computers/", "packager"): [SYNC] * 4 + [[]],
    ("computers/", "packager of an inactive organization"): [["simulate_sync"]] * 4 + [[]],
    ("projects/", "viewer"): [[]] * 9,
    ("projects/", "packager"): [[]] * 9,
    ("projects/", "admin"): [["partial_update"]] * 9,
    ("projects/", "admin of an inactive organization"): [[]] * 9,
}
each_person = pytest.mark.parametrize("person", PEOPLE)


@pytest.fixture
def client_of(world, client_for, admin_user):
    """Return a function that gives a client of one of `PEOPLE`; one of the computers is unsubscribed."""
    Computer.objects.filter(pk=world.never_synced_computer.pk).update(status="unsubscribed")

    def client(person):
        role, is_active = PEOPLE[person]
        Organization.objects.update(is_active=is_active)
        if role is None:
            return client_for(admin_user)
        return client_for(factories.MembershipFactory(organization=world.organization, role=role).user)

    return client


def rows_of(client, path):
    """Return the rows of a list, of which there are some."""
    rows = fetch(client, path)["results"]
    assert rows
    return rows


@both_trees
@each_person
@pytest.mark.parametrize("path", LISTS)
def test_a_row_allows_what_its_detail_allows(client_of, tree, person, path):
    """For everybody: the naive details ask for the role on their own."""
    client = client_of(person)
    for row in rows_of(client, f"/{tree}/{path}"):
        detail = fetch(client, f"/{tree}/{LISTS[path]}".format(**row))
        assert row["allowed_actions"] == detail["allowed_actions"]


@both_trees
@pytest.mark.parametrize(("path", "person"), ALLOWED)
def test_rows_allow_what_role_organization_and_state_allow(client_of, tree, path, person):
    """A viewer reads, and so does everybody in an inactive organization; to simulate is to read."""
    rows = rows_of(client_of(person), f"/{tree}/{path}")
    assert [row["allowed_actions"] for row in rows] == ALLOWED[path, person]


@both_trees
@pytest.mark.parametrize(
    ("role", "allowed"),
    [(Role.VIEWER, ["simulate_sync"]), (Role.RELEASER, SYNC)],
)
def test_computers_that_a_deployment_reaches_allow_what_their_details_allow(client_for, tree, role, allowed):
    """They are computers, whichever list they stand in."""
    release = build_release()
    build_computers(release, 2)
    member = factories.MembershipFactory(organization=release.project.organization, role=role)
    client = client_for(member.user)
    for row in rows_of(client, f"/{tree}/deployments/{release.deployment.pk}/computers/"):
        detail = fetch(client, f"/{tree}/computers/{row['uuid']}/")
        assert row["allowed_actions"] == detail["allowed_actions"] == allowed


@both_trees
@pytest.mark.parametrize(
    ("person", "allowed"),
    [
        ("viewer", []),
        ("packager", ["check"]),
        ("packager of an inactive organization", []),
        ("superuser", ["check"]),
    ],
)
def test_an_error_allows_to_be_checked_once(client_of, world, tree, person, allowed):
    """By checkers and above, as long as nobody has."""
    client, path = client_of(person), f"/{tree}/errors/?project={world.error.project_id}"
    (row,) = rows_of(client, path)
    assert row["allowed_actions"] == allowed
    Error.objects.update(checked=True)
    (row,) = rows_of(client, path)
    assert row["allowed_actions"] == []


@both_trees
@pytest.mark.parametrize("role", list(Role))
def test_an_error_offers_what_the_permission_grants(client_for, world, tree, role):
    """Whoever is offered to check may, and nobody else."""
    client = client_for(factories.MembershipFactory(organization=world.organization, role=role).user)
    (row,) = rows_of(client, f"/{tree}/errors/")
    response = client.post(f"/{tree}/errors/check/", {"ids": [row["id"]]})
    assert (response.status_code == 200) == (row["allowed_actions"] == ["check"])


@both_trees
def test_the_role_is_that_in_the_organization_of_each_row(world, client_for, tree):
    """A packager here and a viewer there sees rows of both in one list."""
    membership = factories.MembershipFactory(organization=world.organization, role=Role.PACKAGER)
    factories.MembershipFactory(user=membership.user, organization=world.other_organization, role=Role.VIEWER)
    client = client_for(membership.user)
    rows = {row["id"]: row["allowed_actions"] for row in rows_of(client, f"/{tree}/packages/")}
    assert (rows[world.package.pk], rows[world.foreign_package.pk]) == (MARK, [])
