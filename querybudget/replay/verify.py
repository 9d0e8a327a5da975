"""Whether a printed fix does what it says: the request made again with it, and both compared."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from querybudget.replay import edits, loops
from querybudget.replay.engine import NotReplayable, replay
from querybudget.replay.writes import Writes
from querybudget.replay.written import CODE_TOO, NotApplicable
from querybudget.replayed import TOGETHER, Outcome, Replayed
from querybudget.stand_ins import OPEN, printed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

    from querybudget.capture.witness import Witness
    from querybudget.finding import Finding
    from querybudget.replay.engine import Answer

    Edit = edits.Edit | loops.ByKeys | loops.AtOnce


def fixes(
    witness: Witness, before: Answer, known: MutableMapping[tuple[str, str], Replayed]
) -> Iterator[Replayed]:
    """Try the fix of each finding of a request, and then those that help all together.

    Args:
        witness: the request.
        before: what it answers as it is.
        known: by action and printed fix, what became of it: each is tried once, and again where twice as many
            queries show more. What is found out is added.

    """
    helping: list[Edit] = []
    waiting: list[Edit] = []
    for finding in before.request.analysis.findings:
        name = printed(str(finding.fix))
        key = before.request.action, name
        earlier = known.get(key)
        if finding.fix is None or finding.accepted or (earlier and before.queries < 2 * earlier.weight):
            continue
        try:
            edit = _edit(finding, before)
        except NotApplicable as error:
            known[key] = _replayed(before, name, Outcome.NOT_TRIED, str(error))
        else:
            known[key] = _tried(witness, before, name, [edit])
            if known[key].outcome is Outcome.VERIFIED:
                helping.append(edit)
            elif known[key].told == _TOO_EARLY:
                waiting.append(edit)
        yield known[key]
    yield from _together(witness, before, helping, waiting)


def _together(
    witness: Witness, before: Answer, helping: list[Edit], waiting: list[Edit]
) -> Iterator[Replayed]:
    """Try those that help, with those that help nothing as long as the loop asks for what it writes."""
    if helping and waiting:
        tried = _tried(witness, before, TOGETHER, [*helping, *waiting])
        if tried.outcome is Outcome.VERIFIED:
            yield tried
            return
    if len(helping) > 1:
        yield _tried(witness, before, TOGETHER, helping)


def _tried(witness: Witness, before: Answer, name: str, made: list[Edit]) -> Replayed:
    """Make the request again with edits; two that help alone may not go together."""
    writes = Writes()
    try:
        for each in made:
            each.prepare(witness)
        outcome, told = _compared(before, replay(witness, _made(made, writes)))
        is_open = OPEN in name and all(isinstance(each, edits.Edit) for each in made)
        told += ", filled in with the values asked for" if is_open else ""
        told = "; ".join([told, *sorted(writes.remarks)])
    except (NotApplicable, NotReplayable) as error:
        outcome, told = Outcome.NOT_TRIED, str(error)
    if writes.objections:
        outcome, told = Outcome.NOT_TRIED, "; ".join(sorted(writes.objections))
    elif writes.n_held and outcome is Outcome.CHANGES:
        outcome, told = Outcome.NOT_TRIED, f"{CODE_TOO}: {told}"
    elif writes.is_asked and outcome is Outcome.NO_GAIN:
        outcome, told = Outcome.NOT_TRIED, _TOO_EARLY if writes.n_held else CODE_TOO
    return _replayed(before, name, outcome, told)


_TOO_EARLY = f"{CODE_TOO}: the loop needs what it writes before it is over"


def _replayed(before: Answer, subject: str, outcome: Outcome, told: str) -> Replayed:
    return Replayed(
        action=before.request.action,
        kind="fix",
        subject=subject,
        outcome=outcome,
        told=told,
        weight=before.queries,
    )


def _edit(finding: Finding, before: Answer) -> Edit:
    if finding.fix is None or finding.fix.load is None:
        return loops.edit_of(finding)
    return edits.edit_of(finding, before.request.recording.loads[finding.fix.load])


@contextmanager
def _made(made: list[Edit], writes: Writes) -> Iterator[Callable[[], None]]:
    with ExitStack() as stack:
        for each in made:
            stack.enter_context(each.made(writes))
        stack.enter_context(writes.held())
        yield writes.flush


def _compared(before: Answer, after: Answer) -> tuple[Outcome, str]:
    difference = before.difference(after)
    if difference:
        return Outcome.CHANGES, difference
    numbers = f"{before.queries} → {after.queries} queries, identical response"
    return (Outcome.VERIFIED if after.queries < before.queries else Outcome.NO_GAIN), numbers
