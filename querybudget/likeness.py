"""The name that was probably meant, of those there are; none where nothing is like it."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CUTOFF = 0.6
"""The least likeness of a proposal: below it, difflib's own default, people see no likeness either."""


class Names:
    """Names to choose from, made ready once for many questions."""

    def __init__(self, known: Iterable[str]) -> None:
        self.known = tuple(known)
        # Upper and lower case are the first thing people get wrong.
        self._by_fold: dict[str, str] = {}
        for each in self.known:
            self._by_fold.setdefault(each.casefold(), each)

    def nearest(self, name: str) -> str | None:
        """Return the name most like another, of equals the first; None where none is like it."""
        close, best = None, CUTOFF
        matcher = SequenceMatcher(b=name.casefold())
        for fold, each in self._by_fold.items():
            matcher.set_seq1(fold)
            # The upper bounds are cheap, and most names fall short of the best so far by them.
            if matcher.real_quick_ratio() < best or matcher.quick_ratio() < best:
                continue
            ratio = matcher.ratio()
            if ratio > best or (close is None and ratio == best):
                close, best = each, ratio
        return close


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name most like another; None where none is like it."""
    return Names(known).nearest(name)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Propose the nearest name, where there is one, and list those there are."""
    names = Names(known)
    close = names.nearest(name)
    proposal = f"Did you mean {str(close)!r}? " if close else ""
    return f"{proposal}Known: {', '.join(names.known)}."
