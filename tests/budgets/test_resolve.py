"""Which limit holds: per measure, the nearest declaration."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from querybudget.budgets.budget import Level
from querybudget.budgets.resolve import ambiguous, holding, meaning, unmet
from tests.builders import budget, identity

LIST = "app.views.PackageViewSet.list"


def limits(*declarations, action=LIST):
    held = holding(declarations, identity(action))
    return sorted((each.limit.label, each.limit.limit.upper) for each in held)


def test_a_function_speaks_before_its_class_and_module():
    near, middle, far = budget(4), budget(5, level=Level.CLASS), budget(6, level=Level.MODULE)
    assert limits(far, near, middle) == [("queries", 4)]


def test_a_class_speaks_before_its_module():
    assert limits(budget(6, level=Level.MODULE), budget(5, level=Level.CLASS)) == [("queries", 5)]


def test_each_measure_has_its_own_nearest():
    assert limits(budget(4), budget(9, writes=1, level=Level.CLASS)) == [("queries", 4), ("writes", 1)]


def test_each_table_has_its_own_nearest():
    far = budget(tables={"a": 1, "b": 2}, level=Level.CLASS)
    assert limits(budget(tables={"a": 0}), far) == [('queries of table "a"', 0), ('queries of table "b"', 2)]


def test_the_same_level_stacks():
    assert limits(budget(4), budget(6)) == [("queries", 4), ("queries", 6)]


def test_none_lifts_what_is_farther_away():
    assert limits(budget(reads=None), budget(4, reads=3, level=Level.CLASS)) == [("queries", 4)]


def test_none_does_not_lift_its_own_level():
    assert limits(budget(reads=None), budget(reads=3)) == [("reads", 3)]


def test_a_budget_of_another_action_does_not_speak():
    assert limits(budget(4, action="PackageViewSet.retrieve"), budget(9, level=Level.CLASS)) == [
        ("queries", 9)
    ]


def test_a_budget_per_block_holds_for_no_request():
    assert limits(budget(4, per="block")) == []


def test_a_functions_budget_that_met_no_request_is_told():
    missed = budget(4, action="PackageViewSet.retrieve")
    assert unmet([missed, budget(4)], [identity()]) == (missed,)


def test_a_budget_without_limit_of_a_class_or_of_a_block_waits_for_no_request():
    assert unmet([budget(), budget(4, level=Level.CLASS), budget(4, per="block")], []) == ()


def test_a_lifted_budget_waits_for_no_request():
    assert unmet([budget(None)], []) == ()


def test_the_nearest_budget_of_a_block_holds_too():
    near, far = budget(5, per="block"), budget(0, per="block", level=Level.CLASS)
    assert [each.limit.limit.upper for each in holding([near, far, budget(9)], None)] == [5]


LEVELS = [Level.FUNCTION, Level.CLASS, Level.MODULE, Level.VIEW, Level.CONFIGURATION, Level.DEFAULT]


@pytest.mark.parametrize(("near", "far"), list(pairwise(LEVELS)))
def test_each_level_speaks_before_the_next(near, far):
    assert limits(budget(9, level=far), budget(4, level=near)) == [("queries", 4)]


def test_on_one_level_the_most_specific_speaks():
    wide = budget(9, level=Level.CONFIGURATION, action="PackageViewSet.*", nearness=(1, -15))
    exact = budget(4, level=Level.CONFIGURATION, action="PackageViewSet.list", nearness=(0, -19))
    assert limits(wide, exact) == [("queries", 4)]


def test_a_less_specific_one_speaks_for_what_the_other_leaves_open():
    wide = budget(9, writes=0, level=Level.CONFIGURATION, nearness=(1, -15))
    exact = budget(4, level=Level.CONFIGURATION, nearness=(0, -19))
    assert limits(wide, exact) == [("queries", 4), ("writes", 0)]


def test_an_excluded_action_is_not_meant():
    assert limits(budget(4, exclude="PackageViewSet.*")) == []
    assert limits(budget(4, exclude=["PackageViewSet.create", "Other.list"])) == [("queries", 4)]


def test_a_budget_whose_every_request_is_excluded_met_none():
    excluding = budget(4, exclude="PackageViewSet.list")
    assert unmet([excluding], [identity()]) == (excluding,)


V1, V2 = "shop.v1.views.PackageViewSet.list", "shop.v2.views.PackageViewSet.list"


def test_a_name_of_two_actions_is_ambiguous():
    declared = budget(4, action="PackageViewSet.list")
    assert ambiguous([declared], [identity(V2), identity(V1)]) == [(declared, (V1, V2))]


def test_a_whole_key_means_its_action_and_no_longer_one():
    """Of a module at the top, and one of that name inside a package."""
    short, long = identity("views.P.list"), identity("app.views.P.list")
    whole = {short.action, long.action}
    exact = budget(4, action="views.P.list")
    assert [bool(meaning([exact], each, whole)) for each in (short, long)] == [True, False]
    assert bool(meaning([budget(4, action="views.P.*")], long, whole))
    assert unmet([exact], [long], whole) == (exact,)
    assert ambiguous([exact], [short, long]) == []
    assert bool(meaning([budget(4, exclude="views.P.list")], long, whole))


def test_a_whole_key_with_a_method_means_its_action_too():
    short, long = identity("views.P.list"), identity("app.views.P.list")
    posted = budget(4, action="GET views.P.list")
    assert not meaning([posted], long, {short.action})
    assert ambiguous([posted], [short, long]) == []


@pytest.mark.parametrize("action", ["v1.views.PackageViewSet.list", "PackageViewSet.*", V1, None])
def test_a_longer_name_a_pattern_and_none_are_not(action):
    assert ambiguous([budget(4, action=action)], [identity(V2), identity(V1)]) == []


def test_base_speaks_for_queries():
    """An action with `base` and `per_item` has a budget of its own, so that the default is silent."""
    near = budget(base=9, per_item=1, level=Level.VIEW)
    far = budget(3, level=Level.DEFAULT)
    assert [each.declaration for each in holding([near, far], identity())] == [near]
    assert [each.declaration for each in holding([far, replace(near, level=Level.DEFAULT)], identity())] == [
        far,
        replace(near, level=Level.DEFAULT),
    ]
