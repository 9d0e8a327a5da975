"""What a `with query_budget() as seen:` answers, at any moment, also after its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from querybudget import pipeline, wording
from querybudget.budgets.patterns import names
from querybudget.errors import QueryBudgetError
from querybudget.measures import Measured

if TYPE_CHECKING:
    from querybudget.capture.scopes import BlockScope
    from querybudget.finding import Finding
    from querybudget.measures import Measures
    from querybudget.records import Analysis, Group, Request


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
        """Return the requests of an action, named by a suffix of its key or by its route."""
        return tuple(request for request in self._requests if names(action, request.identity))

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


class Seen(Measured):
    """The live view of a block's measures."""

    def __init__(self, scope: BlockScope) -> None:
        self._scope = scope

    @property
    def analysis(self) -> Analysis:
        """Everything below, frozen as of now."""
        return pipeline.analysis_of_block(self._scope)

    @property
    def measures(self) -> Measures:
        """All counts together."""
        return self.analysis.measures

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
        requests = wording.count(len(self._scope.requests), "request")
        return f"<Seen {wording.count(self.queries, 'query')}, {requests}>"
