"""Whether queries follow rows: the request again with fewer of them, or with copies."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from querybudget.analysis.findings import growing
from querybudget.analysis.findings.detection import plural
from querybudget.analysis.growth import MIN_SIZES, Shape, Slope, slopes
from querybudget.budgets.judge import is_answer
from querybudget.replay.clones import clone
from querybudget.replay.edits import ANYTHING, OBJECTS, applied, evaluations
from querybudget.replay.engine import NotReplayable, counted, replay
from querybudget.replayed import Outcome, Replayed
from querybudget.session import current, session

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from querybudget.capture.witness import Witness
    from querybudget.finding import Finding
    from querybudget.replay.edits import Target
    from querybudget.replay.engine import Answer

ADDED = (1, 3, 7)
"""Rows that are added: one row becomes two, four and eight."""
ENOUGH = 5
"""Rows from which on fewer are taken instead."""
MAX_TARGETS = 8
"""Querysets of one request whose rows are varied."""


@dataclass(slots=True)
class Rows:
    """The rows that a request read by querysets of one place."""

    model: Any = None
    keys: dict[Any, None] = field(default_factory=dict)
    n: int = 0
    alias: str = "default"
    is_partial: bool = False
    """Whether some of their columns were left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """One statement whose number follows the rows of a queryset."""

    target: Target
    slope: Slope
    largest: Answer
    """The answer over the most rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Varied:
    """What came of varying the rows of one queryset."""

    target: Target
    grown: tuple[Grown, ...] = ()
    refusal: str = ""
    """Why its rows could not be varied; empty where they were."""
    sizes: tuple[int, ...] = ()
    answers: Mapping[int, Answer] = field(default_factory=dict)
    """By the number of rows."""


@contextmanager
def read(into: dict[Target, Rows]) -> Iterator[None]:
    """Note the rows of every queryset of many that is evaluated meanwhile."""

    def note(queryset: Any, target: Target, found: list[Any]) -> None:
        rows = into.setdefault(target, Rows())
        rows.model, rows.alias = queryset.model, queryset.db
        are_objects = queryset._iterable_class in OBJECTS
        rows.is_partial |= not are_objects or queryset.query.deferred_loading != (frozenset(), True)
        rows.n += len(found)
        keys = [row.pk for row in found] if are_objects else _keys_of(queryset)
        rows.keys.update(dict.fromkeys(keys))

    with evaluations(after=note, rows=ANYTHING):
        yield


def _keys_of(queryset: Any) -> list[Any]:
    """Ask for the keys behind rows of values; none where these are of groups."""
    if queryset.query.group_by or queryset.query.combinator or queryset.query.distinct:
        return []
    token = current.set(False)
    try:
        return list(queryset._chain().values_list("pk", flat=True))
    finally:
        current.reset(token)


def vary(witness: Witness, before: Answer, found: dict[Target, Rows]) -> Iterator[Varied]:
    """Make a request again over other numbers of rows, for one queryset after the other."""
    candidates = [
        target
        for target, rows in found.items()
        if rows.n and (witness.sends(rows.keys) if target.is_single else True)
    ]
    for target in candidates[MAX_TARGETS:]:
        yield Varied(target=target, refusal=f"{MAX_TARGETS} other querysets of the request were varied")
    for target in candidates[:MAX_TARGETS]:
        try:
            yield _varied(witness, before, target, found[target])
        except NotReplayable as error:
            yield Varied(target=target, refusal=str(error))
        except Exception as error:  # noqa: BLE001 - of the models, or of the project's own way to add rows
            yield Varied(target=target, refusal=_cannot_be_copied(target, error))


def _cannot_be_copied(target: Target, error: Exception) -> str:
    told = str(error) if isinstance(error, DatabaseError) else f"{type(error).__name__}: {error}"
    if target.model in session.growers:
        own = session.config.replay.grow.get(target.model, "")
        return f'its rows cannot be added by replay.grow = {{ "{target.model}" = "{own}" }}: {told}'
    return (
        f"its rows cannot be copied: {told}. Say how they are made:"
        f' replay = {{ grow = {{ "{target.model}" = "…Factory" }} }} in [tool.querybudget].'
    )


def _varied(witness: Witness, before: Answer, target: Target, rows: Rows) -> Varied:
    answers = {rows.n: before}
    if rows.n >= ENOUGH and not target.is_single:
        for limit in (rows.n // 2, max(1, rows.n // 4)):
            _add(answers, _over(witness, target, _fewer(target, limit)))
    else:
        for added in ADDED:
            _add(answers, _over(witness, target, _more(witness, rows, added, target)))
    sizes = tuple(sorted(answers))
    if len(sizes) < MIN_SIZES:
        return Varied(target=target, sizes=sizes, refusal="its rows stay as many, whatever is added")
    grown = tuple(_grown(target, answers)) or tuple(_grown_apart(witness, before, target, rows))
    return Varied(target=target, sizes=sizes, grown=grown, answers=answers)


def _grown_apart(witness: Witness, before: Answer, target: Target, rows: Rows) -> Iterator[Grown]:
    """Try rows with parents of their own: what is asked once for each parent grows with these alone."""
    if rows.n >= ENOUGH or target.is_single or target.model in session.growers:
        return
    apart = [
        name
        for name in _parents(rows.model, target)
        if _over(witness, target, _more(witness, rows, 1, target, [name]))[0] > rows.n
    ]
    if not apart:
        return
    answers = {rows.n: before}
    for added in ADDED:
        _add(answers, _over(witness, target, _more(witness, rows, added, target, apart)))
    if len(answers) >= MIN_SIZES:
        yield from _grown(target, answers)


def _parents(model: Any, target: Target) -> list[str]:
    """Name the foreign keys of a model, but for that by which its rows are reached."""
    return [
        each.name
        for each in model._meta.concrete_fields
        if each.many_to_one and each.name != target.back and not each.remote_field.parent_link
    ]


def _add(answers: dict[int, Answer], over: tuple[int, Answer]) -> None:
    n, answer = over
    if n:
        answers.setdefault(n, answer)


def _over(witness: Witness, target: Target, change: Any) -> tuple[int, Answer]:
    """Return how many rows the queryset had in a changed request, and its answer."""
    found: dict[Target, Rows] = {}
    with read(found):
        answer = replay(witness, change)
    if not is_answer(answer.status):
        raise NotReplayable(f"over other rows it answers {answer.status}")
    return (found[target].n if target in found else 0), answer


@contextmanager
def _more(
    witness: Witness, rows: Rows, added: int, target: Target, apart: Collection[str] = ()
) -> Iterator[None]:
    """Add rows; where the request sends the keys of those there are, those of the new ones too."""
    grow = session.growers.get(target.model)
    if grow is not None:
        keys = [each.pk for each in grow(added) or () if hasattr(each, "pk")]
    else:
        manager = rows.model._base_manager.using(rows.alias)
        there = list(manager.filter(pk__in=list(rows.keys)).order_by("pk"))
        if not there:
            raise NotReplayable("its rows are there no more")
        keys = clone(there, added, kept=[target.back] if target.back else [], distinct=apart)
    with witness.sending(rows.keys, keys) if target.is_single else nullcontext():
        yield


def _fewer(target: Target, limit: int) -> Any:
    def change(queryset: Any) -> Any:
        edited = queryset._chain()
        edited.query.set_limits(0, limit)
        return edited

    return applied(target, change)


def _grown(target: Target, answers: dict[int, Answer]) -> Iterator[Grown]:
    """Yield the statements that every larger size asked more often."""
    events = {n: answer.request.recording.events for n, answer in answers.items()}
    for slope in slopes(events):
        yield Grown(target=target, slope=slope, largest=answers[max(answers)])


def findings(varied: list[Varied], known: Collection[str]) -> Iterator[Finding]:
    """Make a finding of each statement that grows, and of which no other finding tells.

    Args:
        varied: what came of varying the rows of each queryset.
        known: the statements that other findings are about.

    """
    steepest: dict[Shape, Grown] = {}
    for grown in (grown for each in varied for grown in each.grown):
        known_one = steepest.get(grown.slope.shape)
        if known_one is None or known_one.slope.a_row < grown.slope.a_row:
            steepest[grown.slope.shape] = grown
    for shape, grown in steepest.items():
        if shape[1] not in known:
            yield _finding(grown)


def _finding(grown: Grown) -> Finding:
    largest, shape = grown.largest.request, grown.slope.shape
    events = [event for event in counted(largest) if (event.alias, event.fingerprint.shape) == shape]
    told = [each for each in largest.analysis.findings if each.statement == shape[1]]
    return growing.finding(events, slope=grown.slope, model=grown.target.model, like=told)


def replayed(varied: Varied, action: str, *, weight: int) -> Replayed:
    """Say what came of varying the rows of one queryset."""
    place = varied.target.place
    model = plural(varied.target.model)
    at = f" at {place.path}:{place.line}" if place is not None else ""
    by = f" of {varied.target.relation}" if varied.target.relation else ""
    if varied.refusal:
        outcome, told = Outcome.NOT_TRIED, varied.refusal
    elif varied.grown:
        slope = sum(each.slope.a_row for each in varied.grown)
        outcome, told = Outcome.GROWS, f"{slope:.1f} queries a row, over {_sizes(varied)} rows"
    else:
        outcome, told = Outcome.CONSTANT, f"the same queries over {_sizes(varied)} rows"
    subject = f"{model}{by}{at}"
    return Replayed(action=action, kind="growth", subject=subject, outcome=outcome, told=told, weight=weight)


def _sizes(varied: Varied) -> str:
    return ", ".join(map(str, varied.sizes))
