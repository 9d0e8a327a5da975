"""The naive store endpoints are slower and nothing else; and only in them there is something to find."""

import pytest

from querybudget import query_budget
from reference_app.factories import StoreFactory
from reference_app.models import Store
from reference_app.tests.grids import each_size, own_or_shared
from reference_app.tests.requests import fetch
from reference_app.tests.twins import both, both_undone
from reference_app.tests.worlds import build


@each_size
@own_or_shared
def test_reads_are_equal_for_every_row(client_for, n, shared):
    """Byte for byte."""
    client = client_for(build(n, deployments=0, installations=0, shared_parents=shared).packager)
    paths = [
        "stores/",
        "stores/?page_size=1&page=2",
        *(f"stores/{pk}/" for pk in Store.objects.values_list("pk", flat=True)),
    ]
    for path in paths:
        optimised, naive = both(client, path)
        assert optimised == naive


@pytest.mark.parametrize("person", ["packager", "viewer", "outsider"])
@pytest.mark.parametrize("name", ["new", "store-0", ""])
def test_writes_are_equal(world, client_for, person, name):
    """Answers, refusals, and every row of every table."""
    client = client_for(getattr(world, person))
    empty = StoreFactory(project=world.package.project)
    for method, path, body in (
        ("post", "stores/", {"project": world.package.project_id, "name": name}),
        ("patch", f"stores/{empty.pk}/", {"name": name}),
        ("delete", f"stores/{empty.pk}/", None),
        ("delete", f"stores/{world.package.store_id}/", None),
    ):
        optimised, naive = both_undone(client, method, path, body)
        for _status, answer, _tables in (optimised, naive):
            (answer or {}).pop("id", None)
        assert optimised == naive


def test_the_naive_list_is_told_its_causes(client_for):
    """A relation, a count, and a permission a row."""
    client = client_for(build(6, deployments=0, installations=0).packager)
    with query_budget() as seen:
        fetch(client, "/naive/stores/")
    assert {(each.code, each.relation) for each in seen.findings} == {
        ("QB101", "Store.project"),
        ("QB102", None),
        ("QB102", "Store.packages"),
    }


def test_nothing_is_found_in_the_optimised_views(client_for):
    """At a size where each finding would show."""
    world = build(6, deployments=0, installations=0)
    client, store = client_for(world.packager), StoreFactory(project=world.package.project)
    with query_budget() as seen:
        fetch(client, "/api/stores/")
        fetch(client, f"/api/stores/{store.pk}/")
        client.post("/api/stores/", {"project": store.project_id, "name": "new"})
        client.patch(f"/api/stores/{store.pk}/", {"name": "newer"})
        client.delete(f"/api/stores/{store.pk}/")
    assert seen.findings == ()
