"""What each eager load is worth: guarded, unguarded, dead, or masked by too few rows."""

import pytest
from django.db.models import Prefetch
from django.template import engines

from querybudget import query_budget
from querybudget.budgets.budget import NOT_GIVEN, Level, Per, declare
from querybudget.records import Place
from querybudget.replay.of_test import Replays
from querybudget.session import session
from reference_app import factories
from reference_app.models import Deployment, Package, Project
from tests.replay.support import asked, replayed

pytestmark = pytest.mark.django_db

HERE = "tests/replay/test_guard.py"


def build(n):
    for package in factories.PackageFactory.create_batch(n):
        factories.DeploymentFactory(project=package.project, packages=[package])


def packages():
    return Package.objects.order_by("pk")


def budget(queries):
    where = Place(path="shop/views.py", line=7)
    return declare(queries, {}, level=Level.FUNCTION, default_per=Per.REQUEST, where=where)


def guarded(work, n=3, queries=None):
    """Return what became of each eager load, by the start of its name."""
    build(n)
    scope = asked(work)
    declared = [budget(queries)] if queries is not None else []
    scope.in_body = True
    found = Replays(frozenset({"guard"})).of_test([scope], declared)
    return {each.subject.partition(" at ")[0]: str(each) for each in found if each.kind == "guard"}


def names_and_projects(queryset):
    return lambda _: [(each.name, each.project.name) for each in queryset()]


def test_what_a_budget_would_miss_is_guarded():
    found = guarded(names_and_projects(lambda: packages().select_related("project")), queries=2)
    assert found == {
        'select_related("project")': "guarded: 1 → 4 queries without it,"
        " which breaks 2 queries allowed (shop/views.py:7)"
    }


def test_what_no_budget_would_miss_is_unguarded():
    found = guarded(names_and_projects(lambda: packages().select_related("project")), queries=9)
    assert found == {'select_related("project")': "unguarded: 1 → 4 queries without it, and no budget fails"}


def test_a_budget_that_was_broken_before_guards_nothing():
    found = guarded(names_and_projects(lambda: packages().select_related("project")), queries=0)
    assert found['select_related("project")'].startswith("unguarded")


def test_without_an_attribute_the_view_fails_and_that_is_noticed():
    def work(_):
        menu = Prefetch("deployments", queryset=Deployment.objects.order_by("pk"), to_attr="deployed")
        return [len(each.deployed) for each in packages().prefetch_related(menu)]

    assert guarded(work) == {
        'prefetch_related("deployed")': "guarded: without it:"
        " it raised AttributeError: 'Package' object has no attribute 'deployed'"
    }


def test_a_prefetch_inside_a_prefetch_is_taken_away_for_good():
    """Django asks the inner queryset for its own prefetches twice: as it is evaluated, and afterwards."""

    def work(_):
        inner = Package.objects.order_by("pk").prefetch_related(
            Prefetch("deployments", queryset=Deployment.objects.order_by("pk"), to_attr="shown")
        )
        rows = Project.objects.order_by("pk").prefetch_related(Prefetch("packages", queryset=inner))
        return [len(package.shown) for project in rows for package in project.packages.all()]

    found = guarded(work)
    shown = next(told for name, told in found.items() if "shown" in name)
    assert shown == "guarded: without it: it raised AttributeError: 'Package' object has no attribute 'shown'"


def test_another_answer_is_noticed():
    def work(_):
        return [bool(each._state.fields_cache) for each in packages().select_related("project")]

    assert guarded(work)['select_related("project")'].startswith("guarded: without it another answer: '")


@pytest.mark.parametrize(
    ("queryset", "name", "numbers"),
    [
        (lambda: packages().prefetch_related("deployments"), 'prefetch_related("deployments")', "2 → 1"),
        (lambda: packages().select_related("project"), 'select_related("project")', "1 → 1"),
    ],
)
def test_what_nobody_reads_is_dead(queryset, name, numbers):
    found = guarded(lambda _: [each.name for each in queryset()])
    assert found == {name: f"dead: {numbers} queries without it, identical response: nothing reads it"}


def test_columns_left_out_and_then_loaded_one_by_one_are_dead():
    found = guarded(lambda _: [each.name for each in packages().only("version")])
    assert list(found.items()) == [('only("version")', "dead: 4 → 1 queries without it")]


def test_columns_that_are_left_out_well_are_not_told_of():
    assert guarded(lambda _: [each.name for each in packages().only("name")]) == {}


def test_one_row_is_too_few_to_tell_a_prefetch_from_a_lazy_load():
    def work(_):
        return [len(each.deployments.all()) for each in packages().prefetch_related("deployments")]

    assert guarded(work, n=1) == {
        'prefetch_related("deployments")': "masked: 2 → 2 queries without it: needs 2 rows to show"
    }


def test_without_rows_nobody_can_be_seen_reading():
    def work(_):
        return [each.store.name for each in packages().select_related("store")]

    assert guarded(work, n=0) == {'select_related("store")': "no rows: no row has what it loads"}


def test_a_null_key_is_nothing_to_read():
    def work(_):
        return [each.store and each.store.name for each in packages().select_related("store")]

    factories.PackageFactory(store=None)
    assert guarded(work, n=0) == {'select_related("store")': "no rows: no row has what it loads"}


def test_of_nested_paths_each_is_tried_whole():
    def work(_):
        rows = packages().select_related("project__organization", "store")
        return [
            (each.project.organization.name, [one.project.name for one in each.deployments.all()])
            for each in rows.prefetch_related("deployments__project")
        ]

    assert {name: told.partition(":")[0] for name, told in guarded(work).items()} == {
        'select_related("project__organization")': "unguarded",
        'select_related("store")': "dead",
        'prefetch_related("deployments__project")': "unguarded",
    }


def test_one_objects_queryset_is_tried_too():
    def work(_):
        return packages().select_related("project").get(pk__gt=0).project.name

    assert guarded(work, n=1)['select_related("project")'].startswith("unguarded: 1 → 2 queries")


def test_all_relations_joined_without_names_are_one_eager_load():
    def joined():
        queryset = packages()
        queryset.query.select_related = True  # what `select_related()` does, deprecated from Django 6.1 on
        return queryset

    found = guarded(names_and_projects(joined))
    assert found == {'select_related("")': "unguarded: 1 → 4 queries without it, and no budget fails"}


def test_what_is_guarded_is_not_tried_again():
    build(3)
    work = names_and_projects(lambda: packages().select_related("project"))
    first = asked(work)
    build(4)
    second = asked(work)
    replays = Replays(frozenset({"guard"}))
    for scope in (first, second):
        scope.in_body = True
    assert [str(each.outcome) for each in replays.of_test([second], [budget(2)])] == ["guarded"]
    build(20)
    third = asked(work)
    third.in_body = True
    assert replays.of_test([third], [budget(2)]) == []


def test_the_querysets_of_django_itself_are_left_alone(admin_client):
    """A delete view collects what hangs on an object, with joins nobody of the project wrote."""
    project = factories.PackageFactory().project
    assert admin_client.get(f"/admin/reference_app/project/{project.pk}/delete/").status_code == 200
    assert replayed(session.test.requests[-1], kinds=["guard"]) == []


def unread(work):
    """Return of each wide column whether it was read."""
    comment = "long " * 100
    for package in factories.PackageFactory.create_batch(2):
        factories.DeploymentFactory(project=package.project, comment=comment)
    found = replayed(asked(work), kinds=["guard"])
    return {each.subject.split('"')[1]: str(each.outcome) for each in found if each.kind == "columns"}


def deployments():
    return Deployment.objects.order_by("pk")


def test_a_wide_column_that_nobody_reads_is_told():
    read = unread(lambda _: [each.comment for each in deployments()])
    assert read.pop("comment") == "read"
    assert set(read.values()) == {"never read"}
    assert "extra" in read


@pytest.mark.parametrize(
    "work",
    [
        lambda _: [each.name for each in deployments().only("name")],
        lambda _: [each.name for each in deployments().defer("comment")],
        lambda _: [each.name for each in packages()],
        lambda _: [each.name for each in deployments().none()],
        lambda _: deployments().first().name,
        lambda _: [len(each.get_deferred_fields()) for each in deployments()],
    ],
)
def test_columns_that_are_left_out_or_narrow_or_looked_at_are_not(work):
    assert unread(work) == {}


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        ({"queries": 3}, "guarded"),
        ({"reads": "=1"}, "guarded"),
        ({"queries": 9}, "unguarded"),
        ({"shapes": 2}, "unguarded"),
    ],
)
def test_a_block_around_a_request_guards_it_too(limits, outcome):
    build(3)
    queries = limits.pop("queries", NOT_GIVEN)
    with query_budget(queries, **limits) if queries is not NOT_GIVEN else query_budget(**limits):
        scope = asked(names_and_projects(lambda: packages().select_related("project")))
    [verdict] = Replays(frozenset({"guard"})).of_test([scope], (), session.test.judgements)
    assert str(verdict.outcome) == outcome
    assert ("tests/replay/test_guard.py" in verdict.told) is (outcome == "guarded")


@pytest.mark.parametrize(
    "rows",
    [
        lambda: list(packages().prefetch_related("deployments")),
        lambda: list(packages().prefetch_related("deployments")[:10]),
        lambda: sorted(packages().prefetch_related("deployments"), key=lambda each: each.name),
    ],
)
def test_a_queryset_that_is_looked_at_twice_stays_without_what_was_taken_away(rows):
    found = guarded(lambda _: [len(each.deployments.all()) for each in rows()])
    assert found == {
        'prefetch_related("deployments")': "unguarded: 2 → 4 queries without it, and no budget fails"
    }


def test_in_a_template_too():
    page = engines["django"].from_string(
        "{% for each in rows %}{{ each.deployments.all|length }}{% endfor %}"
    )
    found = guarded(lambda _: page.render({"rows": packages().prefetch_related("deployments")}))
    assert [told.partition(":")[0] for told in found.values()] == ["unguarded"]


def test_what_one_request_reads_and_another_does_not_is_read():
    """The same statements: the query string, or the keys of the answer, tell the requests apart."""
    build(3)

    def by_query(request):
        rows = packages().select_related("project")
        return [each.project.name if request.GET else each.name for each in rows]

    def by_answer(request):
        rows = packages().select_related("project")
        full = request.headers.get("full")
        return [{"project": each.project.name} if full else {"name": each.name} for each in rows]

    for work, more in ((by_query, {"path": "/asked/?full=1"}), (by_answer, {"headers": {"full": "1"}})):
        plain, full = asked(work), asked(work, **more)
        found = [str(each.outcome) for each in replayed(plain, full, kinds=["guard"]) if each.kind == "guard"]
        assert found == ["dead", "unguarded"]


def test_columns_of_a_prefetch_are_said_to_be_those_of_its_queryset():
    def work(_):
        rows = packages().prefetch_related("deployments")
        return [[one.name for one in each.deployments.all()] for each in rows]

    build(2)
    found = [each.subject for each in replayed(asked(work), kinds=["guard"]) if each.kind == "columns"]
    assert found[0].startswith('defer("comment") in a Prefetch of Package.deployments (Deployment) at tests/')
