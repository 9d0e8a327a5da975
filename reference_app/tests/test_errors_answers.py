"""What the list of errors says."""

from reference_app import factories
from reference_app.models import Error
from reference_app.tests.counting import captured_sql
from reference_app.tests.requests import both_trees, fetch


@both_trees
def test_rows_say_what_the_error_is_about(packager, world, tree):
    """Who checked it is null until somebody did."""
    (row,) = fetch(packager, f"/{tree}/errors/")["results"]
    assert row == {
        "id": world.error.pk,
        "text": "disk is full",
        "checked": False,
        "checked_by": None,
        "created_at": "2026-01-01T12:00:00Z",
        "computer_name": "former",
        "project_name": world.error.project.name,
        "synchronized_at": "2026-01-01T12:00:00Z",
        "allowed_actions": ["check"],
    }


@both_trees
def test_an_error_stays_without_its_synchronization(packager, world, tree):
    """Its time is null then; whoever checked it is named."""
    Error.objects.filter(pk=world.error.pk).update(
        synchronization=None, checked=True, checked_by=world.packager
    )
    (row,) = fetch(packager, f"/{tree}/errors/")["results"]
    assert (row["synchronized_at"], row["checked_by"]) == (None, "packager")


def test_the_latest_come_first(packager, world):
    """Whatever computer they are of."""
    latest = factories.ErrorFactory(computer=world.computers[0])
    rows = fetch(packager, "/api/errors/")["results"]
    assert [row["id"] for row in rows] == [latest.pk, world.error.pk]


@both_trees
def test_lists_are_narrowed_by_project_and_checked(packager, world, tree):
    """Alone and together."""
    done = factories.ErrorFactory(computer=world.error.computer, checked=True)
    factories.ErrorFactory(computer=world.computers[0])
    project = f"project={world.error.project_id}"
    for query, ids in (
        (project, [done.pk, world.error.pk]),
        ("checked=true", [done.pk]),
        (f"checked=false&{project}", [world.error.pk]),
    ):
        rows = fetch(packager, f"/{tree}/errors/?{query}")["results"]
        assert sorted(row["id"] for row in rows) == sorted(ids)


@both_trees
def test_what_cannot_be_filtered_by_is_refused(packager, world, tree):
    """A foreign project like one that does not exist."""
    foreign = fetch(packager, f"/{tree}/errors/?project={world.foreign_package.project_id}", 400)
    assert foreign == fetch(packager, f"/{tree}/errors/?project={10**9}", 400)
    assert list(fetch(packager, f"/{tree}/errors/?checked=perhaps", 400)) == ["checked"]


def test_the_paginators_count_carries_no_joins(packager):
    """It counts errors."""
    count, *_ = captured_sql(lambda: fetch(packager, "/api/errors/"))
    assert "JOIN" not in count.split("WHERE")[0]
