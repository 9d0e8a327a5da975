"""Every sentence about what replays have shown, and about what the tests never exercise."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from querybudget import wording
from querybudget.blind_spots import CODE, TITLE, blind_spots
from querybudget.replayed import Outcome
from querybudget.wording_run import MAX_NAMED, named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from querybudget.results import RunResult

WIDTH = 200


def replays(result: RunResult) -> list[str]:
    """Say what making requests again has shown, and which could not be made again."""
    lines = [f"{each}." for each in _counts(result)]
    refused = [each for each in result.replayed if each.kind == "request"]
    lines += [
        wording.cut(f"{str(each.outcome).capitalize()}: {each.subject}: {each.told}", WIDTH)
        for each in refused[:MAX_NAMED]
    ]
    if len(refused) > MAX_NAMED:
        lines.append(f"And {len(refused) - MAX_NAMED} more; `--format json` lists all.")
    return lines


def brief(result: RunResult) -> str:
    """Say it in one line; empty where nothing was tried."""
    told = "; ".join(_counts(result))
    return f"Made again: {told}." if told else ""


_KINDS = (
    ("fix", "fixes", (Outcome.VERIFIED, Outcome.NO_GAIN, Outcome.CHANGES, Outcome.NOT_TRIED)),
    ("guard", "eager loads", (Outcome.GUARDED, Outcome.UNGUARDED, Outcome.DEAD, Outcome.MASKED)),
    ("growth", "querysets", (Outcome.GROWS, Outcome.CONSTANT, Outcome.NOT_TRIED)),
)


def _counts(result: RunResult) -> Iterable[str]:
    """Count the outcomes of each kind: `31 of 34 eager loads guarded, 2 unguarded, 1 dead`."""
    for kind, nouns, (first, *others) in _KINDS:
        outcomes = Counter(each.outcome for each in result.replayed if each.kind == kind)
        outcomes[Outcome.MASKED] += outcomes.pop(Outcome.NO_ROWS, 0)  # the same to who reads it
        if outcomes.total():
            rest = [f"{outcomes[each]} {_SAID.get(each, each)}" for each in others if outcomes[each]]
            told = f"{outcomes[first]} of {outcomes.total()} {nouns} {_SAID.get(first, first)}"
            yield ", ".join([told, *rest])


_SAID = {Outcome.MASKED: "masked by too few rows", Outcome.GROWS: "grow with their rows"}


def blind(result: RunResult) -> list[str]:
    """Say what the tests never exercise; of a part of the tests nobody can tell."""
    if not result.is_complete:
        return []
    spots, lines = blind_spots(result), []
    if spots.never:
        share = f"{spots.n_requested} of {wording.count(spots.n_known, 'action')}"
        lines.append(f"{CODE} {TITLE}s: {share} answered a request; never: {named(spots.never)}.")
    if spots.short:
        lines.append(f"{CODE} {TITLE}s: lists never seen with two items: {named(spots.short)}.")
    return lines
