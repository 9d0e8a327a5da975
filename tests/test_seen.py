"""What a block answers, and what each of its requests does."""

from __future__ import annotations

import pytest

from querybudget import QueryBudgetError
from querybudget.seen import SeenRequests
from tests.builders import request

LIST, DETAIL = "app.views.PackageViewSet.list", "app.views.PackageViewSet.retrieve"
SEEN = SeenRequests([request(LIST, queries=4, reads=3, writes=1), request(DETAIL), request(DETAIL)])


def test_a_request_has_the_same_measures_as_a_block():
    one = SEEN.one("PackageViewSet.list")
    assert (one.queries, one.reads, one.writes, one.duplicates, one.n_plus_one, one.shapes) == (
        4,
        3,
        1,
        0,
        0,
        0,
    )
    assert (one.tables, one.databases) == ({}, {})


def test_requests_are_a_sequence_in_the_order_made():
    assert [each.action for each in SEEN] == [LIST, DETAIL, DETAIL]
    assert (len(SEEN), SEEN[0].action, len(SEEN[1:])) == (3, LIST, 2)


def test_requests_are_found_by_a_suffix_of_their_action():
    assert len(SEEN.of("PackageViewSet.retrieve")) == 2
    assert SEEN.of("PackageViewSet.destroy") == ()


@pytest.mark.parametrize(("action", "number"), [("PackageViewSet.retrieve", 2), ("health", 0)])
def test_asking_for_the_only_one_where_it_is_not_tells_what_was_requested(action, number):
    with pytest.raises(QueryBudgetError, match=f"{number} requests of {action!r}, expected one.*{LIST}"):
        SEEN.one(action)
