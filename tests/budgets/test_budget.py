"""Declarations: what is understood, and what an error tells about the rest."""

from __future__ import annotations

import pytest

from querybudget import InvalidDeclaration
from querybudget.budgets.budget import NOT_GIVEN, Level, Per, declare, needs_limit
from querybudget.budgets.limit import Limit
from tests.builders import budget


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
    assert "knows no measure 'querys'. Did you mean 'queries'?" in told(querys=4)


def test_an_unknown_measure_far_from_all_still_lists_them():
    assert "Known: queries, reads, writes" in told(zzz=4)


def test_tables_take_a_mapping():
    assert 'tables=3 is no mapping. Expected tables={"name": 2}.' in told(tables=3)


def test_a_wrong_limit_of_a_table_names_the_table():
    assert "tables['a']=-1 is no limit" in told(tables={"a": -1})


def test_queries_are_limited_once():
    with pytest.raises(InvalidDeclaration, match="queries is given twice"):
        declare(4, {"queries": 5}, level=Level.FUNCTION, default_per=Per.REQUEST)


def test_a_decorator_without_parentheses_is_told():
    assert "query_budget needs parentheses: @query_budget(4)" in told(
        test_per_falls_back_to_the_default_of_its_face
    )


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


def test_what_decorates_must_limit_something():
    assert needs_limit(budget(None)).limits
    with pytest.raises(InvalidDeclaration, match="limits nothing here"):
        needs_limit(budget(action="V.list"))
