"""What is told of tests that have not ended, and of a run that still goes on."""

from __future__ import annotations

import pytest

from querybudget.results import Unended, Unfinished
from querybudget.storage import state
from querybudget.storage.read import read_latest
from querybudget.wording_run import incomplete, missing, unfinished
from tests.builders import request
from tests.storage.test_datafile import record


@pytest.fixture
def data(process):
    """Give the file of a process that is in its second test."""
    file = process(1)
    file.write(record(request(queries=3), node_id="a"))
    file.begin("b", 1)
    return file


@pytest.fixture(params=[(True, Unended.RUNNING), (False, Unended.CUT_OFF), (None, Unended.UNKNOWN)])
def known(request, monkeypatch):
    """What can be told of the process, and what that means for its test."""
    is_alive, why = request.param
    monkeypatch.setattr(state, "is_alive", lambda _: is_alive)
    return why


def test_a_test_is_running_cut_off_or_nobody_knows(data, tmp_path, known):
    result = read_latest(tmp_path)
    assert result.unfinished == (Unfinished(node_id="b", why=known, has_earlier=False),)
    assert result.is_running is (known is Unended.RUNNING)
    assert not result.is_complete


def test_once_the_run_ended_what_has_not_was_cut_off(data, tmp_path, known):
    data.write_ending(n_expected=2, ran=["a", "b"], is_narrowed=False)
    result = read_latest(tmp_path)
    assert [each.why for each in result.unfinished] == [Unended.CUT_OFF]
    assert not result.is_running


def test_once_its_process_let_go_what_has_not_ended_was_cut_off(data, tmp_path, known):
    data.close()
    assert [each.why for each in read_latest(tmp_path).unfinished] == [Unended.CUT_OFF]


def test_a_run_between_two_tests_still_goes_on(process, tmp_path, monkeypatch):
    monkeypatch.setattr(state, "is_alive", lambda _: True)
    process(1).write(record(request(), node_id="a"))
    result = read_latest(tmp_path)
    assert result.is_running
    assert result.is_lacking
    assert missing(result) == ["Not a complete run: it still goes on. Tests are missing."]


def test_a_run_that_may_go_on_is_told_as_such(process, tmp_path, monkeypatch):
    monkeypatch.setattr(state, "is_alive", lambda _: None)
    process(1).write(record(request(), node_id="a"))
    (line,) = incomplete(read_latest(tmp_path))
    reasons = "it was narrowed, is part of one, ended early or has not ended"
    assert line == f"Not a complete run: {reasons}. Tests may be missing."


@pytest.mark.parametrize(
    ("why", "has_earlier", "number", "line"),
    [
        (
            "cut off",
            False,
            1,
            "1 test was cut off when the process died or was interrupted, with all requests: 0.",
        ),
        (
            "cut off",
            True,
            1,
            "1 test was cut off when the process died or was interrupted; reported is the attempt before: 0.",
        ),
        ("running", False, 1, "1 test is still running, with all requests: 0."),
        ("running", True, 2, "2 tests are still running; reported is the attempt before: 0, 1."),
        (
            "unknown",
            False,
            2,
            "2 tests have not ended: the process is still at work or was killed, with all requests: 0, 1.",
        ),
    ],
)
def test_what_is_missing_is_told_with_its_reason(why, has_earlier, number, line):
    tests = [
        Unfinished(node_id=str(each), why=Unended(why), has_earlier=has_earlier) for each in range(number)
    ]
    assert unfinished(tests) == [f"Missing: {line}"]


def test_each_reason_has_a_line_and_a_long_list_is_cut():
    tests = [Unfinished(node_id=f"t{each}", why=Unended.CUT_OFF, has_earlier=False) for each in range(7)]
    tests.append(Unfinished(node_id="u", why=Unended.RUNNING, has_earlier=False))
    first, second = unfinished(tests)
    assert first.endswith("t0, t1, t2, t3, t4, and 2 more.")
    assert second == "Missing: 1 test is still running, with all requests: u."
