"""Source lines are read by one thread at a time: CPython 3.11 fails when two parse."""

from __future__ import annotations

import inspect

from querybudget.capture import sources
from querybudget.capture.view_budgets import declared_on
from querybudget.capture.views import queryset_of


def test_who_reads_keeps_the_others_waiting(monkeypatch):
    """A queryset's and a budget's line are looked for in whatever thread the view runs."""
    read, seen = inspect.getsourcelines, []

    def watched(target):
        seen.append(sources._PARSING.locked())
        return read(target)

    class View:
        queryset = None
        query_budgets = {"get": 3}

        def get(self, request):
            """Answer."""

    monkeypatch.setattr(inspect, "getsourcelines", watched)
    assert queryset_of(View).place.line
    assert declared_on(View, "get")[0].where.line
    assert seen == [True, True]
    assert not sources._PARSING.locked()
