"""What only a whole run can tell of its budgets: expired, met by nothing, naming nothing or too much."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from querybudget.budgets.budget import Level, Per
from querybudget.budgets.patterns import is_exact, short_names, split_method
from querybudget.records import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from querybudget.budgets.budget import Declaration
    from querybudget.budgets.configured import Configured
    from querybudget.results import Declared, RunResult


MAX_NEAREST = 5
"""How many budgets that name nothing get a suggestion: a tenth of a second each among 2,500 actions."""


class TroubleKind(StrEnum):
    """What is wrong with a declaration."""

    EXPIRED = "expired"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"

    @property
    def is_doubt(self) -> bool:
        """Tell whether nothing can be judged by the declaration, in contrast to its not being kept."""
        return self in {TroubleKind.UNKNOWN, TroubleKind.AMBIGUOUS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One declaration that a whole run found wanting."""

    kind: TroubleKind
    declaration: Declaration
    names: tuple[str, ...] = ()
    """Unknown and unmet: the nearest name. Ambiguous: the shortest names that tell the actions apart."""
    n_tests: int = 0
    """Unmet: how many tests it is declared for."""


def troubles(run: RunResult, configured: Configured, today: date) -> tuple[Trouble, ...]:
    """Return what is wrong with the declarations of a run, those of configuration first.

    Args:
        run: what it recorded; unknown and unmet declarations are told of a complete run only.
        configured: what configuration declares now.
        today: a declaration holds through the day named by `until`.

    """
    in_code = [each for each in run.declared if not _is_configured(each.declaration)]
    found = [*expired([*configured.all, *(each.declaration for each in in_code)], today)]
    found += _misnamed(run, configured)
    if run.is_complete:
        found += _unmet(in_code, [Identity(action=each.action) for each in run.actions])
    return tuple(found)


def _is_configured(declaration: Declaration) -> bool:
    return declaration.level in {Level.CONFIGURATION, Level.DEFAULT}


def expired(declarations: Iterable[Declaration], today: date) -> list[Trouble]:
    """Return the declarations past their last day, each once."""
    return [
        Trouble(kind=TroubleKind.EXPIRED, declaration=each)
        for each in dict.fromkeys(declarations)
        if each.until is not None and each.until < today
    ]


def _unmet(declared: Iterable[Declared], recorded: Sequence[Identity]) -> list[Trouble]:
    """Return budgets on classes and modules of which no test made a request they mean."""
    return [
        Trouble(
            kind=TroubleKind.UNMET,
            declaration=each.declaration,
            n_tests=each.n_tests,
            names=nearest(each.declaration.action, recorded) if each.declaration.action else (),
        )
        for each in declared
        if each.declaration.level in {Level.CLASS, Level.MODULE}
        and each.declaration.per is Per.REQUEST
        and each.declaration.limits_anything
        and each.n_tests
        and not each.n_met
    ]


def _misnamed(run: RunResult, configured: Configured) -> list[Trouble]:
    named = configured.named_by(run.known)
    found = []
    for declaration in configured.budgets:
        keys = named.get(declaration, set())
        if len(keys) > 1 and is_exact(declaration.action or ""):
            names = short_names(keys)
            told = tuple(names[key] for key in sorted(keys))
            found.append(Trouble(kind=TroubleKind.AMBIGUOUS, declaration=declaration, names=told))
        elif not keys and run.is_complete:
            # Past the first ones the list is long enough to see that a whole application was renamed.
            close = nearest(declaration.action or "", run.known) if len(found) < MAX_NEAREST else ()
            found.append(Trouble(kind=TroubleKind.UNKNOWN, declaration=declaration, names=close))
    return found


def nearest(pattern: str, known: Iterable[Identity]) -> tuple[str, ...]:
    """Return the nearest name of what there is, in the same way of writing; empty where there is nothing."""
    known = tuple(known)
    method, rest = split_method(pattern)
    if rest.startswith("/"):
        there = {f"{each.method or method} {each.route}".strip() for each in known if each.route}
    else:
        there = set(_short_names(frozenset(each.action for each in known)))
    return tuple(get_close_matches(pattern, sorted(there), n=1))


@lru_cache(maxsize=2)
def _short_names(actions: frozenset[str]) -> tuple[str, ...]:
    """Shorten the names once for all the budgets that name nothing."""
    return tuple(short_names(actions).values())
