"""QB105: the lists of a test hold one row; what is loaded for it is told from what one object loads."""

import pytest
from django.db.models import prefetch_related_objects
from django.template import engines

from tests.capture.support import codes
from tests.capture.test_relations_one_at_a_time import CASES, EVERYWHERE, animals, apply
from tests.capture.zoo.factories import AnimalFactory
from tests.capture.zoo.models import Animal

pytestmark = pytest.mark.usefixtures("zoo")


@pytest.fixture
def only(zoo):
    """One animal with everything around it."""
    return AnimalFactory()


def rows(case):
    """Narrow the case's queryset to one row, without saying so to Django."""
    queryset = case.queryset()
    return queryset.filter(pk__in=[queryset.values_list("pk", flat=True)[0]])


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_a_relation_asked_of_the_only_row_of_a_list_is_latent(name, run, only):
    case, queryset = CASES[name], rows(CASES[name])

    def work():
        for each in queryset:
            case.touch(each)

    [finding] = run(work).findings
    assert (finding.code, finding.proof, finding.relation) == ("QB105", "proven", case.relation)
    assert finding.fix.edit == case.edit


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_a_list_that_loads_eagerly_is_clean(name, run, only):
    case, queryset = CASES[name], rows(CASES[name])
    lookup = case.edit.split('"')[1]

    def edited():
        for each in apply(case.edit, queryset.all()):
            case.touch(each)

    def prefetched():
        for each in queryset.prefetch_related(lookup):
            case.touch(each)

    def prefetched_afterwards():
        objects = list(queryset.all())
        prefetch_related_objects(objects, lookup)
        for each in objects:
            case.touch(each)

    for work in (edited, prefetched, prefetched_afterwards):
        assert codes(run(work)) == []


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_what_is_prefetched_for_each_row_is_latent(name, run, only):
    case, queryset = CASES[name], rows(CASES[name])
    lookup = case.edit.split('"')[1]

    def work():
        for each in queryset:
            prefetch_related_objects([each], lookup)
            case.touch(each)

    assert codes(run(work)) == ["QB105"]


def first(queryset):
    return queryset.first()


def by_key(queryset):
    return queryset.get(pk=queryset.model.objects.first().pk)


def at_index(queryset):
    return queryset[0]


def at_index_of_what_is_loaded(queryset):
    return queryset[0] if queryset else None


def at_index_of_a_list(queryset):
    return list(queryset)[0]  # noqa: RUF015 - as people write it


def unpacked(queryset):
    [only] = queryset
    return only


def next_of(queryset):
    return next(iter(queryset))


def sliced(queryset):
    return next(each for each in queryset[:1])


ONE = [first, by_key, at_index, at_index_of_what_is_loaded, at_index_of_a_list, unpacked, next_of, sliced]


@EVERYWHERE
@pytest.mark.parametrize("one", ONE)
def test_one_object_is_never_latent(one, run, only):
    def work():
        animal = one(animals())
        _ = animal.keeper.name
        _ = animal.passport.number
        _ = animal.toys.all()[:]
        _ = str(animal)

    assert codes(run(work)) == []


@EVERYWHERE
def test_rows_of_one_object_are_a_list(run, only):
    def work():
        keeper = animals().first().keeper
        for animal in keeper.animals.all():
            _ = animal.passport.number

    [finding] = run(work).findings
    assert (finding.code, finding.relation, finding.fix.edit) == (
        "QB105",
        "Animal.passport",
        'select_related("passport")',
    )


@EVERYWHERE
@pytest.mark.parametrize(
    "work",
    [
        lambda: [animal.keeper.name for animal in animals()],
        lambda: {animal.keeper.name for animal in animals()},
        lambda: list(animal.keeper.name for animal in animals()),  # noqa: C400 - a generator is the case
        lambda: sorted(animals(), key=lambda animal: animal.keeper.name),
        lambda: max(map(lambda animal: animal.keeper.name, animals())),  # noqa: C417 - so is a lambda
    ],
    ids=["list", "set", "generator", "key", "map"],
)
def test_a_comprehension_is_a_loop(run, only, work):
    assert codes(run(work)) == ["QB105"]


@EVERYWHERE
def test_a_function_called_from_a_loop_is_in_it(run, only):
    def name_of(animal):
        return animal.keeper.name

    def work():
        queue = list(animals())
        while queue:
            name_of(queue.pop())

    assert codes(run(work)) == ["QB105"]


@EVERYWHERE
def test_a_template_goes_over_rows(run, only):
    template = engines["django"].from_string("{% for a in animals %}{{ a.keeper.name }}{% endfor %}")
    single = engines["django"].from_string("{{ animals.0.keeper.name }}")
    assert codes(run(lambda: template.render({"animals": animals()}))) == ["QB105"]
    assert codes(run(lambda: single.render({"animals": animals()}))) == []


@EVERYWHERE
def test_two_rows_of_which_one_is_asked_are_none(run, only):
    AnimalFactory()

    def work():
        for number, animal in enumerate(animals()):
            if not number:
                _ = animal.keeper.name

    assert codes(run(work)) == []


@EVERYWHERE
def test_a_second_level_is_latent_too(run, only):
    def work():
        for animal in animals().select_related("keeper"):
            _ = animal.keeper.boss

    only.keeper.boss = AnimalFactory(name="other").keeper
    only.keeper.save()
    Animal.objects.exclude(pk=only.pk).delete()
    [finding] = run(work).findings
    assert (finding.code, finding.fix.edit) == ("QB105", 'select_related("keeper__boss")')
