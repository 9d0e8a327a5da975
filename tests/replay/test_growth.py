"""Whether queries follow rows, with one row in the database and copies of it."""

import dataclasses
import json
import re

import pytest
from django.core.cache import cache
from django.db import IntegrityError
from django.db.models import Count

from querybudget import QueryBudgetWarning, pipeline
from querybudget.config import Replay
from querybudget.session import session
from reference_app import factories
from reference_app.models import Deployment, Organization, Package, Project
from tests.replay.support import asked, replayed

pytestmark = pytest.mark.django_db


@pytest.fixture
def package():
    """One package, deployed once."""
    package = factories.PackageFactory()
    factories.DeploymentFactory(project=package.project, packages=[package])
    return package


def packages():
    return Package.objects.order_by("pk")


def grown(work):
    """Return what came of varying the rows of each queryset, and the findings."""
    scope = asked(work)
    found = replayed(scope, kinds=["growth"])
    findings = pipeline.request_of(scope).analysis.findings
    return {each.subject.partition(" at ")[0]: str(each) for each in found}, findings


def test_a_query_in_a_loop_is_found_with_one_row(package):
    found, [finding] = grown(lambda _: [Project.objects.get(pk=each.project_id).name for each in packages()])
    assert found == {"packages": "grows: 1.0 queries a row, over 1, 2, 4, 8 rows"}
    assert (finding.code, finding.title, finding.proof) == ("QB401", "grows with the rows", "measured")
    assert finding.what == "1 query a row, 1 → 8 queries over 1 → 8 packages"
    assert finding.count == 8
    assert finding.call_site.path == "tests/replay/test_growth.py"


def test_a_queryset_too_many_is_told(package, monkeypatch):
    """What was not varied is not called constant."""
    monkeypatch.setattr("querybudget.replay.growth.MAX_TARGETS", 1)

    def work(_):
        names = [each.name for each in packages()]
        return names + [each.name for each in Project.objects.order_by("pk")]

    found, _ = grown(work)
    assert found == {
        "packages": "constant: the same queries over 1, 2, 4, 8 rows",
        "projects": "not tried: 1 other querysets of the request were varied",
    }


def test_what_is_told_of_already_is_not_told_twice(package):
    found, [finding] = grown(lambda _: [each.project.name for each in packages()])
    assert found == {"packages": "grows: 1.0 queries a row, over 1, 2, 4, 8 rows"}
    assert finding.code == "QB105"


def test_what_is_loaded_eagerly_is_constant(package):
    found, findings = grown(
        lambda _: [
            (each.project.name, len(each.deployments.all()))
            for each in packages().select_related("project").prefetch_related("deployments")
        ]
    )
    assert found == {
        "packages": "constant: the same queries over 1, 2, 4, 8 rows",
        "deployments of Package.deployments": "constant: the same queries over 1, 2, 4, 8 rows",
    }
    assert findings == ()


def test_several_queries_a_row_and_nested_rows_are_added_up(package):
    def work(_):
        return [
            (Project.objects.get(pk=each.project_id).name, [one.project_id for one in each.deployments.all()])
            for each in packages()
        ]

    found, _ = grown(work)
    assert found["packages"] == "grows: 2.0 queries a row, over 1, 2, 4, 8 rows"


def test_steps_of_a_prefetch_in_chunks_are_no_growth(package):
    def work(_):
        rows = packages().prefetch_related("deployments").iterator(chunk_size=2)
        return [len(each.deployments.all()) for each in rows]

    assert grown(work)[0]["packages"] == "constant: the same queries over 1, 2, 4, 8 rows"


def test_what_is_remembered_for_each_parent_grows_with_parents(package):
    def work(_):
        names = {}
        for each in packages():
            if each.project_id not in names:
                names[each.project_id] = Project.objects.get(pk=each.project_id).name
        return names

    assert grown(work)[0] == {"packages": "grows: 1.0 queries a row, over 1, 2, 4, 8 rows"}


def test_with_rows_enough_fewer_are_taken_and_none_is_copied(monkeypatch):
    monkeypatch.setattr("querybudget.replay.growth.clone", None)
    factories.PackageFactory.create_batch(8)
    found, _ = grown(lambda _: [each.deployments.count() for each in packages()])
    assert found == {"packages": "grows: 1.0 queries a row, over 2, 4, 8 rows"}


def test_the_rows_of_one_object_are_copied_beside_it(package):
    def work(_):
        [only] = packages()[:1]
        return [one.project.name for one in only.deployments.all()]

    found, _ = grown(work)
    assert found["deployments of Package.deployments"] == "grows: 1.0 queries a row, over 1, 2, 4, 8 rows"


def test_rows_that_a_filter_keeps_out_vary_nothing(package):
    found, _ = grown(lambda _: [each.name for each in packages().filter(pk=package.pk)])
    assert found == {"packages": "not tried: its rows stay as many, whatever is added"}


def test_a_step_is_no_growth(package):
    """One query more from the second row on, and then no more."""

    def work(_):
        return Organization.objects.count() if len(list(packages())) > 1 else 0

    assert grown(work)[0] == {"packages": "constant: the same queries over 1, 2, 4, 8 rows"}


def test_one_object_has_no_rows_to_vary(package):
    assert grown(lambda _: packages().get(pk=package.pk).project.name)[0] == {}


def test_over_other_rows_an_error_is_no_measurement(package):
    found, _ = grown(lambda _: 1 / (len(packages()) < 2) and [each.name for each in packages()])
    assert found == {"packages": "not tried: it raised ZeroDivisionError: division by zero"}


def test_what_a_view_deletes_itself_does_not_keep_it_from_being_varied(package):
    def work(_):
        found = [each.name for each in packages()]
        packages().filter(name="new").delete()
        return found

    assert grown(work)[0]["packages"].startswith("constant")


def test_a_registered_factory_makes_the_rows(package, monkeypatch):
    made = []

    def grow(n):
        made.append(n)
        factories.PackageFactory.create_batch(n)

    monkeypatch.setattr(session, "growers", {"reference_app.Package": grow})
    found, _ = grown(lambda _: [each.deployments.count() for each in packages()])
    assert found == {"packages": "grows: 1.0 queries a row, over 1, 2, 4, 8 rows"}
    assert made == [1, 3, 7]


def test_a_constraint_that_no_copy_keeps_asks_for_a_factory(package, monkeypatch):
    def refuse(*_, **__):
        raise IntegrityError("UNIQUE constraint failed: package.name")

    monkeypatch.setattr("querybudget.replay.growth.clone", refuse)
    found, _ = grown(lambda _: [each.name for each in packages()])
    assert found == {
        "packages": "not tried: its rows cannot be copied: UNIQUE constraint failed: package.name."
        ' Say how they are made: replay = { grow = { "reference_app.Package" = "…Factory" } } in'
        " [tool.querybudget]."
    }


def test_nothing_that_was_added_stays(package):
    cache.clear()
    before = [model.objects.count() for model in (Package, Deployment, Project)]
    grown(lambda _: [each.project.name for each in packages()])
    assert [model.objects.count() for model in (Package, Deployment, Project)] == before


@pytest.fixture
def _posting(monkeypatch):
    config = dataclasses.replace(session.config, replay=Replay(methods=frozenset({"POST"})))
    monkeypatch.setattr(session, "config", config)


@pytest.mark.usefixtures("_posting")
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"ids": ["{pk}"]}, "grows: 1.0 queries a row, over 1, 2, 4, 8 rows"),
        ({"of": {"packages": [["{pk}"]]}}, "grows: 1.0 queries a row, over 1, 2, 4, 8 rows"),
        ({"ids": ["{pk}", "another"]}, None),
        ({"id": "{pk}"}, None),
        ("{pk}", None),
    ],
)
def test_where_a_body_lists_keys_those_of_the_copies_are_sent_too(package, body, told):
    def work(request):
        found = re.findall(r"\b\d+\b", request.body.decode())
        return [Package.objects.get(pk=pk).version for pk in found]

    text = json.dumps(body).replace('"{pk}"', str(package.pk))
    scope = asked(work, method="post", data=text, content_type="application/json")
    found = replayed(scope, kinds=["growth"])
    assert [str(each) for each in found] == ([told] if told else [])


@pytest.mark.parametrize(
    "rows",
    [
        lambda: [each["project_id"] for each in packages().values("project_id", "name")],
        lambda: packages().values_list("project_id", flat=True),
    ],
)
def test_rows_of_values_are_varied_too(package, rows):
    found, _ = grown(lambda _: [Project.objects.get(pk=key).name for key in rows()])
    assert found == {"packages": "grows: 1.0 queries a row, over 1, 2, 4, 8 rows"}


def test_rows_of_groups_have_no_keys_to_be_copied(package):
    found, _ = grown(lambda _: [dict(each) for each in packages().values("version").annotate(n=Count("pk"))])
    assert found == {"packages": "not tried: its rows are there no more"}


def test_a_failing_factory_of_the_project_is_named(package, monkeypatch):
    def grow(_):
        raise ValueError("no more tags")

    monkeypatch.setattr(session, "growers", {"reference_app.Package": grow})
    found, _ = grown(lambda _: [each.name for each in packages()])
    assert found["packages"].endswith("ValueError: no more tags")
    assert "replay.grow" in found["packages"]


def test_what_one_kind_of_trial_fails_at_is_lost_alone(package, monkeypatch):
    monkeypatch.setattr("querybudget.replay.growth.vary", lambda *_: 1 / 0)
    monkeypatch.setattr(session, "internal_errors", [])
    scope = asked(lambda _: [each.project.name for each in packages()])
    with pytest.warns(QueryBudgetWarning, match="ZeroDivisionError"):
        found = replayed(scope)
    assert {each.kind for each in found} == {"fix"}
