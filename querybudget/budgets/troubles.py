"""What only a whole run can tell of its budgets: expired, met by nothing, naming nothing or too much."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING

from querybudget.analysis.findings import OF_RUNS
from querybudget.analysis.growth import ROUNDING
from querybudget.blind_spots import CODE, blind_spots
from querybudget.budgets.allowance import n_left
from querybudget.budgets.budget import FINDINGS, Level, Per
from querybudget.budgets.patterns import is_exact, names, short_names, split_method
from querybudget.budgets.resolve import allowances, holding
from querybudget.likeness import Names
from querybudget.records import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from querybudget.budgets.budget import Declaration
    from querybudget.budgets.configured import Configured
    from querybudget.results import ActionCounts, Declared, RunResult


MAX_PROPOSALS = 20
"""Names that get a proposal: each is compared with every name there is, and nobody reads more."""


class TroubleKind(StrEnum):
    """What is wrong with a declaration."""

    EXPIRED = "expired"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    FOUND = "found"
    """A finding that fails a test by itself, and that only the run can tell."""
    GROWS = "grows"
    """An action whose queries follow the items of its answers faster than `per_item` allows."""

    @property
    def is_doubt(self) -> bool:
        """Tell whether nothing can be judged by the declaration, in contrast to its not being kept."""
        return self in {TroubleKind.UNKNOWN, TroubleKind.AMBIGUOUS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One declaration that a whole run found wanting."""

    kind: TroubleKind
    declaration: Declaration
    name: str = ""
    """Unknown: the name that no action has, of what it limits or leaves out."""
    names: tuple[str, ...] = ()
    """Unknown and unmet: the nearest name. Ambiguous: the shortest names that tell the actions apart."""
    n_tests: int = 0
    """Unmet: how many tests it is declared for. Found: how many there are."""
    slope: float = 0.0
    """Grows: queries an item."""
    per_item: int = 0
    """Grows: how many are allowed."""


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
    found += _found(run, configured)
    found += _growing(run, configured)
    if run.is_complete:
        found += _unmet(in_code, [Identity(action=each.action) for each in run.actions])
    return tuple(found)


def _found(run: RunResult, configured: Configured) -> Iterator[Trouble]:
    """Yield the findings of the whole run that configuration wants to fail for."""
    spots = blind_spots(run).count if run.is_complete else 0
    for declaration in configured.all:
        codes = {limit.key for limit in declaration.limits if limit.measure == FINDINGS} & OF_RUNS
        for code in sorted(codes):
            count = spots if code == CODE else sum(map(partial(_n_left, code, configured), run.actions))
            if count:
                yield Trouble(kind=TroubleKind.FOUND, declaration=declaration, name=code, n_tests=count)


def _n_left(code: str, configured: Configured, counts: ActionCounts) -> int:
    identity = Identity(action=counts.action)
    return n_left(counts.findings, {code}, allowances(configured.for_request(identity), identity))


def _growing(run: RunResult, configured: Configured) -> Iterator[Trouble]:
    """Yield the actions that longer answers of the suite show to grow faster than they may.

    Each answer may keep `base + per_item × items` all the same, where `base` has room for what is short.
    By limits of views and configuration: those of tests are about the requests of these.
    """
    routes = {each.action: each for each in run.known}
    for counts in run.actions:
        if not counts.slope:
            continue
        identity = routes.get(counts.action, Identity(action=counts.action))
        of_view = [each.declaration for each in counts.standings if each.declaration.level is Level.VIEW]
        for held in holding([*of_view, *configured.for_request(identity)], identity):
            if held.limit.measure == "base" and counts.slope > held.limit.per_item + ROUNDING:
                yield Trouble(
                    kind=TroubleKind.GROWS,
                    declaration=held.declaration,
                    name=counts.name,
                    slope=counts.slope,
                    per_item=held.limit.per_item,
                )


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
    known = KnownNames(recorded)
    return [
        Trouble(
            kind=TroubleKind.UNMET,
            declaration=each.declaration,
            n_tests=each.n_tests,
            names=known.nearest(each.declaration.action) if each.declaration.action else (),
        )
        for each in declared
        if each.declaration.level in {Level.CLASS, Level.MODULE}
        and each.declaration.per is Per.REQUEST
        and each.declaration.limits_anything
        and each.n_tests
        and not each.n_met
    ]


def _misnamed(run: RunResult, configured: Configured) -> list[Trouble]:
    """Return budgets of configuration whose names mean several actions, or none; and what they leave out."""
    named = configured.knowing({each.action for each in run.known}).named_by(run.known)
    known = KnownNames(run.known)
    found = []
    for declaration in configured.budgets:
        keys = named.get(declaration, set())
        if len(keys) > 1 and is_exact(declaration.action or ""):
            short = short_names(keys)
            told = tuple(short[key] for key in sorted(keys))
            found.append(Trouble(kind=TroubleKind.AMBIGUOUS, declaration=declaration, names=told))
        elif not keys and run.is_complete:
            found.append(_unknown(declaration, declaration.action or "", known))
    return [*found, *(_mistaken_excludes(run, configured, known) if run.is_complete else ())]


def _mistaken_excludes(run: RunResult, configured: Configured, known: KnownNames) -> list[Trouble]:
    """Return what configuration leaves out by a name that no action has.

    What code leaves out cannot be told so: its test may bring a URLconf of its own.
    """
    pairs = [(declaration, pattern) for declaration in configured.all for pattern in declaration.exclude]
    is_known = {
        pattern: any(names(pattern, identity) for identity in run.known)
        for pattern in dict.fromkeys(pattern for _, pattern in pairs)
    }
    return [_unknown(declaration, pattern, known) for declaration, pattern in pairs if not is_known[pattern]]


def _unknown(declaration: Declaration, name: str, known: KnownNames) -> Trouble:
    return Trouble(kind=TroubleKind.UNKNOWN, declaration=declaration, name=name, names=known.nearest(name))


class KnownNames:
    """The names of known actions in each way of writing them, made ready once for many questions."""

    def __init__(self, known: Iterable[Identity]) -> None:
        self._known = tuple(known)
        self._n_left = MAX_PROPOSALS

    def nearest(self, pattern: str) -> tuple[str, ...]:
        """Return the name most like a pattern, written alike; empty where none is, or too many were asked."""
        if self._n_left <= 0:
            return ()
        self._n_left -= 1
        method, rest = split_method(pattern)
        if not rest.startswith("/"):
            close = self._actions.nearest(rest)
        else:
            close = (self._asked_routes if method else self._routes).nearest(pattern)
        is_prefixed = bool(close and method) and not rest.startswith("/")
        return (f"{method} {close}" if is_prefixed else close,) if close else ()

    @cached_property
    def _actions(self) -> Names:
        return Names(sorted(set(short_names({each.action for each in self._known}).values())))

    @cached_property
    def _routes(self) -> Names:
        return Names(sorted({each.route for each in self._known if each.route}))

    @cached_property
    def _asked_routes(self) -> Names:
        return Names(sorted({f"{each.method or '*'} {each.route}" for each in self._known if each.route}))


def nearest(pattern: str, known: Iterable[Identity]) -> tuple[str, ...]:
    """Return the name of what there is that is most like a pattern, in its way of writing; empty for none."""
    return KnownNames(known).nearest(pattern)
