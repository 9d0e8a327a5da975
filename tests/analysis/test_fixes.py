"""A fix is printed only where the models accept each step of it, and names the queryset to edit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from querybudget.analysis.fixes import fix_of_lazy_load
from querybudget.analysis.grouping import group as grouped
from querybudget.analysis.loop_fixes import fix_of_loop
from querybudget.records import PARAMETER_SIZE, Asker, Group, OriginKind, Place
from querybudget.relation import Relation, RelationKind
from tests.builders import COMMENT, LINE, PLATFORM, PROJECT, TAGS, VIEW, event, lazy, load, recording

EVALUATED = Place(path="app/views.py", line=30, function="export", source="for package in packages:")


def fix(first, *loads, **more):
    return fix_of_lazy_load(first, recording(loads=loads or (load(),), **more))


def test_a_relation_to_one_object_is_joined_in_the_views_queryset():
    found = fix(lazy(1), view_queryset=VIEW)
    assert str(found) == 'select_related("project") in PackageViewSet.get_queryset (app/views.py:3)'
    assert found.brief == 'select_related("project") in PackageViewSet.get_queryset'


def test_a_relation_to_many_is_prefetched():
    assert fix(lazy(1, TAGS)).edit == 'prefetch_related("tags")'


def test_the_line_that_evaluates_the_queryset_goes_before_the_view():
    found = fix(lazy(1), load(place=EVALUATED), view_queryset=VIEW)
    assert (
        str(found)
        == 'select_related("project") on the queryset of Package evaluated at app/views.py:30 export'
    )
    assert found.brief == 'select_related("project") at views.py:30'


def test_without_view_and_line_the_model_names_the_queryset():
    assert str(fix(lazy(1))) == 'select_related("project") in the queryset of Package'


def test_a_view_without_source_is_named_without_a_place():
    found = fix(lazy(1), view_queryset=replace(VIEW, place=None))
    assert str(found) == 'select_related("project") in PackageViewSet.get_queryset'


def test_a_second_step_is_joined_through_the_first():
    projects = load(
        2, model="app.Project", is_single=True, source=Asker(load=1, row=1), step=PROJECT, lookup="project"
    )
    assert fix(lazy(1, PLATFORM, load=2), load(), projects).edit == 'select_related("project__platform")'


def test_a_step_behind_a_prefetch_is_prefetched_under_its_lookup():
    tags = load(2, model="app.Tag", source=Asker(load=1, row=1), step=TAGS, lookup="shown_tags")
    kind = Relation(
        model="app.Tag", name="kind", kind=RelationKind.FOREIGN_KEY, target="app.Kind", query_name="kind"
    )
    assert fix(lazy(1, kind, load=2), load(), tags).edit == 'prefetch_related("shown_tags__kind")'


def kinds_of_tags(**tags):
    """Load the kind of a tag, whose list was reached from one package."""
    one = load(1, is_single=True, n_rows=1, place=LINE)
    listed = load(2, model="app.Tag", source=Asker(load=1, row=1), step=TAGS, lookup="tags", **tags)
    kind = Relation(
        model="app.Tag", name="kind", kind=RelationKind.FOREIGN_KEY, target="app.Kind", query_name="kind"
    )
    return fix(lazy(1, kind, load=2), one, listed)


def test_a_list_of_one_object_is_edited_where_it_is_evaluated():
    found = kinds_of_tags(place=EVALUATED)
    assert (found.edit, found.place) == ('select_related("kind")', EVALUATED)


def test_a_list_that_no_line_of_its_own_evaluates_is_edited_through_its_object():
    for more in ({}, {"place": LINE, "is_prefetched": True}):
        found = kinds_of_tags(**more)
        assert (found.edit, found.place) == ('prefetch_related("tags__kind")', LINE)


def test_rows_that_were_narrowed_for_each_object_are_a_queryset_of_their_own():
    """Though many objects led to them: a prefetch of the relation would not be what is asked."""
    kind = Relation(
        model="app.Tag", name="kind", kind=RelationKind.FOREIGN_KEY, target="app.Kind", query_name="kind"
    )
    tags = load(2, model="app.Tag", source=Asker(load=1, row=1), step=TAGS, place=EVALUATED)
    found = fix(lazy(1, kind, load=2), load(place=LINE), tags)
    assert (found.edit, found.place) == ('select_related("kind")', EVALUATED)


def test_a_raw_queryset_takes_no_joins():
    assert fix(lazy(1), load(is_raw=True)).edit == 'prefetch_related("project")'


def test_a_path_the_models_do_not_have_is_no_fix():
    """The platform is a relation of Project, and the objects are packages."""
    assert fix(lazy(1, PLATFORM)) is None


def test_a_broken_step_in_between_is_no_fix():
    tags = load(2, model="app.Tag", source=Asker(load=1, row=1), step=TAGS, lookup="tags")
    assert fix(lazy(1, PLATFORM, load=2), load(), tags) is None


def test_a_step_nobody_knows_is_no_fix():
    unknown = load(2, model="app.Project", source=Asker(load=1, row=1), step=None)
    assert fix(lazy(1, PLATFORM, load=2), load(), unknown) is None


def test_a_relation_of_a_parent_model_is_accepted():
    child = load(model="app.SpecialPackage", model_bases=("app.Package",))
    assert fix(lazy(1), child).edit == 'select_related("project")'


def test_a_step_to_a_child_model_has_its_parents_relations():
    special = replace(PROJECT, target="app.SpecialProject", target_bases=("app.Project",))
    projects = load(
        2,
        model="app.SpecialProject",
        is_single=True,
        source=Asker(load=1, row=1),
        step=special,
        lookup="project",
    )
    assert fix(lazy(1, PLATFORM, load=2), load(), projects).edit == 'select_related("project__platform")'


def test_a_deferred_field_is_to_be_loaded_too():
    assert fix(lazy(1, COMMENT)).edit == 'load "comment" too (name it in only(), or take it out of defer())'


def test_a_field_deferred_in_an_inner_queryset_has_no_known_place():
    inner = load(2, source=Asker(load=1, row=1), step=PROJECT)
    assert fix(lazy(1, COMMENT, load=2), load(), inner) is None


def test_an_unknown_object_has_no_fix():
    assert fix_of_lazy_load(event(relation=PROJECT), recording()) is None


def test_a_union_takes_no_eager_load():
    assert fix(lazy(1), load(is_combined=True)) is None


def test_a_foreign_key_that_is_deferred_cannot_be_joined():
    """Alone; with its column it can."""
    too = 'load "project" too (name it in only(), or take it out of defer())'
    for deferring in (load(left_out=frozenset({"project"})), load(only=frozenset({"name"}))):
        assert fix(lazy(1), deferring).edit == f'{too}, and select_related("project")'


def test_a_foreign_key_that_is_loaded_can():
    assert fix(lazy(1), load(left_out=frozenset({"name"}))) is not None
    assert fix(lazy(1), load(only=frozenset({"project"}))) is not None
    assert fix(lazy(1), load(only=frozenset({"project__name"}))) is not None


def test_what_is_no_foreign_key_has_no_column_to_defer():
    assert fix(lazy(1, TAGS), load(only=frozenset({"name"}))) is not None


def test_a_field_that_raw_sql_left_out_has_no_method_to_name_it_in():
    assert fix(lazy(1, COMMENT), load(is_raw=True)) is None


def test_a_view_about_another_model_is_not_to_be_edited():
    """The choices of its form are a queryset of their own."""
    found = fix(lazy(1), view_queryset=replace(VIEW, model="app.Store"))
    assert str(found) == 'select_related("project") in the queryset of Package'
    assert fix(lazy(1), view_queryset=replace(VIEW, model="app.Package")).queryset == VIEW.name


def test_a_loop_over_objects_that_lack_the_relation_is_no_fix():
    """The platform is a relation of Project, and the objects are packages."""
    counted = event(kind=OriginKind.COUNT, relation=PLATFORM, asker=Asker(load=1, row=1))
    (group,) = grouped(recording(counted))
    assert fix_of_loop(group, [group], recording(counted)) is None


def test_where_django_fetches_for_peers_that_is_named_as_another_way():
    asked = lazy(1)
    [fix] = [fix_of_lazy_load(asked, recording(asked, has_fetch_modes=True))]
    assert fix.alternative == "fetch_mode(FETCH_PEERS)"
    assert str(fix).endswith(", or fetch_mode(FETCH_PEERS)")
    assert fix_of_lazy_load(asked, recording(asked)).alternative == ""


def test_relations_to_many_have_no_fetch_mode():
    asked = lazy(1, relation=TAGS)
    assert fix_of_lazy_load(asked, recording(asked, has_fetch_modes=True)).alternative == ""


KIND = Relation(
    model="app.Tag", name="kind", kind=RelationKind.FOREIGN_KEY, target="app.Kind", query_name="kind"
)
COLOUR = Relation(
    model="app.Kind", name="colour", kind=RelationKind.FOREIGN_KEY, target="app.Colour", query_name="colour"
)


def tags(**more):
    return load(2, model="app.Tag", source=Asker(load=1, row=1), step=TAGS, lookup="tags", **more)


def test_what_can_be_joined_behind_a_prefetch_may_be_joined_in_it():
    found = fix(lazy(1, KIND, load=2), load(), tags(), has_fetch_modes=True)
    assert found.edit == 'prefetch_related("tags__kind")'
    joined = 'Prefetch("tags", queryset=Tag.objects.select_related("kind"))'
    assert found.alternative == f"prefetch_related({joined})"


def test_all_steps_behind_the_last_one_to_many_are_joined_in_it():
    kinds = load(3, model="app.Kind", is_single=True, source=Asker(load=2, row=1), step=KIND, lookup="kind")
    found = fix(lazy(1, COLOUR, load=3), load(), tags(), kinds)
    joined = 'Prefetch("tags", queryset=Tag.objects.select_related("kind__colour"))'
    assert found.alternative == f"prefetch_related({joined})"


def test_rows_that_are_prefetched_already_have_a_queryset():
    """Django refuses a second one for the same lookup."""
    assert not fix(lazy(1, KIND, load=2), load(), tags(is_prefetched=True)).alternative


def test_behind_a_relation_to_any_model_nothing_is_joined():
    anything = replace(TAGS, kind=RelationKind.GENERIC_FOREIGN_KEY, target="app.Tag")
    assert not fix(lazy(1, anything), load()).alternative
    subject = Relation(model="app.Package", name="subject", kind=RelationKind.GENERIC_FOREIGN_KEY, target="")
    found = load(2, model="app.Tag", source=Asker(load=1, row=1), step=subject, lookup="subject")
    assert fix(lazy(1, KIND, load=2), load(), found) is None


def test_rows_of_another_model_than_a_relation_leads_to_are_not_prefetched():
    """As a manager of tags hands out, whose relation leads to what links them."""
    asked = lazy(1, TAGS)
    of_links = replace(asked, origin=replace(asked.origin, kind=OriginKind.ITERATION, model="app.Link"))
    of_tags = replace(of_links, origin=replace(of_links.origin, model="app.Tag"))
    known = recording()
    assert fix_of_loop(Group(events=(of_links,)), (), known) is None
    assert fix_of_loop(Group(events=(of_tags,)), (), known).edit.startswith(
        'prefetch_related(Prefetch("tags"'
    )


@pytest.mark.parametrize(
    ("place", "edit"), [(LINE, "Tag.objects.in_bulk(…)"), (None, None)], ids=["a line", "a framework's own"]
)
def test_rows_that_a_loop_asks_for_by_their_keys_are_asked_for_in_front_of_it(place, edit):
    """Of a loop that no line of the project drives, as that of a field, nobody can edit the code."""
    sql = 'SELECT "tag"."id" FROM "tag" WHERE "tag"."id" = %s'
    asked = tuple(
        event(sql, params=bytes([n]) * PARAMETER_SIZE, kind=OriginKind.GET, model="app.Tag", place=place)
        for n in range(3)
    )
    found = fix_of_loop(Group(events=asked), (), recording(*asked))
    assert (found and found.edit) == edit
