"""Shapes of code that whole projects brought: pages, levels, rows in the making, bases and managers."""

from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib import admin
from django.contrib.admin.utils import NestedObjects
from django.core.paginator import Paginator
from django.db.models import Manager, QuerySet
from django.http import HttpResponse
from django.template import engines
from django.test import RequestFactory
from django.views import View
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import PageNumberPagination

from querybudget import query_budget
from querybudget.capture import relations, views
from querybudget.relation import RelationKind
from reference_app import factories
from tests.capture.support import codes
from tests.capture.test_relations_one_at_a_time import EVERYWHERE, animals
from tests.capture.zoo.factories import AnimalFactory
from tests.capture.zoo.models import Animal, Keeper, Visit, listening

pytestmark = pytest.mark.usefixtures("zoo")


@pytest.fixture
def only(zoo):
    return AnimalFactory()


@pytest.fixture
def three(zoo):
    return AnimalFactory.create_batch(3)


def over_a_page():
    return [each.keeper.name for each in Paginator(animals(), 20).page(1)]


def over_the_rows_of_a_page():
    return [each.keeper.name for each in Paginator(animals(), 20).page(1).object_list]


def over_joined_text():
    page = engines["django"].from_string('{{ animals|join:", " }}')
    return page.render({"animals": animals()})


def asynchronously():
    async def ask():
        return [await sync_to_async(str)(each) async for each in animals()]

    return async_to_sync(ask)()


@EVERYWHERE
@pytest.mark.parametrize(
    "work",
    [over_a_page, over_the_rows_of_a_page, over_joined_text, asynchronously],
    ids=lambda work: work.__name__,
)
def test_a_loop_over_the_only_row_is_latent(work, run, only):
    [finding] = [each for each in run(work).findings if each.code != "QB203"]
    assert (finding.code, finding.relation) == ("QB105", "Animal.keeper")


def the_one_that_is_meant():
    page = engines["django"].from_string("{% for each in animal.visit_set.all %}{{ each.note }}{% endfor %}")
    return page.render({"animal": list(animals())[-1]})


def the_first_that_is_wanted():
    return animals()[:1][0].keeper.name


@EVERYWHERE
@pytest.mark.parametrize("work", [the_one_that_is_meant, the_first_that_is_wanted])
def test_what_a_loop_goes_over_is_asked_before_it(work, run, only):
    """By one object, of which there happens to be a list."""
    assert codes(run(work)) == []


@EVERYWHERE
def test_a_page_before_the_last_has_shown_it(run, three):
    def work():
        pages = Paginator(animals(), 2)
        return [each.keeper.name for number in pages.page_range for each in pages.page(number)]

    assert codes(run(work)) == ["QB101"]


@EVERYWHERE
@pytest.mark.parametrize(("n", "code"), [(1, "QB105"), (3, "QB101")])
def test_no_eager_load_mends_what_a_row_asks_in_the_making(n, code, run, zoo):
    AnimalFactory.create_batch(n)
    with listening():
        found = run(lambda: [each.name for each in animals().select_related("keeper")]).findings
    assert [(each.code, each.relation, each.fix) for each in found] == [(code, "Animal.keeper", None)]


def walked(keeper):
    return [walked(each) for each in keeper.team.all()]


def stacked(keeper):
    stack = [keeper]
    while stack:
        stack.extend(stack.pop().team.order_by("pk"))


@EVERYWHERE
@pytest.mark.parametrize("walk", [walked, stacked])
def test_no_eager_load_mends_a_tree_that_is_walked_down(walk, run, zoo):
    """What one level brings, the next asks for anew."""
    boss = Keeper.objects.create(name="boss")
    for each in [Keeper.objects.create(name="one", boss=boss) for _ in range(3)]:
        Keeper.objects.create(name="two", boss=each)
    found = run(lambda: walk(Keeper.objects.get(pk=boss.pk))).findings
    assert [each.fix for each in found if each.relation == "Keeper.team"] == [None] * len(found)
    assert found


def deleted_by_parent():
    for key in list(animals().values_list("pk", flat=True)):
        Visit.objects.filter(animal_id=key).delete()


def updated_by_parent():
    for each in animals():
        each.visit_set.update(note="x")


@EVERYWHERE
@pytest.mark.parametrize(
    ("work", "edit"),
    [
        (deleted_by_parent, "Visit.objects.filter(animal_id__in=…).delete()"),
        (updated_by_parent, "Visit.objects.filter(animal__in=…).update(…)"),
    ],
)
def test_rows_of_each_parent_are_written_by_their_parents(work, edit, run, three):
    [finding] = run(work).findings
    assert (finding.code, finding.fix.edit) == ("QB104", edit)
    assert "3 times, for one key each" in finding.what


@EVERYWHERE
def test_what_a_deletion_would_take_is_looked_for_by_levels(run, zoo):
    level = [Keeper.objects.create(name="boss")]
    for _ in range(4):
        level = [Keeper.objects.create(name="one", boss=each) for each in level]
    bosses = list(Keeper.objects.filter(boss=None))
    assert codes(run(lambda: NestedObjects(using="default").collect(bosses))) == []


@EVERYWHERE
def test_the_first_of_a_generic_relation_is_not_prefetched(run, three):
    """Django refuses a slice there."""
    [finding] = run(lambda: [each.labels.order_by("-pk").first() for each in animals()]).findings
    assert (finding.code, finding.relation, finding.fix) == ("QB102", "Animal.labels", None)


class Tame(QuerySet):
    """A queryset of another manager."""

    def tame(self):
        return self.filter(story="long")


class TameManager(Manager.from_queryset(Tame)):
    """Hands that out."""


@EVERYWHERE
def test_another_manager_of_a_relation_is_no_plain_one(run, three, monkeypatch):
    """A prefetch of the relation would bring the default manager's rows."""
    tame = TameManager()
    tame.model, tame.name = Animal, "tame"
    monkeypatch.setattr(Animal, "tame", tame, raising=False)
    found = run(lambda: [list(each.animals(manager="tame").all()) for each in Keeper.objects.all()]).findings
    assert [each.code for each in found] == ["QB102"]


def test_a_relation_that_only_calls_itself_many_to_many_breaks_nothing():
    """As that of a manager of tags."""
    tags = SimpleNamespace(
        many_to_many=True,
        auto_created=False,
        name="tags",
        model=Animal,
        related_model=Visit,
        remote_field=None,
    )
    options = SimpleNamespace(many_to_many=[tags], related_objects=[], private_fields=[])
    assert relations._many_valued(type("Post", (), {"_meta": options})) == ()
    assert relations.column_of((tags, RelationKind.MANY_TO_MANY)) is None
    told = relations.describe.__wrapped__(tags, RelationKind.MANY_TO_MANY)
    assert (told.name, told.target, told.back, told.through, told.query_back) == (
        "tags",
        "zoo.Visit",
        "",
        "",
        "",
    )


class KeeperSerializer(serializers.ModelSerializer):
    """Shows what is loaded for each row."""

    animals = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Keeper
        fields = ("animals",)


class OfOneKeeper(ListAPIView):
    """Lists what a single object leads to; the framework evaluates it."""

    serializer_class = KeeperSerializer
    permission_classes = ()
    authentication_classes = ()

    def get_queryset(self):
        return Keeper.objects.get(pk=self.kwargs["pk"]).team.order_by("name")


class Pages(PageNumberPagination):
    """Lets its base evaluate the page."""

    page_size = 10

    def paginate_queryset(self, queryset, request, view=None):
        return super().paginate_queryset(queryset, request, view)


class AnimalSerializer(serializers.ModelSerializer):
    """Shows what another table has."""

    number = serializers.CharField(source="passport.number")

    class Meta:
        model = Animal
        fields = ("number",)


class Handing(ListAPIView):
    """A list whose pages come by way of a class that many views share."""

    serializer_class = AnimalSerializer
    pagination_class = Pages
    permission_classes = ()
    authentication_classes = ()

    def get_queryset(self):
        return Animal.objects.filter(keeper=self.kwargs["pk"]).order_by("pk")


def fixes_of(view, **kwargs):
    with query_budget() as seen:
        view.as_view()(RequestFactory().get("/"), **kwargs)
    return [finding.fix for finding in seen.requests[0].analysis.findings]


def test_a_list_of_one_object_is_edited_where_the_view_makes_it(zoo):
    """Not where the object is got, and never with a step that has no name."""
    boss = Keeper.objects.create(name="boss")
    for _ in range(3):
        Keeper.objects.create(name="one", boss=boss)
    [fix] = fixes_of(OfOneKeeper, pk=boss.pk)
    assert (fix.edit, fix.queryset) == ('prefetch_related("animals")', "OfOneKeeper.get_queryset")


def test_a_line_that_hands_on_to_a_base_is_no_place_to_edit(zoo):
    keeper = Keeper.objects.create(name="boss")
    AnimalFactory.create_batch(3)
    Animal.objects.update(keeper=keeper)
    [fix] = fixes_of(Handing, pk=keeper.pk)
    assert (fix.edit, fix.queryset) == ('select_related("passport")', "Handing.get_queryset")


class Crud(View):
    """Decides by itself what answers."""

    def dispatch(self, request, *args, **kwargs):
        return HttpResponse(Keeper.objects.count())


def test_a_view_that_dispatches_by_itself_is_named_by_the_method(zoo):
    with query_budget() as seen:
        Crud.as_view()(RequestFactory().post("/"))
    assert seen.requests[0].action.endswith("Crud.post")


class Shown(admin.ModelAdmin):
    """Says nothing of its queryset."""


class Narrowed(admin.ModelAdmin):
    """Has one of its own."""

    def get_queryset(self, request):
        return super().get_queryset(request).filter(story="long")


class Inheriting(Narrowed):
    """Has that of its base."""


@pytest.mark.parametrize(
    ("cls", "name", "line"),
    [
        (Shown, "Shown.get_queryset", "class Shown"),
        (Narrowed, "Narrowed.get_queryset", "def get_queryset"),
        (Inheriting, "Narrowed.get_queryset", "def get_queryset"),
    ],
)
def test_the_queryset_of_an_admin_is_named_with_its_class(cls, name, line):
    """Where it has none, there is the place for it."""
    found = views.queryset_of_admin(cls, Animal)
    assert (found.name, found.model) == (name, "zoo.Animal")
    assert found.place.source.startswith(line)


def test_an_admin_of_django_or_without_source_has_no_place():
    assert views.queryset_of_admin(admin.ModelAdmin, Animal) is None
    made = type("Made", (admin.ModelAdmin,), {"__module__": "made_up"})
    assert views.queryset_of_admin(made, Animal).place is None


def test_the_fix_of_an_admin_list_names_its_class(admin_client, monkeypatch):
    factories.ProjectFactory.create_batch(2)
    monkeypatch.setattr("reference_app.admin.ProjectAdmin.list_select_related", ("organization",))
    with query_budget() as seen:
        assert admin_client.get("/admin/reference_app/project/").status_code == 200
    [request] = [each for each in seen.requests if each.action.endswith("ProjectAdmin.changelist_view")]
    [fix] = [each.fix for each in request.analysis.findings if each.code == "QB101"]
    assert str(fix).startswith(
        'select_related("platform") in ProjectAdmin.get_queryset (reference_app/admin.py:'
    )
