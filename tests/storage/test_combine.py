"""Several files, one run: each test once, its last attempt last, whatever order they are given in."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from querybudget import UnusableData
from querybudget.budgets.budget import Level
from querybudget.budgets.judge import Judge
from querybudget.records import Identity
from querybudget.replayed import Outcome, Replayed
from querybudget.reports.json_report import document
from querybudget.results import Complaint
from querybudget.storage import stored
from querybudget.storage.combine import combine, opened
from querybudget.storage.datafile import DataFile, new_run_id, run_token
from querybudget.storage.files import files_at, files_of_run
from querybudget.storage.read import read, read_latest, read_open
from querybudget.storage.schema import create
from querybudget.storage.worst import worst_request
from tests.builders import FINDING, budget, event, request, suppression
from tests.storage.test_datafile import STARTED, record

LIST = "app.views.PackageViewSet.list"


@contextmanager
def shard(directory, minute=0):
    """Give the file of a run of its own, in a project of its own."""
    directory.mkdir(exist_ok=True)
    started = STARTED + timedelta(minutes=minute)
    file = DataFile(directory, new_run_id(started, "0badcafe"), started)
    yield file
    file.close()


@pytest.fixture
def shards(tmp_path):
    """Two shards of three tests; one stands in both, and cost more in the later."""
    with shard(tmp_path / "one") as file:
        file.write(record(request(queries=7, found=[FINDING]), node_id="a", declarations=[budget(4)]))
        file.write(record(request(queries=2), node_id="both"))
        file.write_ending(n_expected=3, ran=["a", "both"], is_narrowed=False)
    with shard(tmp_path / "two", minute=1) as file:
        file.write(record(request("a.b", queries=1), request(queries=3), node_id="both"))
        file.write(record(request("a.b", queries=5, events=[event()]), node_id="c"))
        file.write_ending(n_expected=3, ran=["both", "c"], is_narrowed=False)
    return [path for name in ("one", "two") for path in files_at(tmp_path / name)]


def test_every_number_is_that_of_both(shards):
    result = read(shards)
    assert (result.n_tests, result.n_requests, result.n_queries, result.n_exceeded) == (3, 4, 16, 1)
    counts = {each.action: each for each in result.actions}
    assert (counts[LIST].minimum, counts[LIST].maximum, counts["a.b"].maximum) == (3, 7, 5)
    assert counts[LIST].findings == (FINDING,)
    assert counts[LIST].standings[0].n_broken == 1


def test_the_order_of_files_makes_no_difference(shards):
    assert document(read(shards)) == document(read(shards[::-1]))


def test_a_test_in_two_files_is_taken_from_the_later_run_and_told(shards):
    with closing(sqlite3.connect(":memory:", uri=True)) as connection:
        create(connection)
        assert combine(connection, shards) == 1
        assert read_open(connection).n_tests == 3


def test_together_shards_are_complete_alone_they_are_not(shards):
    assert [read([path]).is_complete for path in shards] == [False, False]
    assert read(shards).is_complete


def test_the_same_shard_twice_does_not_stand_for_the_other(tmp_path, shards):
    with shard(tmp_path / "again", minute=2) as file:
        file.write(record(request(), node_id="a"))
        file.write_ending(n_expected=3, ran=["a", "both"], is_narrowed=False)
    assert not read([shards[0], *files_at(tmp_path / "again")]).is_complete


def test_a_shard_that_was_cut_off_makes_the_whole_incomplete(tmp_path, shards):
    with shard(tmp_path / "three", minute=2) as file:
        file.write(record(request(), node_id="d"))
    assert not read([*shards, *files_at(tmp_path / "three")]).is_complete


def test_a_run_with_a_test_cut_off_is_not_complete(tmp_path):
    with shard(tmp_path / "one") as file:
        file.write(record(request(), node_id="a"))
        file.begin("b", 1)
        file.write_ending(n_expected=2, ran=["a", "b"], is_narrowed=False)
    assert not read_latest(tmp_path / "one").is_complete


def test_a_narrowed_run_is_never_complete(tmp_path):
    with shard(tmp_path / "one") as file:
        file.write(record(request()))
        file.write_ending(n_expected=1, ran=["a"], is_narrowed=True)
    assert not read_latest(tmp_path / "one").is_complete


def test_a_test_that_ends_is_begun_no_more(tmp_path):
    with shard(tmp_path / "one") as file:
        file.begin("a", 1)
        assert [each.node_id for each in read_latest(tmp_path / "one").unfinished] == ["a"]
        file.write(record(request(), node_id="a"))
    assert read_latest(tmp_path / "one").unfinished == ()


def test_a_damaged_part_is_named(tmp_path, shards):
    with shards[1].open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    with pytest.raises(UnusableData, match=f"{shards[1].name} is damaged"):
        read(shards)


def test_progress_is_told_as_files_are_read(shards):
    told = []
    with opened(shards, on_progress=lambda done, total: told.append((done, total))):
        assert told == [(1, 2), (2, 2)]


def test_no_table_is_forgotten(tmp_path):
    """Each must hold something here, so that a new one is thought of."""
    complaint = Complaint(message="met nothing", is_doubt=False)
    known = Identity(action="a.b", method="GET", route="/b/")
    tried = Replayed(action="a.b", kind="fix", subject="an edit", outcome=Outcome.VERIFIED)
    for number in (1, 2):
        with shard(tmp_path / str(number), minute=number) as file:
            judged = request(queries=7, found=[FINDING], events=[event(f'SELECT "{number}"')])
            judged = replace(judged, recording=replace(judged.recording, suppressions=(suppression(),)))
            test = record(judged, node_id=str(number), declarations=[budget(number)])
            file.write(replace(test, complaints=[complaint], replayed=[tried]))
            file.write_known([known], {f"tables{number}": {"app_a"}})
            file.write_ending(n_expected=1, ran=[str(number)], is_narrowed=False)
    parts = [path for number in (1, 2) for path in files_at(tmp_path / str(number))]
    rows_of_parts = [rows_by_table([path]) for path in parts]
    both = rows_by_table(parts)
    assert both == {**dict.fromkeys(both, 2), "known_action": 1}
    assert rows_of_parts == [dict.fromkeys(both, 1)] * 2


def rows_by_table(paths):
    with opened(paths) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for (name,) in names}


def test_what_was_known_is_known_once(tmp_path, shards):
    known = Identity(action="a.b", method="GET", route="/b/")
    for number in (3, 4):
        with shard(tmp_path / str(number), minute=number) as file:
            file.write_known([known], {"tables": {"app_a"}, "databases": {"default"}})
    with opened([*shards, *files_at(tmp_path / "3"), *files_at(tmp_path / "4")]) as connection:
        assert known in read_open(connection).known
        assert stored.names(connection) == {
            "tables": frozenset({"app_a"}),
            "databases": frozenset({"default"}),
        }


def test_a_request_comes_back_as_it_was_judged(tmp_path):
    declared = budget(4, level=Level.VIEW, action="PackageViewSet.list", reason="page", until="2027-01-31")
    judged = request(
        queries=4,
        reads=3,
        items=7,
        route="/p/",
        tables={"t": 1},
        phases={"filter": 2},
        doubts=["lost"],
        n_phaseless=1,
        found=[FINDING],
    )
    with shard(tmp_path / "one") as file:
        file.write(record(judged, declarations=[declared]))
    with opened(files_at(tmp_path / "one")) as connection:
        (back,) = stored.requests(connection)
    assert (back.identity, back.declared) == (judged.identity, (declared,))
    assert back.facts.analysis == replace(judged.analysis, groups=())
    assert (back.facts.items, back.facts.is_answered) == (7, True)


def test_what_did_not_hold_comes_back_with_its_verdict(tmp_path):
    with shard(tmp_path / "one") as file:
        file.write(record(request(queries=9, reads=1), declarations=[budget(4, reads="=2")]))
    with opened(files_at(tmp_path / "one")) as connection:
        found = list(stored.broken(connection))
    assert [(each.subject, each.verdict.observed, str(each.verdict.status)) for each in found] == [
        (LIST, 9, "above"),
        (LIST, 1, "below"),
    ]


def test_the_worst_request_is_an_answered_one_with_the_most_queries(tmp_path):
    with shard(tmp_path / "one") as file:
        file.write(record(request(status=500, queries=99), request(queries=7), node_id="b"))
        file.write(record(request(queries=7, events=[event(), event()]), node_id="a"))
    with opened(files_at(tmp_path / "one")) as connection:
        worst = worst_request(connection, LIST)
    assert (worst.node_id, worst.queries, worst.executions[0].count) == ("a", 7, 2)


def test_runs_of_one_second_sort_by_time():
    early, late = STARTED.replace(microsecond=9), STARTED.replace(microsecond=10)
    assert new_run_id(early, run_token(early, "fff0")) < new_run_id(late, run_token(late, "0000"))


@pytest.mark.parametrize("at", ["one", "one/.querybudget"])
def test_a_path_is_a_project_or_its_data(tmp_path, shards, at):
    assert files_at(tmp_path / at) == files_of_run(tmp_path / "one" / ".querybudget")
    assert files_at(shards[0]) == [shards[0]]


def test_a_path_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UnusableData, match="is not there"):
        files_at(tmp_path / "nowhere")


def test_a_judge_without_names_takes_any():
    assert Judge().names == {}
