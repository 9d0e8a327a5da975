"""What a whole run amounts to: the values that storage reads back and reports show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from querybudget.records import N_PLUS_ONE

if TYPE_CHECKING:
    from querybudget.records import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCounts:
    """What a run recorded of one action."""

    action: str
    n_requests: int
    n_refused: int
    """Requests answered with 400 or above, or not at all; not part of the numbers below."""
    n_tests: int
    minimum: int | None
    """Queries of the cheapest request; None, like the next ones, where none was answered."""
    median: int | None
    maximum: int | None
    reads: int | None
    """The most reads any request made."""
    writes: int | None
    findings: tuple[Finding, ...]
    """Each problem once, as in the request where it cost most; by code, then by count."""

    @property
    def n_plus_one(self) -> int:
        """Count the distinct n-plus-ones and queries in a loop."""
        return sum(finding.code in N_PLUS_ONE for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What one run recorded, of all its processes."""

    started_at: str
    """In ISO format, UTC."""
    n_tests: int
    """Tests that made requests."""
    n_requests: int
    n_queries: int
    n_exceeded: int
    """Limits that did not hold, or could not be judged."""
    actions: tuple[ActionCounts, ...]
    """Worst first: by n-plus-ones, then by the most queries, then by name."""
