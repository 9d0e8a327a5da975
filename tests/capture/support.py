"""Ways to run a piece of work where the recorder sees it."""

from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.views import View

from querybudget import query_budget


class Run(View):
    """A view that does what it is given."""

    work = None

    def get(self, request):
        self.work()
        return HttpResponse("done")


def request_doing(work):
    """Run `work` in a view and return its request."""
    with query_budget() as seen:
        Run.as_view(work=work)(RequestFactory().get("/run/"))
    return seen.requests[0]


def in_request(work):
    """Run `work` in a view and return what its request amounts to."""
    return request_doing(work).analysis


def in_block(work):
    """Run `work` in a bare block and return what was seen."""
    with query_budget() as seen:
        work()
    return seen.analysis


def codes(analysis):
    """Return the codes of the findings, in order."""
    return [finding.code for finding in analysis.findings]


def close_for_real():
    """Close this thread's connection; Django's own `close()` keeps one to a database in memory."""
    if connection.connection is not None:
        connection.connection.close()
        connection.connection = None
