"""Compare what was measured with the limits that hold."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from querybudget.budgets.resolve import Holding
    from querybudget.records import Analysis

# Measures that need every execution's evidence. Without it the others are never too low: what would
# have been told apart (a cache fill) is counted, so that only a lower bound is in doubt.
_NEEDS_EVIDENCE = frozenset({"duplicates", "n_plus_one"})


class Status(StrEnum):
    """The outcome for one limit."""

    WITHIN = "within"
    ABOVE = "above"
    BELOW = "below"
    CANNOT_JUDGE = "cannot judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One limit, what was observed, and the outcome."""

    holding: Holding
    observed: int
    status: Status
    doubt: str = ""
    """Why it cannot be judged; empty otherwise."""

    @property
    def is_breach(self) -> bool:
        """Tell whether a passing test must fail for it: nothing passes unchecked."""
        return self.status is not Status.WITHIN


def judge(
    holdings: Iterable[Holding],
    analysis: Analysis,
    *,
    n_stray: int = 0,
    tables: frozenset[str] = frozenset(),
) -> tuple[Verdict, ...]:
    """Judge each limit that holds.

    Args:
        holdings: the limits and who declared them.
        analysis: of the request or block.
        n_stray: queries of other threads that may or may not belong here.
        tables: those of the project's models; empty where they are not known.

    """
    return tuple(_verdict(holding, analysis, n_stray, tables) for holding in holdings)


def _verdict(holding: Holding, analysis: Analysis, n_stray: int, tables: frozenset[str]) -> Verdict:
    limit = holding.limit.limit
    if limit is None:
        raise AssertionError("a lifted limit holds for nothing")
    observed = holding.limit.observed(analysis.measures)
    if observed > limit.upper:
        return Verdict(holding=holding, observed=observed, status=Status.ABOVE)
    doubt = _doubt(holding, analysis, n_stray) or _unknown_table(holding, analysis, tables)
    if doubt:
        return Verdict(holding=holding, observed=observed, status=Status.CANNOT_JUDGE, doubt=doubt)
    status = Status.BELOW if observed < limit.lower else Status.WITHIN
    return Verdict(holding=holding, observed=observed, status=status)


def _doubt(holding: Holding, analysis: Analysis, n_stray: int) -> str:
    """Say why a count within its limit proves nothing, where that is so."""
    if n_stray:
        return f"{n_stray} queries of other threads ran while several requests were open"
    limit = holding.limit.limit
    if analysis.doubts and (holding.limit.measure in _NEEDS_EVIDENCE or (limit and limit.lower)):
        return analysis.doubts[0]
    return ""


def _unknown_table(holding: Holding, analysis: Analysis, tables: frozenset[str]) -> str:
    """Say that a limited table exists nowhere: no query would ever name it."""
    key = holding.limit.key
    if not key or not tables or key in tables or key in analysis.measures.tables:
        return ""
    nearest = get_close_matches(key, sorted(tables), n=1, cutoff=0)[0]
    return f'no model has a table "{key}"; the nearest is "{nearest}"'
