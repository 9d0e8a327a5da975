"""Judge one attempt at a test: what its budgets, its views and configuration do not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget import wording
from querybudget.errors import BudgetExceeded, InvalidDeclaration
from querybudget.session import session

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from querybudget.budgets.budget import Declaration
    from querybudget.pytest_plugin.attempt import Attempt
    from querybudget.records import Place
    from querybudget.verdicts import Judgement


def breach(attempt: Attempt, *, passed: bool) -> BudgetExceeded | InvalidDeclaration | None:
    """Return what fails a test for its queries, and keep what no limit tells of.

    Args:
        attempt: its requests so far are judged; those of its teardown come later.
        passed: False for a test that fails or skips by itself: it may have met no request for that.

    """
    attempt.is_judged, attempt.n_judged = True, len(attempt.test.requests)
    try:
        judged = judgements(attempt)
        failure = next((each.failure for each in attempt.test.requests if each.failure), None)
    except Exception as error:  # noqa: BLE001 - our failure fails no test that declared nothing
        session.report_internal(error)
        judged, failure = [], error
    if failure is not None:
        return _failed(attempt, failure) or _exceeded(attempt, judged, passed=passed)
    mistake = next((each.mistake for each in judged if each.mistake is not None), None)
    if mistake is not None:
        attempt.doubt(str(mistake))
        return InvalidDeclaration(str(mistake), mistake.where)
    return _exceeded(attempt, judged, passed=passed)


def _failed(attempt: Attempt, failure: Exception) -> BudgetExceeded | None:
    """Tell that nothing was judged; where nothing limits no test fails, but a later check must know."""
    message = wording.not_judged(failure)
    attempt.doubt(message)
    limiting = next(_limiting(attempt), None)
    return BudgetExceeded(message, limiting.where) if limiting is not None else None


def _exceeded(attempt: Attempt, judged: list[Judgement], *, passed: bool) -> BudgetExceeded | None:
    from querybudget import verdicts  # noqa: PLC0415 - needs Django, which is there now

    messages = [each.message for each in attempt.test.breaches]
    messages.append(verdicts.message(judged))
    if passed:
        idle = [
            *verdicts.unmet_complaints(_of_body(attempt, judged), attempt.declarations),
            *verdicts.unused_complaints(attempt.test.unused),
        ]
        attempt.complaints += idle
        messages += [each.message for each in idle]
    message = "\n\n".join(filter(None, messages))
    return BudgetExceeded(message, _first_place(attempt, judged)) if message else None


def judgements(attempt: Attempt) -> list[Judgement]:
    """Judge all requests of a test: those of its body by its budgets too, all by views and configuration."""
    from querybudget import verdicts  # noqa: PLC0415 - needs Django, which is there now

    return [
        judgement
        for request in attempt.test.requests
        for judgement in verdicts.of_requests(
            [request], attempt.declarations if request.in_body else (), is_ambient=True
        )
    ]


def _limiting(attempt: Attempt) -> Iterator[Declaration]:
    """Yield what may limit a request of a test, nearest first: with any of it nothing passes unchecked."""
    requests = attempt.test.requests
    everything = [*attempt.declarations, *(each for request in requests for each in request.declared)]
    yield from (each for each in everything if each.limits)
    if requests:
        yield from session.config.configured.all


def _of_body(attempt: Attempt, judged: Iterable[Judgement]) -> list[Judgement]:
    pairs = zip(attempt.test.requests, judged, strict=False)
    return [judgement for request, judgement in pairs if request.in_body]


def _first_place(attempt: Attempt, judged: Iterable[Judgement]) -> Place | None:
    """Return where the first budget that broke was declared; of none, where the first was."""
    places = [each.where for each in attempt.test.breaches]
    places += [
        verdict.holding.declaration.where
        for judgement in judged
        for verdict in judgement.verdicts
        if verdict.is_breach
    ]
    places += [declaration.where for declaration in (*attempt.test.unused, *attempt.declarations)]
    return next(iter(places), None)
