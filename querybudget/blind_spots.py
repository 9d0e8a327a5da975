"""QB402: what a run says nothing about: actions that no test requests, lists never seen with two items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from querybudget.budgets.patterns import short_names

if TYPE_CHECKING:
    from querybudget.results import RunResult

CODE = "QB402"
TITLE = "blind spot"

TWO = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpots:
    """What a run has not exercised. Names as people call them, sorted."""

    n_known: int
    """Actions of the URLconf, and those requested besides."""
    n_requested: int
    """Those of them that were answered at least once."""
    never: tuple[str, ...]
    """Actions that no test requests, or that refused every request."""
    short: tuple[str, ...]
    """Actions that answered lists, none of them with two items."""

    @property
    def count(self) -> int:
        """Count them."""
        return len(self.never) + len(self.short)


def blind_spots(result: RunResult) -> BlindSpots:
    """Return what a run has not exercised; only of a complete run that is the tests' doing."""
    answered = {counts.action for counts in result.actions if counts.maximum is not None}
    known = answered | {each.action for each in result.known if each.route or each.action in answered}
    names = short_names(known)
    short = [each for each in result.actions if each.items is not None and each.items < TWO]
    return BlindSpots(
        n_known=len(known),
        n_requested=len(answered),
        never=tuple(sorted(names[each] for each in known - answered)),
        short=tuple(sorted(each.name for each in short)),
    )
