"""Each detector at its threshold, one below it, and on its clean twin."""

from __future__ import annotations

from dataclasses import replace

import pytest

from querybudget.analysis.analyse import analyse
from querybudget.analysis.findings.detection import plural
from querybudget.finding import Proof
from querybudget.records import Asker, OriginKind, Place, Unread
from tests.builders import COMMENT, LINE, PROJECT, TAGS, event, lazy, load, recording, suppression

OTHER = Place(path="app/views.py", line=9, function="names")
THIRD = Place(path="app/views.py", line=10, function="names")


def found(*events, **more):
    return analyse(recording(*events, **more)).findings


def codes(*events, **more):
    return [each.code for each in found(*events, **more)]


# QB101


def test_two_objects_of_one_load_at_the_same_line_are_an_n_plus_one():
    assert codes(lazy(1), lazy(2)) == ["QB101"]


def test_two_objects_of_one_load_at_different_lines_are_not():
    assert codes(lazy(1), lazy(2, place=OTHER)) == []


def test_three_objects_of_one_load_are_one_at_any_lines():
    assert codes(lazy(1), lazy(2, place=OTHER), lazy(3, place=THIRD)) == ["QB101"]


def test_one_object_is_none():
    assert codes(lazy(1)) == []


def test_without_a_line_the_serializer_field_is_the_place():
    assert codes(lazy(1, place=None, field="S.x"), lazy(2, place=None, field="S.x")) == ["QB101"]


def test_equal_parameters_are_an_n_plus_one_all_the_same():
    """Twenty packages of one project: each object loads its own copy."""
    assert codes(*(lazy(row, params=b"same") for row in range(1, 21))) == ["QB101"]


def test_objects_of_single_loads_are_none():
    singles = [load(number, n_rows=1, is_single=True) for number in (1, 2)]
    assert codes(lazy(1), lazy(1, load=2, params=b"2"), loads=singles) == []


def test_objects_of_two_loads_are_none():
    assert codes(lazy(1), lazy(1, load=2, params=b"2"), loads=(load(1), load(2))) == []


def test_a_second_level_is_counted_over_the_whole_outer_load():
    """Each package's project was loaded alone; together they stem from one load of packages."""
    projects = [
        load(
            10 + row,
            n_rows=1,
            is_single=True,
            model="app.Project",
            source=Asker(load=1, row=row),
            step=PROJECT,
        )
        for row in (1, 2, 3)
    ]
    levels = [lazy(1, load=each.number) for each in projects]
    (finding,) = found(*levels, loads=(load(), *projects))
    assert finding.what == "Package.project loaded 3 times, for 3 of 3 projects"


def test_an_n_plus_one_says_what_how_often_for_whom_where_and_how_to_mend_it():
    (finding,) = found(*(lazy(row) for row in range(1, 21)))
    assert finding.what == "Package.project loaded 20 times, for 20 of 20 packages"
    assert (finding.proof, finding.relation, finding.call_site) == (Proof.PROVEN, "Package.project", LINE)
    assert (finding.count, finding.fix.edit) == (20, 'select_related("project")')


def test_a_queryset_evaluated_for_each_row_of_another_is_one_problem():
    loads = [load(number, place=LINE) for number in (1, 2, 3)]
    events = [lazy(row, load=number) for number in (1, 2, 3) for row in (1, 2)]
    (finding,) = found(*events, loads=loads)
    assert finding.what == "Package.project loaded 6 times, for 6 of 60 packages"


def test_a_deferred_field_is_found_like_a_relation():
    assert codes(lazy(1, COMMENT), lazy(2, COMMENT)) == ["QB101"]


# QB102

GET = 'SELECT "id" FROM "a" WHERE "id" = %s'


def gets(number, sql=GET, **more):
    more.setdefault("kind", OriginKind.GET)
    return [event(sql, params=str(each).encode(), model="app.A", **more) for each in range(number)]


def test_three_parameter_sets_are_a_loop():
    (finding,) = found(*gets(3))
    assert (finding.code, finding.what) == ("QB102", "get of A 3 times, with 3 different parameters")


def test_two_parameter_sets_are_none():
    assert codes(*gets(2)) == []


def test_a_raw_cursor_with_literals_in_its_text_is_a_loop():
    (finding,) = found(*(event(f"SELECT {each} FROM a") for each in range(3)))
    assert finding.what == "the same statement 3 times, with 3 different parameters"


def counts_of_tags(rows, **more):
    sql = 'SELECT COUNT(*) FROM "tag" WHERE "package" = %s'
    more.setdefault("kind", OriginKind.COUNT)
    return [
        event(sql, params=str(row).encode(), relation=TAGS, asker=Asker(load=1, row=row), **more)
        for row in range(1, rows + 1)
    ]


def test_two_objects_of_one_load_at_different_lines_are_no_loop():
    (first, second) = counts_of_tags(2)
    assert codes(first, replace(second, place=OTHER)) == []


def test_three_reads_in_a_row_are_no_loop():
    """A loop comes back to a line."""
    assert (
        codes(
            *(replace(each, place=place) for each, place in zip(gets(3), (LINE, OTHER, THIRD), strict=True))
        )
        == []
    )


def test_two_objects_of_one_load_are_a_loop():
    (finding,) = found(*counts_of_tags(2))
    assert finding.what == "Package.tags.count() run 2 times, for 2 of 20 packages"


def test_one_object_is_no_loop():
    assert codes(*counts_of_tags(1)) == []


def test_a_defeated_prefetch_is_told():
    defeated = counts_of_tags(2, kind=OriginKind.ITERATION, is_defeated=True)
    (finding,) = found(*defeated)
    assert finding.what.startswith("Package.tags queried although prefetched 2 times")


def test_a_relation_of_unknown_objects_is_a_loop_from_three_parameter_sets_on():
    unknown = [
        event(GET, params=bytes([each]), kind=OriginKind.RELATION, relation=PROJECT) for each in range(3)
    ]
    (finding,) = found(*unknown)
    assert finding.what == "Package.project queried 3 times"


def test_walking_in_steps_is_no_loop():
    """See test_walks for what a step is."""
    pages = [event(f'SELECT "id" FROM "a" LIMIT 10 OFFSET {each}0') for each in range(1, 6)]
    assert codes(*pages) == []


def test_in_with_one_id_a_row_is_a_loop():
    assert codes(*gets(3, 'SELECT "id" FROM "a" WHERE "id" IN (%s)')) == ["QB102"]


@pytest.mark.parametrize(
    "kind",
    [OriginKind.PREFETCH, OriginKind.BULK, OriginKind.DELETE, OriginKind.SAVE, OriginKind.RELATION_CHANGE],
)
def test_what_django_batches_itself_is_no_loop(kind):
    assert codes(*gets(5, kind=kind)) == []


def test_writes_are_no_loop_of_queries():
    assert codes(*gets(5, 'UPDATE "a" SET "x" = %s')) == []


# QB105


def test_a_relation_of_the_only_row_of_a_list_is_latent_in_a_loop():
    (finding,) = found(lazy(1, is_in_loop=True), loads=[load(n_rows=1)])
    assert (finding.code, finding.proof, finding.count) == ("QB105", Proof.PROVEN, 1)
    assert finding.what == "Package.project loaded for the only package of a list: as often as there are rows"
    assert finding.fix.edit == 'select_related("project")'


def test_outside_a_loop_it_is_that_of_one_object():
    assert codes(lazy(1), loads=[load(n_rows=1)]) == []


def test_of_two_rows_one_that_is_asked_is_none():
    assert codes(lazy(1, is_in_loop=True), loads=[load(n_rows=2)]) == []


def test_of_a_single_load_it_is_none():
    assert codes(lazy(1, is_in_loop=True), loads=[load(n_rows=1, is_single=True)]) == []


def test_another_read_of_the_only_row_is_not_latent():
    assert codes(event(kind=OriginKind.COUNT, asker=Asker(load=1, row=1), is_in_loop=True)) == []


# QB103


def test_the_same_statement_with_the_same_parameters_is_a_duplicate():
    (finding,) = found(event(GET), event(GET))
    assert (finding.code, finding.what) == ("QB103", "the same statement 2 times with equal parameters")


def test_a_duplicate_from_two_places_says_so():
    (finding,) = found(
        *(event(GET, place=place, kind=OriginKind.GET, model="app.A") for place in (LINE, OTHER))
    )
    assert finding.what == (
        f"get of A 2 times with equal parameters from 2 places, also {OTHER.path}:{OTHER.line}"
    )


def test_of_many_places_three_others_are_named():
    """A query that no line asked for has none."""
    places = [replace(OTHER, line=number) for number in range(1, 6)]
    asked = [event(GET, place=place, kind=OriginKind.GET, model="app.A") for place in (LINE, None, *places)]
    (finding,) = found(*asked)
    three = ", ".join(f"{OTHER.path}:{number}" for number in (1, 2, 3))
    assert finding.what.endswith(f"from 7 places, also {three} and 2 more")


def test_a_second_place_that_is_no_line_has_no_name():
    (finding,) = found(*(event(GET, place=place, model="app.A") for place in (LINE, None)))
    assert finding.what.endswith(" from 2 places")


def test_once_is_no_duplicate():
    assert codes(event(GET)) == []


def test_a_refresh_after_a_write_is_no_duplicate():
    assert codes(event(GET), event('UPDATE "a" SET "x" = 1'), event(GET)) == []


def test_a_read_after_a_rollback_is_no_duplicate():
    assert codes(event(GET), event('ROLLBACK TO SAVEPOINT "a"'), event(GET)) == []
    assert codes(event(GET), event('SAVEPOINT "a"'), event(GET)) == ["QB103"]


def test_a_read_after_a_request_is_no_duplicate():
    """In a block, the requests made in it are recorded apart."""
    reads = [event(GET, started_ns=1), event(GET, started_ns=9)]
    assert codes(*reads, interruptions=(5,)) == []
    assert codes(*reads, interruptions=(10,)) == ["QB103"]


def test_random_answers_are_no_duplicates():
    assert codes(*[event('SELECT "id" FROM "a" ORDER BY RANDOM() ASC')] * 2) == []


def test_a_write_to_another_table_refreshes_nothing():
    assert codes(event(GET), event('UPDATE "b" SET "x" = 1'), event(GET)) == ["QB103"]


def test_two_equal_writes_are_no_duplicate_read():
    assert codes(*[event('UPDATE "a" SET "x" = 1')] * 2) == []


def test_what_one_detector_explains_the_next_leaves_alone():
    assert codes(*(lazy(row, params=b"same") for row in range(3))) == ["QB101"]


def test_findings_stand_by_code_then_by_count():
    many = [lazy(row, COMMENT) for row in range(1, 5)]
    few = [lazy(row) for row in (1, 2)]
    assert [each.count for each in found(*few, *many, event(GET), event(GET))] == [4, 2, 2]


@pytest.mark.parametrize(
    ("label", "word"),
    [("a.Package", "packages"), ("a.Property", "properties"), ("a.Key", "keys"), ("a.Status", "statuses")],
)
def test_models_are_named_in_the_plural(label, word):
    assert plural(label) == word


# QB203


def unread(how, *, n_rows=3, **more):
    return found(
        event(GET, kind=OriginKind.ITERATION, model="app.Package", load=7, unread=how),
        loads=[load(7, n_rows=n_rows)],
        **more,
    )


@pytest.mark.parametrize(
    ("how", "what", "edit"),
    [
        (Unread.COUNTED, "3 packages loaded to be counted, none of them read", "count()"),
        (Unread.TESTED, "3 packages loaded to be tested for truth, none of them read", "exists()"),
    ],
)
def test_rows_loaded_and_not_read_are_told_with_what_to_ask_instead(how, what, edit):
    [finding] = unread(how)
    assert (finding.code, finding.proof, finding.what) == ("QB203", Proof.HEURISTIC, what)
    assert (finding.fix.edit, finding.fix.place) == (edit, LINE)


def test_one_row_is_told_as_one():
    [finding] = unread(Unread.COUNTED, n_rows=1)
    assert finding.what.startswith("1 package loaded")


def test_rows_that_were_read_are_clean():
    assert unread(None) == ()


def test_without_a_line_there_is_no_place_to_mend():
    [finding] = found(
        event(GET, kind=OriginKind.ITERATION, load=7, unread=Unread.COUNTED, place=None), loads=[load(7)]
    )
    assert finding.fix is None


# QB302


def listed(n_rows, *, kind=OriginKind.ITERATION, items=None, is_unlimited=True, **more):
    return codes(
        event(GET, kind=kind, model="app.Package", load=7),
        loads=[load(7, n_rows=n_rows, is_unlimited=is_unlimited)],
        items=n_rows if items is None else items,
        **{"unlimited_rows": 200, **more},
    )


def test_a_long_answer_without_limit_is_told():
    assert listed(200) == ["QB302"]
    assert listed(2, unlimited_rows=1) == ["QB302"]


@pytest.mark.parametrize(
    "other",
    [
        {"n_rows": 199},
        {"n_rows": 200, "items": 20},
        {"n_rows": 200, "is_unlimited": False},
        {"n_rows": 200, "kind": OriginKind.PREFETCH},
        {"n_rows": 0, "unlimited_rows": 0},
    ],
)
def test_short_answers_pages_and_lists_that_are_no_answer_are_clean(other):
    assert listed(**other) == []


def test_what_answers_no_request_is_no_answer():
    assert (
        codes(event(GET, kind=OriginKind.ITERATION, load=7), loads=[load(7, n_rows=500, is_unlimited=True)])
        == []
    )


# Comments


def accepted(*events, **comment):
    """Return the findings of these events, with one comment beside them."""
    return found(*events, suppressions=(suppression(**comment),))


def test_a_comment_of_its_function_accepts_a_finding():
    [finding] = accepted(event(GET), event(GET), code="QB103")
    assert finding.accepted == f"two at most ({LINE.path}:{LINE.line})"


def test_who_accepts_an_n_plus_one_accepts_it_with_one_row_too():
    one = {"loads": [load(1, n_rows=1)]}
    [latent] = found(lazy(1, is_in_loop=True), **one, suppressions=(suppression(code="QB101"),))
    assert (latent.code, bool(latent.accepted)) == ("QB105", True)
    [several] = found(lazy(1), lazy(2), suppressions=(suppression(code="QB105"),))
    assert (several.code, bool(several.accepted)) == ("QB101", False)


@pytest.mark.parametrize(
    "comment",
    [
        {"code": "QB101"},
        {"code": "QB103", "target": "Other.relation"},
        {"code": "QB103", "first": LINE.line + 1, "last": LINE.line + 1},
        {"code": "QB103", "place": replace(LINE, path="elsewhere.py")},
    ],
)
def test_a_comment_about_something_else_accepts_nothing(comment):
    [finding] = accepted(event(GET), event(GET), **comment)
    assert finding.accepted == ""


def test_a_finding_without_a_line_is_accepted_by_no_comment():
    [finding] = accepted(event(GET, place=None), event(GET, place=None), code="QB103")
    assert finding.accepted == ""
