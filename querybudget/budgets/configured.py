"""The budgets of configuration, found by action without trying every pattern on every request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.budgets.patterns import compiled, names, parts_of, split_method, suffixes
from querybudget.budgets.resolve import matches

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from querybudget.budgets.budget import Declaration
    from querybudget.records import Identity


class Configured:
    """What configuration declares for actions; asked once a distinct request."""

    def __init__(
        self,
        budgets: Iterable[Declaration] = (),
        everywhere: Iterable[Declaration] = (),
        *,
        whole: Container[str] = (),
    ) -> None:
        self.budgets = tuple(budgets)
        """Those that name actions, in the order of the file."""
        self._everywhere = tuple(everywhere)
        self._whole = whole
        self._exact: dict[str, list[Declaration]] = {}
        self._wide: dict[str, list[tuple[int, Declaration]]] = {}
        """Those with `*`, with their number in the file, by a part that each action they name has."""
        for number, budget in enumerate(self.budgets):
            pattern = compiled(budget.action or "")
            if pattern.regex is not None:
                self._wide.setdefault(pattern.part, []).append((number, budget))
            else:
                self._exact.setdefault(pattern.rest, []).append(budget)
        self._known: dict[Identity, tuple[Declaration, ...]] = {}

    def knowing(self, whole: Container[str]) -> Configured:
        """Return the same for a project with these keys: a name that is one of them means no longer one."""
        return Configured(self.budgets, self._everywhere, whole=whole)

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
        found = [each for each in self._naming(identity) if matches(each, identity, self._whole)]
        return (*found, *self._everywhere)

    def _naming(self, identity: Identity) -> list[Declaration]:
        by_name = [each for name in _names_of(identity) for each in self._exact.get(name, ())]
        parts = dict.fromkeys(["", *parts_of(identity.action), *parts_of(identity.route)])
        wide = sorted((each for part in parts for each in self._wide.get(part, ())), key=lambda each: each[0])
        found = [*by_name, *(budget for _, budget in wide)]
        return [each for each in found if names(each.action or "", identity, self._whole)]


def _names_of(identity: Identity) -> list[str]:
    """List what a pattern without `*` may say, its method apart."""
    _, rest = split_method(identity.action)
    return list(dict.fromkeys([*suffixes(identity.action), rest, identity.route]))
