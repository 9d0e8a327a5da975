"""The tables of the reference application's page: what they say when counts are not as stated."""

import pytest

from scripts.reference_table import (
    BEGIN,
    END,
    Row,
    difference,
    line,
    observations_of,
    renewed,
    side,
    stated,
)

OPTIMISED, NAIVE = "errors.ErrorViewSet.list", "naive.errors.NaiveErrorViewSet.list"
KEYS = {OPTIMISED: "reference_app.views.errors.ErrorViewSet.list"} | {
    NAIVE: "reference_app.naive.views.errors.NaiveErrorViewSet.list"
}


def measured(counts):
    """Return what a report amounts to that told, for each action, `{numbers in the id: queries}`."""
    return observations_of(
        [
            {
                "action": KEYS[action],
                "requests": [
                    {"test": f"a.py::test[{numbers}-own]", "status": 200, "queries": queries}
                    for numbers, queries in each.items()
                ],
            }
            for action, each in counts.items()
        ]
    )


GOOD = {OPTIMISED: {"n=2": 2, "n=5": 2}, NAIVE: {"n=0": 2, "n=2": 8, "n=5": 17}}
ROW = Row(title="errors list", action=OPTIMISED, naive="2 + 3n", ceiling="2")


def test_a_row_of_counts_as_they_should_be():
    cells = line(ROW, measured(GOOD), [])
    assert cells == ["errors list", "2", "2", "2", "2 + 3n", "2 + 3n", "2 + 3n", "0 · 3", "2 + 3"]


def test_growth_of_an_optimised_action_shows():
    grown = measured(GOOD | {OPTIMISED: {"n=2": 2, "n=5": 5}})
    cells = line(ROW, grown, [])
    assert cells[1:4] == ["2–5", "2, not kept", "**2, exceeded**"]
    assert cells[7] == "? · 3"


def test_a_constant_that_is_not_the_stated_one_shows():
    cells = line(ROW, measured(GOOD | {OPTIMISED: {"n=2": 1, "n=5": 1}}), [])
    assert cells[1:4] == ["1", "2, not kept", "2"]


def test_another_naive_formula_shows():
    cells = line(ROW, measured(GOOD | {NAIVE: {"n=0": 2, "n=2": 10, "n=5": 22}}), [])
    assert cells[4:6] == ["2 + 4n", "2 + 3n"]


def test_a_formula_that_fits_nothing_shows():
    cells = line(ROW, measured(GOOD | {NAIVE: {"n=0": 2, "n=2": 8, "n=5": 27}}), [])
    assert cells[4].startswith("not exact: about ")


def test_notes_are_numbered():
    notes = ["another"]
    assert line(Row(title="t", action=OPTIMISED, note="why"), measured(GOOD), notes)[0] == "t <sup>2</sup>"
    assert notes == ["another", "why"]


def test_requests_whose_test_names_no_numbers_are_no_measurements():
    """Of refusals there are separate ones."""
    requests = [
        {"test": "a.py::test[own-2]", "status": 200, "queries": 9},
        {"test": "a.py::test[n=2]", "status": 400, "queries": 1},
        {"test": "a.py::test[n=2]", "status": 201, "queries": 3},
    ]
    found = observations_of([{"action": "reference_app.views.m.V.create", "requests": requests}])
    assert {key: [each.queries for each in seen] for key, seen in found.items()} == {
        ("m.V.create", True): [1],
        ("m.V.create", False): [3],
    }


def test_an_action_that_nothing_measures_is_told():
    with pytest.raises(ValueError, match="no test that names its numbers requests it"):
        side(OPTIMISED, {})


@pytest.mark.parametrize(
    ("action", "refused", "formula"),
    [
        ("packages.PackageViewSet.retrieve", False, "6"),
        ("packages.PackageViewSet.mark_obsolete", False, "5"),
        ("packages.PackageViewSet.mark_obsolete", True, "2"),
        ("naive.packages.NaivePackageViewSet.retrieve", False, "9 + 3I + D(3 + A)"),
        ("naive.packages.NaivePackageViewSet.mark_obsolete", True, "4 + D"),
    ],
)
def test_what_is_stated_is_read_beside_the_view(action, refused, formula):
    assert stated(action, refused=refused) == formula


def test_a_view_that_states_nothing_is_told():
    with pytest.raises(
        ValueError, match=r"views/stores\.py: no formula stands beside StoreViewSet\.get_queryset"
    ):
        stated("stores.StoreViewSet.get_queryset")


def test_the_tables_are_put_between_the_markers():
    page = f"before\n{BEGIN}\nold\n{END}\nafter"
    assert renewed(page, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter"
    with pytest.raises(ValueError, match="lacks the markers"):
        renewed("nothing", "new")


def test_a_difference_says_how_to_renew_the_page():
    told = difference("| a table of other counts |")
    assert "+| a table of other counts |" in told
    assert told.endswith("does not match what was measured. Renew it with: python scripts/reference_table.py")


def test_a_side_without_growth_has_no_slope():
    found = side(OPTIMISED, measured(GOOD))
    assert (found.slope, found.observed, found.is_exact) == ("0", "2", True)
