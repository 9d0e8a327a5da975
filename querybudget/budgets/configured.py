"""The budgets of configuration, found by action without trying every pattern on every request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.budgets.patterns import names, split_method, suffixes
from querybudget.budgets.resolve import matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from querybudget.budgets.budget import Declaration
    from querybudget.records import Identity


class Configured:
    """What configuration declares for actions; asked once a distinct request."""

    def __init__(self, budgets: Iterable[Declaration] = (), everywhere: Iterable[Declaration] = ()) -> None:
        self.budgets = tuple(budgets)
        """Those that name actions, in the order of the file."""
        self._everywhere = tuple(everywhere)
        self._exact: dict[str, list[Declaration]] = {}
        self._patterns: list[Declaration] = []
        for budget in self.budgets:
            _, rest = split_method(budget.action or "")
            if "*" in (budget.action or ""):
                self._patterns.append(budget)
            else:
                self._exact.setdefault(rest, []).append(budget)
        self._known: dict[Identity, tuple[Declaration, ...]] = {}

    def for_request(self, identity: Identity) -> tuple[Declaration, ...]:
        """Return what configuration declares for a request, the default included."""
        if identity not in self._known:
            self._known[identity] = self._find(identity)
        return self._known[identity]

    @property
    def all(self) -> tuple[Declaration, ...]:
        """Every declaration, the default and the codes that fail included."""
        return (*self.budgets, *self._everywhere)

    def named_by(self, identities: Iterable[Identity]) -> dict[Declaration, set[str]]:
        """Map each budget to the keys of the actions its pattern names; one that names none is missing."""
        found: dict[Declaration, set[str]] = {}
        for identity in identities:
            for budget in self._naming(identity):
                found.setdefault(budget, set()).add(identity.action)
        return found

    def _find(self, identity: Identity) -> tuple[Declaration, ...]:
        found = [each for each in self._naming(identity) if matches(each, identity)]
        return (*found, *self._everywhere)

    def _naming(self, identity: Identity) -> list[Declaration]:
        by_name = [each for name in _names_of(identity) for each in self._exact.get(name, ())]
        return [each for each in (*by_name, *self._patterns) if names(each.action or "", identity)]


def _names_of(identity: Identity) -> list[str]:
    """List what a pattern without `*` may say, its method apart."""
    _, rest = split_method(identity.action)
    return list(dict.fromkeys([*suffixes(identity.action), rest, identity.route]))
