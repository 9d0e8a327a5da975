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
ROUNDING = 1e-9
"""By how much a slope may seem steeper than it is."""

Shape = tuple[str, str]
"""Alias and shape of a statement."""

IN_STEPS = frozenset({OriginKind.PREFETCH, OriginKind.BULK, OriginKind.DELETE, OriginKind.CACHE_FILL})
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
        if event.counts and event.origin.kind not in IN_STEPS
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
        points = tuple((n, counted[shape]) for n, counted in counts.items())
        a_row = rise(points)
        if a_row is not None:
            yield Slope(shape=shape, a_row=a_row, points=points)


def rise(points: Sequence[tuple[int, int]]) -> float | None:
    """Return the slope of rows and queries, ascending; None where it is a step: it falls, or ends flat."""
    queries = [number for _, number in points]
    never_falls = all(before <= after for before, after in pairwise(queries))
    if len(points) < MIN_SIZES or not never_falls or not queries[-3] < queries[-2] < queries[-1]:
        return None
    return linear_regression(*zip(*points, strict=True)).slope
