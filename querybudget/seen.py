"""What a `with query_budget() as seen:` answers, at any moment, also after its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, overload

from querybudget import pipeline, wording
from querybudget.budgets.resolve import names
from querybudget.errors import QueryBudgetError

if TYPE_CHECKING:
    from querybudget.capture.scopes import BlockScope
    from querybudget.records import Analysis, Finding, Group, Request


class SeenRequests(Sequence["Request"]):
    """The requests of a block, in the order in which they were made."""

    def __init__(self, requests: Sequence[Request]) -> None:
        self._requests = tuple(requests)

    @overload
    def __getitem__(self, index: int) -> Request: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Request]: ...
    def __getitem__(self, index: int | slice) -> Request | Sequence[Request]:
        return self._requests[index]

    def __len__(self) -> int:
        return len(self._requests)

    def __iter__(self) -> Iterator[Request]:
        return iter(self._requests)

    def of(self, action: str) -> tuple[Request, ...]:
        """Return the requests of an action, named by a suffix of its key."""
        return tuple(request for request in self._requests if names(action, request.action))

    def one(self, action: str) -> Request:
        """Return the only request of an action.

        Raises:
            QueryBudgetError: when there is none, or more than one.

        """
        found = self.of(action)
        if len(found) != 1:
            seen = ", ".join(sorted({request.action for request in self._requests})) or "none"
            raise QueryBudgetError(
                f"{len(found)} requests of {action!r}, expected one. Actions requested: {seen}."
            )
        return found[0]


class Seen:
    """The live view of a block's measures."""

    def __init__(self, scope: BlockScope) -> None:
        self._scope = scope

    @property
    def analysis(self) -> Analysis:
        """Everything below, frozen as of now."""
        return pipeline.analysis_of_block(self._scope)

    @property
    def queries(self) -> int:
        """Queries that count: no transaction control, no cache fills."""
        return self.analysis.measures.queries

    @property
    def reads(self) -> int:
        """SELECT, VALUES, WITH … SELECT."""
        return self.analysis.measures.reads

    @property
    def writes(self) -> int:
        """INSERT, UPDATE, DELETE, MERGE, REPLACE."""
        return self.analysis.measures.writes

    @property
    def duplicates(self) -> int:
        """Executions beyond the first of the same statement and parameters."""
        return self.analysis.measures.duplicates

    @property
    def n_plus_one(self) -> int:
        """Groups found to be an n-plus-one or a query in a loop."""
        return self.analysis.measures.n_plus_one

    @property
    def shapes(self) -> int:
        """Distinct fingerprints."""
        return self.analysis.measures.shapes

    @property
    def tables(self) -> Mapping[str, int]:
        """Table → queries that name it, sorted by name; 0 is never stored."""
        return self.analysis.measures.tables

    @property
    def databases(self) -> Mapping[str, int]:
        """Alias → queries sent to it, sorted by name."""
        return self.analysis.measures.databases

    @property
    def requests(self) -> SeenRequests:
        """The requests made in the block, in order."""
        return SeenRequests([pipeline.request_of(scope) for scope in self._scope.requests])

    @property
    def groups(self) -> tuple[Group, ...]:
        """Events of one cause, in the order of their first events."""
        return self.analysis.groups

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Problems, by code."""
        return self.analysis.findings

    def explain(self) -> str:
        """Return the tree of everything that ran, as text."""
        return wording.explain(self._scope.name, self.analysis)

    def __repr__(self) -> str:
        measures = self.analysis.measures
        return f"<Seen {measures.queries} queries, {len(self._scope.requests)} requests>"
