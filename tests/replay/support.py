"""A view made of a function, and what it takes to make its request again."""

from django.http import JsonResponse
from django.test import RequestFactory
from django.views import View

from querybudget.replay.engine import unchanged
from querybudget.replay.of_test import Replays
from querybudget.session import session


class Answering(View):
    """Answers with what a function returns."""

    work = None

    def get(self, request):
        return JsonResponse({"answer": self.work(request)})

    post = get


def asked(work, path="/asked/", method="get", **extra):
    """Request a view that does `work`, and return the recorded request."""
    request = getattr(RequestFactory(), method)(path, **extra)
    response = Answering.as_view(work=work)(request)
    assert response.status_code == 200
    return session.test.requests[-1]


def again(scope):
    """Make a request again as it was, and return the answer."""
    return unchanged(scope.witness, scope).answer


def replayed(*scopes, kinds=("fix", "guard", "growth")):
    """Try everything with these requests."""
    return Replays(frozenset(kinds)).of_test(scopes, ())


def outcomes(found):
    """Return what became of each subject."""
    return {each.subject: str(each.outcome) for each in found}
