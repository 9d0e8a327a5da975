"""The sentences people read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from querybudget import wording
from querybudget.analysis.analyse import analyse
from tests.builders import FINDING, WHERE, analysis, budget, event, identity, lazy, recording, verdicts


def breach(declaration, found, *, show="worst", **facts):
    broken = [each for each in verdicts([declaration], found, **facts) if each.is_breach]
    return wording.breach(broken, found, subject="PackageViewSet.list", show=show)


TWENTY = analyse(recording(*(lazy(row) for row in range(1, 21)), event("SELECT 1 FROM a"), event("SELECT 2")))


def test_a_breach_tells_everything_a_stranger_needs():
    assert breach(budget(4), TWENTY) == (
        """22 queries, budget 4 per request (18 over): PackageViewSet.list

  QB101 n-plus-one, proven: Package.project loaded 20 times, for 20 of 20 packages
    SELECT "name" FROM "project" WHERE "id" = ?
    app/views.py:7 names
      7 | package.project.name
    fix: select_related("project") in the queryset of Package

  The other 2 queries are of 2 different statements (--querybudget-show=all lists them).
  Budget: @query_budget(4), tests/test_list.py line 12. Intended? Change it there and say why (reason=…)."""
    )


def test_the_parts_add_up_to_the_total():
    message = breach(budget(4), TWENTY, show="all")
    assert "The other 2 queries are of 2 different statements:" in message
    assert "    1 × SELECT ? FROM A   app/views.py:7 names" in message.splitlines()


def test_shown_none_a_breach_is_its_first_line_and_the_budget():
    assert len(breach(budget(4), TWENTY, show="none").splitlines()) == 2


def test_without_findings_the_statements_are_listed():
    found = analyse(recording(event("SELECT 1 FROM a"), event("SELECT 1 FROM b")))
    message = breach(budget(1), found)
    assert "The 2 queries are of 2 different statements:" in message


def test_at_most_ten_statements_are_listed():
    found = analyse(recording(*(event(f'SELECT 1 FROM "t{each}"') for each in range(12))))
    lines = breach(budget(1), found).splitlines()
    assert sum(line.startswith("    1 ×") for line in lines) == 10
    assert "    and 2 more statements (--querybudget-show=all lists them)" in lines


def test_a_single_other_query_is_one():
    found = analyse(recording(*(lazy(row) for row in (1, 2, 3)), event("SELECT 1 FROM a")))
    assert "The other query is of one statement" in breach(budget(1), found)


def test_at_most_ten_findings_are_told():
    found = analysis(findings=[FINDING] * 12, queries=240)
    message = breach(budget(1), found)
    assert message.count("QB101") == 10
    assert "  And 2 findings more." in message.splitlines()


def test_too_few_is_told_as_too_few():
    assert breach(budget("=4"), analysis(queries=3)).startswith(
        "3 queries, budget exactly 4 per request (1 under)"
    )


def test_a_whole_block_is_called_one():
    (verdict,) = verdicts([budget(4, per="block")], analysis(queries=5))
    message = wording.breach([verdict], analysis(queries=5), subject="block")
    assert message.startswith("5 queries, budget 4 whole block (1 over): block")


def test_several_breaches_share_one_message_and_one_closing_line():
    lines = breach(budget(1, reads=1), analysis(queries=5, reads=4)).splitlines()
    assert lines[0].startswith(
        "5 queries, budget 1 per request (4 over); 4 reads, budget 1 per request (3 over)"
    )
    assert sum(line.strip().startswith("Budget:") for line in lines) == 1


def test_what_cannot_be_judged_says_why():
    message = breach(budget(4), analysis(queries=3), n_stray=2)
    assert message.startswith("cannot judge queries, budget 4 per request (2 queries of other threads ran")
    assert message.endswith("What cannot be told does not pass.")


def test_a_limited_table_that_exists_nowhere_is_named_first_and_to_be_corrected():
    message = breach(budget(tables={"bok": 1}), analysis(), names={"tables": frozenset({"book"})})
    assert message.startswith('cannot judge: no model has a table "bok", did you mean "book"? (budget 1 per')
    assert message.endswith("Correct the name there: what no query can name is never exceeded.")


def test_a_limited_table_in_doubt_for_another_reason_keeps_its_label():
    message = breach(budget(tables={"book": 1}), analysis(), n_stray=2)
    assert message.startswith(
        'cannot judge queries of table "book", budget 1 per request (2 queries of other'
    )


def test_a_budget_per_item_of_no_list_says_what_would_be_judged():
    message = breach(budget(base=3, per_item=1), analysis(queries=1))
    assert "Limit its queries alone (queries instead of base and per_item), leave the action out" in message
    assert breach(budget(base=3, per_item=1), analysis(), items=1, n_stray=2).endswith("does not pass.")


def test_a_reason_that_the_line_does_not_show_is_repeated():
    declared = replace(budget(4, reason="count and page."), where=replace(WHERE, source="@query_budget("))
    assert "line 12. Its reason: count and page. Intended?" in breach(declared, analysis(queries=5))


def test_a_reason_that_the_line_shows_is_not_repeated():
    where = replace(WHERE, source='@query_budget(4, reason="page")')
    assert "Its reason" not in breach(replace(budget(4, reason="page"), where=where), analysis(queries=5))


def test_a_budget_without_a_place_says_so():
    assert "Budget: declared at run time." in breach(replace(budget(4), where=None), analysis(queries=5))


def test_a_field_and_a_line_too_long_for_one_line_stand_on_two():
    finding = replace(FINDING, field="S." + "x" * 90)
    lines = [line.strip() for line in wording.finding_lines(finding)]
    assert f"serializer field {finding.field}" in lines
    assert "app/views.py:7 names" in lines


def test_a_finding_without_place_and_fix_is_two_lines():
    assert len(wording.finding_lines(replace(FINDING, field="", call_site=None, fix=None))) == 2


LONG = "SELECT " + ", ".join(f'"t"."column_{each}"' for each in range(20)) + ' FROM "t" WHERE "t"."id" = ?'


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("SELECT 1\n  FROM a", "SELECT 1 FROM a"),
        (LONG, 'SELECT … FROM "t" WHERE "t"."id" = ?'),
        ("SELECT 'x\x1b[31m'", "SELECT 'x\N{REPLACEMENT CHARACTER}[31m'"),
    ],
)
def test_a_statement_fits_one_line(statement, shown):
    assert wording.shorten(statement) == shown


def test_a_statement_too_long_all_the_same_loses_its_middle():
    shown = wording.shorten("UPDATE t SET " + "x" * 200 + " WHERE id = ?")
    assert len(shown) <= wording.WIDTH
    assert shown.startswith("UPDATE t SET")
    assert shown.endswith("WHERE id = ?")


@pytest.mark.parametrize(
    ("action", "others", "shown"),
    [
        ("a.views.PackageViewSet.list", [], "PackageViewSet.list"),
        ("a.views.PackageViewSet.list", ["b.views.PackageViewSet.list"], "a.views.PackageViewSet.list"),
        ("a.v1.views.P.list", ["a.v2.views.P.list"], "v1.views.P.list"),
        ("app.views.health", [], "views.health"),
        ("health.check", [], "health.check"),
        ("GET (no route)", ["GET (answered by middleware)"], "GET (no route)"),
        ("x.admin.ModelAdmin[app.Store].add_view", [], "ModelAdmin[app.Store].add_view"),
    ],
)
def test_an_action_is_shown_by_its_shortest_suffix_of_its_own(action, others, shown):
    assert wording.short_name(action, [action, *others]) == shown


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (1, "query", "1 query"),
        (2, "query", "2 queries"),
        (1_200, "test", "1,200 tests"),
        (0, "test", "0 tests"),
    ],
)
def test_numbers_agree_with_their_nouns(number, noun, said):
    assert wording.count(number, noun) == said


def test_a_budget_that_met_no_request_names_what_was_requested():
    message = wording.no_request(budget(4, action="PackageViewset.list"), [identity()])
    assert message.startswith(
        "budget met no request of 'PackageViewset.list': @query_budget(4), tests/test_list.py line 12"
    )
    assert "Did you mean action='PackageViewSet.list'?" in message


def test_a_budget_of_a_route_that_met_no_request_names_the_nearest_route():
    message = wording.no_request(budget(4, action="GET /package/"), [identity(route="/packages/")])
    assert "Did you mean action='GET /packages/'?" in message


def test_a_budget_unlike_all_that_was_requested_names_no_nearest():
    message = wording.no_request(budget(4, action="Zzz.qqq"), [identity()])
    assert "  Actions requested: PackageViewSet.list.\n" in message


@pytest.mark.parametrize("action", [None, "PackageViewSet.*"])
def test_a_budget_that_leaves_out_all_it_means_says_so(action):
    message = wording.no_request(budget(4, action=action, exclude="*.list"), [identity()])
    assert "PackageViewSet.list. All it means are left out: exclude='*.list'.\n" in message


def test_a_budget_of_a_test_without_requests_names_the_other_way():
    assert 'The test made no request. To count its whole body instead: per="block".' in wording.no_request(
        budget(4), []
    )


def test_an_explanation_lists_findings_and_every_statement_by_kind():
    found = analyse(recording(lazy(1), lazy(2), event('UPDATE "a" SET "x" = 1', place=None)))
    text = wording.explain("block", found)
    assert text.startswith("block: 3 queries (2 reads, 1 write)")
    assert "QB101 n-plus-one" in text
    assert "  write: 1" in text.splitlines()


def test_a_line_is_cut_at_its_end():
    assert wording.cut("abcdef", 4) == "abc…"
    assert wording.cut("abcd", 4) == "abcd"


def test_our_own_failures_are_told_as_ours():
    assert "cannot judge: querybudget failed with ValueError: no" in wording.not_judged(ValueError("no"))
    assert wording.internal("ValueError: no").startswith("querybudget itself failed")


def test_more_of_a_statement_already_told_is_called_so():
    found = analyse(
        recording(lazy(1), lazy(2), event('SELECT "name" FROM "project" WHERE "id" = 7', place=None))
    )
    assert "The other query is more of the same." in breach(budget(1), found)


def test_a_budget_per_item_shows_its_sum():
    message = breach(budget(base=3, per_item=1), analysis(queries=9), items=5)
    assert message.startswith(
        "9 queries, budget 3 + 1 per item = 8 per request (1 over): PackageViewSet.list"
    )


def test_two_actions_of_one_name_are_told_apart():
    keys = ["a.v1.views.P.list", "a.v2.views.P.list"]
    message = wording.ambiguous(budget(4, action="P.list"), keys)
    assert message.startswith("'P.list' names 2 actions: v1.views.P.list, v2.views.P.list")
    assert message.endswith('  action="v1.views.P.list"\n    action="v2.views.P.list"')


def test_the_lines_to_paste_are_the_line_written_with_other_names():
    where = replace(WHERE, source='"P.list" = { queries = 4 }')
    assert wording.instead(budget(4, action="P.list", where=where), ["v1.P.list"])[1:] == [
        '  "v1.P.list" = { queries = 4 }'
    ]
