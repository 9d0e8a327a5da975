"""Every labelled case is found, placed and mended as its label says, and nothing clean is flagged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.corpus.case import CASES, Case, Judged, n_plus_one
from tests.corpus.score import mistakes, table

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told():
    """The score, as `make corpus` prints it; coverage is measured by the other tests."""
    ours = ("PYTEST_", "DJANGO_", "COVERAGE_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.corpus"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert not done.stderr
    return done


def test_everything_is_found_and_nothing_clean_is_flagged(told):
    rest = [line for line in told.stdout.splitlines() if not line.startswith("|")]
    assert (rest, told.returncode) == ([], 0)


def test_the_page_shows_this_score(told):
    page = (ROOT / "docs/accuracy.md").read_text("utf-8")
    assert told.stdout in page, (
        "docs/accuracy.md does not match: renew its table with what `make corpus` prints"
    )


def test_a_case_that_is_missed_is_told_and_counted():
    missed = Judged(name="Some", way="drf", code="QB101", mistakes=("missed",))
    assert mistakes([missed]) == "Some in drf: missed\n"
    assert "| QB101 | drf | 1 | 0 | 0 | 0 of 0 |  |  |" in table([missed])


def test_clean_code_that_is_flagged_is_told_and_counted():
    flagged = Judged(name="Some.Clean", way="view", code="", mistakes=("QB101 …",))
    assert mistakes([flagged]) == "Some.Clean in view: QB101 …\n"
    assert "| clean | view |  |  |  |  | 1 | 1 |" in table([flagged])


def test_a_twin_does_otherwise_what_it_says_and_keeps_the_rest():
    class Problem(Case):
        due = n_plus_one("Book.author")
        template = "{{ row }}"

        def see(self, row):
            return "slow"

        class Clean:
            def see(self, row):
                return "fast"

    del CASES["Problem"]
    twin = Problem.clean()
    assert (twin.due, twin.template, twin.see(None)) == (None, "{{ row }}", "fast")
