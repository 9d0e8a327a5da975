"""Every sentence about what replays have shown, and about what the tests never exercise."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from querybudget import wording
from querybudget.blind_spots import CODE, TITLE, blind_spots
from querybudget.replayed import TOGETHER, Outcome
from querybudget.wording_run import MAX_NAMED, named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from querybudget.results import RunResult

WIDTH = 200

NOTICED = (
    "Before this failed, --querybudget-verify made requests of the test again: mocks were called once more"
    " each time, and where one of `replay.methods` was made again from where it began, the rows, the outbox"
    " and the caches are those from before it. Without the option the test runs as it is."
)


def replays(result: RunResult) -> list[str]:
    """Say what making requests again has shown, and which could not be made again."""
    lines = [f"{each}." for each in _counts(result)]
    for said, wanted in _LISTED.items():
        found = [each for each in result.replayed if (each.kind, each.outcome) in wanted]
        lines += [wording.cut(f"{said}: {each.subject}: {each.told}", WIDTH) for each in found[:MAX_NAMED]]
        if len(found) > MAX_NAMED:
            lines.append(f"And {len(found) - MAX_NAMED} more; `--format json` lists all.")
    return lines


_LISTED = {
    "Masked": {("guard", Outcome.MASKED)},
    "Not varied": {("growth", Outcome.NOT_TRIED)},
    "Ran the first time only": {("request", Outcome.COLD)},
    "Not replayable": {("request", Outcome.NOT_REPLAYABLE)},
}


def together(result: RunResult, action: str) -> list[str]:
    """Say what all fixes of an action together came to, where several were tried."""
    return [
        f"{each.subject}: {each}"
        for each in result.replayed
        if (each.action, each.kind, each.subject) == (action, "fix", TOGETHER)
    ]


def brief(result: RunResult) -> str:
    """Say it in one short line; empty where nothing was tried."""
    parts = []
    for kind, nouns, (first, *_) in _KINDS:
        outcomes = Counter(each.outcome for each in result.replayed if each.kind == kind)
        if outcomes.total():
            shown = (Outcome.UNGUARDED, Outcome.DEAD) if kind == "guard" else (first,)
            told = ", ".join(f"{outcomes[each]} {_BRIEFLY.get(each, each)}" for each in shown)
            parts.append(f"{told} of {outcomes.total()} {nouns}")
    return f"Made again: {'; '.join(parts)}." if parts else ""


_BRIEFLY = {Outcome.GROWS: "growing"}


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
