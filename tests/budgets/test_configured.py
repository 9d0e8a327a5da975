"""The budgets of configuration, found by request."""

from __future__ import annotations

from querybudget.budgets.budget import Level
from querybudget.budgets.configured import Configured
from querybudget.budgets.patterns import nearness
from tests.builders import budget, identity


def declared(pattern, queries=4, **more):
    return budget(queries, level=Level.CONFIGURATION, action=pattern, nearness=nearness(pattern), **more)


DEFAULT = budget(30, level=Level.DEFAULT)


def test_a_request_finds_what_names_it_and_the_default():
    by_name, by_route, by_star = declared("P.list"), declared("GET /p/"), declared("P.*")
    configured = Configured([by_name, by_route, by_star, declared("Q.list")], [DEFAULT])
    found = configured.for_request(identity("app.P.list", route="/p/"))
    assert set(found) == {by_name, by_route, by_star, DEFAULT}


def test_a_pattern_that_names_a_request_twice_is_found_once():
    configured = Configured([declared("app.P.list")])
    assert len(configured.for_request(identity("app.P.list"))) == 1


def test_an_excluded_request_is_left_out():
    configured = Configured([declared("P.*", exclude="P.create")])
    assert configured.for_request(identity("app.P.create", method="POST")) == ()


def test_what_ran_no_view_can_be_limited():
    """Its key looks like a method and a name."""
    unknown = declared("GET (no route)", 0)
    assert Configured([unknown]).for_request(identity("GET (no route)")) == (unknown,)


def test_a_method_is_respected():
    configured = Configured([declared("POST P.tags")])
    assert configured.for_request(identity("app.P.tags")) == ()
    assert len(configured.for_request(identity("app.P.tags", method="POST"))) == 1


def test_which_actions_a_budget_names_is_told_for_all_at_once():
    wide, none = declared("P.*"), declared("Q.list")
    named = Configured([wide, none]).named_by([identity("a.P.list"), identity("b.P.list")])
    assert named == {wide: {"a.P.list", "b.P.list"}}


def test_everything_declared_is_told():
    wide = declared("P.*")
    assert Configured([wide], [DEFAULT]).all == (wide, DEFAULT)


def test_a_whole_key_means_its_action_and_no_longer_one():
    exact = declared("views.P.list")
    short, long = identity("views.P.list"), identity("app.views.P.list")
    configured = Configured([exact], [DEFAULT]).knowing({short.action, long.action})
    assert (configured.for_request(short), configured.for_request(long)) == ((exact, DEFAULT), (DEFAULT,))
    assert configured.named_by([short, long]) == {exact: {"views.P.list"}}


def test_wide_budgets_are_found_in_the_order_of_the_file():
    wide = [
        declared("*.list"),
        declared("P.*"),
        declared("*"),
        declared("* /p/*"),
        declared("*/p/"),
        declared("a*.P.li*"),
    ]
    found = Configured([declared("Q.*"), *wide, declared("/q/*")]).for_request(
        identity("app.P.list", route="/p/")
    )
    assert list(found) == wide[:4] + wide[5:]
