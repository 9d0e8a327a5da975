"""The reference application carries a budget for each of its actions, in all the places there are.

And its documentation shows what those actions count, as measured here.
"""

from __future__ import annotations

import pytest

from reference_app.urls import router
from scripts.reference_table import PAGE, difference, run, specified_rows, tables

ADMIN = "reference_app/tests/test_admin.py"


@pytest.fixture(scope="module")
def reported():
    """Run what counts the application's queries in a directory of its own, and report it as JSON."""
    return run(ADMIN)


def test_every_action_was_judged_and_stands_within_its_limits(reported):
    assert [each["name"] for each in reported if not each["budgets"]] == []
    broken = [each["name"] for each in reported if any(budget["n_broken"] for budget in each["budgets"])]
    assert broken == []


def test_every_place_there_is_declares_some(reported):
    budgets = [budget for each in reported for budget in each["budgets"]]
    assert {budget["level"] for budget in budgets} == {
        "function",
        "module",
        "view",
        "configuration",
        "default",
    }
    assert all(budget["declared"]["line"] for budget in budgets)


def test_the_page_shows_what_is_measured(reported):
    assert difference(tables(reported)) == ""


def test_the_page_shows_that_everything_holds():
    """Words that stand there when a fit misses, a view says something else, or a ceiling is exceeded."""
    page = PAGE.read_text("utf-8")
    assert [
        word for word in ("| not exact", ", not kept |", ", exceeded**", "? ·", "· ? |") if word in page
    ] == []


def test_each_action_stands_in_a_table():
    page = PAGE.read_text("utf-8")
    named = {row.action for row in specified_rows()}
    missing = [
        f"{viewset.__name__}.{action}"
        for _, viewset, _ in router.registry
        for action in viewset.query_budgets
        if f"{viewset.__module__.rpartition('.')[2]}.{viewset.__name__}.{action}" not in named
        and f"| {viewset.__name__}.{action} |" not in page
    ]
    assert missing == []
    assert len(specified_rows()) == 22
