"""Which limit holds for a request: per measure, the nearest declaration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from querybudget.budgets.budget import Level, Per
from querybudget.budgets.patterns import is_exact, names

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from querybudget.budgets.allowance import Allowance
    from querybudget.budgets.budget import Declaration, MeasuredLimit
    from querybudget.records import Identity

_NEAREST = {level: number for number, level in enumerate(Level)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A limit that holds, and the declaration that says so."""

    declaration: Declaration
    limit: MeasuredLimit


def matches(declaration: Declaration, identity: Identity, whole: Container[str] = ()) -> bool:
    """Tell whether a declaration means a request: by its pattern, and by those it leaves out.

    Args:
        declaration: what may mean it.
        identity: of the request.
        whole: the keys there are; a name that is one of them means that action alone.

    """
    if declaration.action is not None and not names(declaration.action, identity, whole):
        return False
    return not any(names(pattern, identity, whole) for pattern in declaration.exclude)


def meaning(
    declarations: Iterable[Declaration], identity: Identity | None, whole: Container[str] = ()
) -> list[Declaration]:
    """Return the declarations that mean a request, or with None a whole block; in their order."""
    if identity is None:
        return [each for each in declarations if each.per is Per.BLOCK]
    return [each for each in declarations if each.per is Per.REQUEST and matches(each, identity, whole)]


def holding(declarations: Iterable[Declaration], identity: Identity | None) -> tuple[Holding, ...]:
    """Return the limits that hold for a request, or with None for a whole block.

    Per measure only the nearest speaks: function, class, module, view, configuration, default, and
    on one level the most specific; what equals say stacks, and None lifts. `base` speaks for `queries`.
    """
    meant = meaning(declarations, identity)
    speaking: dict[tuple[str, str], tuple[int, tuple[int, int]]] = {}
    for declaration in sorted(meant, key=rank):
        for limit in declaration.limits:
            speaking.setdefault(_slot(limit), rank(declaration))
    return tuple(
        Holding(declaration=declaration, limit=limit)
        for declaration in meant
        for limit in declaration.limits
        if limit.limit is not None and speaking[_slot(limit)] == rank(declaration)
    )


def _slot(limit: MeasuredLimit) -> tuple[str, str]:
    """Return what a limit is about: with `base` too the number of queries."""
    return ("queries" if limit.measure == "base" else limit.measure), limit.key


def rank(declaration: Declaration) -> tuple[int, tuple[int, int]]:
    """Return how near a declaration stands to a request it means; the smallest speaks."""
    return _NEAREST[declaration.level], declaration.nearness


def allowances(declarations: Iterable[Declaration], identity: Identity | None) -> tuple[Allowance, ...]:
    """Return what is accepted for a request by anything that means it."""
    return tuple(allowed for each in meaning(declarations, identity) for allowed in each.allow)


def unmet(
    declarations: Iterable[Declaration], identities: Sequence[Identity], whole: Container[str] = ()
) -> tuple[Declaration, ...]:
    """Return the declarations on a function, per request, that none of the requests met."""
    return tuple(
        declaration
        for declaration in declarations
        if declaration.per is Per.REQUEST
        and declaration.level is Level.FUNCTION
        and declaration.limits_anything
        and not any(matches(declaration, identity, whole) for identity in identities)
    )


def ambiguous(
    declarations: Iterable[Declaration], identities: Iterable[Identity], whole: Container[str] = ()
) -> list[tuple[Declaration, tuple[str, ...]]]:
    """Return the declarations without `*` that name several actions, each with their keys, sorted."""
    known = sorted(set(identities))
    found = []
    whole_of_these = {each.action for each in known}
    for declaration in declarations:
        if declaration.action is None or not is_exact(declaration.action):
            continue
        named = (each for each in known if names(declaration.action, each, whole))
        keys = sorted({each.action for each in named if names(declaration.action, each, whole_of_these)})
        if len(keys) > 1:
            found.append((declaration, tuple(keys)))
    return found
