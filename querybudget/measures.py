"""The counts that budgets limit, of one request or block."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What budgets limit, counted over one request or block."""

    queries: int = 0
    reads: int = 0
    writes: int = 0
    duplicates: int = 0
    n_plus_one: int = 0
    shapes: int = 0
    tables: Mapping[str, int] = field(default_factory=dict)
    """Table → queries that name it, sorted by name."""
    databases: Mapping[str, int] = field(default_factory=dict)
    """Alias → queries sent to it, sorted by name."""
    phases: Mapping[str, int] = field(default_factory=dict)
    """Phase → queries that ran in it, in the order of a request."""


class Measured:
    """Reads its measures as attributes of its own."""

    __slots__ = ()

    @property
    def measures(self) -> Measures:
        """All counts together."""
        raise NotImplementedError

    @property
    def queries(self) -> int:
        """Queries that count: no transaction control, no cache fills."""
        return self.measures.queries

    @property
    def reads(self) -> int:
        """SELECT, VALUES, WITH … SELECT."""
        return self.measures.reads

    @property
    def writes(self) -> int:
        """INSERT, UPDATE, DELETE, MERGE, REPLACE."""
        return self.measures.writes

    @property
    def duplicates(self) -> int:
        """Executions beyond the first of the same statement and parameters."""
        return self.measures.duplicates

    @property
    def n_plus_one(self) -> int:
        """Groups found to be an n-plus-one or a query in a loop."""
        return self.measures.n_plus_one

    @property
    def shapes(self) -> int:
        """Distinct fingerprints."""
        return self.measures.shapes

    @property
    def tables(self) -> Mapping[str, int]:
        """Table → queries that name it, sorted by name; 0 is never stored."""
        return self.measures.tables

    @property
    def databases(self) -> Mapping[str, int]:
        """Alias → queries sent to it, sorted by name."""
        return self.measures.databases

    @property
    def phases(self) -> Mapping[str, int]:
        """Phase → queries that ran in it, in the order of a request; 0 is never stored."""
        return self.measures.phases
