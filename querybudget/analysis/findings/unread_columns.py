"""QB202: wide columns that are loaded and that nobody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.finding import Finding, Proof
from querybudget.replayed import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from querybudget.replayed import Replayed

CODE = "QB202"
TITLE = "columns loaded and never read"


def of_replays(replayed: Iterable[Replayed]) -> Iterator[tuple[str, Finding]]:
    """Yield the columns that no request of an action reads, with the action of each."""
    for tried in replayed:
        if tried.kind == "columns" and tried.outcome is Outcome.UNREAD:
            yield (
                tried.action,
                Finding(
                    code=CODE,
                    title=TITLE,
                    proof=Proof.MEASURED,
                    count=0,
                    what=f"with {tried.subject} the response is identical, and nothing asks for it",
                    statement="",
                ),
            )
