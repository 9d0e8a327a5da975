"""Declarations: what is understood, and what an error tells about the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from querybudget import InvalidDeclaration
from querybudget.budgets.allowance import parse_allow
from querybudget.budgets.budget import (
    FINDINGS,
    NOT_GIVEN,
    Level,
    MeasuredLimit,
    Per,
    declare,
    needs_limit,
    one_limit,
)
from querybudget.budgets.limit import Limit
from tests.builders import FINDING, budget


def told(*args, **kwargs):
    with pytest.raises(InvalidDeclaration) as error:
        budget(*args, **kwargs)
    return str(error.value)


def test_a_number_alone_limits_queries():
    (limit,) = budget(4).limits
    assert (limit.measure, limit.limit) == ("queries", Limit(upper=4))


def test_measures_are_limited_by_name():
    limits = {each.label: each.limit.upper for each in budget(4, reads=3, n_plus_one=0).limits}
    assert limits == {"queries": 4, "reads": 3, "n-plus-ones": 0}


def test_counts_are_said_with_their_nouns():
    (queries, n_plus_one, table) = budget(4, n_plus_one=0, tables={"a": 1}).limits
    assert (queries.said(1), queries.said(1_200), n_plus_one.said(2)) == (
        "1 query",
        "1,200 queries",
        "2 n-plus-ones",
    )
    assert (table.said(1), table.label) == ('1 query of table "a"', 'queries of table "a"')


def test_each_table_has_a_limit_of_its_own():
    limits = {each.label: each.limit for each in budget(tables={"a": 1, "b": None}).limits}
    assert limits == {'queries of table "a"': Limit(upper=1), 'queries of table "b"': None}


def test_none_lifts():
    assert budget(reads=None).limits[0].limit is None
    assert budget(None).limits[0].limit is None
    named = declare(NOT_GIVEN, {"queries": None}, level=Level.CLASS, default_per=Per.BLOCK)
    assert named.limits[0].limit is None


def test_without_a_limit_nothing_is_judged():
    assert budget().limits == ()


def test_per_falls_back_to_the_default_of_its_face():
    assert declare(4, {}, level=Level.FUNCTION, default_per=Per.BLOCK).per is Per.BLOCK
    assert budget(4, per="block").per is Per.BLOCK


def test_an_unknown_measure_names_the_nearest():
    assert "no measure 'querys'. Did you mean 'queries'?" in told(querys=4)


def test_an_unknown_measure_far_from_all_still_lists_them():
    assert "Known: queries, reads, writes" in told(zzz=4)


def test_tables_take_a_mapping():
    assert "tables=3 is no mapping. Expected tables={'name': 2}." in told(tables=3)


def test_a_wrong_limit_of_a_table_names_the_table():
    assert "tables['a']=-1 is no limit" in told(tables={"a": -1})


def test_queries_are_limited_once():
    with pytest.raises(InvalidDeclaration, match="queries is given twice"):
        declare(4, {"queries": 5}, level=Level.FUNCTION, default_per=Per.REQUEST)


def test_a_decorator_without_parentheses_is_told():
    assert "query_budget needs parentheses. Expected `@query_budget(4)`" in told(
        test_per_falls_back_to_the_default_of_its_face
    )


def test_an_action_in_place_of_the_limit_is_told():
    mend = "Expected the limit first and the action by name: query_budget(4, action='V.list')."
    assert mend in told("V.list")
    assert "query_budget(4, action='GET /')" in told("GET /")
    assert "queries='4' is no limit" in told("4")


def test_one_limit_stands_by_position():
    assert (one_limit([4]), one_limit([])) == (4, NOT_GIVEN)
    with pytest.raises(
        InvalidDeclaration, match=r"takes one limit by position, not 2\. Expected the others by"
    ):
        one_limit([4, 5])


def test_an_error_names_what_it_is_about():
    with pytest.raises(InvalidDeclaration) as error:
        budget(tables={"a": "x"})
    assert error.value.about == ("tables", "a")


def test_long_values_are_cut():
    assert len(told(["x" * 50] * 9)) < 150


@pytest.mark.parametrize("per", [[], "", 4])
def test_per_may_be_anything_and_is_told(per):
    assert f"per={per!r} is unknown." in told(4, per=per)


def test_per_is_request_or_block():
    assert 'per=\'test\' is unknown. Expected "request" or "block".' in told(4, per="test")


@pytest.mark.parametrize("name", ["action", "reason"])
@pytest.mark.parametrize("wrong", ["", "  ", 4])
def test_texts_are_texts(name, wrong):
    assert f"{name}={wrong!r} is no text" in told(4, **{name: wrong})


def test_an_action_names_requests_not_blocks():
    assert 'names requests, per="block" counts everything' in told(4, action="V.list", per="block")
    with_action = declare(4, {}, level=Level.FUNCTION, default_per=Per.BLOCK, action="V.list")
    assert with_action.per is Per.REQUEST


def test_base_and_per_item_name_requests_too():
    grown = declare(NOT_GIVEN, {"base": 3, "per_item": 1}, level=Level.FUNCTION, default_per=Per.BLOCK)
    assert (grown.per, grown.limits[0].allowed) == (Per.REQUEST, "3 + 1 per item")
    assert 'they need per="request"' in told(base=3, per_item=1, per="block")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"base": 3}, "base and per_item go together: per_item is missing."),
        ({"per_item": 3}, "base and per_item go together: base is missing."),
        ({"base": 3, "per_item": 0.5}, "per_item=0.5 is no count."),
        ({"base": True, "per_item": 1}, "base=True is no count."),
        ({"base": 3, "per_item": None}, "per_item=None is no count."),
        ({"base": None, "per_item": []}, "base=None is no count."),
    ],
)
def test_base_and_per_item_are_counts_and_go_together(given, message):
    assert message in told(**given)


def test_none_lifts_a_budget_per_item():
    (lifted,) = budget(base=None).limits
    assert (lifted.measure, lifted.limit) == ("base", None)


def test_findings_are_said_by_their_code():
    limit = MeasuredLimit(measure=FINDINGS, key="QB101", limit=Limit(upper=0))
    assert (limit.said(2), limit.label) == ("2 × QB101", "QB101")


@pytest.mark.parametrize("until", [date(2027, 6, 30), "2027-06-30"])
def test_a_last_day_is_a_date_or_its_text(until):
    assert budget(4, until=until).until == date(2027, 6, 30)


@pytest.mark.parametrize("until", ["tomorrow", datetime(2027, 6, 30, tzinfo=UTC), 2027])
def test_anything_else_is_no_day(until):
    assert "is no day. Expected a date" in told(4, until=until)


def test_one_name_may_stand_for_a_list_of_them():
    assert budget(4, exclude="V.create").exclude == ("V.create",)
    assert budget(4, exclude={"b", "a"}).exclude == ("a", "b")
    assert "exclude=3 is no text or list of texts." in told(4, exclude=3)


def test_what_is_allowed_needs_a_known_code_and_a_reason():
    assert "allow='QB102' needs a reason" in told(4, allow="QB102")
    assert "allow names 'QB1O2', which no finding has. Did you mean 'QB102'?" in told(
        4, allow="QB1O2:x", reason="y"
    )
    (allowance,) = budget(4, allow=["QB102: Package.tags"], reason="y").allow
    assert (str(allowance), allowance.target) == ("QB102:Package.tags", "Package.tags")


def test_phases_are_known():
    assert "phases['serialiser']: no such phase. Did you mean 'serializer'?" in told(phases={"serialiser": 0})


def test_what_decorates_must_limit_something():
    assert needs_limit(budget(None)).limits
    with pytest.raises(InvalidDeclaration, match="limits nothing here"):
        needs_limit(budget(action="V.list"))


def test_what_is_allowed_by_a_field_may_have_brackets():
    """Of a list in a list, which a pattern would take for a set of letters."""
    field = "DeploymentSerializer.packages[].versions[].name"
    (allowed,) = parse_allow(f"QB101:{field}", "few")
    (any_list,) = parse_allow("QB101:DeploymentSerializer.packages[]*", "few")
    found = replace(FINDING, field=field)
    assert allowed.covers(found)
    assert any_list.covers(found)
    assert not allowed.covers(replace(found, field=field.replace("[]", "v")))
