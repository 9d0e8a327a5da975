"""Which limit holds: per measure, the nearest declaration."""

from __future__ import annotations

import pytest

from querybudget.budgets.budget import Level
from querybudget.budgets.resolve import holding, names, unmet
from tests.builders import budget

LIST = "app.views.PackageViewSet.list"


def limits(*declarations, action=LIST):
    return sorted((each.limit.label, each.limit.limit.upper) for each in holding(declarations, action))


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


@pytest.mark.parametrize(
    "pattern", ["PackageViewSet.list", LIST, "PackageViewSet.*", "views.PackageViewSet.list", "*.list"]
)
def test_a_pattern_names_an_action_by_a_suffix_of_its_key(pattern):
    assert names(pattern, LIST)


@pytest.mark.parametrize(
    "pattern", ["ViewSet.list", "packageviewset.list", "PackageViewSet", "PackageViewSet.retrieve"]
)
def test_part_of_a_word_names_nothing(pattern):
    assert not names(pattern, LIST)


def test_a_functions_budget_that_met_no_request_is_told():
    missed = budget(4, action="PackageViewSet.retrieve")
    assert unmet([missed, budget(4)], [LIST]) == (missed,)


def test_a_budget_without_limit_of_a_class_or_of_a_block_waits_for_no_request():
    assert unmet([budget(), budget(4, level=Level.CLASS), budget(4, per="block")], []) == ()


def test_a_lifted_budget_waits_for_no_request():
    assert unmet([budget(None)], []) == ()


def test_brackets_in_a_name_are_themselves():
    assert names("ModelAdmin[app.Store].add_view", "x.admin.ModelAdmin[app.Store].add_view")
    assert not names("ModelAdmin[as]", "x.ModelAdmina")


def test_the_nearest_budget_of_a_block_holds_too():
    near, far = budget(5, per="block"), budget(0, per="block", level=Level.CLASS)
    assert [each.limit.limit.upper for each in holding([near, far, budget(9)], None)] == [5]
