"""Send what was captured down the line: scope → recording → analysis → request, seen or judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from querybudget.analysis.analyse import analyse, together
from querybudget.analysis.conclusions import settled
from querybudget.budgets.patterns import names
from querybudget.capture.evidence import distil
from querybudget.records import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from querybudget.capture.scopes import BlockScope, RequestScope
    from querybudget.records import Analysis


def request_of(scope: RequestScope) -> Request:
    """Analyse a request; again only if events have come since, as with a streamed body."""
    key = (len(scope.events), scope.n_read, scope.dropped.total(), scope.status, scope.action)
    if scope.analysed is None or scope.analysed[0] != key:
        scope.analysed = (key, _analysed(scope))
    return scope.analysed[1]


def amend(scope: RequestScope, request: Request) -> None:
    """Put in place of a request's analysis one that knows more, from replays of it."""
    request_of(scope)
    if scope.analysed is not None:
        scope.analysed = (scope.analysed[0], request)


def _analysed(scope: RequestScope) -> Request:
    recording = settled(distil(scope))
    return Request(
        action=scope.action,
        method=scope.method,
        path=scope.path,
        route=scope.route,
        status=scope.status,
        items=scope.items,
        recording=recording,
        analysis=analyse(recording),
    )


def analysis_of_block(scope: BlockScope, *, exclude: Sequence[str] = ()) -> Analysis:
    """Analyse a block: its own queries and every request made while it was open.

    Args:
        scope: the block.
        exclude: patterns of actions whose requests are left out.

    """
    made = [request_of(request) for request in scope.requests]
    requests = [each for each in made if not any(names(pattern, each.identity) for pattern in exclude)]
    begun = [each.recording.events[0].started_ns for each in made if each.recording.events]
    recording = replace(settled(distil(scope)), interruptions=tuple(sorted(begun)))
    parts = [(recording, analyse(recording)), *((each.recording, each.analysis) for each in requests)]
    return together(parts)
