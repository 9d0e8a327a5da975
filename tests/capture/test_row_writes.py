"""QB104: rows written one at a time; each case beside its twin that writes them at once."""

import pytest
from django.db import transaction

from tests.capture.support import codes
from tests.capture.test_relations_one_at_a_time import EVERYWHERE, animals
from tests.capture.zoo.factories import AnimalFactory, DogFactory, ToyFactory
from tests.capture.zoo.models import Animal, Dog, Toy

pytestmark = pytest.mark.usefixtures("zoo")

MANY = 1_200
"""More rows than SQLite takes in one statement."""


@pytest.fixture
def three(zoo):
    return AnimalFactory.create_batch(3)


@pytest.fixture
def toys(zoo):
    return ToyFactory.create_batch(3)


def created(_toys):
    for number in range(3):
        Toy.objects.create(name=str(number))


def saved(_toys):
    for animal in Animal.objects.all():
        animal.name += "!"
        animal.save(update_fields=["name"])


def updated(_toys):
    for animal in Animal.objects.all():
        Animal.objects.filter(pk=animal.pk).update(name="x")


def deleted(toys):
    for toy in toys:
        toy.delete()


def deleted_by_key(toys):
    for toy in toys:
        Toy.objects.filter(pk=toy.pk).delete()


def added_for_each_object(toys):
    for animal in Animal.objects.all():
        animal.toys.add(*toys)


def added_one_by_one(toys):
    animal = Animal.objects.first()
    animal.toys.clear()
    for toy in toys:
        animal.toys.add(toy)


CASES = {
    created: ("Toy", "Toy.objects.bulk_create(…)", "Toy.objects.create(name=str(number))"),
    saved: ("Animal", "Animal.objects.bulk_update(…)", 'animal.save(update_fields=["name"])'),
    updated: (
        "Animal",
        "Animal.objects.filter(pk__in=…).update(…)",
        'Animal.objects.filter(pk=animal.pk).update(name="x")',
    ),
    deleted: ("Toy", "Toy.objects.filter(pk__in=…).delete()", "toy.delete()"),
    deleted_by_key: (
        "Toy",
        "Toy.objects.filter(pk__in=…).delete()",
        "Toy.objects.filter(pk=toy.pk).delete()",
    ),
    added_for_each_object: (
        "Animal.toys",
        "Animal.toys.through.objects.bulk_create(…, ignore_conflicts=True)",
        "animal.toys.add(*toys)",
    ),
    added_one_by_one: (
        "Animal.toys",
        "Animal.toys.through.objects.bulk_create(…, ignore_conflicts=True)",
        "animal.toys.add(toy)",
    ),
}


@EVERYWHERE
@pytest.mark.parametrize("work", CASES, ids=lambda work: work.__name__)
def test_rows_written_one_at_a_time_are_found(work, run, three, toys):
    relation, edit, line = CASES[work]
    found = [each for each in run(lambda: work(toys)).findings if each.code == "QB104"]
    assert [(each.relation, each.proof) for each in found] == [(relation, "proven")]
    assert " 3 times, a row each" in found[0].what
    assert found[0].fix.edit == edit
    assert found[0].call_site.source == line


@EVERYWHERE
@pytest.mark.parametrize(
    "work",
    [
        lambda toys: Toy.objects.bulk_create([Toy(name=str(n)) for n in range(9)], batch_size=2),
        lambda toys: Animal.objects.bulk_update(list(animals()), ["name"], batch_size=1),
        lambda toys: Animal.objects.update(name="x"),
        lambda toys: Toy.objects.filter(pk__in=[toy.pk for toy in toys]).delete(),
        lambda toys: Animal.objects.all().delete(),
        lambda toys: [animal.toys.set(toys) for animal in animals()[:1]],
    ],
)
def test_rows_written_at_once_are_clean(work, run, three, toys):
    assert "QB104" not in codes(run(lambda: work(toys)))


@EVERYWHERE
def test_chunks_of_one_change_are_clean(run, three):
    many = Toy.objects.bulk_create(Toy(name=str(number)) for number in range(MANY))
    animal = animals()[0]
    assert codes(run(lambda: animal.toys.add(*many))) == []
    assert codes(run(lambda: many[0].animal_set.add(*animals()))) == []
    assert codes(run(lambda: Toy.objects.filter(pk__gt=many[0].pk).delete())) == []


@EVERYWHERE
def test_two_rows_and_three_lines_are_no_loop(run, toys):
    def work():
        for toy in toys[:2]:
            toy.save()
        toys[0].save()
        toys[1].save()
        toys[2].save()

    assert codes(run(work)) == []


@EVERYWHERE
def test_rows_with_a_part_in_a_parents_table_have_no_bulk_write(run, zoo):
    """Django creates them one at a time only: there is nothing to print."""

    def work():
        for number in range(3):
            Dog.objects.create(name=str(number))

    found = run(work).findings
    assert {(each.code, each.fix) for each in found} == {("QB104", None)}


@EVERYWHERE
def test_an_inherited_row_is_updated_in_bulk(run, zoo):
    DogFactory.create_batch(3)

    def work():
        for dog in Dog.objects.all():
            dog.trainer = None
            dog.save(update_fields=["trainer"])

    [finding] = run(work).findings
    assert finding.fix.edit == "Dog.objects.bulk_update(…)"


@EVERYWHERE
def test_rows_locked_one_at_a_time_are_found(run, three):
    def lock():
        for animal in list(Animal.objects.values_list("pk", flat=True)):
            Animal.objects.select_for_update().get(pk=animal)

    with transaction.atomic():
        [finding] = run(lock).findings
    assert (finding.code, finding.what) == ("QB104", "Animal locked 3 times, a row each")
    assert finding.fix.edit == "Animal.objects.select_for_update().filter(pk__in=…)"


@EVERYWHERE
def test_rows_locked_at_once_or_in_steps_are_clean(run, three):
    keys = sorted(animal.pk for animal in three)

    def lock():
        list(Animal.objects.select_for_update())
        for start in range(3):
            list(Animal.objects.select_for_update().order_by("pk")[start : start + 1])
        return [Animal.objects.select_for_update().filter(pk=key).count() for key in keys]

    with transaction.atomic():
        assert "QB104" not in codes(run(lock))


@EVERYWHERE
def test_a_lock_belongs_to_the_write_it_is_taken_for(run, three):
    def work():
        for number in range(3):
            Toy.objects.update_or_create(name=f"toy {number}", defaults={"name": f"new {number}"})

    [finding] = [each for each in run(work).findings if each.code == "QB104"]
    assert (finding.relation, finding.count) == ("Toy", 6)


@EVERYWHERE
def test_rows_that_are_given_values_of_their_own_are_updated_in_bulk(run, three):
    keys = [animal.pk for animal in three]

    def work():
        for number, key in enumerate(keys):
            Animal.objects.filter(pk=key).update(story=f"story {number}")

    [finding] = run(work).findings
    assert finding.fix.edit == "Animal.objects.bulk_update(…)"
