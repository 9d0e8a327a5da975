"""Judge what was recorded against declarations, and put the outcome into words.

The step between scopes and messages that decorators, `with` blocks and the plugin share.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from querybudget import pipeline, wording, wording_growth
from querybudget.analysis.growth import ROUNDING, slopes
from querybudget.budgets.budget import Per
from querybudget.budgets.judge import Facts, Judge, is_answer
from querybudget.budgets.resolve import allowances, ambiguous, holding, meaning, unmet
from querybudget.capture import relations, routes
from querybudget.results import Complaint
from querybudget.session import session

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from querybudget.budgets.budget import Declaration
    from querybudget.budgets.configured import Configured
    from querybudget.budgets.judge import Verdict
    from querybudget.budgets.resolve import Holding
    from querybudget.capture.scopes import BlockScope, RequestScope
    from querybudget.errors import InvalidDeclaration
    from querybudget.records import Analysis, Place, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One request or block with the verdicts on it; none where no limit holds."""

    analysis: Analysis
    request: Request | None
    """None for a block."""
    name: str
    """What messages call it: the block's name, or the key of the action."""
    verdicts: tuple[Verdict, ...]
    declared: tuple[Declaration, ...] = ()
    """What means the request and is written in code: a later judgement finds it nowhere else."""
    configured: tuple[Declaration, ...] = ()
    """What means the request and is written in configuration."""
    n_stray: int = 0
    scopes: frozenset[int] = frozenset()
    """The requests that were counted, by the `id` of their scopes."""
    mistake: InvalidDeclaration | None = None
    """What the view declares and nobody can understand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfBlock:
    """What became of a finished block."""

    judgements: tuple[Judgement, ...] = ()
    messages: tuple[str, ...] = ()
    """Of the limits that do not hold; an empty one tells nothing."""
    complaints: tuple[Complaint, ...] = ()


def of_block(
    scope: BlockScope, declarations: Sequence[Declaration], among: Sequence[Declaration]
) -> list[Judgement]:
    """Judge a finished block as a whole, by those of the declarations that hold among all of them.

    Returns:
        One judgement for each way to count it: declarations that leave out the same requests share one.

    """
    holdings = [each for each in holding(among, None) if any(each.declaration is own for own in declarations)]
    excluded = dict.fromkeys(each.declaration.exclude for each in holdings) or {(): None}
    return [
        _of_block(scope, [each for each in holdings if each.declaration.exclude == exclude], exclude)
        for exclude in excluded
    ]


def _of_block(scope: BlockScope, holdings: Sequence[Holding], exclude: tuple[str, ...]) -> Judgement:
    analysis = pipeline.analysis_of_block(scope, exclude=exclude)
    allowed = [each for holding in holdings for each in holding.declaration.allow]
    facts = Facts(analysis=analysis, n_stray=scope.n_stray)
    verdicts = _judge().judge(holdings, facts, allowed)
    return Judgement(
        analysis=analysis,
        request=None,
        name=scope.name,
        verdicts=verdicts,
        scopes=frozenset(map(id, scope.requests)),
    )


def _judge() -> Judge:
    return Judge(names={"tables": relations.tables(), "databases": relations.aliases()})


def of_requests(
    scopes: Iterable[RequestScope], declarations: Sequence[Declaration], *, is_ambient: bool = False
) -> list[Judgement]:
    """Judge each request by the limits that hold for its action.

    Args:
        scopes: the requests.
        declarations: of the test or block.
        is_ambient: whether what views and configuration declare judges too.

    """
    return [_of_request(scope, declarations, is_ambient=is_ambient) for scope in scopes]


def _of_request(scope: RequestScope, declarations: Sequence[Declaration], *, is_ambient: bool) -> Judgement:
    request = pipeline.request_of(scope)
    whole = routes.whole_keys()
    in_code = meaning([*declarations, *(scope.declared if is_ambient else ())], request.identity, whole)
    knowing = _knowing(session.config.configured, whole)
    configured = knowing.for_request(request.identity) if is_ambient else ()
    everything = [*in_code, *configured]
    facts = facts_of(request, n_stray=scope.n_stray)
    verdicts = _judge().judge(
        holding(everything, request.identity), facts, allowances(everything, request.identity)
    )
    return Judgement(
        analysis=request.analysis,
        request=request,
        name=request.action,
        verdicts=verdicts,
        declared=tuple(in_code),
        configured=tuple(configured),
        n_stray=scope.n_stray,
        scopes=frozenset({id(scope)}),
        mistake=scope.mistake if is_ambient else None,
    )


def broken_by(
    scope: RequestScope, declarations: Sequence[Declaration], blocks: Iterable[Judgement], other: Request
) -> str:
    """Name the first budget that a request kept and another run of it would break; empty where none would.

    Args:
        scope: the request.
        declarations: what its test declares for requests.
        blocks: what became of the blocks of its test.
        other: the other run.

    """
    in_code = meaning([*declarations, *scope.declared], other.identity, routes.whole_keys())
    configured = _knowing(session.config.configured, routes.whole_keys()).for_request(other.identity)
    everything = [*in_code, *configured]
    holdings, allowed = holding(everything, other.identity), allowances(everything, other.identity)
    own = pipeline.request_of(scope)
    before = _judge().judge(holdings, facts_of(own, n_stray=scope.n_stray), allowed)
    kept = {id(each.holding) for each in before if not each.is_breach}
    for verdict in _judge().judge(holdings, facts_of(other), allowed):
        if verdict.is_breach and id(verdict.holding) in kept:
            return _allowed(verdict)
    inside = [verdict for each in blocks if id(scope) in each.scopes for verdict in each.verdicts]
    return next((_allowed(each) for each in inside if _is_broken_too(each, own, other)), "")


def grown_too_fast(
    scope: RequestScope,
    declarations: Sequence[Declaration],
    blocks: Iterable[Judgement],
    seen: Mapping[int, Request],
) -> Iterator[tuple[str, Place | None]]:
    """Yield what breaks of `per_item`, and where it was declared, where answers of other lengths were seen.

    Args:
        scope: the request.
        declarations: what its test declares for requests.
        blocks: what became of the blocks of its test.
        seen: items → the request made again with so many.

    """
    in_order = dict(sorted(seen.items()))
    found = list(slopes({items: request.recording.events for items, request in in_order.items()}))
    own = _of_request(scope, declarations, is_ambient=True)
    inside = [each for each in blocks if id(scope) in each.scopes and each.request is not None]
    for verdict in (verdict for each in (own, *inside) for verdict in each.verdicts):
        held = verdict.holding
        is_kept = held.limit.measure == "base" and not verdict.is_breach
        if is_kept and sum(slope.a_row for slope in found) > held.limit.per_item + ROUNDING:
            subject = wording.short_names([own.name, *routes.whole_keys()])[own.name]
            analyses = {items: request.analysis for items, request in in_order.items()}
            told = wording_growth.growth_of_items(found, analyses, subject=subject, held=held)
            yield told, held.declaration.where


def _is_broken_too(verdict: Verdict, own: Request, other: Request) -> bool:
    """Tell whether a block would count too much with another run of one of its requests."""
    measure = verdict.holding.limit.measure
    if verdict.is_breach or measure not in _NUMBERS:
        return False
    more = getattr(other.measures, measure) - getattr(own.measures, measure)
    return bool(verdict.observed + more > verdict.limit.upper)


_NUMBERS = frozenset({"queries", "reads", "writes", "n_plus_one"})
"""What adds up over the requests of a block."""


def _allowed(verdict: Verdict) -> str:
    where = verdict.holding.declaration.where
    at = f" ({where.path}:{where.line})" if where is not None else ""
    return f"{verdict.holding.limit.said(verdict.limit.upper)} allowed{at}"


@lru_cache(maxsize=8)
def _knowing(configured: Configured, whole: frozenset[str]) -> Configured:
    return configured.knowing(whole)


def facts_of(request: Request, *, n_stray: int = 0) -> Facts:
    """Return what a request is judged by."""
    return Facts(
        analysis=request.analysis,
        items=request.items,
        is_answered=is_answer(request.status),
        n_stray=n_stray,
    )


def on_block(
    scope: BlockScope, declarations: Sequence[Declaration], *, among: Sequence[Declaration] = ()
) -> OfBlock:
    """Judge a finished block, as a whole and each request made in it.

    Args:
        scope: the block.
        declarations: what is judged here.
        among: everything declared for the same test, of which the nearest holds; default: these.

    """
    whole = of_block(scope, declarations, among or declarations)
    if not any(declaration.per is Per.REQUEST for declaration in declarations):
        return OfBlock(judgements=tuple(whole), messages=(message(whole),))
    requests = of_requests(scope.requests, declarations)
    return OfBlock(
        judgements=(*whole, *requests),
        messages=(message(whole), message(requests)),
        complaints=unmet_complaints(requests, declarations),
    )


def message(judgements: Sequence[Judgement]) -> str:
    """Tell of every limit that does not hold; empty where all do."""
    broken = [(each, [verdict for verdict in each.verdicts if verdict.is_breach]) for each in judgements]
    if not any(breaches for _, breaches in broken):
        return ""
    # A name must be one that configuration takes: unique in the URLconf too.
    names = wording.short_names([*(each.name for each in judgements), *routes.whole_keys()])
    texts = [
        wording.breach(breaches, each.analysis, subject=names[each.name], show=session.show)
        for each, breaches in broken
        if breaches
    ]
    return "\n\n".join(texts)


def unmet_complaints(
    judgements: Iterable[Judgement], declarations: Iterable[Declaration]
) -> tuple[Complaint, ...]:
    """Tell of budgets on a function that no request of it met, or that met two actions of one name."""
    requests = [judgement.request for judgement in judgements if judgement.request is not None]
    identities = [request.identity for request in requests]
    declared, whole = tuple(declarations), routes.whole_keys()
    told = [(wording.no_request(each, identities), False) for each in unmet(declared, identities, whole)]
    told += [(wording.ambiguous(each, keys), True) for each, keys in ambiguous(declared, identities, whole)]
    return tuple(Complaint(message=text, is_doubt=is_doubt) for text, is_doubt in told)


def unused_complaints(declarations: Iterable[Declaration]) -> tuple[Complaint, ...]:
    """Tell of limits that were declared as if that were enough."""
    return tuple(Complaint(message=wording.unused(each), is_doubt=True) for each in declarations)
