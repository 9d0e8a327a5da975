"""Judge the requests of a run again, by the budgets that configuration declares now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from querybudget.budgets.budget import Declaration, Level
from querybudget.budgets.judge import Judge, Status, Verdict
from querybudget.budgets.resolve import allowances, holding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from querybudget.budgets.configured import Configured
    from querybudget.results import BrokenLimit, RecordedRequest

_READ_AGAIN = frozenset({Level.CONFIGURATION, Level.DEFAULT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One limit that one action (or block) did not keep."""

    subject: str
    """The key of the action, or the name of the block."""
    verdict: Verdict
    """The worst."""
    node_id: str
    """The test of the worst."""
    count: int
    """How many requests did not keep it."""

    @property
    def is_doubt(self) -> bool:
        """Tell whether it could not be judged, in contrast to being exceeded."""
        return self.verdict.status is Status.CANNOT_JUDGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a check came to."""

    broken: tuple[Broken, ...]
    """By subject, then by place of the declaration."""
    n_requests: int
    n_actions: int
    n_verdicts: int
    """Limits of configuration, judged now."""


def check(
    requests: Iterable[RecordedRequest], broken: Iterable[BrokenLimit], configured: Configured, judge: Judge
) -> Outcome:
    """Judge each request by configuration; what code declared counts as it stood in the run.

    Args:
        requests: all requests of the run.
        broken: the limits that did not hold in the run.
        configured: what configuration declares now.
        judge: knows the names of tables and aliases.

    """
    tally = _Tally()
    for each in broken:
        if each.verdict.holding.declaration.level not in _READ_AGAIN:
            tally.add(each.subject, each.node_id, each.verdict)
    actions: set[str] = set()
    n_requests = n_verdicts = 0
    for request in requests:
        n_requests += 1
        actions.add(request.identity.action)
        verdicts = _verdicts(request, configured, judge)
        n_verdicts += len(verdicts)
        for verdict in verdicts:
            if verdict.is_breach and not request.is_accepted:
                tally.add(request.identity.action, request.node_id, verdict)
    return Outcome(
        broken=tally.broken(), n_requests=n_requests, n_actions=len(actions), n_verdicts=n_verdicts
    )


def _verdicts(request: RecordedRequest, configured: Configured, judge: Judge) -> Sequence[Verdict]:
    everything = [*request.declared, *configured.for_request(request.identity)]
    holdings = [
        each for each in holding(everything, request.identity) if each.declaration.level in _READ_AGAIN
    ]
    return judge.judge(holdings, request.facts, allowances(everything, request.identity))


class _Tally:
    """Keeps of many breaches of one limit the worst, and how many there were."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Declaration, str, str], Broken] = {}

    def add(self, subject: str, node_id: str, verdict: Verdict) -> None:
        limit = verdict.holding.limit
        key = (subject, verdict.holding.declaration, limit.measure, limit.key)
        known = self._found.get(key)
        count = known.count + 1 if known else 1
        worst = verdict if known is None or _weight(verdict) > _weight(known.verdict) else known.verdict
        node = node_id if known is None or worst is verdict else known.node_id
        self._found[key] = Broken(subject=subject, verdict=worst, node_id=node, count=count)

    def broken(self) -> tuple[Broken, ...]:
        return tuple(sorted(self._found.values(), key=_order))


def _weight(verdict: Verdict) -> tuple[bool, int]:
    """Order breaches of one limit: what is exceeded before what cannot be judged, then by how much."""
    over = verdict.observed - verdict.limit.upper
    return verdict.status is not Status.CANNOT_JUDGE, max(over, verdict.limit.lower - verdict.observed)


def _order(broken: Broken) -> tuple[str, str, int, str, str]:
    where = broken.verdict.holding.declaration.where
    limit = broken.verdict.holding.limit
    return broken.subject, where.path if where else "", where.line if where else 0, limit.measure, limit.key
