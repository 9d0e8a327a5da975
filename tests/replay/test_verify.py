"""What becomes of printed fixes: verified, without gain, another answer, not tried."""

import re

import pytest
from django.db.models import Count, Max, Min, Q, Value

from querybudget import pipeline
from querybudget.replay import answered, verify, written
from querybudget.replay.engine import NotReplayable
from querybudget.replayed import TOGETHER
from querybudget.session import session
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

    def made_alone(edits, writes):
        if len(edits) > 1:
            raise NotReplayable("it raised FieldError: both")
        return made(edits, writes)

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


def version_of_first(package):
    found = Package.objects.filter(project=package.project_id, name="nowhere").first()
    return found and found.version


def version_of_own(package):
    return Package.objects.get(project=package.project_id, version=package.version).version


def version_of_none(package):
    try:
        return Package.objects.get(project=package.project_id, name="nowhere").version
    except Package.DoesNotExist:
        return "none"


DEPLOYED = {
    "count": (lambda package: package.deployments.count(), "4 → 1"),
    "true or false": (lambda package: package.deployments.filter(enabled=True).count(), "4 → 1"),
    "exists": (lambda package: package.installations.exists(), "4 → 1"),
    "rows": (lambda package: [each.name for each in package.deployments.order_by("name")], "4 → 2"),
    "first": (first_deployment, "4 → 2"),
    "without a manager": (lambda package: Deployment.objects.filter(packages=package).count(), "4 → 1"),
    "aggregate": (lambda package: package.deployments.aggregate(n=Max("pk"))["n"], "4 → 1"),
    "aggregates": (
        lambda package: [*package.deployments.aggregate(n=Max("pk"), m=Min("pk")).values()],
        "4 → 1",
    ),
    "text": (lambda package: package.deployments.filter(name="first").count(), "4 → 1"),
    "texts": (lambda package: package.deployments.filter(name__in=["first", "other"]).exists(), "4 → 1"),
    "of another table": (lambda package: package.deployments.filter(project__name="x").count(), "4 → 1"),
    "rows of a value": (
        lambda package: [each.pk for each in package.deployments.filter(name="first").order_by("pk")],
        "4 → 2",
    ),
    "filtered aggregate": (
        lambda package: package.deployments.aggregate(n=Max("pk", filter=Q(name="first")))["n"],
        "4 → 1",
    ),
    "by a column": (
        lambda package: Package.objects.filter(project=package.project_id, name="first").exists(),
        "4 → 1",
    ),
    "all but some": (lambda package: package.deployments.exclude(name="first").count(), "4 → 1"),
    "alternatives": (
        lambda package: package.deployments.filter(Q(name="first") | Q(enabled=False)).count(),
        "4 → 1",
    ),
    "alternatives of rows": (
        lambda package: [
            each.pk for each in package.deployments.filter(~Q(name="first") | Q(pk=0)).order_by("pk")
        ],
        "4 → 2",
    ),
    "alternatives in an aggregate's rows": (
        lambda package: package.deployments.exclude(project__name="x").aggregate(n=Max("pk"))["n"],
        "4 → 1",
    ),
    "alternatives by a column": (
        lambda package: Package.objects.exclude(name="first").filter(project=package.project_id).exists(),
        "4 → 1",
    ),
    "rows with a column of their own": (
        lambda package: [
            each.is_first for each in package.deployments.annotate(is_first=Q(name="first")).order_by("pk")
        ],
        "4 → 2",
    ),
    "columns of another row": (version_of_first, "4 → 1"),
    "columns of one that is there": (version_of_own, "4 → 1"),
    "columns of one that is not there": (version_of_none, "4 → 1"),
}


@pytest.mark.parametrize("name", DEPLOYED)
def test_what_is_asked_of_each_row_is_answered_by_what_the_edit_brings(name):
    """As the code would do that the edit needs beside it: the answer shows whether it says the same."""
    ask, numbers = DEPLOYED[name]
    Deployment.objects.filter(pk=Deployment.objects.order_by("pk")[1].pk).update(name="first")
    tried = one(fixes(asked(lambda _: [ask(package) for package in packages()])))
    filled = ", filled in with the values asked for" if "…" in tried.subject else ""
    assert str(tried) == f"verified: {numbers} queries, identical response{filled}"


def version_at_times(package):
    """Read a column that may be NULL, so that it does not say whether there is a row."""
    found = Package.objects.filter(project=package.project_id, name="first").first()
    return found and found.obsoleted_at


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda package: package.deployments.filter(name=package.name).count(), "it has to be filled in"),
        (
            lambda package: package.deployments.aggregate(n=Max("pk", filter=Q(name=package.name)))["n"],
            "it has to be filled in",
        ),
        (
            lambda package: package.deployments.exclude(name=package.name).count(),
            "it has to be filled in",
        ),
        (
            lambda package: [
                each.n for each in package.deployments.annotate(n=Count("packages")).order_by("pk")
            ],
            "it has to be filled in",
        ),
        (version_at_times, "the code that asks has to be changed with it"),
    ],
    ids=[
        "a value of each row",
        "one in an aggregate",
        "none of them",
        "a column of a join",
        "a column that may be NULL",
    ],
)
def test_what_cannot_be_carried_out_is_not_tried(ask, told):
    tried = one(fixes(asked(lambda _: [ask(package) for package in packages()])))
    assert str(tried) == f"not tried: {told}"


def test_a_fix_is_printed_without_the_values_it_was_tried_with():
    scope = asked(lambda _: [package.deployments.filter(name="secret").count() for package in packages()])
    tried = one(fixes(scope))
    finding = one(pipeline.request_of(scope).analysis.findings)
    assert finding.fix.edit == 'annotate(n_deployments=Count("deployments", filter=Q(deployments__name=…)))'
    assert finding.fix.verified == str(tried)
    assert tried.subject == str(finding.fix)


def test_values_are_kept_no_longer_than_they_are_tried():
    scope = asked(lambda _: [package.deployments.filter(name="secret").count() for package in packages()])
    assert fixes(scope)
    assert session.stand_ins is None


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
    ("edit", "names", "columns"),
    [
        ('annotate(n=Count("deployments"))', ("n",), {}),
        ('annotate(n=Count("deployments"), m=Count("stores"))', ("n", "m"), {}),
        (
            'prefetch_related(Prefetch("stores", queryset=Store.objects.all()[:1], to_attr="some"))',
            ("some",),
            {},
        ),
        (
            'annotate(package_name=Subquery(Package.objects.filter(pk=OuterRef("pk")).values("name")[:1]))',
            ("package_name",),
            {"package_name": "name"},
        ),
    ],
)
def test_what_an_edit_brings_answers_the_code(edit, names, columns):
    _, call = written.read(edit, Package)
    assert answered.brought(call) == answered.Brought(names=names, columns=columns)


@pytest.mark.parametrize(
    "edit",
    [
        'prefetch_related(Prefetch("deployments", queryset=Deployment.objects.all()))',
        'prefetch_related("deployments")',
        'select_related("project")',
    ],
)
def test_what_is_only_loaded_with_the_rows_is_read_as_ever(edit):
    _, call = written.read(edit, Package)
    assert answered.brought(call) is None
