"""Stores: what they show, who changes them, and what stands in the way. Each rule holds on both URL trees."""

import pytest
from rest_framework.exceptions import NotFound

from reference_app import factories
from reference_app.models import Role, Store
from reference_app.services.stores import remove
from reference_app.tests.requests import both_trees, fetch, post, sent
from reference_app.tests.worlds import build


@pytest.fixture
def world():
    """Build a world without what these rules are not about."""
    return build(3, deployments=0, installations=0)


@pytest.fixture
def store(world):
    """Return the store of the first package."""
    return world.package.store


@both_trees
def test_rows_count_their_packages(packager, store, tree):
    """Ordered by name; the actions are what the role allows."""
    factories.PackageFactory(project=store.project, store=store)
    row, second = fetch(packager, f"/{tree}/stores/")["results"]
    assert row == {
        "id": store.pk,
        "name": "store-0",
        "project_id": store.project_id,
        "project_name": store.project.name,
        "n_packages": 2,
        "allowed_actions": ["partial_update", "destroy"],
    }
    assert second["name"] == "store-1"
    assert fetch(packager, f"/{tree}/stores/{store.pk}/") == row


@both_trees
def test_lists_are_narrowed_by_project(packager, world, store, tree):
    """A foreign project is refused like one that does not exist."""
    rows = fetch(packager, f"/{tree}/stores/?project={store.project_id}")["results"]
    assert [row["id"] for row in rows] == [store.pk]
    foreign = fetch(packager, f"/{tree}/stores/?project={world.foreign_package.project_id}", 400)
    assert foreign == fetch(packager, f"/{tree}/stores/?project={10**9}", 400)


@both_trees
def test_a_store_is_added(packager, store, tree):
    """The answer is what a detail says."""
    answer = post(packager, f"/{tree}/stores/", {"project": store.project_id, "name": "new"}, 201)
    assert answer == fetch(packager, f"/{tree}/stores/{answer['id']}/")
    assert (answer["name"], answer["n_packages"]) == ("new", 0)


@both_trees
def test_a_store_is_renamed_and_stays_in_its_project(packager, world, store, tree):
    """Another project in the body is not read. Nothing in the body is nothing to do."""
    body = {"name": "new", "project": world.packages[1].project_id}
    for changes in (body, {}):
        answer = packager.patch(f"/{tree}/stores/{store.pk}/", changes).json()
        assert (answer["name"], answer["project_id"]) == ("new", store.project_id)


@both_trees
def test_an_empty_store_is_removed(packager, store, tree):
    """And nothing else."""
    empty = factories.StoreFactory(project=store.project)
    assert packager.delete(f"/{tree}/stores/{empty.pk}/").status_code == 204
    assert not Store.objects.filter(pk=empty.pk).exists()


@both_trees
def test_a_store_with_packages_is_not_removed(packager, store, tree):
    """They would lose it. At most five are named, the oldest first."""
    packages = [store.packages.get(), *factories.PackageFactory.create_batch(5, store=store)]
    answer = sent(packager, "delete", f"/{tree}/stores/{store.pk}/", None, 409)
    expected = [package.fullname for package in packages[:5]]
    assert answer == {"detail": "Packages are in this store.", "packages": expected}


@both_trees
def test_a_name_is_given_once_in_a_project(packager, world, store, tree):
    """To a new store or an old one; another project may have the same, and a store may keep its own."""
    factories.StoreFactory(project=store.project, name="taken")
    path, body = f"/{tree}/stores/", {"name": "taken"}
    for method, where, more in (
        ("post", path, {"project": store.project_id}),
        ("patch", f"{path}{store.pk}/", {}),
    ):
        answer = sent(packager, method, where, body | more, 409)
        assert answer == {"detail": "The project has a store with this name."}
    post(packager, path, body | {"project": world.packages[1].project_id}, 201)
    assert packager.patch(f"{path}{store.pk}/", {"name": store.name}).status_code == 200


@both_trees
@pytest.mark.parametrize("name", ["", None, "n" * 101])
def test_a_name_must_be_one(packager, store, tree, name):
    """For a new store and an old one."""
    body = {"project": store.project_id, "name": name}
    assert list(sent(packager, "post", f"/{tree}/stores/", body, 400)) == ["name"]
    assert list(sent(packager, "patch", f"/{tree}/stores/{store.pk}/", body, 400)) == ["name"]


@both_trees
@pytest.mark.parametrize("role", list(Role))
def test_packagers_and_above_write(world, store, client_for, tree, role):
    """Below, every write is a 403 that names the role; all read."""
    client = client_for(factories.MembershipFactory(organization=world.organization, role=role).user)
    empty = factories.StoreFactory(project=store.project)
    path = f"/{tree}/stores/{empty.pk}/"
    may_write = role.includes(Role.PACKAGER)
    allowed = fetch(client, path)["allowed_actions"]
    assert allowed == (["partial_update", "destroy"] if may_write else [])
    for method, where, body, status in (
        ("post", f"/{tree}/stores/", {"project": store.project_id, "name": "new"}, 201),
        ("patch", path, {"name": "newer"}, 200),
        ("delete", path, None, 204),
    ):
        if may_write:
            assert getattr(client, method)(where, body).status_code == status
        else:
            answer = sent(client, method, where, body, 403)
            assert answer == {"detail": "This needs the role packager."}


@both_trees
def test_an_inactive_organization_is_read_only(world, store, packager, tree):
    """Nothing is promised, and nothing is written."""
    world.organization.is_active = False
    world.organization.save()
    path = f"/{tree}/stores/{store.pk}/"
    assert fetch(packager, path)["allowed_actions"] == []
    sent(packager, "post", f"/{tree}/stores/", {"project": store.project_id, "name": "new"}, 403)
    sent(packager, "patch", path, {"name": "new"}, 403)
    sent(packager, "delete", path, None, 403)


def test_what_somebody_else_has_removed_is_not_found():
    """Two removals wait for each other; the second finds nothing."""
    store = factories.StoreFactory()
    again = Store.objects.get(pk=store.pk)
    remove(store)
    with pytest.raises(NotFound):
        remove(again)
