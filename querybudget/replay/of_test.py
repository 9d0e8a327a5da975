"""What is tried with the requests of one test, while its data is there."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from querybudget import pipeline
from querybudget.budgets.judge import REFUSED, is_answer
from querybudget.finding import OF_ROWS
from querybudget.replay import columns, growth, guard, verify
from querybudget.replay.engine import NotReplayable, refusal, shapes, unchanged
from querybudget.replayed import Outcome, Replayed, with_trial
from querybudget.session import session
from querybudget.stand_ins import StandIns
from querybudget.verdicts import broken_by, grown_too_fast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from querybudget.budgets.budget import Declaration
    from querybudget.capture.scopes import RequestScope
    from querybudget.capture.witness import Witness
    from querybudget.records import Request
    from querybudget.replay.edits import Target
    from querybudget.replay.engine import Answer
    from querybudget.replay.guard import EagerLoad
    from querybudget.verdicts import Judgement

MAX_WITNESSES = 20
"""Requests of one action that are made again, each of other shapes."""


MAX_REFUSED = 3
"""Requests of one shape that cannot be made again, before others of it are left alone."""


_FAILED = 500
_MEASURES_NOTHING = "it failed with {}, and with whatever it left out: that measures nothing"
_OUT_OF_REACH = "it has changed what it is asked for, and the transaction it began in is over"


class _ChangedIt(Exception):  # noqa: N818 - no error: a request to make again from where it began
    """A request may have changed itself what it is asked for."""


class Replays:
    """What a process has tried so far: a request of each shape and action, each candidate once.

    A request with at least twice the queries is tried again: with more rows more is seen.
    """

    def __init__(self, kinds: frozenset[str]) -> None:
        self._kinds = kinds
        self._witnesses: dict[str, dict[Any, int]] = {}
        """By action and shape of the request, the most queries of one that was made again."""
        self._refused: Counter[Any] = Counter()
        """By shape, the requests that could not be made again."""
        self._fixes: dict[tuple[str, str], Replayed] = {}
        """By action and printed fix, what became of it."""
        self.has_tried = False
        """Whether a request of the test that runs was made again: its teardown may notice."""
        self._guarded: set[tuple[str, EagerLoad]] = set()
        self._varied: set[tuple[str, Target]] = set()

    def of_test(
        self,
        scopes: Iterable[RequestScope],
        declarations: Sequence[Declaration],
        blocks: Sequence[Judgement] = (),
    ) -> list[Replayed]:
        """Try what the requests of a test give to try; their findings know of it afterwards.

        Args:
            scopes: the requests.
            declarations: the test's budgets, for the requests of its body.
            blocks: what became of its blocks.

        """
        found: list[Replayed] = []
        waiting: list[_Budgets] = []
        scopes = list(scopes)
        for scope in scopes:
            budgets = _Budgets(
                scope=scope, declarations=declarations if scope.in_body else (), blocks=tuple(blocks)
            )
            try:
                found += self._of_request(budgets)
            except _ChangedIt:
                waiting.append(budgets)
            except NotReplayable as error:
                found.append(self._refused_for(scope, error))
        # What they have changed since: the last first, since who goes back does not come again.
        for budgets in reversed(waiting):
            found += self._as_before(budgets)
        for scope in scopes:
            self._note(scope)
        return found

    def _of_request(self, budgets: _Budgets) -> list[Replayed]:
        """Try what a request gives to try, unless one of its shape has been tried.

        Raises:
            NotReplayable: when it answers otherwise.

        """
        scope = budgets.scope
        request = pipeline.request_of(scope)
        if scope.witness is None or not scope.witness.is_wanted or _has_nothing_to_try(request):
            return []
        seen, shape = self._witnesses.setdefault(request.action, {}), _shape(scope.witness, request)
        if request.queries < 2 * seen.get(shape, 0.5) or (shape not in seen and len(seen) >= MAX_WITNESSES):
            return []
        seen[shape] = request.queries
        if request.status is None or request.status >= _FAILED:
            how = f"status {request.status}" if request.status is not None else "an exception"
            return [_of_request(request, Outcome.NOT_REPLAYABLE, _MEASURES_NOTHING.format(how))]
        return self._where_it_is(budgets, scope.witness)

    def _where_it_is(self, budgets: _Budgets, witness: Witness) -> list[Replayed]:
        """Make a request again where its test has left it.

        Raises:
            _ChangedIt: when it may have changed itself what it is asked for.

        """
        if witness.before is None or refusal(witness):
            return self._again(budgets, witness)
        if budgets.scope.made:
            raise _ChangedIt  # keys of what it makes again could be taken for what it counts
        try:
            return self._again(budgets, witness, may_be_cold=not budgets.request.measures.writes)
        except NotReplayable as error:
            raise _ChangedIt from error

    def _as_before(self, budgets: _Budgets) -> list[Replayed]:
        """Go back to where a request was made, for good, and try what it gives to try."""
        witness = budgets.scope.witness
        is_back = witness is not None and witness.before is not None and witness.before.return_to()
        try:
            return self._again(budgets, witness) if witness is not None else []
        except NotReplayable as error:
            why = error if is_back else NotReplayable(_OUT_OF_REACH)
            return [self._refused_for(budgets.scope, why)]

    def _refused_for(self, scope: RequestScope, error: NotReplayable) -> Replayed:
        """Say why a request cannot be made again; another of its shape may do."""
        request = pipeline.request_of(scope)
        if scope.witness is not None:
            shape = _shape(scope.witness, request)
            self._refused[shape] += 1
            if self._refused[shape] < MAX_REFUSED:
                self._witnesses.get(request.action, {}).pop(shape, None)
        return _of_request(request, Outcome.NOT_REPLAYABLE, str(error))

    def _again(self, budgets: _Budgets, witness: Witness, *, may_be_cold: bool = True) -> list[Replayed]:
        """Make a request again as it was, then with one thing changed.

        Args:
            budgets: the request, with what limits it.
            witness: what it takes to make it.
            may_be_cold: whether it may ask less than the first time.

        Raises:
            NotReplayable: when it answers otherwise.

        """
        scope, request = budgets.scope, budgets.request
        loads: dict[EagerLoad, None] = {}
        rows: dict[Target, growth.Rows] = {}
        self.has_tried = True
        with _values_kept():
            again = unchanged(witness, scope, _noted(loads, rows))
            if again.n_cold and not may_be_cold:
                raise NotReplayable(_OUT_OF_REACH)  # what it has deleted it does not delete again
            loads = {load: None for load in loads if guard.is_of_the_project(load, again.answer)}
            cold = _of_request(request, Outcome.COLD, f"{again.n_cold} of {request.queries} queries")
            tried = self._tried(budgets, again.answer, loads, rows)
            return [*([cold] if again.n_cold else []), *tried]

    def _tried(
        self,
        budgets: _Budgets,
        before: Answer,
        loads: Iterable[EagerLoad],
        rows: dict[Target, growth.Rows],
    ) -> Iterator[Replayed]:
        """Try each kind that is asked for; one that fails does not take the others with it."""
        witness = budgets.scope.witness
        if witness is None:
            return
        if "fix" in self._kinds:
            yield from _whole(verify.fixes(witness, before, self._fixes))
        if not is_answer(before.request.status):
            return
        if "growth" in self._kinds:
            yield from _whole(self._grow(budgets, witness, before, rows))
        if "guard" in self._kinds:
            yield from _whole(self._guard(witness, before, loads, budgets.broken_by))
            yield from _whole(columns.read(witness, before, rows))

    def _note(self, scope: RequestScope) -> None:
        """Let the findings of a request say what became of their fixes, in whatever request that was."""
        request = pipeline.request_of(scope)
        tried = [self._fixes.get((request.action, str(each.fix))) for each in request.analysis.findings]
        if any(tried):
            pairs = zip(request.analysis.findings, tried, strict=True)
            findings = tuple(with_trial(each, known) if known else each for each, known in pairs)
            pipeline.amend(scope, replace(request, analysis=replace(request.analysis, findings=findings)))

    def _guard(
        self,
        witness: Witness,
        before: Answer,
        loads: Iterable[EagerLoad],
        breaks: Callable[[Request], str],
    ) -> Iterator[Replayed]:
        """Take away what is not known to be guarded yet."""
        action = before.request.action
        untold = [load for load in loads if (action, load) not in self._guarded]
        for load, verdict in guard.verdicts(witness, before, untold, breaks):
            if verdict.outcome is Outcome.GUARDED:
                self._guarded.add((action, load))
            yield verdict

    def _grow(
        self, budgets: _Budgets, witness: Witness, before: Answer, rows: dict[Target, growth.Rows]
    ) -> Iterator[Replayed]:
        """Vary the rows of what was not varied yet."""
        action = before.request.action
        untold = {target: found for target, found in rows.items() if (action, target) not in self._varied}
        varied = list(growth.vary(witness, before, untold))
        for each in varied:
            budgets.judge(each)
        scope = budgets.scope
        self._varied |= {(action, each.target) for each in varied if not each.refusal}
        request = pipeline.request_of(scope)
        known = {each.statement for each in request.analysis.findings if each.code in OF_ROWS}
        found = (*request.analysis.findings, *growth.findings(varied, known))
        pipeline.amend(scope, replace(request, analysis=replace(request.analysis, findings=found)))
        for each in varied:
            yield growth.replayed(each, action, weight=before.queries)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Budgets:
    """What limits a request."""

    scope: RequestScope
    declarations: Sequence[Declaration]
    blocks: Sequence[Judgement]

    @property
    def request(self) -> Request:
        """Return what was recorded of it."""
        return pipeline.request_of(self.scope)

    def broken_by(self, other: Request) -> str:
        """Name the budget that another run of the request would break; empty where none would."""
        return broken_by(self.scope, self.declarations, self.blocks, other)

    def judge(self, varied: growth.Varied) -> None:
        """Let the test fail where the request grows faster with its items than `per_item` allows."""
        requests = [each.request for each in varied.answers.values()]
        seen = {each.items: each for each in requests if each.items is not None}
        test = session.test
        for message, where in grown_too_fast(self.scope, self.declarations, self.blocks, seen):
            headline = message.partition("\n")[0]
            if test is not None and not any(each.message.startswith(headline) for each in test.breaches):
                test.note(message, where)


def _has_nothing_to_try(request: Request) -> bool:
    """Tell a request that was refused and needs no fix: nothing else of it is of interest."""
    is_refused = request.status is not None and REFUSED <= request.status < _FAILED
    return is_refused and all(each.fix is None for each in request.analysis.findings)


def _whole(trials: Iterator[Replayed]) -> list[Replayed]:
    """Take what one kind of trial shows; where we fail, what it has shown so far, and the others go on."""
    found = []
    try:
        for each in trials:
            found.append(each)  # noqa: PERF402 - what came before a failure is kept
    except Exception as error:  # noqa: BLE001 - ours: the test has passed
        session.report_internal(error)
    return found


@contextmanager
def _values_kept() -> Iterator[None]:
    """Keep the values of filters, so that edits are tried as they would be filled in."""
    session.stand_ins = StandIns()
    try:
        yield
    finally:
        session.stand_ins = None


@contextmanager
def _noted(loads: dict[EagerLoad, None], rows: dict[Target, growth.Rows]) -> Iterator[None]:
    with guard.noted(loads), growth.read(rows):
        yield


def _of_request(request: Request, outcome: Outcome, told: str) -> Replayed:
    subject = f"{request.method} {request.path}"
    return Replayed(action=request.action, kind="request", subject=subject, outcome=outcome, told=told)


def _shape(witness: Witness, request: Request) -> Any:
    """Return what two requests share that read the same: statements, query string, keys of the answer."""
    return frozenset(shapes(request)), request.method, witness.query_string, witness.answered_keys()
