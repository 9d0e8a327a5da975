"""Does what the code of a loop would do once it is mended: rows are asked for, or written, all at once.

The text of such an edit names no queryset that could be changed; what it says is done at the line it names.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models.query import ModelIterable, QuerySet

from querybudget.capture import relations
from querybudget.capture.patching import Patches
from querybudget.replay import answered, written
from querybudget.replay.engine import replay
from querybudget.stand_ins import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from querybudget.capture.witness import Witness
    from querybudget.finding import Finding
    from querybudget.replay.answered import Asking
    from querybudget.replay.writes import Writes

    Answer = Callable[[Any, Any], list[Any] | None]

_BY_KEYS = re.compile(
    r'(\w+)\.objects(?:(?:\.filter\(…\))?\.in_bulk\(…(?:, field_name="(\w+)")?\)|\.filter\((\w+)__in=…\))'
)
_WRITES = re.compile(
    r"(\w+)(?:\.(\w+)\.through)?\.objects\.bulk_(create|update)\(…(?:, ignore_conflicts=True)?\)"
)


def edit_of(finding: Finding) -> ByKeys | AtOnce:
    """Read a fix that is an edit of the code of a loop.

    Raises:
        NotApplicable: for any other.

    """
    edit = finding.fix.edit if finding.fix else ""
    asking = answered.asking(finding.call_site, finding.field)
    if finding.call_site is None:
        raise written.NotApplicable(written.CODE_TOO)
    by_keys = _BY_KEYS.fullmatch(edit)
    if by_keys:
        name, *columns = by_keys.groups()
        column = next(filter(None, columns), "id")
        return ByKeys(asking=asking, models=frozenset(_models(name, None)), column=column)
    writes = _WRITES.fullmatch(edit)
    if writes:
        name, relation, verb = writes.groups()
        return AtOnce(asking=asking, models=frozenset(_models(name, relation)), verb=verb)
    raise written.NotApplicable(written.CODE_TOO)


def _models(name: str, relation: str | None) -> Iterator[Any]:
    """Yield the models of a name, or what stands behind a many-to-many relation of theirs."""
    for model in apps.get_models(include_auto_created=True):
        if model.__name__ == name:
            through = getattr(getattr(model, relation, None), "through", None) if relation else model
            if through is not None:
                yield through


@dataclass(frozen=True, slots=True, kw_only=True)
class AtOnce:
    """An edit that writes at once what one line writes row by row."""

    asking: Asking
    models: frozenset[Any]
    """Of which the rows are: a line may write others too."""
    verb: str
    """Either `create` or `update`."""

    def prepare(self, witness: Witness) -> None:
        """Nothing has to be known before."""

    def made(self, writes: Writes) -> AbstractContextManager[None]:
        """Let `writes` hold back what the line writes."""
        return writes.of(self.asking, self.models, self.verb)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByKeys:
    """An edit that asks at once for all rows that one line asks for by their keys."""

    asking: Asking
    models: frozenset[Any]
    """Of which the rows are: a line may ask for others too."""
    column: str
    keys: dict[Any, None] = field(default_factory=dict)
    """Those that were asked for, in order; empty until that was seen."""

    def prepare(self, witness: Witness) -> None:
        """Make the request once more as it is, to see which keys it asks for."""
        if not self.keys:
            replay(witness, self._in_place(self._noting))

    def made(self, _writes: Writes) -> AbstractContextManager[None]:
        """Let each query of the line be answered from one for all keys."""
        rows: dict[str, dict[Any, Any]] = {}

        def answering(queryset: Any, key: Any) -> list[Any] | None:
            if key not in self.keys:
                return None  # beside other edits it may ask for more
            if queryset.db not in rows:
                rows[queryset.db] = self._found(queryset)
            found = rows[queryset.db].get(key)
            return [found] if found is not None else []

        return self._in_place(answering)

    def _noting(self, _queryset: Any, key: Any) -> None:
        self.keys[key] = None

    def _found(self, queryset: Any) -> dict[Any, Any]:
        found = queryset._chain()
        found.query.where = relations.without(found.query.where, self._is_of_key)
        found.query.clear_limits()
        name = _column(queryset.model, self.column).attname
        return {getattr(each, name): each for each in found.filter(**{f"{name}__in": list(self.keys)})}

    @contextmanager
    def _in_place(self, answer: Answer) -> Iterator[None]:
        """Ask `answer` for the rows of a key, before the database is; None where that is to be asked."""
        patches = Patches()
        patches.replace(QuerySet, "get", lambda original: self._getting(original, answer))
        patches.replace(QuerySet, "first", lambda original: self._taking(original, answer))
        try:
            yield
        finally:
            patches.undo()

    def _getting(self, original: Callable[..., Any], answer: Answer) -> Callable[..., Any]:
        def get(queryset: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._is_meant(queryset, sys._getframe(1)):
                return original(queryset, *args, **kwargs)
            found = self._asked(queryset.filter(*args, **kwargs) if args or kwargs else queryset, answer)
            if found == []:
                raise queryset.model.DoesNotExist
            return original(queryset, *args, **kwargs) if found is None else found[0]

        return get

    def _taking(self, original: Callable[..., Any], answer: Answer) -> Callable[..., Any]:
        def first(queryset: Any) -> Any:
            if not self._is_meant(queryset, sys._getframe(1)):
                return original(queryset)
            found = self._asked(queryset, answer)
            return original(queryset) if found is None else next(iter(found), None)

        return first

    def _is_meant(self, queryset: Any, frame: Any) -> bool:
        is_of_rows = queryset.model in self.models and queryset._iterable_class is ModelIterable
        return is_of_rows and answered.asking_at(frame) == self.asking

    def _asked(self, queryset: Any, answer: Answer) -> list[Any] | None:
        keys = [each.rhs for each in relations.lookups(queryset.query.where) if self._is_of_key(each)]
        return answer(queryset, keys[0]) if len(keys) == 1 else None

    def _is_of_key(self, lookup: Any) -> bool:
        target = getattr(getattr(lookup, "lhs", None), "target", None)
        return (
            getattr(target, "column", None) == self.column
            and lookup.lookup_name == "exact"
            and type(lookup.rhs) in PLAIN
        )


def _column(model: Any, column: str) -> Any:
    return next(each for each in model._meta.concrete_fields if each.column == column)
