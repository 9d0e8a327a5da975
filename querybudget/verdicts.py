"""Judge what was recorded against declarations, and put the outcome into words.

The step between scopes and messages that decorators, `with` blocks and the plugin share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget import pipeline, wording
from querybudget.budgets.budget import Per
from querybudget.budgets.judge import judge
from querybudget.budgets.resolve import Holding, holding, unmet
from querybudget.session import session

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from querybudget.budgets.budget import Declaration
    from querybudget.budgets.judge import Verdict
    from querybudget.capture.scopes import BlockScope, RequestScope
    from querybudget.records import Analysis


def on_block(scope: BlockScope, declarations: Sequence[Declaration]) -> str:
    """Return the message about a finished block: as a whole, and each request made in it."""
    analysis = pipeline.analysis_of_block(scope)
    whole = [
        Holding(declaration=declaration, limit=limit)
        for declaration in declarations
        if declaration.per is Per.BLOCK
        for limit in declaration.limits
        if limit.limit is not None
    ]
    messages = [_message(judge(whole, analysis, n_stray=scope.n_stray), analysis, scope.name)]
    if any(declaration.per is Per.REQUEST for declaration in declarations):
        messages.append(on_requests(scope.requests, declarations))
    return _joined(messages)


def on_requests(scopes: Iterable[RequestScope], declarations: Sequence[Declaration]) -> str:
    """Return the message about requests that broke a limit, or about a budget that met none."""
    requests = [(scope, pipeline.request_of(scope)) for scope in scopes]
    actions = [request.action for _, request in requests]
    messages = []
    for scope, request in requests:
        verdicts = judge(holding(declarations, request.action), request.analysis, n_stray=scope.n_stray)
        name = wording.short_name(request.action, actions)
        messages.append(_message(verdicts, request.analysis, name))
    messages += [wording.no_request(declaration.where) for declaration in unmet(declarations, actions)]
    return _joined(messages)


def _message(verdicts: Iterable[Verdict], analysis: Analysis, subject: str) -> str:
    breaches = [verdict for verdict in verdicts if verdict.is_breach]
    return wording.breach(breaches, analysis, subject=subject, show=session.show) if breaches else ""


def _joined(messages: Iterable[str]) -> str:
    return "\n\n".join(message for message in messages if message)
