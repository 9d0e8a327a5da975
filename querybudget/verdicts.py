"""Judge what was recorded against declarations, and put the outcome into words.

The step between scopes and messages that decorators, `with` blocks and the plugin share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from querybudget import pipeline, wording
from querybudget.budgets.budget import Per
from querybudget.budgets.judge import judge
from querybudget.budgets.resolve import holding, unmet
from querybudget.capture import relations
from querybudget.session import session

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from querybudget.budgets.budget import Declaration
    from querybudget.budgets.judge import Verdict
    from querybudget.capture.scopes import BlockScope, RequestScope
    from querybudget.records import Analysis, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One request or block with the verdicts on it; none where no limit holds."""

    analysis: Analysis
    request: Request | None
    """None for a block."""
    name: str
    """What messages call it: the block's name, or the key of the action."""
    verdicts: tuple[Verdict, ...]


def of_block(
    scope: BlockScope, declarations: Sequence[Declaration], among: Sequence[Declaration]
) -> Judgement:
    """Judge a finished block as a whole, by those of the declarations that hold among all of them."""
    analysis = pipeline.analysis_of_block(scope)
    holdings = [each for each in holding(among, None) if any(each.declaration is own for own in declarations)]
    verdicts = judge(holdings, analysis, n_stray=scope.n_stray, tables=relations.tables())
    return Judgement(analysis=analysis, request=None, name=scope.name, verdicts=verdicts)


def of_requests(scopes: Iterable[RequestScope], declarations: Sequence[Declaration]) -> list[Judgement]:
    """Judge each request by the limits that hold for its action."""
    return [_of_request(scope, declarations) for scope in scopes]


def _of_request(scope: RequestScope, declarations: Sequence[Declaration]) -> Judgement:
    request = pipeline.request_of(scope)
    verdicts = judge(
        holding(declarations, request.action),
        request.analysis,
        n_stray=scope.n_stray,
        tables=relations.tables(),
    )
    return Judgement(analysis=request.analysis, request=request, name=request.action, verdicts=verdicts)


def on_block(
    scope: BlockScope, declarations: Sequence[Declaration], *, among: Sequence[Declaration] = ()
) -> tuple[list[Judgement], str]:
    """Judge a finished block, as a whole and each request made in it.

    Args:
        scope: the block.
        declarations: what is judged here.
        among: everything declared for the same test, of which the nearest holds; default: these.

    Returns:
        The judgements, and the message about what does not hold: empty where all does.

    """
    whole = of_block(scope, declarations, among or declarations)
    if not any(declaration.per is Per.REQUEST for declaration in declarations):
        return [whole], message([whole])
    requests = of_requests(scope.requests, declarations)
    texts = [message([whole]), message(requests), message_of_unmet(requests, declarations)]
    return [whole, *requests], "\n\n".join(text for text in texts if text)


def message(judgements: Sequence[Judgement]) -> str:
    """Tell of every limit that does not hold; empty where all do."""
    names = [judgement.name for judgement in judgements]
    texts = []
    for judgement in judgements:
        breaches = [verdict for verdict in judgement.verdicts if verdict.is_breach]
        if breaches:
            name = wording.short_name(judgement.name, names)
            texts.append(wording.breach(breaches, judgement.analysis, subject=name, show=session.show))
    return "\n\n".join(texts)


def message_of_unmet(judgements: Iterable[Judgement], declarations: Iterable[Declaration]) -> str:
    """Tell of budgets on a function that no request of it met; empty where there are none."""
    actions = [judgement.name for judgement in judgements]
    return "\n\n".join(wording.no_request(each, actions) for each in unmet(declarations, actions))
