"""Filters by the key of a row in a list: what relation they stand for, and of which row."""

import pytest
from django.utils.functional import SimpleLazyObject

from tests.capture.support import in_block
from tests.capture.zoo.factories import AnimalFactory
from tests.capture.zoo.models import Animal, Food, Keeper, Passport, Visit

pytestmark = pytest.mark.usefixtures("zoo")
VISITS = '"visit_set", queryset=Visit.objects.filter(note__gte=…), to_attr="some_visit"'


@pytest.fixture
def animals(zoo):
    """Three, with everything around them."""
    return AnimalFactory.create_batch(3)


def asked(see, rows=Animal.objects.order_by):
    """Run `see` for each animal; return the origins of what it asked."""
    analysis = in_block(lambda: [see(animal) for animal in rows("pk")])
    return [event.origin for group in analysis.groups for event in group.events][1:], analysis.findings


def n_visits_of(key):
    return Visit.objects.filter(note__gte="", animal=key).count()


@pytest.mark.parametrize(
    ("see", "relation", "edit"),
    [
        (
            lambda animal: Visit.objects.filter(animal=animal).count(),
            "Animal.visit_set",
            'annotate(n_visit=Count("visit"))',
        ),
        (
            lambda animal: n_visits_of(animal.pk),
            "Animal.visit_set",
            'annotate(n_visit=Count("visit", filter=Q(visit__note__gte=…)))',
        ),
        (
            lambda animal: list(Food.objects.filter(eaters=animal)),
            "Animal.foods",
            'prefetch_related(Prefetch("foods", queryset=Food.objects.all(), to_attr="some_foods"))',
        ),
        (
            lambda animal: Passport.objects.get(animal_id=animal.pk),
            "Animal.passport",
            'select_related("passport")',
        ),
        (
            lambda animal: animal.visit_set.get(note__gte=""),
            "Animal.visit_set",
            f"prefetch_related(Prefetch({VISITS}))",
        ),
    ],
)
def test_a_filter_by_the_key_of_a_row_is_that_rows_relation(animals, see, relation, edit):
    Visit.objects.exclude(pk__in=[animal.visit_set.first().pk for animal in animals]).delete()
    origins, [finding] = asked(see)
    assert [str(origin.relation) for origin in origins] == [relation] * 3
    assert [origin.asker.row for origin in origins] == [1, 2, 3]
    assert (finding.code, finding.relation, finding.fix.edit) == ("QB102", relation, edit)
    assert "for 3 of 3 animals" in finding.what


@pytest.mark.parametrize(
    "see",
    [
        lambda animal: Visit.objects.exclude(animal=animal).count(),
        lambda animal: Visit.objects.filter(note=animal.name).count(),
        lambda animal: Visit.objects.filter(pills=animal.pk).count(),
        lambda animal: Keeper.objects.filter(animals__name=animal.name).count(),
    ],
)
def test_a_filter_by_something_else_names_no_relation(animals, see):
    origins, _ = asked(see)
    assert [origin.relation for origin in origins] == [None] * 3


def test_the_key_of_an_object_that_no_list_brought_names_no_relation(animals):
    def once():
        animal = Animal.objects.get(pk=animals[0].pk)
        return Visit.objects.filter(animal=animal).count()

    analysis = in_block(once)
    assert [group.first.origin.relation for group in analysis.groups] == [None, None]


def test_two_rows_of_a_list_on_different_lines_are_no_loop(animals):
    def twice():
        first, second, _ = Animal.objects.order_by("pk")
        one = Visit.objects.filter(animal=first).count()
        other = Visit.objects.filter(animal=second).count()
        return one, other

    assert not in_block(twice).findings


def test_a_lazy_object_beside_it_is_not_loaded(animals):
    """`request.user` is one: to ask for its class would run its query, as nobody's."""
    loaded = []

    def see(animal):
        user = SimpleLazyObject(lambda: loaded.append(animal))
        return Visit.objects.filter(animal=animal).count(), type(user)

    origins, _ = asked(see)
    assert [str(origin.relation) for origin in origins] == ["Animal.visit_set"] * 3
    assert not loaded
