"""What stands in an edit for the values of a filter."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from querybudget.stand_ins import StandIns, merged, printed, shared


def test_equal_values_have_one_name_and_others_another():
    names = StandIns()
    assert [names.name(each) for each in ("a", "b", "a")] == ["_0", "_1", "_0"]
    assert (names["_0"], names["_1"]) == ("a", "b")


def test_a_value_is_told_from_one_of_another_type():
    """`True == 1 == 1.0 == Decimal(1)`."""
    names = StandIns()
    assert len({names.name(each) for each in (1, True, 1.0, Decimal(1), [1], "1", None)}) == 7


@pytest.mark.parametrize("value", [["a", 1], ("a", 1), {"a"}, datetime(2026, 1, 1, tzinfo=UTC), None, b"x"])
def test_plain_values_and_several_of_them_are_kept(value):
    names = StandIns()
    name = names.name(value)
    assert name in names
    assert names[name] == (list(value) if isinstance(value, tuple | set) else value)


@pytest.mark.parametrize("value", [object(), [object()], [["a"]], {"a": 1}, type("Text", (str,), {})("a")])
def test_anything_else_is_left_open(value):
    """To compare or to hold it could run code of the project's."""
    names = StandIns()
    assert names.name(value) == "…"
    assert "…" not in names


def test_what_is_printed_has_no_names():
    assert printed("Q(name=_0, _1=_12, x__in=_3)") == "Q(name=…, _1=…, x__in=…)"


def test_rows_that_meet_conditions_are_a_condition():
    """Printed it is left open as a whole: no keyword of the project's says it."""
    names = StandIns()
    rows = object()
    assert [names.name_rows("a", rows), names.name_rows("b", 1), names.name_rows("a", rows)] == [
        "pk__in=_rows0",
        "pk__in=_rows1",
        "pk__in=_rows0",
    ]
    assert names["_rows0"] is rows
    assert printed("Q(pk__in=_rows0, shelf__pk__in=_rows1, pk__in=_3)") == "Q(…, …, pk__in=…)"


def test_a_condition_is_written_once():
    assert merged(["a=_0", "b=True", "a=_0"]) == ["a=_0", "b=True"]


def test_a_condition_with_two_values_is_left_open():
    assert merged(["a=_0", "a=_1", "a=_0", "b=_0"]) == ["a=…", "b=_0"]


def test_what_all_say_is_kept():
    assert shared([".filter(a=_0)", ".filter(a=_0)"]) == ".filter(a=_0)"


def test_what_each_says_otherwise_is_left_open():
    assert shared([".filter(a=_0)", ".filter(a=_1)"]) == ".filter(a=…)"
