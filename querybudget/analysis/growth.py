"""Whether a number of queries follows a number of rows: slopes over several sizes, by least squares."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import linear_regression
from typing import TYPE_CHECKING

from querybudget.records import OriginKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from querybudget.records import Event

MIN_SIZES = 3

Shape = tuple[str, str]
"""Alias and shape of a statement."""

_IN_STEPS = frozenset({OriginKind.PREFETCH, OriginKind.BULK, OriginKind.DELETE, OriginKind.CACHE_FILL})
"""What Django sends once for many rows: more rows make steps of it, and no slope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """One statement whose number follows a number of rows."""

    shape: Shape
    a_row: float
    """Queries a row, by least squares."""
    points: tuple[tuple[int, int], ...]
    """Rows and queries of each size, ascending."""


def shapes(events: Iterable[Event]) -> Counter[Shape]:
    """Count what budgets count and what is no step, by statement."""
    return Counter(
        (event.alias, event.fingerprint.shape)
        for event in events
        if event.counts and event.origin.kind not in _IN_STEPS
    )


def slopes(sizes: Mapping[int, Sequence[Event]]) -> Iterator[Slope]:
    """Yield the statements that larger sizes ask more often, in the order of the largest.

    Args:
        sizes: rows → the events over so many, at least three. From 0 rows to 1 is no growth.

    """
    counts = {n: shapes(events) for n, events in sorted(sizes.items()) if n}
    if len(counts) < MIN_SIZES:
        return
    for shape in counts[max(counts)]:
        points = [(n, counted[shape]) for n, counted in counts.items()]
        if _is_rising([queries for _, queries in points]):
            a_row, _ = linear_regression(*zip(*points, strict=True))
            yield Slope(shape=shape, a_row=a_row, points=tuple(points))


def _is_rising(queries: Sequence[int]) -> bool:
    """Tell growth from a step: it never falls, and goes on at the end."""
    never_falls = all(before <= after for before, after in pairwise(queries))
    return never_falls and queries[-3] < queries[-2] < queries[-1]
