"""Carrying out printed fixes: the queryset that a fix names gets its edit, and who asked reads what it adds.

No file is edited. A fix names a view's method, which is replaced by one that adds the edit to its answer; or
the line that evaluates a queryset, which is then answered by the edited one. An annotation or a `to_attr` has
another half: the line that asked for a count, a truth or rows reads the attribute instead.
"""

import re
import sys
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

from django.core.exceptions import FieldError
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from reference_app import models
from reference_app.naive.urls import router

TESTS = Path(__file__).parent
APPLICATION = TESTS.parent
VIEWS = {view.__name__: view for _, view, _ in router.registry}
NAMES = vars(models) | {
    each.__name__: each for each in (Coalesce, Count, Exists, OuterRef, Prefetch, Q, Subquery, Value)
}
_ADDED = re.compile(r'annotate\((\w+)=(?:Co|Ex)|to_attr="(\w+)"')


@contextmanager
def applied(findings):
    """Carry out the fixes of `findings`, each of which has one, for as long as the block lasts.

    Fails where a fix names a queryset that nothing evaluates.
    """
    by_view, by_line, used = (defaultdict(set) for _ in range(3))
    readers = defaultdict(dict)
    for each in findings:
        if each.fix.queryset:
            by_view[each.fix.queryset].add(each.fix.edit)
        else:
            by_line[each.fix.place.path, each.fix.place.line].add(each.fix.edit)
        readers[_line_of(each.call_site)] |= {
            "".join(names): each.relation.partition(".")[2] for names in _ADDED.findall(each.fix.edit)
        }
    readers = {line: attributes for line, attributes in readers.items() if attributes}
    with ExitStack() as patches:
        for name, edits in by_view.items():
            patches.enter_context(_in_view(name, edits, used[name]))
        for each in _at_lines(by_line, readers, used) if by_line or readers else ():
            patches.enter_context(each)
        yield
    # A line that reads an attribute by now evaluates nothing.
    assert {**by_view, **by_line}.keys() - used.keys() <= readers.keys()


def edited(queryset, edits):
    """Return the queryset with each edit written behind it, as it is printed."""
    for edit in sorted(edits):
        # Of nobody else: what our own code printed.
        queryset = eval(f"queryset.{edit}", {**NAMES, "queryset": queryset})  # noqa: S307
    return queryset


def _in_view(name, edits, used):
    """Add the edits to what a method like `NaivePackageViewSet.get_queryset` returns."""
    view, _, method = name.partition(".")
    original = getattr(VIEWS[view], method)

    def get_queryset(self):
        used.update(edits)
        return edited(original(self), edits)

    return patch.object(VIEWS[view], method, get_queryset)


def _at_lines(edits, readers, used):
    """Return the patches that answer what is asked at these lines by edited querysets, or by attributes."""
    fetch_all, first = QuerySet._fetch_all, QuerySet.first
    busy = set()

    def fetched(queryset):
        line = _line()
        if queryset._result_cache is None:
            queryset._result_cache = _read(queryset, readers.get(line, {}), "some_")
        if queryset._result_cache is None and not busy and _accepts(queryset, edits.get(line)):
            busy.add(line)  # what is prefetched is evaluated on the same line
            used[line].update(edits[line])
            queryset._result_cache = list(edited(queryset._chain(), edits[line]))
            queryset._prefetch_done = True
            busy.clear()
        fetch_all(queryset)

    def first_of(queryset):
        rows = _read(queryset, readers.get(_line(), {}), "first_")
        return first(queryset) if rows is None else next(iter(rows), None)

    yield patch.object(QuerySet, "_fetch_all", fetched)
    yield patch.object(QuerySet, "first", first_of)
    for name, prefix in {"count": "n_", "exists": "has_"}.items():
        yield patch.object(QuerySet, name, _reading(getattr(QuerySet, name), readers, prefix))


def _reading(ask, readers, prefix):
    """Return `ask` that is answered by an attribute, where the line that asks has one to read."""

    def read(queryset):
        value = _read(queryset, readers.get(_line(), {}), prefix)
        return ask(queryset) if value is None else value

    return read


def _accepts(queryset, edits):
    """Tell the queryset that is meant: a line may evaluate several, and others do not have the relation."""
    try:
        return bool(edits) and bool(str(edited(queryset._chain(), edits).query))
    except FieldError:
        return False


def _read(queryset, attributes, prefix):
    """Return what the object that is asked holds of this relation, in an attribute that begins so, or None.

    `attributes` are {name: relation it stands for}.
    """
    asked = queryset._hints.get("instance")
    for name, relation in attributes.items():
        manager = getattr(asked, relation, None) if name in getattr(asked, "__dict__", {}) else None
        if name.startswith(prefix) and manager is not None and manager.model is queryset.model:
            return getattr(asked, name)
    return None


def _line_of(place):
    """Return path and line as `_line` does."""
    return place and (place.path, place.line)


def _line():
    """Return path and line of the innermost code of the application, tests left out; None without any."""
    frame = sys._getframe(1)
    while frame:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(APPLICATION) and not file.is_relative_to(TESTS):
            return file.relative_to(APPLICATION.parent).as_posix(), frame.f_lineno
        frame = frame.f_back
    return None
