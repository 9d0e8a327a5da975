"""QB102, a query in a loop, and QB103, the same query again; each case with its clean twin."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Count, Prefetch, Sum

from querybudget import query_budget
from tests.capture.support import codes, in_block, in_request
from tests.capture.zoo.factories import AnimalFactory, DogFactory, FoodFactory, KeeperFactory, ToyFactory
from tests.capture.zoo.models import Animal, Food, Keeper, Label, Passport, Toy, Visit

pytestmark = pytest.mark.usefixtures("zoo")

HERE = "tests/capture/test_queries_in_loops.py"
EVERYWHERE = pytest.mark.parametrize("run", [in_request, in_block])


@pytest.fixture
def three():
    return AnimalFactory.create_batch(3)


def animals():
    return Animal.objects.order_by("pk")


def _ask_with_cursor(animal):
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM zoo_animal WHERE id = %s", [animal.pk])


def _ask_with_literals(animal):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM zoo_animal WHERE id = {animal.pk}")


def _raw(animal):
    list(Animal.objects.raw("SELECT id, name FROM zoo_animal WHERE id = %s", [animal.pk]))


BY_KEY = {
    "get by key": lambda a: Animal.objects.get(pk=a.pk),
    "get by a unique field": lambda a: Passport.objects.get(number=f"P{a.pk}"),
    "get by another field": lambda a: Animal.objects.get(name=a.name),
    "filter and first": lambda a: Animal.objects.filter(name=a.name).first(),
    "filter and list": lambda a: list(Animal.objects.filter(name=a.name)),
    "exists": lambda a: Visit.objects.filter(animal_id=a.pk).exists(),
    "count": lambda a: Visit.objects.filter(animal_id=a.pk).count(),
    "aggregate": lambda a: Visit.objects.filter(animal_id=a.pk).aggregate(Sum("pills")),
    "contains": lambda a: Animal.objects.filter(story="long").contains(a),
    "values": lambda a: list(Visit.objects.filter(animal_id=a.pk).values("note")),
    "in with one id": lambda a: list(Animal.objects.filter(pk__in=[a.pk])),
    "in bulk with one id": lambda a: Animal.objects.in_bulk([a.pk]),
    "cursor": _ask_with_cursor,
    "cursor with literals": _ask_with_literals,
    "raw": _raw,
    "refresh": lambda a: a.refresh_from_db(),
    "get or create": lambda a: Animal.objects.get_or_create(name=a.name),
    "first after a constant": lambda a: Visit.objects.filter(animal=a, pills__gte=0).order_by("-pk").first(),
    "some of two constants": lambda a: list(Visit.objects.filter(animal=a, note__in=["first", "second"])),
    "earliest": lambda a: Visit.objects.filter(animal=a).earliest("pk"),
}

BY_MANAGER = {
    "count": (lambda a: a.visit_set.count(), "Animal.visit_set"),
    "exists": (lambda a: a.visit_set.exists(), "Animal.visit_set"),
    "aggregate": (lambda a: a.visit_set.aggregate(Sum("pills")), "Animal.visit_set"),
    "filter": (lambda a: list(a.visit_set.filter(note="first")), "Animal.visit_set"),
    "order": (lambda a: list(a.visit_set.order_by("-pk")), "Animal.visit_set"),
    "first": (lambda a: a.visit_set.first(), "Animal.visit_set"),
    "slice": (lambda a: list(a.visit_set.all()[:1]), "Animal.visit_set"),
    "values": (lambda a: list(a.visit_set.values_list("note")), "Animal.visit_set"),
    "slice of some": (lambda a: list(a.visit_set.filter(pills__gte=0)[:1]), "Animal.visit_set"),
    "slice of the rest": (lambda a: list(a.visit_set.order_by("pk")[1:2]), "Animal.visit_set"),
    "first of some": (lambda a: a.visit_set.filter(pills__lte=9).first(), "Animal.visit_set"),
    "some of two constants": (
        lambda a: list(a.visit_set.filter(note__in=["first", "second"])),
        "Animal.visit_set",
    ),
    "many-to-many exists": (lambda a: a.foods.exists(), "Animal.foods"),
    "many-to-many backwards": (lambda a: a.friends.count(), "Animal.friends"),
    "many-to-many count": (lambda a: a.toys.count(), "Animal.toys"),
    "many-to-many filter": (lambda a: list(a.foods.filter(name="x")), "Animal.foods"),
    "generic count": (lambda a: a.labels.count(), "Animal.labels"),
}


@EVERYWHERE
@pytest.mark.parametrize("name", BY_KEY)
def test_a_query_for_each_row_is_found_at_its_line(name, run, three):
    ask = BY_KEY[name]
    [finding] = run(lambda: [ask(animal) for animal in three]).findings
    assert (finding.code, finding.proof, finding.count) == ("QB102", "heuristic", 3)
    site = ask.__code__
    is_lambda = site.co_name == "<lambda>"
    assert finding.call_site.path == HERE
    assert finding.call_site.function == site.co_qualname.replace("<locals>.", "")
    assert finding.call_site.line == site.co_firstlineno or not is_lambda


@EVERYWHERE
@pytest.mark.parametrize("name", BY_KEY)
def test_two_single_objects_through_one_helper_are_clean(name, run, three):
    """Twice is no loop where nobody knows the objects to be of one list."""
    ask = BY_KEY[name]
    assert codes(run(lambda: [ask(animal) for animal in three[:2]])) == []


@EVERYWHERE
@pytest.mark.parametrize("name", BY_MANAGER)
def test_a_related_manager_asked_for_each_row_is_found(name, run, three):
    ask, relation = BY_MANAGER[name]
    [finding] = run(lambda: [ask(animal) for animal in animals()]).findings
    assert (finding.code, finding.relation, finding.count) == ("QB102", relation, 3)
    assert "for 3 of 3 animals" in finding.what
    assert (finding.call_site.path, finding.call_site.line) == (HERE, ask.__code__.co_firstlineno)


@EVERYWHERE
@pytest.mark.parametrize("name", BY_MANAGER)
def test_a_related_manager_of_one_object_is_clean(name, run, three):
    ask, _ = BY_MANAGER[name]
    assert codes(run(lambda: ask(animals().first()))) == []


@EVERYWHERE
@pytest.mark.parametrize("name", ["filter", "order", "first", "values", "aggregate"])
def test_a_prefetch_that_is_defeated_is_told(name, run, three):
    ask, relation = BY_MANAGER[name]

    def work():
        for animal in animals().prefetch_related("visit_set"):
            ask(animal)

    [finding] = run(work).findings
    assert (finding.code, finding.relation) == ("QB102", relation)
    assert "although prefetched" in finding.what


@EVERYWHERE
@pytest.mark.parametrize("name", ["many-to-many filter", "generic count"])
def test_a_prefetch_of_another_relation_is_not_called_defeated(name, run, three):
    ask, _ = BY_MANAGER[name]

    def work():
        for animal in animals().prefetch_related("visit_set"):
            ask(animal)

    assert "although prefetched" not in run(work).findings[0].what


@EVERYWHERE
@pytest.mark.parametrize("ask", [lambda a: a.visit_set.count(), lambda a: a.visit_set.exists()])
def test_counting_a_prefetched_relation_asks_nothing(run, ask, three):
    analysis = run(lambda: [ask(animal) for animal in animals().prefetch_related("visit_set")])
    assert (analysis.measures.queries, analysis.findings) == (2, ())


@EVERYWHERE
def test_a_filtered_prefetch_to_an_attribute_is_clean(run, three):
    first = Prefetch("visit_set", Visit.objects.filter(note="first"), to_attr="first_visits")
    assert codes(run(lambda: [a.first_visits for a in animals().prefetch_related(first)])) == []


@EVERYWHERE
def test_annotated_counts_are_clean(run, three):
    assert codes(run(lambda: [a.n for a in animals().annotate(n=Count("visit"))])) == []


@EVERYWHERE
def test_in_bulk_and_one_in_list_are_clean(run, three):
    keys = [animal.pk for animal in three]

    def work():
        Animal.objects.in_bulk(keys)
        list(Animal.objects.filter(pk__in=keys))

    assert "QB102" not in codes(run(work))


@EVERYWHERE
def test_chunks_of_ids_with_a_short_last_one_are_clean(run):
    keys = [animal.pk for animal in AnimalFactory.create_batch(7, surroundings=False)]

    def work():
        for start in range(0, 7, 2):
            list(Animal.objects.filter(pk__in=keys[start : start + 2]))

    assert codes(run(work)) == []


@EVERYWHERE
def test_walking_pages_by_offset_is_clean(run):
    AnimalFactory.create_batch(8, surroundings=False)

    def work():
        for start in range(0, 8, 2):
            list(animals()[start : start + 2])

    assert codes(run(work)) == []


@EVERYWHERE
def test_walking_pages_by_key_is_clean(run):
    AnimalFactory.create_batch(8, surroundings=False)

    def work():
        last = 0
        while page := list(animals().filter(pk__gt=last)[:2]):
            last = page[-1].pk

    assert codes(run(work)) == []


@EVERYWHERE
def test_a_page_and_its_count_are_clean(run, three):
    def work():
        animals().count()
        list(animals()[:2])

    assert codes(run(work)) == []


@EVERYWHERE
def test_statements_that_differ_only_in_their_tables_are_clean(run):
    models = (Animal, Keeper, Food, Toy, Label)
    assert codes(run(lambda: [model.objects.filter(pk=1).exists() for model in models])) == []


@EVERYWHERE
def test_bulk_writes_in_batches_are_clean(run):
    def work():
        toys = Toy.objects.bulk_create([Toy(name=str(n)) for n in range(9)], batch_size=2)
        for toy in toys:
            toy.name += "!"
        Toy.objects.bulk_update(toys, ["name"], batch_size=2)

    assert codes(run(work)) == []


@EVERYWHERE
def test_executemany_is_clean(run):
    def work():
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO zoo_toy (name) VALUES (%s)", [("a",), ("b",), ("c",)])

    assert codes(run(work)) == []


@EVERYWHERE
def test_one_cascade_is_clean(run, three):
    assert codes(run(lambda: Animal.objects.all().delete())) == []


@EVERYWHERE
def test_the_cascade_of_one_object_is_clean(run):
    dog = DogFactory()
    assert codes(run(dog.delete)) == []


@EVERYWHERE
def test_savepoints_are_clean(run):
    def work():
        for _ in range(4):
            with transaction.atomic():
                pass

    analysis = run(work)
    assert (analysis.measures.queries, analysis.findings) == (0, ())


@EVERYWHERE
def test_many_to_many_changes_of_one_object_are_clean(run):
    animal = AnimalFactory()
    toys = ToyFactory.create_batch(4)

    def work():
        animal.toys.add(*toys)
        animal.toys.set(toys[:2])
        animal.toys.remove(toys[0])
        animal.toys.clear()

    assert codes(run(work)) == []


@EVERYWHERE
def test_content_types_are_clean(run, three):
    def work():
        for label in Label.objects.all():
            ContentType.objects.clear_cache()
            ContentType.objects.get_for_id(label.content_type_id)

    assert codes(run(work)) == []


@EVERYWHERE
def test_a_content_type_loaded_for_each_row_by_its_foreign_key_is_an_n_plus_one(run, three):
    """The foreign key does not look into the content types' cache."""
    [finding] = run(lambda: [label.content_type.model for label in Label.objects.all()]).findings
    assert (finding.code, finding.relation, finding.count) == ("QB101", "Label.content_type", 3)


@EVERYWHERE
def test_different_helpers_with_three_gets_are_no_loop(run, three):
    def first():
        return Animal.objects.get(pk=three[0].pk)

    def second():
        return Animal.objects.get(pk=three[1].pk)

    def third():
        return Animal.objects.get(pk=three[2].pk)

    assert codes(run(lambda: (first(), second(), third()))) == []


# The same again.


@EVERYWHERE
def test_the_same_count_twice_is_a_duplicate(run, three):
    def work():
        animals().count()
        animals().count()

    analysis = run(work)
    [finding] = analysis.findings
    assert (finding.code, finding.proof, finding.count) == ("QB103", "proven", 2)
    assert "from 2 places" in finding.what
    assert analysis.measures.duplicates == 1


@EVERYWHERE
def test_the_same_row_fetched_by_two_layers_is_a_duplicate(run, three):
    key = three[0].pk

    def authorise():
        return Animal.objects.get(pk=key)

    def work():
        authorise()
        Animal.objects.get(pk=key)

    [finding] = run(work).findings
    assert (finding.code, finding.count, finding.call_site.function.split(".")[-1]) == (
        "QB103",
        2,
        "authorise",
    )


@EVERYWHERE
def test_an_invariant_query_in_a_loop_is_a_duplicate(run, three):
    [finding] = run(lambda: [Keeper.objects.first() for _ in three]).findings
    assert (finding.code, finding.count) == ("QB103", 3)


@EVERYWHERE
def test_a_queryset_evaluated_twice_from_its_cache_is_clean(run, three):
    def work():
        queryset = animals()
        list(queryset)
        len(queryset)
        bool(queryset)

    analysis = run(work)
    assert (analysis.measures.queries, analysis.findings) == (1, ())


@EVERYWHERE
def test_a_queryset_built_twice_is_a_duplicate(run, three):
    def work():
        list(animals())
        list(animals())

    assert codes(run(work)) == ["QB103"]


@EVERYWHERE
def test_a_refresh_after_a_write_is_clean(run, three):
    key = three[0].pk

    def work():
        animal = Animal.objects.get(pk=key)
        animal.name = "new"
        animal.save()
        Animal.objects.get(pk=key)

    assert codes(run(work)) == []


@EVERYWHERE
def test_a_refresh_after_a_write_to_another_table_is_a_duplicate(run, three):
    key = three[0].pk

    def work():
        Animal.objects.get(pk=key)
        ToyFactory()
        Animal.objects.get(pk=key)

    assert codes(run(work)) == ["QB103"]


@EVERYWHERE
def test_parameters_that_compare_equal_and_are_not_the_same_are_no_duplicate(run):
    def work():
        Food.objects.filter(pk=1).exists()
        Food.objects.filter(name="1").exists()

    FoodFactory()
    assert codes(run(work)) == []


def test_the_same_query_in_two_requests_is_no_finding(three):
    with query_budget() as seen:
        in_request(animals().count)
        in_request(animals().count)
    assert (seen.findings, seen.duplicates) == ((), 1)


@EVERYWHERE
def test_a_list_serialised_row_by_row_from_a_joined_keeper_is_clean(run):
    keeper = KeeperFactory()
    AnimalFactory.create_batch(3, keeper=keeper, surroundings=False)
    assert codes(run(lambda: [animal.name for animal in keeper.animals.all()])) == []
