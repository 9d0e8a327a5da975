"""How many queries each computer action runs: a constant when optimised, an exact formula when naive."""

import pytest

from querybudget import query_budget
from reference_app.factories import AttributeFactory
from reference_app.tests.fleets import build_deployments, build_fleet, build_report
from reference_app.tests.grids import each_size, grid, measured_size, own_or_shared, own_or_thorough_shared
from reference_app.tests.requests import computer_path, fetch, post
from reference_app.tests.worlds import build

# (packages, installations to end, attributes)
SYNC_GRIDS = [(0, 0, 0), (2, 0, 0), (0, 2, 0), (0, 0, 2), (2, 2, 2), (5, 5, 5), (5, 2, 3)]
# (deployments, included attributes of each, delays of its schedule)
SIMULATION_GRIDS = [(0, 0, 0), (1, 0, 0), (2, 0, 1), (2, 3, 0), (5, 1, 2), (5, 5, 5)]
# (computers, attributes of each)
LIST_GRIDS = [(2, 0), (2, 2), (5, 0), (5, 3)]
# (attributes, installations) of one computer
DETAIL_GRIDS = [(0, 0), (2, 0), (0, 2), (5, 5)]


@pytest.fixture
def newcomer(client_for):
    """Return the computer that never synchronized, with a packager's client."""
    world = build(2, deployments=0, installations=0)
    return world.never_synced_computer, client_for(world.packager)


@measured_size
@own_or_shared
@query_budget("=3", action="ComputerViewSet.list", reason="count, page, attributes")
@query_budget(writes=0, duplicates=0, n_plus_one=0)
def test_list_asks_three_queries(client_for, n, shared):
    fetch(client_for(build_fleet(n, shared=shared).packager), "/api/computers/")


@query_budget("=4", action="ComputerViewSet.list", n_plus_one=0)
def test_a_list_narrowed_to_a_project_asks_for_the_project_too(client_for):
    fleet = build_fleet(2)
    fetch(client_for(fleet.packager), f"/api/computers/?project={fleet.computers[0].project_id}")


@own_or_shared
@grid("n attributes", LIST_GRIDS, letters="n A")
def test_naive_list_follows_its_formula(client_for, n, attributes, shared):
    """2 + n(7 + A)."""
    client = client_for(build_fleet(n, attributes=attributes, shared=shared).packager)
    with query_budget(f"={2 + n * (7 + attributes)}", per="request"):
        fetch(client, "/naive/computers/")


@measured_size
@own_or_shared
@query_budget("=5", action="ComputerViewSet.retrieve", n_plus_one=0)
def test_retrieve_asks_five_queries(client_for, n, shared):
    """The computer, its attributes, tags, installations, synchronizations."""
    fleet = build_fleet(1, attributes=n, installations=n, shared=shared)
    fetch(client_for(fleet.packager), computer_path("api", fleet.computers[0]))


@own_or_thorough_shared
@grid("attributes installations", DETAIL_GRIDS, letters="A I")
def test_naive_retrieve_follows_its_formula(client_for, attributes, installations, shared):
    """8 + A + I."""
    fleet = build_fleet(1, attributes=attributes, installations=installations, shared=shared)
    with query_budget(f"={8 + attributes + installations}"):
        fetch(client_for(fleet.packager), computer_path("naive", fleet.computers[0]))


@measured_size
@own_or_shared
@query_budget("=15", reads="=7", writes="=8", action="ComputerViewSet.sync", n_plus_one=0)
def test_sync_of_all_that_is_new_asks_fifteen(newcomer, n, shared):
    """The same for two packages and for five, with as many to end and an attribute to unlink."""
    computer, client = newcomer
    report = build_report(computer, packages=n, attributes=n, removed=n, shared=shared)
    computer.attributes.add(AttributeFactory())
    post(client, computer_path("api", computer, "sync"), report, 201)


@own_or_thorough_shared
@grid("packages removed attributes", SYNC_GRIDS, letters="K L A")
def test_naive_sync_follows_its_formula(newcomer, packages, removed, attributes, shared):
    """7 + 4K + L + 4A."""
    computer, client = newcomer
    report = build_report(computer, packages=packages, attributes=attributes, removed=removed, shared=shared)
    with query_budget(f"={7 + 4 * packages + removed + 4 * attributes}"):
        post(client, computer_path("naive", computer, "sync"), report, 201)


@each_size
@own_or_thorough_shared
@pytest.mark.parametrize("tree", ["api", "naive"])
def test_sync_of_nothing_new(newcomer, n, tree, shared):
    """Optimised 9: nothing to add, nothing to find again; naive one less an attribute, two less a package."""
    computer, client = newcomer
    report = build_report(computer, packages=n, attributes=n, shared=shared)
    post(client, computer_path(tree, computer, "sync"), report, 201)
    later = report | {"started_at": "2026-05-01T00:00:00Z"}
    with query_budget({"api": "=9", "naive": f"={7 + 2 * n + 3 * n}"}[tree]):
        post(client, computer_path(tree, computer, "sync"), later, 201)


@pytest.mark.parametrize(("tree", "cost"), [("api", 2), ("naive", 3)])
def test_a_repeated_report_is_known_at_once(newcomer, tree, cost):
    """And so is one that comes too late."""
    computer, client = newcomer
    report = build_report(computer, packages=2, attributes=2)
    path = computer_path(tree, computer, "sync")
    post(client, path, report, 201)
    with query_budget(f"={cost}", writes=0):
        post(client, path, report)
    with query_budget(f"={cost}", writes=0):
        post(client, path, report | {"started_at": "2026-01-01T00:00:00Z"}, 409)


@measured_size
@own_or_shared
@query_budget("=5", writes=0, action="ComputerViewSet.simulate_sync", n_plus_one=0)
def test_simulate_sync_asks_five_queries(newcomer, n, shared):
    """The computer, the deployments, their attributes, their packages, the delays of their schedules."""
    computer, client = newcomer
    build_deployments(computer, n, attributes=n, delays=n, shared=shared)
    fetch(client, computer_path("api", computer, "simulate-sync"))


@query_budget("=4", action="ComputerViewSet.simulate_sync", n_plus_one=0)
def test_simulate_sync_asks_four_queries_without_a_schedule(newcomer):
    """There are no delays to ask for."""
    computer, client = newcomer
    build_deployments(computer, 2, attributes=2)
    computer.project.deployments.update(schedule=None)
    fetch(client, computer_path("api", computer, "simulate-sync"))


@own_or_thorough_shared
@grid("deployments attributes delays", SIMULATION_GRIDS, letters="d A S")
def test_naive_simulate_sync_follows_its_formula(newcomer, deployments, attributes, delays, shared):
    """3 + d(5 + S + A)."""
    computer, client = newcomer
    build_deployments(computer, deployments, attributes=attributes, delays=delays, shared=shared)
    with query_budget(f"={3 + deployments * (5 + delays + attributes)}"):
        fetch(client, computer_path("naive", computer, "simulate-sync"))


@pytest.mark.thorough
@query_budget(None, action="ComputerViewSet.sync", reason="SQLite splits the INSERTs")
def test_five_thousand_packages_cost_more_inserts_alone(newcomer):
    """SQLite splits them; nothing is asked a package."""
    computer, client = newcomer
    report = build_report(computer, packages=5000, attributes=1)
    with query_budget(reads="=7") as seen:
        post(client, computer_path("api", computer, "sync"), report, 201)
    assert seen.writes < 5000 / 50
