"""Compare what was measured with the limits that hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from querybudget.budgets.allowance import n_left
from querybudget.budgets.budget import FINDINGS
from querybudget.budgets.limit import Limit
from querybudget.finding import N_PLUS_ONE
from querybudget.likeness import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from querybudget.budgets.allowance import Allowance
    from querybudget.budgets.resolve import Holding
    from querybudget.records import Analysis

# Measures that need every execution's evidence. Without it the others are never too low: what would
# have been told apart (a cache fill) is counted, so that only a lower bound is in doubt.
_NEEDS_EVIDENCE = frozenset({"duplicates", "n_plus_one", FINDINGS})

MAX_KNOWN = 10
"""Names that are listed where none is like the one written."""

REFUSED = 400
"""The first status that is no answer to measure by: a refusal is cheap, and a 500 is never faster."""


class Status(StrEnum):
    """The outcome for one limit."""

    WITHIN = "within"
    ABOVE = "above"
    BELOW = "below"
    CANNOT_JUDGE = "cannot judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one request or block is judged by."""

    analysis: Analysis
    items: int | None = None
    """Of a response that is a list; None for any other, and for a block."""
    is_answered: bool = True
    """False for a request answered with 400 or above, or not at all."""
    n_stray: int = 0
    """Queries of other threads that may or may not belong here."""


def is_answer(status: int | None) -> bool:
    """Tell whether a request was answered; others are held to upper limits only."""
    return status is not None and status < REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One limit, what was observed, and the outcome."""

    holding: Holding
    observed: int
    status: Status
    limit: Limit
    """As it was applied: of `base` and `per_item`, for the items there were."""
    doubt: str = ""
    """Why it cannot be judged; empty otherwise."""

    @property
    def is_breach(self) -> bool:
        """Tell whether a passing test must fail for it: nothing passes unchecked."""
        return self.status is not Status.WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Judges by what holds; knows which names could have been limited at all."""

    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Measure → the tables or aliases of the project; without one any name is taken."""

    def judge(
        self, holdings: Iterable[Holding], facts: Facts, allowed: Iterable[Allowance] = ()
    ) -> tuple[Verdict, ...]:
        """Judge each limit that holds; what cannot be judged for lack of an answer is left out."""
        allowed = tuple(allowed)
        verdicts = (self._verdict(holding, facts, allowed) for holding in holdings)
        return tuple(verdict for verdict in verdicts if verdict is not None)

    def _verdict(self, holding: Holding, facts: Facts, allowed: tuple[Allowance, ...]) -> Verdict | None:
        observed = _observed(holding, facts.analysis, allowed)
        limit = holding.limit.for_items(facts.items)
        only_upper = holding.declaration.level.is_ambient and not facts.is_answered
        if limit is None:
            if only_upper:
                return None
            doubt = "the response is no list and has no `results`"
            return _cannot(holding, observed, holding.limit.limit, doubt)
        if observed > limit.upper:
            return Verdict(holding=holding, observed=observed, status=Status.ABOVE, limit=limit)
        doubt = _doubt(holding, limit, facts) or self._unknown_name(holding, facts.analysis)
        if doubt:
            return _cannot(holding, observed, limit, doubt)
        is_below = observed < limit.lower and not only_upper
        status = Status.BELOW if is_below else Status.WITHIN
        return Verdict(holding=holding, observed=observed, status=status, limit=limit)

    def _unknown_name(self, holding: Holding, analysis: Analysis) -> str:
        """Say that a limited table or alias exists nowhere: no query would ever name it."""
        measure, key = holding.limit.measure, holding.limit.key
        known = self.names.get(measure)
        if not known or key in known or key in getattr(analysis.measures, measure):
            return ""
        what = "no model has a table" if measure == "tables" else "there is no database"
        close = nearest(key, sorted(known))
        if close is None:
            more = ", …" if len(known) > MAX_KNOWN else ""
            return f'{what} "{key}"; known: {", ".join(sorted(known)[:MAX_KNOWN])}{more}'
        return f'{what} "{key}", did you mean "{close}"?'


def _cannot(holding: Holding, observed: int, limit: Limit | None, doubt: str) -> Verdict:
    return Verdict(
        holding=holding,
        observed=observed,
        status=Status.CANNOT_JUDGE,
        limit=limit or Limit(upper=0),
        doubt=doubt,
    )


def _observed(holding: Holding, analysis: Analysis, allowed: tuple[Allowance, ...]) -> int:
    """Read what a limit is about; of findings, those that nothing allows."""
    measure = holding.limit.measure
    if measure == FINDINGS:
        return n_left(analysis.findings, {holding.limit.key}, allowed)
    if measure == "n_plus_one" and allowed:
        return n_left(analysis.findings, N_PLUS_ONE, allowed)
    return holding.limit.observed(analysis.measures)


def _doubt(holding: Holding, limit: Limit, facts: Facts) -> str:
    """Say why a count within its limit proves nothing, where that is so."""
    if facts.n_stray:
        return f"{facts.n_stray} queries of other threads ran while several requests were open"
    measure, analysis = holding.limit.measure, facts.analysis
    if measure == "phases" and analysis.n_phaseless:
        noun = "query" if analysis.n_phaseless == 1 else "queries"
        return f"the phase of {analysis.n_phaseless:,} {noun} cannot be told"
    if analysis.doubts and (measure in _NEEDS_EVIDENCE or limit.lower):
        return analysis.doubts[0]
    return ""
