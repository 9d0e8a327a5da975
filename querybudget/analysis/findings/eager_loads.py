"""QB201 and QB501: eager loads that nothing reads, and eager loads whose loss no budget would notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.finding import Finding, Proof
from querybudget.replayed import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from querybudget.replayed import Replayed

DEAD_CODE = "QB201"
UNGUARDED_CODE = "QB501"
TITLES = {DEAD_CODE: "dead eager load", UNGUARDED_CODE: "unguarded eager load"}

_CODES = {Outcome.DEAD: DEAD_CODE, Outcome.UNGUARDED: UNGUARDED_CODE}


def of_replays(replayed: Iterable[Replayed]) -> Iterator[tuple[str, Finding]]:
    """Yield what taking eager loads away has shown, with the action of each.

    Only the whole run can say it: what nothing reads in one request another may read.
    """
    everything = list(replayed)
    for tried in everything:
        code = _CODES.get(tried.outcome)
        if tried.kind == "guard" and code is not None:
            readers = sorted(_readers(tried, everything)) if code == DEAD_CODE else []
            told = f"; {', '.join(readers)} reads it: give this action its own queryset" if readers else ""
            yield (
                tried.action,
                Finding(
                    code=code,
                    title=TITLES[code],
                    proof=Proof.MEASURED,
                    count=0,
                    what=f"{tried.subject}: {tried.told}{told}",
                    statement="",
                ),
            )


_READ = frozenset({Outcome.MASKED, Outcome.UNGUARDED, Outcome.GUARDED})


def _readers(dead: Replayed, replayed: Iterable[Replayed]) -> set[str]:
    """Return the other actions of the same view that read the same eager load of its queryset."""
    view = dead.action.rpartition(".")[0]
    return {
        ".".join(each.action.split(".")[-2:])
        for each in replayed
        if (each.kind, each.subject) == ("guard", dead.subject)
        and each.action.rpartition(".")[0] == view
        and each.action != dead.action
        and each.outcome in _READ
    }
