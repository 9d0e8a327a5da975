"""What only a whole run can tell of its declarations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from querybudget.budgets.budget import Level
from querybudget.budgets.configured import Configured
from querybudget.budgets.troubles import MAX_PROPOSALS, TroubleKind, nearest, troubles
from querybudget.results import ActionCounts, Declared, RunResult, Standing
from tests.budgets.test_configured import declared
from tests.builders import budget, identity

TODAY = date(2026, 11, 25)


def run(*in_code, known=(), is_complete=True):
    return RunResult(
        started_at="",
        n_tests=1,
        n_requests=1,
        n_queries=1,
        n_exceeded=0,
        actions=(),
        is_complete=is_complete,
        declared=tuple(in_code),
        known=tuple(known),
    )


def told(result, *budgets):
    return [(each.kind, each.declaration) for each in troubles(result, Configured(budgets), TODAY)]


@pytest.mark.parametrize(
    ("until", "is_told"), [("2026-11-24", True), ("2026-11-25", False), ("2026-11-26", False)]
)
def test_a_budget_holds_through_its_last_day(until, is_told):
    known = [identity("a.P.list")]
    assert bool(told(run(known=known), declared("P.list", until=until))) is is_told
    in_code = Declared(declaration=budget(4, until=until), n_tests=3, n_met=3)
    assert bool(told(run(in_code))) is is_told


def test_an_expired_budget_of_many_tests_is_told_once():
    expired = budget(4, until="2026-01-01")
    both = [Declared(declaration=expired, n_tests=3, n_met=3)] * 2
    assert told(run(*both)) == [(TroubleKind.EXPIRED, expired)]


@pytest.mark.parametrize("level", [Level.CLASS, Level.MODULE])
def test_a_class_or_module_that_met_no_request_is_told(level):
    unmet = Declared(declaration=budget(4, level=level), n_tests=3, n_met=0)
    assert told(run(unmet)) == [(TroubleKind.UNMET, unmet.declaration)]


@pytest.mark.parametrize(
    "silent",
    [
        Declared(declaration=budget(4, level=Level.CLASS), n_tests=3, n_met=1),
        Declared(declaration=budget(4, level=Level.CLASS), n_tests=0, n_met=0),
        Declared(declaration=budget(4, level=Level.FUNCTION), n_tests=1, n_met=0),
        Declared(declaration=budget(4, level=Level.CLASS, per="block"), n_tests=1, n_met=0),
        Declared(declaration=budget(None, level=Level.CLASS), n_tests=1, n_met=0),
        Declared(declaration=budget(4, level=Level.CONFIGURATION), n_tests=1, n_met=0),
    ],
)
def test_what_met_one_or_waits_for_none_is_not(silent):
    assert told(run(silent)) == []


def test_a_name_that_exists_nowhere_is_told_with_the_nearest():
    misspelled = declared("PackageViewSet.lst")
    (trouble,) = troubles(run(known=[identity()]), Configured([misspelled]), TODAY)
    assert (trouble.kind, trouble.names) == (TroubleKind.UNKNOWN, ("PackageViewSet.list",))


def test_a_route_that_exists_nowhere_is_told_with_the_nearest_route():
    known = [identity(route="/api/packages/")]
    (trouble,) = troubles(run(known=known), Configured([declared("GET /api/package/")]), TODAY)
    assert trouble.names == ("GET /api/packages/",)


def test_a_name_of_two_actions_is_told_with_names_that_tell_them_apart():
    known = [identity("a.v1.P.list"), identity("a.v2.P.list")]
    (trouble,) = troubles(run(known=known), Configured([declared("P.list")]), TODAY)
    assert (trouble.kind, trouble.names) == (TroubleKind.AMBIGUOUS, ("v1.P.list", "v2.P.list"))


def test_a_pattern_may_name_many():
    known = [identity("a.v1.P.list"), identity("a.v2.P.list")]
    assert told(run(known=known), declared("P.*")) == []


def test_one_action_of_two_routes_is_not_ambiguous():
    known = [identity("a.P.list", route="/v1/"), identity("a.P.list", route="/v2/")]
    assert told(run(known=known), declared("P.list")) == []


def test_an_action_of_unknown_methods_is_known_by_each():
    known = [identity("a.views.health", method="", route="/health/")]
    assert told(run(known=known), declared("GET /health/"), declared("POST views.health")) == []


def test_of_part_of_a_run_nothing_is_missing():
    unmet = Declared(declaration=budget(4, level=Level.CLASS), n_tests=3, n_met=0)
    part = replace(run(unmet, known=[identity()]), is_complete=False)
    assert told(part, declared("PackageViewSet.lst")) == []


def test_doubts_are_told_from_failures():
    assert [kind for kind in TroubleKind if kind.is_doubt] == [TroubleKind.UNKNOWN, TroubleKind.AMBIGUOUS]


def test_a_whole_key_that_longer_ones_end_in_is_not_ambiguous():
    known = [identity("views.P.list"), identity("app.views.P.list")]
    assert told(run(known=known), declared("views.P.list"), declared("GET views.P.list")) == []


def test_what_is_left_out_by_a_name_of_no_action_is_told():
    misspelled = declared("PackageViewSet.*", exclude=["PackageViewSet.lst", "*.list", "GET /x/"])
    found = troubles(run(known=[identity(route="/x/")]), Configured([misspelled]), TODAY)
    assert [(each.kind, each.name, each.names) for each in found] == [
        (TroubleKind.UNKNOWN, "PackageViewSet.lst", ("PackageViewSet.list",))
    ]


def test_what_the_default_leaves_out_is_told_too_and_of_a_complete_run_only():
    default = budget(30, level=Level.DEFAULT, exclude="LoginView.post")
    configured = Configured([], [default])
    for is_complete in (True, False):
        found = troubles(run(known=[identity()], is_complete=is_complete), configured, TODAY)
        assert [each.name for each in found] == ["LoginView.post"][: int(is_complete)]


@pytest.mark.parametrize(
    ("pattern", "close"),
    [
        ("packageviewset.list", ("PackageViewSet.list",)),
        ("POST PackageViewSet.lst", ("POST PackageViewSet.list",)),
        ("GET /package/", ("GET /packages/",)),
        ("/package/", ("/packages/",)),
        ("Zzz.qqq", ()),
    ],
)
def test_the_nearest_is_like_what_was_written_and_written_alike(pattern, close):
    assert nearest(pattern, [identity(route="/packages/")]) == close


def test_only_so_many_names_get_a_proposal():
    many = [declared(f"PackageViewSet.lst{number}") for number in range(MAX_PROPOSALS + 5)]
    found = troubles(run(known=[identity()]), Configured(many), TODAY)
    assert [bool(each.names) for each in found] == [True] * MAX_PROPOSALS + [False] * 5


def grown(slope, *standings, known=()):
    """Return a run in which an action asked so many queries more for each item."""
    counts = ActionCounts(
        action="a.P.list",
        name="P.list",
        n_requests=3,
        n_refused=0,
        n_tests=3,
        minimum=2,
        median=3,
        maximum=4,
        reads=4,
        writes=0,
        findings=(),
        slope=slope,
        standings=standings,
    )
    return replace(run(known=known or [identity("a.P.list")]), actions=(counts,))


def standing(declaration):
    limit = declaration.limits[-1]
    return Standing(declaration=declaration, limit=limit, n_judged=3, n_broken=0, lowest=2, highest=4)


@pytest.mark.parametrize(
    ("slope", "is_told"), [(0.0, False), (0.9, False), (1.0, False), (1.0 + 1e-12, False), (1.1, True)]
)
def test_queries_follow_items_no_faster_than_they_may(slope, is_told):
    allowed = declared("P.list", base=20, per_item=1)
    expected = [(TroubleKind.GROWS, allowed)] if is_told else []
    assert told(grown(slope), allowed) == expected


def test_with_none_allowed_any_growth_is_told():
    allowed = declared("P.list", base=20, per_item=0)
    [trouble] = troubles(grown(0.5), Configured([allowed]), TODAY)
    assert (trouble.name, trouble.slope, trouble.per_item) == ("P.list", 0.5, 0)


def test_what_a_view_allows_speaks_before_configuration():
    view = budget(None, base=20, per_item=1, level=Level.VIEW)
    assert told(grown(2.0, standing(view)), declared("P.list", base=20, per_item=0)) == [
        (TroubleKind.GROWS, view)
    ]


def test_limits_of_tests_and_of_queries_alone_say_nothing_of_items():
    """Also of an action that no URLconf knows."""
    test = budget(None, base=20, per_item=0, level=Level.FUNCTION)
    assert told(grown(2.0, standing(test)), declared("P.list", 30)) == []
    assert told(grown(2.0, known=[identity("a.Q.list")]), declared("*.list", 30)) == []
