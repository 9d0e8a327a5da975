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
    lines = [
        f"Of {wording.count(total, noun)}{how}: {told}."
        for kind, noun, how in _KINDS
        for total, told in _counted(result, kind)
    ]
    refused = [each for each in result.replayed if each.kind == "request"]
    lines += [
        wording.cut(f"Not replayable: {each.subject}: {each.told}", WIDTH) for each in refused[:MAX_NAMED]
    ]
    if len(refused) > MAX_NAMED:
        lines.append(f"And {len(refused) - MAX_NAMED} more; `--format json` lists all.")
    return lines


_KINDS = (
    ("fix", "printed edit", ""),
    ("guard", "eager load", ""),
    ("growth", "queryset", " over other numbers of rows"),
)
_ORDER = list(reversed(Outcome))


def _counted(result: RunResult, kind: str) -> Iterable[tuple[int, str]]:
    """Count the outcomes of one kind, best known first; nothing where none was tried."""
    outcomes = Counter(each.outcome for each in result.replayed if each.kind == kind)
    if kind == "guard":  # both say the same to who reads it
        outcomes[Outcome.MASKED] += outcomes.pop(Outcome.NO_ROWS, 0)
    told = [f"{outcomes[each]} {_SAID.get(each, each)}" for each in _ORDER if outcomes[each]]
    return [(outcomes.total(), ", ".join(told))] if told else []


_SAID = {Outcome.MASKED: "masked by too few rows"}


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
