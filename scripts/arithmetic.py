"""Formulas of query counts: read as people write them, fitted to what was counted, exactly.

A formula is a sum of products of letters: `9 + 3I + D(3 + A)`. Upper-case letters stand next to each other, a
lower-case word is one name. Numbers are fractions, so that a fit is exact or is not.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_FACTOR = r"(?:\w+|\(\w+(?: \+ \w+)*\))+"
FORMULA = rf"{_FACTOR}(?: \+ {_FACTOR})*"
"""A regular expression for what `parsed` reads."""
_TOKEN = re.compile(r"\d+|[a-z]+|[A-Z]|[+()]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one request counted, and the numbers of its data by letter."""

    queries: int
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A sum of terms: the letters of each, sorted, and what they are multiplied by; none is zero."""

    terms: Mapping[tuple[str, ...], Fraction]

    def at(self, numbers: Mapping[str, int]) -> Fraction:
        """Return its value where the letters are `numbers`."""
        return sum((factor * _product(term, numbers) for term, factor in self.terms.items()), Fraction(0))

    def at_all(self, size: int) -> Fraction:
        """Return its value where every letter is `size`."""
        return self.at({letter: size for term in self.terms for letter in term})

    def __str__(self) -> str:
        """Write it out, in the order of its terms."""
        return " + ".join(_written(term, factor) for term, factor in self.terms.items()) or "0"


def parsed(text: str) -> Polynomial:
    """Read a formula.

    Raises:
        ValueError: for what is none, or holds more.

    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text.replace(" ", "") or not tokens:
        raise ValueError(f"{text!r} is no formula; expected something like 9 + 3I + D(3 + A)")
    found = _sum(tokens)
    if tokens:
        raise ValueError(f"{text!r} goes on after a formula, at {tokens[0]!r}")
    return found


def fitted(observations: Sequence[Observation], terms: Iterable[tuple[str, ...]]) -> Polynomial:
    """Fit the factors of `terms` by least squares, in fractions.

    Raises:
        ValueError: where the observations do not tell the terms apart.

    """
    names = tuple(dict.fromkeys(terms))
    rows = [[_product(term, each.numbers) for term in names] for each in observations]
    matrix = [
        [Fraction(sum(row[i] * row[j] for row in rows)) for j in range(len(names))]
        + [Fraction(sum(row[i] * each.queries for row, each in zip(rows, observations, strict=True)))]
        for i in range(len(names))
    ]
    return _polynomial(dict(zip(names, _solved(matrix, names), strict=True)))


def residuals(formula: Polynomial, observations: Iterable[Observation]) -> set[Fraction]:
    """Return by how much the observations exceed the formula; {0} where it holds exactly."""
    return {each.queries - formula.at(each.numbers) for each in observations}


def _sum(tokens: list[str]) -> Polynomial:
    """Take a sum off the front of the tokens."""
    total: Counter[tuple[str, ...]] = Counter()
    while True:
        total.update(_factors(tokens).terms)
        if not tokens or tokens[0] != "+":
            return _polynomial(total)
        del tokens[0]


def _factors(tokens: list[str]) -> Polynomial:
    """Take a product off the front of the tokens."""
    value = Polynomial({(): Fraction(1)})
    while tokens and tokens[0] not in {"+", ")"}:
        first = tokens.pop(0)
        if first == "(":
            factor = _sum(tokens)
            del tokens[:1]
        else:
            factor = Polynomial({(): Fraction(first)} if first.isdigit() else {(first,): Fraction(1)})
        value = _multiplied(value, factor)
    return value


def _multiplied(one: Polynomial, other: Polynomial) -> Polynomial:
    total: Counter[tuple[str, ...]] = Counter()
    for (a, x), (b, y) in product(one.terms.items(), other.terms.items()):
        total[tuple(sorted((*a, *b)))] += x * y
    return _polynomial(total)


def _polynomial(terms: Mapping[tuple[str, ...], Fraction]) -> Polynomial:
    """Return the terms that are not zero, the constant first, then in their order by degree."""
    return Polynomial({term: terms[term] for term in sorted(terms, key=len) if terms[term]})


def _product(term: Iterable[str], numbers: Mapping[str, int]) -> int:
    value = 1
    for letter in term:
        value *= numbers[letter]
    return value


def _solved(matrix: list[list[Fraction]], names: Sequence[tuple[str, ...]]) -> list[Fraction]:
    """Solve the equations, each a row with its right side last, by elimination."""
    size = len(matrix)
    for column in range(size):
        pivot = next((row for row in range(column, size) if matrix[row][column]), None)
        if pivot is None:
            raise ValueError(f"what was counted does not tell {_written(names[column], Fraction(1))} apart")
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        head = matrix[column]
        for row in range(size):
            if row != column and (share := matrix[row][column] / head[column]):
                matrix[row] = [x - share * y for x, y in zip(matrix[row], head, strict=True)]
    return [matrix[i][-1] / matrix[i][i] for i in range(size)]


def _written(term: Sequence[str], factor: Fraction) -> str:
    letters = "".join(term)
    return letters if factor == 1 and letters else f"{factor}{letters}"
