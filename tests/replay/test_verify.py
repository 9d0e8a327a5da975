"""What becomes of printed fixes: verified, without gain, another answer, not tried."""

import re

import pytest
from django.db.models import Count, Max, Value

from querybudget import pipeline
from querybudget.replay import answered, verify, written
from querybudget.replay.engine import NotReplayable
from querybudget.replayed import TOGETHER
from reference_app import factories
from reference_app.models import Deployment, Package
from tests.replay.support import asked, outcomes, replayed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _packages():
    for package in factories.PackageFactory.create_batch(3):
        factories.DeploymentFactory(project=package.project, packages=[package])


def packages():
    return Package.objects.order_by("pk")


def one(found):
    [only] = found
    return only


def fixes(*scopes):
    return replayed(*scopes, kinds=["fix"])


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (
            lambda _: [package.project.name for package in packages()],
            "verified: 4 → 1 queries, identical response",
        ),
        (
            lambda _: [len(package.deployments.all()) for package in packages()],
            "verified: 4 → 2 queries, identical response",
        ),
        (
            lambda _: [package.name for package in packages().only("version")],
            "verified: 4 → 1 queries, identical response",
        ),
        (
            lambda _: [package.name for package in packages().defer("name")],
            "verified: 4 → 1 queries, identical response",
        ),
        (
            lambda _: [package.project.name for package in packages().iterator()],
            "verified: 4 → 1 queries, identical response",
        ),
        (
            lambda _: len(packages()),
            "not tried: the code that asks has to be changed with it",
        ),
        (
            lambda _: [package.deployments.count() for package in packages()],
            "verified: 4 → 1 queries, identical response",
        ),
    ],
)
def test_a_fix_is_tried_where_its_queryset_is_evaluated(work, told):
    scope = asked(work)
    tried = one(fixes(scope))
    assert str(tried) == told
    finding = one(pipeline.request_of(scope).analysis.findings)
    assert finding.fix.verified == told
    assert str(finding.fix) == tried.subject


def test_several_fixes_are_tried_together_too():
    scope = asked(
        lambda _: [(package.project.platform.name, len(package.deployments.all())) for package in packages()]
    )
    found = {each.subject: str(each) for each in fixes(scope)}
    assert len(found) == 4
    assert found[TOGETHER] == "verified: 10 → 2 queries, identical response"


def test_fixes_that_do_not_go_together_are_told_so(monkeypatch):
    scope = asked(
        lambda _: [(package.project.platform.name, len(package.deployments.all())) for package in packages()]
    )
    made = verify._made

    def made_alone(edits):
        if len(edits) > 1:
            raise NotReplayable("it raised FieldError: both")
        return made(edits)

    monkeypatch.setattr(verify, "_made", made_alone)
    found = {each.subject: str(each) for each in fixes(scope)}
    assert found.pop(TOGETHER) == "not tried: it raised FieldError: both"
    assert len(found) == 3
    assert all(told.startswith("verified") for told in found.values())


def test_a_fix_that_changes_the_answer_is_told_with_the_difference():
    """An answer that counts on what is loaded when."""

    def work(_):
        rows = list(packages())
        return [(bool(row._state.fields_cache), row.project.name) for row in rows]

    tried = one(fixes(asked(work)))
    assert str(tried).startswith("changes the response: '")
    assert "true" in tried.told


def test_a_fix_without_gain_is_told_so():
    """It asks for the project by itself, whatever is there."""

    def work(_):
        rows = list(packages())
        for row in rows:
            row._state.fields_cache.clear()
        return [row.project.name for row in rows]

    assert str(one(fixes(asked(work)))) == "no gain: 4 → 4 queries, identical response"


def test_the_class_of_a_view_keeps_its_queryset():
    shared = packages()
    scope = asked(lambda _: [package.project.name for package in shared])
    shared._result_cache = None
    assert outcomes(fixes(scope)).popitem()[1] == "verified"
    assert shared.query.select_related is False


def test_a_fix_is_tried_once_for_all_requests_of_an_action_unless_there_are_twice_as_many_queries():
    def work(_):
        return [package.project.name for package in packages()]

    first, second = asked(work), asked(work)
    assert len(fixes(first, second)) == 1
    factories.PackageFactory.create_batch(5)
    more = asked(work)
    # Of the first two the data is another by now.
    assert [each.told for each in fixes(more)] == ["9 → 1 queries, identical response"]


def test_what_a_comment_accepts_is_not_tried():
    def work(_):
        # querybudget: allow[QB101] three at most
        return [package.project.name for package in packages()]

    assert fixes(asked(work)) == []


def test_a_request_that_cannot_be_made_again_is_named_with_the_difference():
    n = iter(range(1, 3))
    scope = asked(lambda _: next(n) * packages().exists())
    refused = one(fixes(scope))
    assert (refused.kind, refused.subject) == ("request", "GET /asked/")
    assert str(refused) == (
        "not replayable: made again as it was, it answers otherwise:"
        """ '{"answer": 1}', then '{"answer": 2}', at byte 11"""
    )


def first_deployment(package):
    found = package.deployments.order_by("pk").first()
    return found and found.name


@pytest.mark.parametrize(
    ("ask", "numbers"),
    [
        (lambda package: package.deployments.count(), "4 → 1"),
        (lambda package: package.deployments.filter(enabled=True).count(), "4 → 1"),
        (lambda package: package.installations.exists(), "4 → 1"),
        (lambda package: [each.name for each in package.deployments.order_by("name")], "4 → 2"),
        (first_deployment, "4 → 2"),
        (lambda package: Deployment.objects.filter(packages=package).count(), "4 → 1"),
    ],
)
def test_what_is_asked_of_each_row_is_answered_by_what_the_edit_brings(ask, numbers):
    """As the code would do that the edit needs beside it: the answer shows whether it says the same."""
    tried = one(fixes(asked(lambda _: [ask(package) for package in packages()])))
    assert str(tried) == f"verified: {numbers} queries, identical response"


def test_an_annotation_that_says_something_else_changes_the_response(monkeypatch):
    def work(_):
        return [package.deployments.count() for package in packages()]

    monkeypatch.setattr("querybudget.replay.written._CALLABLE", {"Count": lambda *_, **__: Value(7)})
    assert str(one(fixes(asked(work)))).startswith("changes the response: '{\"answer\": [1, 1, 1]}'")


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ("annotate(n=Count(…))", "it has to be filled in"),
        ("in_bulk([1])", "the code that asks has to be changed with it"),
        ("delete()", "the code that asks has to be changed with it"),
        ("annotate(n=Package.objects.raw('x'))", "the code that asks has to be changed with it"),
        ("annotate(n=__import__('os'))", "it does not say which __import__ is meant"),
        ("annotate(n=[1])", "the code that asks has to be changed with it"),
        ("load it too", "the code that asks has to be changed with it"),
        ("annotate", "the code that asks has to be changed with it"),
    ],
)
def test_only_what_edits_are_made_of_is_carried_out(edit, told):
    with pytest.raises(written.NotApplicable, match=re.escape(told)):
        written.read(edit, Package)[0](packages())


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        ('annotate(n=Count("deployments"))', "n"),
        ('annotate(n=Count("deployments"), m=Count("stores"))', ""),
        (
            'prefetch_related(Prefetch("stores", queryset=Store.objects.all()[:1], to_attr="some"))',
            "some",
        ),
        ('prefetch_related(Prefetch("deployments", queryset=Deployment.objects.all()))', ""),
        ('prefetch_related("deployments")', ""),
    ],
)
def test_what_an_edit_brings_has_a_name_where_it_brings_one_thing(edit, name):
    change, call = written.read(edit, Package)
    assert answered.brought(call) == name
    assert change is not None


def test_several_annotations_are_left_to_the_code():
    def work(_):
        return [package.deployments.aggregate(n=Count("pk"), m=Max("pk"))["n"] for package in packages()]

    told = [str(each) for each in fixes(asked(work))]
    assert told == ["not tried: the code that asks has to be changed with it"]
