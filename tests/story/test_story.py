"""60 actions, two workers, two shards, one worker killed: every number equals that of the witness."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.story.project import KILLED
from tests.story.runs import combine, querybudget, run_tests
from tests.story.witness import action_numbers, actions_in_loops, run_numbers, times_run

pytest.importorskip("xdist")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("story")


@pytest.fixture(scope="module")
def serial(root):
    """The whole project in one process."""
    return run_tests(root / "serial")


@pytest.fixture(scope="module")
def parallel(root):
    """The whole project in two workers."""
    return run_tests(root / "parallel", "-n", "2")


@pytest.fixture(scope="module")
def first_shard(root):
    """Every second test, in two workers."""
    return run_tests(root / "first_shard", "-n", "2", shard="1")


@pytest.fixture(scope="module")
def second_shard(root, killed_shard):
    """The other tests in one process; run again after a worker was killed in them."""
    return run_tests(root / "second_shard", shard="0")


@pytest.fixture(scope="module")
def killed_shard(root):
    """The other tests in two workers, one of which is killed in a test that has made requests."""
    return run_tests(root / "killed_shard", "-n", "2", code=1, shard="0", kill="delivery")


@pytest.fixture(scope="module")
def merged(root, first_shard, second_shard):
    return combine(root / "merged", second_shard, first_shard)


@pytest.fixture(scope="module")
def merged_with_killed(root, first_shard, killed_shard):
    return combine(root / "merged_with_killed", first_shard, killed_shard)


@pytest.fixture(scope="module")
def shards_and_killed(root, first_shard, killed_shard, second_shard):
    """All three runs: the tests of the killed one stand in another too."""
    return combine(root / "shards_and_killed", killed_shard, first_shard, second_shard)


@pytest.fixture(scope="module")
def merged_paths(root):
    """Two runs of a part of the project each, named on the command line."""
    one = run_tests(root / "one_path", "archive")
    two = run_tests(root / "two_paths", "warehouse", "delivery")
    return combine(root / "merged_paths", one, two)


@pytest.fixture(
    params=[
        "serial",
        "parallel",
        "first_shard",
        "killed_shard",
        "merged",
        "merged_with_killed",
        "shards_and_killed",
        "merged_paths",
    ]
)
def told(request):
    return request.getfixturevalue(request.param)


def numbers_of(report):
    """Return action → everything the report counts of it: no texts, no lists but the methods.

    A number that is new in the report is missing in the witness, and fails.
    """
    return {
        action["action"]: {
            name: value
            for name, value in action.items()
            if name == "methods" or not isinstance(value, str | list)
        }
        for action in report["actions"]
    }


def missing_in(text):
    """Return what a report says is missing: one line at most."""
    lines = [line for line in text.splitlines() if line.startswith("Missing: 1 test ")]
    assert len(lines) == text.count("Missing") <= 1
    return "".join(lines)


def apart_from_time(report, **run):
    return report | {"run": {**report["run"], "started_at": None, **run}}


def test_every_number_of_every_action_equals_the_witness(told):
    assert numbers_of(told.report) == action_numbers(told.seen)


def test_every_number_of_the_run_equals_the_witness(told):
    numbers = {name: value for name, value in told.report["run"].items() if type(value) is int}
    assert numbers == {**run_numbers(told.seen), "n_exceeded": 0}


def test_every_number_of_a_finding_equals_the_witness(told):
    """A finding counts how often the request that ran its statement most did so."""
    for action in told.report["actions"]:
        for finding in action["findings"]:
            assert finding["count"] == times_run(told.seen, action["action"], finding), finding


def test_what_ran_in_a_loop_is_found_and_nothing_else(told):
    found = {action["action"] for action in told.report["actions"] if action["findings"]}
    assert found == actions_in_loops(told.seen, n=3)


def test_all_60_actions_are_reported(serial):
    assert len(serial.report["actions"]) == 60


def test_actions_of_one_class_name_have_names_of_their_own(serial):
    names = {each["action"]: each["name"] for each in serial.report["actions"]}
    assert len(set(names.values())) == 60
    assert names["archive.views.ParcelViewSet.list"] == "ParcelViewSet.list"
    for app in ("warehouse", "delivery"):
        assert names[f"{app}.views.PackageViewSet.list"] == f"{app}.views.PackageViewSet.list"


@pytest.mark.parametrize("change", ["one more", "one less", "read as write", "other action"])
def test_the_witness_would_notice_one_query(serial, change):
    """The twin of the tests above: an error of one, in one request, makes the numbers differ."""
    seen = deepcopy(serial.seen)
    request = seen["warehouse/test_views.py::test_comes_after_it"][0]
    ran = request["statements"]
    match change:
        case "one more":
            ran.append("SELECT 1")
        case "one less":
            ran.pop()
        case "read as write":
            ran[:] = [f"UPDATE {each}" for each in ran]
        case "other action":
            request["action"] = request["action"].replace("warehouse", "delivery")
    assert numbers_of(serial.report) != action_numbers(seen)


def test_two_workers_give_the_report_of_a_serial_run(serial, parallel):
    assert apart_from_time(parallel.report) == apart_from_time(serial.report)


def test_two_shards_give_the_report_of_a_serial_run(serial, merged):
    assert apart_from_time(merged.report) == apart_from_time(serial.report)


def test_shards_are_complete_together_and_not_alone(serial, first_shard, second_shard, merged):
    """What a plugin left out in one shard ran in the other."""
    assert serial.report["run"]["is_complete"]
    assert not first_shard.report["run"]["is_complete"]
    assert not second_shard.report["run"]["is_complete"]
    assert merged.report["run"]["is_complete"]


def test_a_shard_that_ran_twice_does_not_stand_for_the_other(root, first_shard):
    """As when a CI job was tried again and the other shard's data was not kept."""
    again = run_tests(root / "first_shard_again", shard="1")
    twice = combine(root / "first_shard_twice", first_shard, again)
    assert apart_from_time(twice.report, is_complete=False) == apart_from_time(first_shard.report)
    assert not twice.report["run"]["is_complete"]


def test_runs_narrowed_by_paths_give_the_same_numbers_and_are_not_complete(serial, merged_paths):
    """Of tests named on the command line nobody can tell whether they are all there are."""
    assert not merged_paths.report["run"]["is_complete"]
    complete = apart_from_time(merged_paths.report, is_complete=True, blind_spots=None)
    assert complete == apart_from_time(serial.report, blind_spots=None)


def test_a_killed_worker_loses_its_current_test_only(killed_shard, second_shard):
    assert killed_shard.seen.keys() == second_shard.seen.keys() - {KILLED}
    assert killed_shard.report["run"]["unfinished_tests"] == [KILLED]


@pytest.mark.parametrize("name", ["killed_shard", "merged_with_killed"])
def test_a_report_names_the_test_that_was_cut_off(name, request):
    told = request.getfixturevalue(name)
    assert told.report["run"]["unfinished_tests"] == [KILLED]
    assert not told.report["run"]["is_complete"]
    assert KILLED in missing_in(querybudget(told.root, "report"))


def test_the_test_run_itself_names_the_test_that_was_cut_off(killed_shard):
    assert KILLED in missing_in(killed_shard.output)


def test_nothing_is_missing_once_the_killed_shard_ran_again(serial, shards_and_killed):
    """Combined with its second run, the first leaves no trace: not in a number, not as missing."""
    assert apart_from_time(shards_and_killed.report) == apart_from_time(serial.report)
    assert not missing_in(querybudget(shards_and_killed.root, "report"))
