"""Which attempt of a test counts: the last that ended, of the latest run; and what has not ended is told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from querybudget.budgets.budget import Level
from querybudget.records import Place
from querybudget.results import Unended, Unfinished
from querybudget.storage import state
from querybudget.storage.combine import combine, opened
from querybudget.storage.files import files_of_run
from querybudget.storage.read import read, read_latest, read_open
from querybudget.storage.schema import create
from tests.builders import budget, request
from tests.storage.test_datafile import only, record


def a(queries, attempt=1, declarations=()):
    return record(request(queries=queries), node_id="a", attempt=attempt, declarations=declarations)


def read_all(tmp_path):
    return read(sorted((tmp_path / ".querybudget").glob("*.sqlite3")))


def cut_off(node_id, *, has_earlier=False):
    return Unfinished(node_id=node_id, why=Unended.CUT_OFF, has_earlier=has_earlier)


@pytest.fixture
def gone(monkeypatch):
    """Let every process be known to be gone."""
    monkeypatch.setattr(state, "is_alive", lambda _: False)


def test_a_later_run_counts_even_where_the_earlier_one_took_more_attempts(process, tmp_path):
    flaky = process(1)
    for attempt, queries in enumerate([9, 8, 7], 1):
        flaky.write(a(queries, attempt))
    process(2, minute=1).write(a(3))
    result = read_all(tmp_path)
    assert (result.n_tests, result.n_requests, only(result).maximum) == (1, 1, 3)


def test_a_later_run_counts_where_an_earlier_one_was_cut_off_in_a_later_attempt(process, tmp_path, gone):
    flaky = process(1)
    flaky.write(a(9))
    flaky.begin("a", 2)
    process(2, minute=1).write(a(3))
    result = read_all(tmp_path)
    assert (only(result).maximum, result.unfinished) == (3, ())


def test_where_a_later_run_only_began_the_earlier_counts_and_that_is_told(process, tmp_path, gone):
    process(1).write(a(3))
    later = process(2, minute=1)
    later.begin("a", 1)
    later.begin("b", 1)
    result = read_all(tmp_path)
    assert (result.n_requests, only(result).maximum) == (1, 3)
    assert result.unfinished == (cut_off("a", has_earlier=True), cut_off("b"))
    assert result.is_lacking


def test_a_test_that_died_in_one_process_and_passed_in_another_passed(process, tmp_path, gone):
    """As pytest-rerunfailures does it: the attempts of the worker that takes over begin at one again."""
    dying = process(1)
    dying.write(a(9))
    dying.write(a(8, attempt=2))
    dying.begin("a", 3)
    process(2).write(a(3))
    result = read_all(tmp_path)
    assert (result.n_requests, only(result).maximum, result.unfinished) == (1, 3, ())


def test_a_test_that_ended_in_one_process_and_then_died_in_another_was_cut_off(process, tmp_path, gone):
    process(1).write(a(9))
    process(2).begin("a", 1)
    result = read_all(tmp_path)
    assert (only(result).maximum, result.unfinished) == (9, (cut_off("a", has_earlier=True),))


def test_a_child_that_a_test_forked_cuts_nothing_off(process, tmp_path, gone):
    """It begins the test too, with its first request, and never ends it; its parent does."""
    parent = process(1)
    parent.begin("a", 1)
    process(2).begin("a", 1)
    process(1, root=tmp_path / "elsewhere")  # the parent's number again
    parent.write(a(3))
    result = read_all(tmp_path)
    assert (only(result).maximum, result.unfinished) == (3, ())


def test_declarations_that_only_a_replaced_attempt_met_are_gone(process, tmp_path):
    """Between two runs a declaration may move or be removed."""

    def view(line):
        return budget(4, level=Level.VIEW, action="PackageViewSet.list", where=Place(path="v.py", line=line))

    earlier, later = view(3), view(9)
    process(1).write(replace(a(3, declarations=[earlier]), declared=()))
    process(2, minute=1).write(replace(a(3, declarations=[later]), declared=()))
    result = read_all(tmp_path)
    assert [each.declaration for each in result.declared] == [later]
    assert [each.declaration for each in only(result).standings] == [later]


def test_combining_what_was_combined_changes_nothing(process, tmp_path, gone):
    earlier = process(1)
    for attempt, queries in enumerate([9, 8], 1):
        earlier.write(a(queries, attempt))
    later = process(2, minute=1)
    later.write(a(3))
    later.begin("b", 1)
    parts = sorted(earlier.directory.glob("*.sqlite3"))
    whole = tmp_path / "whole.sqlite3"
    with closing(sqlite3.connect(whole, uri=True)) as connection:
        create(connection)
        assert combine(connection, parts) == 1
        once = read_open(connection)
    assert once.unfinished == (cut_off("b"),)
    assert read([whole, *parts]) == read([parts[0], whole]) == once


def test_a_copy_made_on_the_way_does_not_hide_what_came_later(process, tmp_path, killed):
    file = process(1)
    file.begin("a", 1)
    early = killed(file)
    file.write(a(3))
    paths = [*early.glob("*.sqlite3"), *file.directory.glob("*.sqlite3")]
    for order in (paths, paths[::-1]):
        result = read(order)
        assert (result.n_requests, result.unfinished) == (1, ())


def test_a_test_that_ends_while_its_file_is_copied_is_not_lost(process, tmp_path):
    file = process(1)
    file.begin("a", 1)
    process(2).write(record(request(), node_id="b"))
    process(1, root=tmp_path / "elsewhere")
    told = []

    def end(done, _):
        if not told:
            file.write(a(3))
        told.append(done)

    with opened(files_of_run(file.directory), on_progress=end) as connection:
        result = read_open(connection)
    assert [each.node_id for each in result.unfinished] == ["a"]


def test_a_run_began_when_its_first_process_did(process, tmp_path):
    process(1, late_s=2).write(a(3))
    process(2).write(record(request(), node_id="b"))
    process(3, late_s=1).write(record(request(), node_id="c"))
    assert read_latest(tmp_path).started_at == "2026-03-01T12:00:00+00:00"
