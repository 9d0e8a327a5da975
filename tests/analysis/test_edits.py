"""Several findings on one queryset become the one edit that somebody would write."""

from dataclasses import replace

from querybudget.analysis.edits import together
from querybudget.finding import Fix
from querybudget.wording import edit_lines
from tests.builders import FINDING, LINE


def wanting(*edits, queryset="PackageViewSet.get_queryset", place=LINE):
    """Return findings with these fixes on one queryset."""
    return [replace(FINDING, fix=Fix(edit=edit, queryset=queryset, place=place)) for edit in edits]


def joined(*findings):
    return [each.fix.edit for each in together(findings)]


def test_calls_of_one_method_become_one_call():
    assert joined(*wanting('select_related("project")', 'select_related("store")')) == [
        'select_related("project", "store")'
    ]


def test_two_querysets_of_one_line_are_edited_apart():
    """A template may evaluate several lazy ones at the view's `render`."""
    findings = [
        replace(each, fix=replace(each.fix, model=model))
        for model in ("app.Package", "app.Store")
        for each in wanting('select_related("a")', 'select_related("b")', queryset="")
    ]
    assert joined(*findings) == ['select_related("a", "b")'] * 2
    told = [line for line in edit_lines(findings) if line.startswith("fix of all")]
    assert [line.partition(" evaluated")[0] for line in told] == [
        "fix of all, on the queryset of Package",
        "fix of all, on the queryset of Store",
    ]


def test_a_path_that_another_goes_on_from_is_left_out():
    edits = 'select_related("a")', 'select_related("a__b")', 'select_related("ab")'
    assert joined(*wanting(*edits)) == ['select_related("a__b", "ab")']


def test_methods_are_chained_in_the_order_people_write_them():
    edits = 'annotate(n_tags=Count("tags"))', 'prefetch_related("files")', 'select_related("a")'
    assert joined(*wanting(*edits)) == [
        'select_related("a").prefetch_related("files").annotate(n_tags=Count("tags"))'
    ]


def test_one_edit_is_joined_with_nothing():
    assert joined(*wanting('select_related("a")')) == []
    assert joined(*wanting('select_related("a")', 'select_related("a")')) == []


def test_edits_of_different_querysets_stay_apart():
    here, there = wanting('select_related("a")'), wanting('select_related("b")', queryset="Other.queryset")
    assert joined(*here, *there) == []


def test_what_is_no_call_of_a_queryset_stays_with_its_finding():
    edits = (
        'select_related("a")',
        'select_related("b")',
        'load "text" too (name it in only())',
        "A.objects.in_bulk(…)",
    )
    assert joined(*wanting(*edits)) == ['select_related("a", "b")']


def test_what_a_comment_accepts_is_not_edited():
    [one, other] = wanting('select_related("a")', 'select_related("b")')
    assert joined(one, replace(other, accepted="few")) == []


def test_a_finding_without_a_fix_has_no_part_in_it():
    assert joined(replace(FINDING, fix=None), *wanting('select_related("a")', 'select_related("b")')) == [
        'select_related("a", "b")'
    ]


def test_what_is_to_be_filled_in_is_called_likely():
    sure = wanting('select_related("a")', 'select_related("b")')
    likely = wanting('annotate(n=Count("c", filter=Q(…)))', 'select_related("b")')
    where = "in PackageViewSet.get_queryset (app/views.py:7):"
    assert edit_lines(sure) == [f"fix of all, {where}", '  .select_related("a", "b")']
    assert edit_lines(likely)[0] == f"likely fix of all, {where}"
    assert edit_lines(likely)[1:] == ['  .select_related("b")', '  .annotate(n=Count("c", filter=Q(…)))']
