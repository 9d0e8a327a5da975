"""What making a request again has shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from querybudget.finding import Finding

TOGETHER = "all fixes together"
"""What is tried where several fixes of a request help."""

KINDS = ("fix", "guard", "growth")
"""What may be found out by making requests again."""


class Outcome(StrEnum):
    """What became of one thing that was tried, from the least to the most that is known."""

    NOT_REPLAYABLE = "not replayable"
    """The request itself: made again as it was, it answers otherwise."""
    NOT_TRIED = "not tried"
    NO_ROWS = "no rows"
    """Nothing to read, so that nobody could be seen reading."""
    NO_GAIN = "no gain"
    CHANGES = "changes the response"
    VERIFIED = "verified"
    UNREAD = "never read"
    READ = "read"
    """A column, by somebody: what says more than that another request does not."""
    COLD = "cold"
    """Some queries ran only the first time."""
    DEAD = "dead"
    """Nothing reads it; what another request of the action reads is none, so that all below say more."""
    MASKED = "masked"
    """Read, by too few rows to tell."""
    UNGUARDED = "unguarded"
    GUARDED = "guarded"
    CONSTANT = "constant"
    GROWS = "grows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One thing that was tried in a replay of a request of an action."""

    action: str
    kind: str
    """One of `KINDS`; `columns` of what guard finds nobody reads; `request` of the request itself."""
    subject: str
    """What was changed: a printed fix, an eager load and its queryset, the rows of a queryset."""
    outcome: Outcome
    told: str = ""
    """The numbers, or why: `23 → 3 queries, identical response`."""
    weight: int = 0
    """Queries of the request as it is: of two alike, that with more says more."""

    def __str__(self) -> str:
        return f"{self.outcome}: {self.told}" if self.told else str(self.outcome)


def with_trial(finding: Finding, tried: Replayed) -> Finding:
    """Let a finding say what became of its fix."""
    return replace(finding, fix=replace(finding.fix, verified=str(tried))) if finding.fix else finding
