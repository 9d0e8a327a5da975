"""What a killed process leaves: a file and a log beside it; and what is told where the log was lost."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

from querybudget import QueryBudgetWarning, UnusableData
from querybudget.storage import files, state
from querybudget.storage.combine import combine
from querybudget.storage.files import files_of_run, open_checked
from querybudget.storage.read import read, read_open
from querybudget.storage.schema import create
from querybudget.wording_run import without_log
from tests.builders import request
from tests.storage.test_datafile import record


@pytest.fixture
def data(process):
    """Give the file of a process that has written one test and is at work."""
    file = process(1)
    file.write(record(request(queries=3), node_id="a"))
    return file


def test_a_killed_process_loses_nothing_it_committed(data, killed):
    result = read(files_of_run(killed(data)))
    assert (result.n_queries, result.without_log) == (3, ())


def test_a_file_copied_without_its_log_is_read_and_named(data, killed):
    (path,) = paths = files_of_run(killed(data, log=False))
    for _ in range(2):  # a reader may leave an empty log, which is none
        result = read(paths)
        assert (result.n_requests, result.without_log) == (0, (path.name,))
    assert result.started_at
    assert result.is_lacking
    assert not result.is_complete
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_run_that_lacks_a_log_is_not_complete_though_it_ended(process, data, killed):
    """A test without a row may have been in the log."""
    last = process(2)
    last.write_ending(n_expected=1, ran=["a"], is_narrowed=False)
    whole = killed(data)
    assert read(files_of_run(whole)).is_complete
    next(whole.glob("*-90000001.sqlite3-wal")).unlink()
    assert not read(files_of_run(whole)).is_complete


def test_an_empty_log_is_none(data, killed):
    (path,) = paths = files_of_run(killed(data, log=False))
    path.with_name(f"{path.name}-wal").touch()
    assert read(paths).without_log == (path.name,)


def test_the_log_of_a_link_lies_beside_its_target(data, killed, tmp_path):
    (path,) = files_of_run(killed(data))
    link = tmp_path / path.name
    link.symlink_to(path)
    assert read([link]).n_queries == 3


def test_a_whole_copy_makes_up_for_one_without_log(data, killed, tmp_path):
    lone = files_of_run(killed(data, log=False))
    shutil.move(lone[0].parent, tmp_path / "lone")
    lone = files_of_run(tmp_path / "lone")
    whole = files_of_run(killed(data))
    for order in ([*lone, *whole], [*whole, *lone]):
        result = read(order)
        assert (result.n_queries, result.without_log) == (3, ())


def test_what_lacks_a_log_is_still_told_when_it_is_combined(data, killed, tmp_path):
    lone = files_of_run(killed(data, log=False))
    with closing(sqlite3.connect(tmp_path / "whole.sqlite3", uri=True)) as connection:
        create(connection)
        combine(connection, lone)
        assert read_open(connection).without_log == (lone[0].name,)
    assert read([tmp_path / "whole.sqlite3"]).without_log == (lone[0].name,)


def test_a_file_whose_process_ended_needs_no_log(data, killed):
    data.close()
    (path,) = paths = files_of_run(data.directory)
    assert not path.with_name(f"{path.name}-wal").exists()
    assert read(paths).without_log == ()


def test_a_file_that_somebody_reads_when_its_process_ends_is_whole(data):
    with closing(open_checked(*files_of_run(data.directory))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM test").fetchone()
        data.close()
    result = read(files_of_run(data.directory))
    assert (result.n_queries, result.without_log) == (3, ())


def test_a_file_just_made_lacks_nothing_while_its_process_is_at_work(data, killed, monkeypatch):
    """Between its making and its first commit there is no log."""
    monkeypatch.setattr(state, "is_alive", lambda _: True)
    assert read(files_of_run(killed(data, log=False))).without_log == ()


def test_an_empty_file_is_told_with_what_is_missing_and_what_to_do(tmp_path):
    path = tmp_path / "20260301T120000-0badcafe-7.sqlite3"
    path.touch()
    with pytest.raises(UnusableData) as told:
        read([path])
    assert str(told.value) == (
        f"{path} is empty: what its process recorded is in its write-ahead log, and {path.name}-wal is not"
        " beside it. Copy the whole of .querybudget/, with all that stands beside a file; uploads often skip"
        " hidden names. Else delete the file."
    )


def test_a_log_where_nobody_may_write_is_told_with_what_to_do(data, killed, monkeypatch):
    """SQLite needs to make an index of the log beside it."""
    paths = files_of_run(killed(data))

    def refused(*_, **__):
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(files.sqlite3, "connect", refused)
    with pytest.raises(UnusableData, match="Copy the directory to where you may write"):
        open_checked(*paths)


def test_a_file_that_cannot_be_made_whole_is_not_there(process, tmp_path, monkeypatch):
    """As where the disk is full: the counts are kept in memory."""
    file = process(1)
    whole = file._make

    def fails_on_disk(connection):
        if file.in_memory is None:
            raise sqlite3.OperationalError("database or disk is full")
        whole(connection)

    monkeypatch.setattr(file, "_make", fails_on_disk)
    with pytest.warns(QueryBudgetWarning, match="disk is full"):
        file.write(record(request(queries=3)))
    assert [each.name for each in file.directory.iterdir()] == [".gitignore"]
    assert read_open(file.in_memory).n_queries == 3


def test_many_files_without_log_are_told_in_one_line():
    (line,) = without_log([f"{number}.sqlite3" for number in range(9)])
    assert line == (
        "Missing: what was recorded last, in logs that should stand beside their data files: 0.sqlite3-wal,"
        " 1.sqlite3-wal, 2.sqlite3-wal, 3.sqlite3-wal, 4.sqlite3-wal, and 4 more."
        " Copy the whole directory, hidden names too."
    )
    assert without_log(()) == []
