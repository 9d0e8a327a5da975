"""Carrying out printed fixes: what a fix says is evaluated as it is printed, where it says to.

No file is edited. A fix names a view's method, which is replaced by one that adds the edit to its answer; or
the line that evaluates a queryset, which is then answered by the edited one; or the front of a loop, where
the objects are then asked for at once (`applied_rows`); or the place of a loop that writes, whose rows are
then written together. An annotation or a `to_attr` has another half: the line that asked for a count, a
truth or rows reads the attribute instead.
"""

import re
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from django.core.exceptions import FieldError
from django.db.models import QuerySet

from reference_app.naive.urls import router
from reference_app.tests import applied_rows
from reference_app.tests.lines import at_hand, evaluated, line, names_at_hand

VIEWS = {view.__name__: view for _, view, _ in router.registry}
_ADDED = re.compile(r'annotate\((\w+)=(?:Co|Ex)|to_attr="(\w+)"')
_OF_QUERYSETS = ("prefetch_related(", "annotate(")


def printed(fix):
    """Return the edit; of two that are printed the other one, where it spares a query more."""
    return fix.alternative if fix.alternative.startswith(_OF_QUERYSETS) else fix.edit


@contextmanager
def applied(findings):
    """Carry out the fixes of `findings`, each of which has one, for as long as the block lasts.

    Fails where a fix names a queryset that nothing evaluates.
    """
    by_view, by_line, used = (defaultdict(set) for _ in range(3))
    readers = defaultdict(dict)
    of_rows = [each for each in findings if applied_rows.is_meant(each.fix)]
    for each in findings:
        if each in of_rows:
            continue
        if each.fix.queryset:
            by_view[each.fix.queryset].add(printed(each.fix))
        else:
            by_line[_line_of(each.fix.place)].add(printed(each.fix))
        relation = (each.relation or "").partition(".")[2]
        readers[_line_of(each.call_site)] |= {
            "".join(names): relation for names in _ADDED.findall(printed(each.fix))
        }
    readers = {each: attributes for each, attributes in readers.items() if attributes}
    with ExitStack() as patches:
        for name, edits in by_view.items():
            patches.enter_context(_in_view(name, edits, used[name]))
        for each in _at_lines(by_line, readers, used) if by_line or readers else ():
            patches.enter_context(each)
        patches.enter_context(applied_rows.carried_out(of_rows))
        patches.enter_context(applied_rows.read_as_columns(findings))
        yield
    # A line that reads an attribute by now evaluates nothing.
    assert {**by_view, **by_line}.keys() - used.keys() <= readers.keys()


def edited(queryset, edits, names):
    """Return the queryset with each edit written behind it, as it is printed.

    A `Prefetch` goes first: Django takes none for what is prefetched already.
    """
    for edit in sorted(edits, reverse=True):
        queryset = evaluated(f"queryset.{edit}", names | {"queryset": queryset})
    return queryset


def _in_view(name, edits, used):
    """Add the edits to what a method like `NaivePackageViewSet.get_queryset` returns."""
    view, _, method = name.partition(".")
    original = getattr(VIEWS[view], method)

    def get_queryset(self):
        used.update(edits)
        return edited(original(self), edits, {"self": self})

    return patch.object(VIEWS[view], method, get_queryset)


def _at_lines(edits, readers, used):
    """Return the patches that answer what is asked at these lines by edited querysets, or by attributes."""
    fetch_all, first = QuerySet._fetch_all, QuerySet.first
    busy = set()

    def fetched(queryset):
        here = line()
        if queryset._result_cache is None:
            queryset._result_cache = _read(queryset, readers.get(here, {}), "some_")
        if queryset._result_cache is None and not busy and _accepts(queryset, edits.get(here)):
            busy.add(here)  # what is prefetched is evaluated on the same line
            used[here].update(edits[here])
            queryset._result_cache = list(edited(queryset._chain(), edits[here], names_at_hand()))
            queryset._prefetch_done = True
            busy.clear()
        fetch_all(queryset)

    def first_of(queryset):
        rows = _read(queryset, readers.get(line(), {}), "first_")
        return first(queryset) if rows is None else next(iter(rows), None)

    yield patch.object(QuerySet, "_fetch_all", fetched)
    yield patch.object(QuerySet, "first", first_of)
    for name, prefix in {"count": "n_", "exists": "has_"}.items():
        yield patch.object(QuerySet, name, _reading(getattr(QuerySet, name), readers, prefix))


def _reading(ask, readers, prefix):
    """Return `ask` that is answered by an attribute, where the line that asks has one to read."""

    def read(queryset):
        value = _read(queryset, readers.get(line(), {}), prefix)
        return ask(queryset) if value is None else value

    return read


def _accepts(queryset, edits):
    """Tell the queryset that is meant: a line may evaluate several, and others do not have the relation."""
    try:
        return bool(edits) and bool(str(edited(queryset._chain(), edits, names_at_hand()).query))
    except FieldError:
        return False


def _read(queryset, attributes, prefix):
    """Return what the object that is asked holds of this relation, in an attribute that begins so, or None.

    `attributes` are {name: relation it stands for, or nothing}. Without a relation the row at hand is asked.
    """
    for name, relation in attributes.items():
        if not name.startswith(prefix):
            continue
        asked = queryset._hints.get("instance") if relation else at_hand({name})
        if name in getattr(asked, "__dict__", {}) and _is_of(queryset, relation and getattr(asked, relation)):
            return getattr(asked, name)
    return None


def _is_of(queryset, manager):
    """Tell whether a relation leads to what a queryset asks for; without one there is nothing to compare."""
    return not manager or manager.model is queryset.model


def _line_of(place):
    """Return path and line as `line` does."""
    return place and (place.path, place.line)
