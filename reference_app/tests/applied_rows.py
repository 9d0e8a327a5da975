"""Carrying out printed fixes of single rows: asked for at once, written together, read as columns.

`in_bulk` is evaluated at the line of the loop when that first asks for a row, and answers it from then on. A
bulk write is evaluated when the transaction ends, with the rows that were to be saved one by one as `rows`.
A subquery's columns answer the line that read them of an object.
"""

import re
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from django.db.models import Model, QuerySet
from django.db.transaction import Atomic

from reference_app.tests.lines import at_hand, evaluated, line, names_at_hand

_COLUMN = re.compile(r'(\w+)=Subquery\((?:\w+)\.objects(?:(?!Subquery).)*?\.values\("(\w+)"\)\[:1\]')
_PLACES = ("front of the loop", "place of the loop")


def is_meant(fix):
    """Tell a fix that replaces what a loop does row by row."""
    return fix.queryset in _PLACES


@contextmanager
def carried_out(findings):
    """Carry out the fixes of single rows, each of which has to be used."""
    front, place = (
        {_line_of(each.fix.place): each.fix.edit for each in findings if each.fix.queryset == name}
        for name in _PLACES
    )
    used = set()
    with ExitStack() as patches:
        for each in [*_asked_at_once(front, used), *_written_together(place, used)]:
            patches.enter_context(each)
        yield
    assert used == {*front, *place}


def _asked_at_once(edits, used):
    """Return the patches that answer `get()` and `first()` at these lines from rows asked for at once."""
    found = {}

    def answering(ask):
        def answer(queryset, *args, **keys):
            here = line()
            if here not in edits:
                return ask(queryset, *args, **keys)
            if here not in used:
                used.add(here)
                found[here] = evaluated(edits[here], names_at_hand())
            return found[here].get(_key(queryset.filter(*args, **keys)))

        return answer

    for name in ("get", "first") if edits else ():
        yield patch.object(QuerySet, name, answering(getattr(QuerySet, name)))


def _key(queryset):
    """Return the primary key that a queryset is filtered by."""
    conditions = [
        each for each in queryset.query.where.children if hasattr(getattr(each, "lhs", 0), "target")
    ]
    return next(
        each.rhs for each in conditions if each.lookup_name == "exact" and each.lhs.target.primary_key
    )


def _written_together(edits, used):
    """Return the patches that keep what is saved at these lines, until the transaction ends."""
    kept = defaultdict(list)
    save, leave = Model.save, Atomic.__exit__

    def keep(row, *args, **options):
        here = line()
        if here not in edits:
            return save(row, *args, **options)
        return kept[here].append(row)

    def write(atomic, *failure):
        while kept and failure[0] is None:
            here, rows = kept.popitem()
            used.add(here)
            evaluated(edits[here], {"rows": rows})
        return leave(atomic, *failure)

    if edits:
        yield patch.object(Model, "save", keep)
        yield patch.object(Atomic, "__exit__", write)


@contextmanager
def read_as_columns(findings):
    """Let the lines that asked for one object, or for aggregates, read it of the row at hand."""
    columns = {
        _line_of(each.call_site): dict(found)
        for each in findings
        if (found := _COLUMN.findall(f"{each.fix.edit} {each.fix.alternative}"))
    }
    with ExitStack() as patches:
        for name in ("get", "first") if columns else ():
            patches.enter_context(patch.object(QuerySet, name, _of_columns(getattr(QuerySet, name), columns)))
        asking = {_line_of(each.call_site) for each in findings if ".aggregate()" in each.what}
        if asking:
            patches.enter_context(patch.object(QuerySet, "aggregate", _of_row(QuerySet.aggregate, asking)))
        yield


def _of_columns(ask, columns):
    """Return `ask` that is answered by the columns of the row at hand, where the line reads any."""

    def read(queryset, *args, **keys):
        wanted = columns.get(line())
        row = at_hand(wanted.keys()) if wanted else None
        return ask(queryset, *args, **keys) if row is None else _standing_for(row, wanted)

    return read


def _standing_for(row, columns):
    """Return what has the columns where they are read of the object, `shelf.name`."""
    whole = SimpleNamespace()
    for name, column in columns.items():
        part = whole
        *steps, last = column.split("__")
        for step in steps:
            part = part.__dict__.setdefault(step, SimpleNamespace())
        setattr(part, last, getattr(row, name))
    return whole


def _of_row(aggregate, asking):
    """Return `aggregate` that is answered by the row at hand, at the lines that ask."""

    def read(queryset, **expressions):
        row = at_hand(expressions.keys()) if line() in asking else None
        if row is None:
            return aggregate(queryset, **expressions)
        return {name: getattr(row, name) for name in expressions}

    return read


def _line_of(place):
    return place and (place.path, place.line)
