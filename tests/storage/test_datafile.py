"""What is written is what is read, and what cannot be read is an error with a name."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from querybudget import QueryBudgetWarning, UnusableData
from querybudget.budgets.judge import Facts, Judge
from querybudget.budgets.resolve import holding, meaning
from querybudget.finding import Fix
from querybudget.storage.datafile import RUNS_KEPT, DataFile, drop_old_runs, new_run_id
from querybudget.storage.files import files_of_run
from querybudget.storage.read import read, read_latest
from querybudget.storage.rows import TestRecord
from querybudget.storage.schema import SCHEMA_VERSION
from querybudget.verdicts import Judgement
from tests.builders import FINDING, LINE, budget, event, request

STARTED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def data(tmp_path):
    """Give a data file of a new run, closed at the end."""
    file = DataFile(tmp_path, new_run_id(STARTED, "0badcafe"), STARTED)
    yield file
    file.close()


@pytest.fixture
def connections(monkeypatch):
    """Note every connection that is made, and close what a test leaves open on purpose."""
    made = []

    def connect(*args, **kwargs):
        made.append(CONNECT(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(sqlite3, "connect", connect)
    yield made
    for connection in made:
        connection.close()


CONNECT = sqlite3.connect


def is_closed(connection):
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False


def judgement(request, declarations=()):
    """Judge one request by what is declared in code."""
    facts = Facts(analysis=request.analysis, items=request.items)
    return Judgement(
        analysis=request.analysis,
        request=request,
        name=request.action,
        verdicts=Judge().judge(holding(declarations, request.identity), facts),
        declared=tuple(meaning(declarations, request.identity)),
    )


def record(*requests, node_id="tests/test_a.py::test_one", attempt=1, declarations=()):
    return TestRecord(
        node_id=node_id,
        attempt=attempt,
        outcome="passed",
        judgements=[judgement(each, declarations) for each in requests],
        declared=declarations,
    )


def only(result):
    (counts,) = result.actions
    return counts


def test_counts_come_back_as_they_were_written(data, tmp_path):
    data.write(record(request(queries=2, reads=2), request(queries=7, reads=5, writes=2), request(queries=3)))
    counts = only(read_latest(tmp_path))
    assert (counts.minimum, counts.median, counts.maximum) == (2, 3, 7)
    assert (counts.reads, counts.writes, counts.n_requests, counts.n_tests) == (5, 2, 3, 1)


def test_the_median_of_an_even_number_is_one_that_was_seen(data, tmp_path):
    data.write(record(request(queries=2), request(queries=9)))
    assert only(read_latest(tmp_path)).median == 2


def test_refused_answers_are_told_apart(data, tmp_path):
    data.write(record(request(queries=9, status=403), request(queries=1, status=None), request(queries=3)))
    counts = only(read_latest(tmp_path))
    assert (counts.n_requests, counts.n_refused, counts.minimum, counts.maximum) == (3, 2, 3, 3)


@pytest.mark.parametrize(("status", "n_refused"), [(399, 0), (400, 1)])
def test_an_answer_is_refused_from_400_on(data, tmp_path, status, n_refused):
    data.write(record(request(status=status)))
    assert only(read_latest(tmp_path)).n_refused == n_refused


def test_an_action_that_was_only_refused_has_no_numbers(data, tmp_path):
    data.write(record(request(status=500, queries=4)))
    counts = only(read_latest(tmp_path))
    assert (counts.minimum, counts.maximum, counts.reads) == (None, None, None)


def test_the_last_attempt_of_a_test_counts(data, tmp_path):
    data.write(record(request(queries=9, found=[FINDING]), declarations=[budget(4)]))
    data.write(record(request(queries=3), attempt=2, declarations=[budget(4)]))
    result = read_latest(tmp_path)
    assert (only(result).maximum, only(result).findings, result.n_exceeded) == (3, (), 0)


def test_budgets_that_did_not_hold_are_counted(data, tmp_path):
    data.write(record(request(queries=9, reads=9), declarations=[budget(4, reads=9, writes="=1")]))
    assert read_latest(tmp_path).n_exceeded == 2


def test_a_finding_comes_back_whole(data, tmp_path):
    data.write(record(request(found=[FINDING])))
    assert only(read_latest(tmp_path)).findings == (FINDING,)


@pytest.mark.parametrize(
    "finding",
    [
        replace(FINDING, fix=None, call_site=None),
        replace(FINDING, fix=Fix(edit="only()", queryset="", place=LINE), relation=None),
    ],
)
def test_a_finding_with_less_comes_back_with_less(data, tmp_path, finding):
    data.write(record(request(found=[finding])))
    (back,) = only(read_latest(tmp_path)).findings
    assert (back.call_site, back.relation, str(back.fix)) == (
        finding.call_site,
        finding.relation,
        str(finding.fix and replace(finding.fix, place=replace(LINE, source=""))),
    )


def test_the_same_problem_of_many_requests_is_kept_where_it_cost_most(data, tmp_path):
    data.write(record(*(request(found=[replace(FINDING, count=count)]) for count in (2, 20, 5))))
    assert [each.count for each in only(read_latest(tmp_path)).findings] == [20]


def test_actions_with_n_plus_ones_stand_first_then_the_most_queries(data, tmp_path):
    data.write(
        record(
            request("a.small", queries=2),
            request("a.large", queries=90),
            request("a.looping", queries=3, found=[FINDING]),
        )
    )
    assert [each.action for each in read_latest(tmp_path).actions] == ["a.looping", "a.large", "a.small"]


def test_groups_and_statements_are_kept_without_parameter_values(data, tmp_path):
    events = [event('SELECT "x" FROM "t" WHERE "id" = 4711'), event("SELECT 2", place=None)]
    data.write(record(request(events=events)))
    (path,) = files_of_run(data.directory)
    assert b"4711" not in path.read_bytes()
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT shape, path FROM execution JOIN statement ON id = statement_id")
        assert set(rows) == {('SELECT "x" FROM "t" WHERE "id" = ?', LINE.path), ("SELECT ?", None)}


@pytest.mark.parametrize(
    ("name", "stored"), [("tests/\udcff.py::a", "tests/\\udcff.py::a"), ("a\0b", "a\0b"), ("é" * 99_999,) * 2]
)
def test_a_strange_name_loses_no_test(data, tmp_path, name, stored):
    """Names of files are bytes, of which UTF-8 does not hold all."""
    data.begin(name, 1)
    data.write(record(request(queries=2, path="/\udcff/"), node_id=name))
    data.write_ending(n_expected=1, ran=[name], is_narrowed=False)
    result = read_latest(tmp_path)
    assert (result.n_queries, result.unfinished, result.is_complete) == (2, (), True)
    data.begin(name, 2)
    assert [each.node_id for each in read_latest(tmp_path).unfinished] == [stored]


def test_nothing_is_created_before_the_first_test(data, tmp_path):
    assert list(tmp_path.iterdir()) == []


def test_files_are_their_owners_and_no_business_of_version_control(data, tmp_path):
    data.write(record(request()))
    (path,) = files_of_run(data.directory)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "*" in (data.directory / ".gitignore").read_text(encoding="utf-8").split()


def test_a_committed_test_can_be_read_while_the_run_goes_on(data, tmp_path):
    """So that a killed process loses at most the test it was in."""
    data.write(record(request()))
    assert read_latest(tmp_path).n_requests == 1
    data.write(record(request(), node_id="another"))
    assert read_latest(tmp_path).n_tests == 2


def test_the_files_of_several_processes_are_one_run(data, tmp_path, monkeypatch, connections):
    data.write(record(request(queries=1)))
    monkeypatch.setattr(os, "getpid", lambda: 99_999_999)
    data.write(record(request(queries=5), node_id="another"))
    assert len(files_of_run(data.directory)) == 2
    assert (only(read_latest(tmp_path)).maximum, read_latest(tmp_path).n_tests) == (5, 2)


def test_the_latest_run_is_read_and_old_ones_are_dropped(tmp_path):
    for day in range(1, RUNS_KEPT + 3):
        file = DataFile(tmp_path, new_run_id(STARTED.replace(day=day), "0badcafe"), STARTED)
        file.write(record(request(queries=day)))
        file.close()
    runs = {path.name[:8] for path in file.directory.glob("*.sqlite3")}
    assert runs == {f"202603{day:02}" for day in range(3, RUNS_KEPT + 3)}
    assert only(read_latest(tmp_path)).maximum == RUNS_KEPT + 2


def test_a_run_whose_clock_is_behind_keeps_its_own_files(tmp_path, process):
    for minute in range(1, RUNS_KEPT + 1):
        process(minute, minute=minute).write(record(request()))
    process(7).write(record(request(queries=1), node_id="a"))
    behind = process(8)
    behind.write(record(request(queries=2), node_id="b"))
    assert len(files_of_run(behind.directory, behind.run_id)) == 2
    assert len({path.name[:15] for path in behind.directory.glob("*.sqlite3")}) == RUNS_KEPT


def test_with_an_old_file_go_its_logs_and_what_was_never_put_in_place(tmp_path):
    directory = tmp_path / ".querybudget"
    directory.mkdir()
    ends = ("sqlite3", "sqlite3-wal", "sqlite3-shm", "sqlite3-journal", "part", "part-journal")
    for day in range(1, RUNS_KEPT + 1):
        for end in ends:
            (directory / f"{new_run_id(STARTED.replace(day=day), '0badcafe')}-1.{end}").touch()
    current = new_run_id(STARTED.replace(day=9), "0badcafe")
    drop_old_runs(directory, current)
    left = [path for path in directory.iterdir() if path.name.startswith("20260301")]
    assert (left, len(list(directory.iterdir()))) == ([], (RUNS_KEPT - 1) * len(ends))


def test_with_a_file_that_is_spared_its_log_is(tmp_path):
    directory = tmp_path / ".querybudget"
    directory.mkdir()
    for day in range(1, RUNS_KEPT + 2):
        for end in ("sqlite3", "sqlite3-wal"):
            (directory / f"{new_run_id(STARTED.replace(day=day), '0badcafe')}-1.{end}").touch()
    current = new_run_id(STARTED.replace(day=9), "0badcafe")
    spared = directory / f"{new_run_id(STARTED, '0badcafe')}-1.sqlite3"
    drop_old_runs(directory, current, spared=[spared])
    assert {path.name for path in directory.glob("20260301*")} == {spared.name, f"{spared.name}-wal"}


def test_other_peoples_files_are_left_alone(tmp_path):
    directory = tmp_path / ".querybudget"
    directory.mkdir()
    (directory / "notes.sqlite3").write_text("mine", encoding="utf-8")
    for day in range(1, RUNS_KEPT + 3):
        file = DataFile(tmp_path, new_run_id(STARTED.replace(day=day), "0badcafe"), STARTED)
        file.write(record(request()))
        file.close()
    assert (directory / "notes.sqlite3").exists()


def test_where_nothing_can_be_written_the_counts_are_kept_in_memory_and_that_is_told(tmp_path):
    (tmp_path / ".querybudget").write_text("a file stands where the directory should", encoding="utf-8")
    file = DataFile(tmp_path, new_run_id(STARTED, "0badcafe"), STARTED)
    with pytest.warns(QueryBudgetWarning, match="`querybudget report` will not see them"):
        file.write(record(request()))
    file.close()


def test_a_file_that_is_there_already_is_not_written_over(process, tmp_path):
    """As where the number of a dead process is given again in one run."""
    process(1).write(record(request(queries=3)))
    with pytest.warns(QueryBudgetWarning, match="is there already"):
        process(1).write(record(request(queries=9), node_id="another"))
    assert only(read_latest(tmp_path)).maximum == 3


def test_a_child_writes_a_file_of_its_own_even_if_a_thread_held_the_lock(data, tmp_path):
    data.write(record(request(queries=1), node_id="parent"))
    with data._lock, ThreadPoolExecutor(1) as threads:
        status = threads.submit(_in_a_child, lambda: data.write(record(request(), node_id="child"))).result()
    assert status == 0
    data.write(record(request(queries=2), node_id="parent again"))
    assert len(files_of_run(data.directory)) == 2
    assert read_latest(tmp_path).n_tests == 3


def _in_a_child(work):
    """Fork, work there, and return with what it ended; a child that waits for ever is killed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12: there is another thread
        child = os.fork()
    if not child:
        signal.alarm(9)
        try:
            work()
        except BaseException:  # noqa: BLE001 - nothing of the parent's may run here
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


# What cannot be read


def broken(directory, content=b"", **pragmas):
    directory.mkdir(exist_ok=True)
    path = directory / f"{new_run_id(STARTED, '0badcafe')}-1.sqlite3"
    path.write_bytes(content)
    if pragmas:
        with closing(sqlite3.connect(path)) as connection:
            for name, value in pragmas.items():
                connection.execute(f"PRAGMA {name} = {value}")
            connection.execute("CREATE TABLE something (id)")
            connection.commit()
    return path


def test_without_data_the_way_to_get_some_is_told(tmp_path):
    with pytest.raises(UnusableData, match="Run pytest with querybudget installed first"):
        read_latest(tmp_path)


def test_a_run_that_is_not_there_names_those_that_are(data):
    data.write(record(request()))
    with pytest.raises(UnusableData, match="Runs there: 20260301T120000-0badcafe"):
        files_of_run(data.directory, "20200101T000000-00000000")


def test_a_file_that_is_no_database_is_told(tmp_path):
    path = broken(tmp_path / ".querybudget", b"no database at all, by any means" * 9)
    with pytest.raises(UnusableData, match="cannot be read"):
        read([path])


def test_a_foreign_database_is_told(tmp_path):
    path = broken(tmp_path / ".querybudget", application_id=42)
    with pytest.raises(UnusableData, match=r"no data file of querybudget\. Move it out of"):
        read([path])


def test_nobody_is_told_to_move_a_database_of_their_own(tmp_path):
    path = broken(tmp_path / "mine", application_id=42)
    with pytest.raises(UnusableData, match=r"no data file of querybudget\. Expected a data file of a run"):
        read([path])


@pytest.mark.parametrize(("version", "age"), [(SCHEMA_VERSION + 1, "a newer"), (0, "an older")])
def test_another_schema_version_is_told(tmp_path, version, age):
    path = broken(tmp_path / ".querybudget", application_id=0x51424447, user_version=version)
    with pytest.raises(UnusableData, match=f"written by {age} querybudget"):
        read([path])


def test_a_damaged_file_is_told(tmp_path):
    path = broken(tmp_path / ".querybudget", application_id=0x51424447, user_version=SCHEMA_VERSION)
    with pytest.raises(UnusableData, match="is damaged"):
        read([path])


# What is opened is closed


def test_writing_and_reading_leave_nothing_open(connections, tmp_path):
    file = DataFile(tmp_path, new_run_id(STARTED, "0badcafe"), STARTED)
    file.write(record(request()))
    file.close()
    read_latest(tmp_path)
    assert len(connections) == 3
    assert all(map(is_closed, connections))


@pytest.mark.parametrize("pragmas", [{"application_id": 42}, {"application_id": 0x51424447}])
def test_a_file_that_cannot_be_used_is_not_left_open(connections, tmp_path, pragmas):
    path = broken(tmp_path / ".querybudget", **pragmas)
    with pytest.raises(UnusableData):
        read([path])
    assert all(map(is_closed, connections))


def test_a_file_that_is_no_database_is_not_left_open(connections, tmp_path):
    path = broken(tmp_path / ".querybudget", b"no database at all, by any means" * 9)
    with pytest.raises(UnusableData):
        read([path])
    assert all(map(is_closed, connections))
