"""What is wrong, how sure that is, the edit that mends it, and the comment that accepts it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from querybudget.records import Place

N_PLUS_ONE = frozenset({"QB101", "QB102"})
"""Codes of the findings that the measure `n_plus_one` counts."""


OF_ROWS = frozenset({"QB101", "QB102", "QB104", "QB105"})
"""Codes of the findings that say by themselves that queries follow rows; a duplicate may be bounded."""


class Proof(StrEnum):
    """How sure a finding or fix is."""

    PROVEN = "proven"
    MEASURED = "measured"
    HEURISTIC = "heuristic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """An edit the models accept."""

    edit: str
    """`select_related("project")`."""
    queryset: str
    """What to edit: `PackageViewSet.get_queryset`; empty where `place` evaluates the queryset."""
    place: Place | None
    """Where that is written; None where it has no source."""
    alternative: str = ""
    """Another edit at the same place that does as well; empty where there is none."""
    model: str = ""
    """Label of the model whose queryset it edits; empty where it edits none."""
    load: int | None = None
    """The number of the load whose queryset it edits; None where it edits none, and once it was stored."""
    verified: str = ""
    """What a replay made of it: `verified: 23 → 3 queries, identical response`; empty where none tried."""

    def __str__(self) -> str:
        instead = f", or {self.alternative}" if self.alternative else ""
        return f"{self.edit} {self.where}{instead}"

    @property
    def where(self) -> str:
        """Say what to edit, and where that is."""
        if not self.queryset:
            of = f" of {self.model.rpartition('.')[2]}" if self.model else ""
            return f"on the queryset{of} evaluated at {self.place}"  # one line may evaluate several
        place = f" ({self.place.path}:{self.place.line})" if self.place else ""
        return f"in {self.queryset}{place}"

    @property
    def brief(self) -> str:
        """Say it in one short line."""
        if self.queryset or self.place is None:
            return f"{self.edit} in {self.queryset}"
        return f"{self.edit} at {self.place.path.rpartition('/')[2]}:{self.place.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A comment that accepts findings in the function it stands in: `# querybudget: allow[QB102] reason`."""

    code: str
    target: str = "*"
    """A relation, field or function; `*` for all of the code."""
    reason: str
    place: Place
    """Where the comment stands."""
    last: int
    """Together with `first`: the lines it covers, those of its function, or all of a template."""
    first: int = 1

    def __str__(self) -> str:
        return f"{self.reason} ({self.place.path}:{self.place.line})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem with its evidence."""

    code: str
    title: str
    proof: Proof
    count: int
    """How many queries it stands for."""
    what: str
    """One clause: `Package.project loaded 20 times, for 20 of 20 packages`."""
    statement: str
    """The shape of its statement."""
    relation: str | None = None
    call_site: Place | None = None
    field: str = ""
    fix: Fix | None = None
    accepted: str = ""
    """Why a comment in the code accepts it, and where that stands; empty where none does."""
