"""Formulas as people write them, and what is fitted to counts: exact, or said not to be."""

from fractions import Fraction

import pytest

from scripts.arithmetic import Observation, fitted, parsed, residuals


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("3", {(): 3}),
        ("2 + 5n", {(): 2, ("n",): 5}),
        ("9 + 3I + D(3 + A)", {(): 9, ("I",): 3, ("D",): 3, ("A", "D"): 1}),
        ("(2+S)A", {("A",): 2, ("A", "S"): 1}),
        ("17 + 2k + nodes", {(): 17, ("k",): 2, ("nodes",): 1}),
        ("2(n + 1)(n + 2)", {(): 4, ("n",): 6, ("n", "n"): 2}),
    ],
)
def test_formulas_are_multiplied_out(text, terms):
    assert parsed(text).terms == terms


@pytest.mark.parametrize("text", ["", "a lot!", "3 - n", "2 + 3)"])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(ValueError, match=r"formula"):
        parsed(text)


def test_a_formula_is_written_by_degree():
    assert str(parsed("A(2 + S) + 3")) == "3 + 2A + AS"


def observations(formula, grid):
    return [Observation(queries=int(parsed(formula).at(each)), numbers=each) for each in grid]


GRID = [{"D": d, "A": a} for d, a in [(0, 0), (2, 0), (0, 5), (2, 2), (5, 3)]]


def test_the_fit_finds_the_factors():
    """Those that are zero too: the terms asked for may be too many."""
    seen = observations("4 + D(3 + A)", GRID)
    found = fitted(seen, [(), ("D",), ("A",), ("A", "D")])
    assert found.terms == {(): 4, ("D",): 3, ("A", "D"): 1}
    assert residuals(found, seen) == {0}


def test_a_fit_that_misses_is_no_exact_one():
    """One query more at one point of the grid."""
    seen = [*observations("4 + D", GRID), Observation(queries=5, numbers={"D": 0, "A": 0})]
    assert residuals(fitted(seen, [(), ("D",)]), seen) != {0}


def test_least_squares_are_exact_in_fractions():
    """Three points that are on no line: the textbook's 1/6 and 1/2."""
    seen = [Observation(queries=y, numbers={"n": x}) for x, y in ((0, 0), (1, 1), (2, 1))]
    assert fitted(seen, [(), ("n",)]).terms == {(): Fraction(1, 6), ("n",): Fraction(1, 2)}


def test_a_grid_that_cannot_tell_is_refused():
    seen = observations("2 + n", [{"n": 2}, {"n": 2}])
    with pytest.raises(ValueError, match="does not tell n apart"):
        fitted(seen, [(), ("n",)])
