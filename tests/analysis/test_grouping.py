"""Events of one cause stand together, and nothing else does."""

from __future__ import annotations

from querybudget.analysis.grouping import group, lineage, outermost_many
from querybudget.records import Asker, OriginKind, Place
from tests.builders import LINE, PLATFORM, PROJECT, event, lazy, load, recording


def sizes(found):
    return [len(each.events) for each in found]


def test_lazy_loads_of_one_relation_and_load_are_one_group_at_any_line():
    other_line = Place(path="app/views.py", line=9)
    assert sizes(group(recording(lazy(1), lazy(2, place=other_line), lazy(3)))) == [3]


def test_lazy_loads_of_two_relations_are_two_groups():
    assert sizes(group(recording(lazy(1), lazy(1, PLATFORM)))) == [1, 1]


def test_lazy_loads_for_two_loads_are_two_groups():
    found = group(recording(lazy(1), lazy(1, load=2), loads=(load(1), load(2))))
    assert [each.root for each in found] == [1, 2]


def test_one_shape_from_two_functions_is_two_groups():
    elsewhere = Place(path="app/views.py", line=7, function="other")
    assert sizes(group(recording(event(place=LINE), event(place=elsewhere)))) == [1, 1]


def test_one_shape_from_two_lines_of_a_function_is_one_group():
    later = Place(path=LINE.path, line=8, function=LINE.function)
    assert sizes(group(recording(event(place=LINE), event(place=later)))) == [2]


def test_without_a_call_site_the_serializer_field_tells_groups_apart():
    first, second = event(place=None, field="A.x"), event(place=None, field="A.y")
    assert sizes(group(recording(first, second, first))) == [2, 1]


def test_two_databases_are_two_groups():
    assert sizes(group(recording(event(), event(alias="replica")))) == [1, 1]


def test_what_no_budget_counts_is_in_no_group():
    savepoint, fill = event('SAVEPOINT "a"'), event(kind=OriginKind.CACHE_FILL)
    assert group(recording(savepoint, fill)) == ()


def test_groups_stand_in_the_order_of_their_first_events():
    found = group(recording(event("SELECT 2 FROM b"), event("SELECT 1 FROM a"), event("SELECT 3 FROM b")))
    assert [each.first.fingerprint.tables for each in found] == [("b",), ("a",)]


def test_literals_in_the_text_are_parameters_too():
    (found,) = group(recording(event("SELECT 1 FROM b"), event("SELECT 2 FROM b")))
    assert found.n_parameter_sets == 2


def test_the_lineage_of_an_object_runs_outwards_to_the_first_queryset():
    outer = load(1)
    inner = load(2, is_single=True, source=Asker(load=1, row=4), step=PROJECT)
    loads = {1: outer, 2: inner}
    assert list(lineage(Asker(load=2, row=1), loads)) == [inner, outer]
    assert outermost_many(Asker(load=2, row=1), loads) == 1


def test_objects_of_single_loads_have_no_many_behind_them():
    assert outermost_many(Asker(load=1, row=1), {1: load(1, is_single=True)}) is None


def test_an_object_of_an_unknown_load_has_no_lineage():
    assert list(lineage(Asker(load=9, row=1), {})) == []
