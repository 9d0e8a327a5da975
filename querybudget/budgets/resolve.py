"""Which limit holds for a request: per measure, the nearest declaration."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from querybudget.budgets.budget import Level, Per

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from querybudget.budgets.budget import Declaration, MeasuredLimit

_NEAREST = list(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A limit that holds, and the declaration that says so."""

    declaration: Declaration
    limit: MeasuredLimit


def matches(declaration: Declaration, action: str) -> bool:
    """Tell whether a declaration means an action: by a suffix of its dotted key, `*` allowed."""
    return declaration.action is None or names(declaration.action, action)


def _means(declaration: Declaration, action: str | None) -> bool:
    if action is None:
        return declaration.per is Per.BLOCK
    return declaration.per is Per.REQUEST and matches(declaration, action)


def names(pattern: str, action: str) -> bool:
    """Tell whether a pattern names an action: the whole dotted key or a suffix of it, `*` allowed."""
    # Only `*` is special: `ModelAdmin[app.Store].add_view` is a name.
    literal = pattern.replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(action, literal) or fnmatchcase(action, f"*.{literal}")


def holding(declarations: Iterable[Declaration], action: str | None) -> tuple[Holding, ...]:
    """Return the limits that hold for a request of `action`, or with None for a whole block.

    Per measure only the nearest level speaks: function, then class, then module; what it says in
    several declarations stacks, and None lifts.
    """
    meant = [each for each in declarations if _means(each, action)]
    speaking: dict[tuple[str, str], Level] = {}
    for declaration in sorted(meant, key=lambda each: _NEAREST.index(each.level)):
        for limit in declaration.limits:
            speaking.setdefault((limit.measure, limit.key), declaration.level)
    return tuple(
        Holding(declaration=declaration, limit=limit)
        for declaration in meant
        for limit in declaration.limits
        if limit.limit is not None and speaking[limit.measure, limit.key] is declaration.level
    )


def unmet(declarations: Iterable[Declaration], actions: Sequence[str]) -> tuple[Declaration, ...]:
    """Return the declarations on a function, per request, that none of the actions met."""
    return tuple(
        declaration
        for declaration in declarations
        if declaration.per is Per.REQUEST
        and declaration.level is Level.FUNCTION
        and any(limit.limit is not None for limit in declaration.limits)
        and not any(matches(declaration, action) for action in actions)
    )
