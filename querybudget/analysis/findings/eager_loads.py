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
    for tried in replayed:
        code = _CODES.get(tried.outcome)
        if tried.kind == "guard" and code is not None:
            yield (
                tried.action,
                Finding(
                    code=code,
                    title=TITLES[code],
                    proof=Proof.MEASURED,
                    count=0,
                    what=f"{tried.subject}: {tried.told}",
                    statement="",
                ),
            )
