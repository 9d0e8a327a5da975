"""Findings on querysets that take no plain eager load: raw, combined, deferred, generic, cut."""

import pytest
from django.core.paginator import Paginator
from django.db.models import Prefetch

from tests.capture.support import codes, in_block, in_request
from tests.capture.test_relations_one_at_a_time import apply
from tests.capture.zoo.factories import AnimalFactory, DogFactory
from tests.capture.zoo.models import Animal, Dog, Keeper, Label, Passport, Toy, Visit

pytestmark = pytest.mark.usefixtures("zoo")

EVERYWHERE = pytest.mark.parametrize("run", [in_request, in_block])


@pytest.fixture(autouse=True)
def _three(zoo):
    AnimalFactory.create_batch(3)


def animals():
    return Animal.objects.order_by("pk")


def loop(queryset, touch):
    return lambda: [touch(each) for each in queryset()]


def raw():
    return Animal.objects.raw("SELECT * FROM zoo_animal ORDER BY id")


@EVERYWHERE
@pytest.mark.parametrize(
    ("touch", "edit"),
    [
        (lambda a: a.keeper.name, 'prefetch_related("keeper")'),
        (lambda a: list(a.toys.all()), 'prefetch_related("toys")'),
        (lambda a: a.passport.number, 'prefetch_related("passport")'),
    ],
)
def test_rows_of_a_raw_queryset_are_prefetched_for_since_it_takes_no_join(run, touch, edit):
    [finding] = run(loop(raw, touch)).findings
    assert (finding.code, finding.count, finding.fix.edit) == ("QB101", 3, edit)
    assert codes(run(loop(lambda: apply(edit, raw()), touch))) == []


@EVERYWHERE
def test_a_field_that_raw_sql_left_out_has_no_fix_by_a_method_it_lacks(run):
    [finding] = run(
        loop(lambda: Animal.objects.raw("SELECT id, name FROM zoo_animal"), lambda a: a.story)
    ).findings
    assert (finding.code, finding.relation) == ("QB101", "Animal.story")
    assert finding.fix is None or "only()" not in finding.fix.edit


@EVERYWHERE
def test_a_join_on_a_deferred_key_is_not_offered_alone(run):
    """Django refuses: a field cannot be both deferred and traversed."""
    findings = run(loop(lambda: animals().only("name"), lambda a: a.keeper.name)).findings
    assert {finding.code for finding in findings} == {"QB101"}
    for finding in findings:
        if finding.fix and finding.fix.edit.startswith(("select_related(", "prefetch_related(")):
            list(apply(finding.fix.edit, animals().only("name")))


@EVERYWHERE
def test_a_union_is_offered_nothing_that_it_refuses(run):
    def union():
        return Animal.objects.filter(name="x").union(Animal.objects.exclude(name="x"))

    [finding] = run(loop(union, lambda a: a.keeper.name)).findings
    assert (finding.code, finding.count) == ("QB101", 3)
    if finding.fix:
        list(apply(finding.fix.edit, union()))


@EVERYWHERE
@pytest.mark.parametrize("prefetched", [True, False])
def test_a_relation_behind_a_generic_key_is_found(run, prefetched):
    def labels():
        return Label.objects.prefetch_related("subject") if prefetched else Label.objects.all()

    def touch(label):
        return label.subject.keeper.name

    found = [each for each in run(loop(labels, touch)).findings if each.relation == "Animal.keeper"]
    assert [(each.code, each.count) for each in found] == [("QB101", 3)]
    for finding in found:
        if finding.fix:
            list(apply(finding.fix.edit, labels()))


@EVERYWHERE
def test_the_generic_twin_is_clean(run):
    labels = Label.objects.prefetch_related("subject__keeper")
    assert codes(run(loop(lambda: labels, lambda label: label.subject.keeper.name))) == []


@EVERYWHERE
@pytest.mark.parametrize(
    ("queryset", "touch", "relation", "edit"),
    [
        (
            lambda: Visit.objects.order_by("pk"),
            lambda v: v.animal.keeper.name,
            "Animal.keeper",
            'select_related("animal__keeper")',
        ),
        (
            lambda: Visit.objects.select_related("animal"),
            lambda v: list(v.animal.toys.all()),
            "Animal.toys",
            'prefetch_related("animal__toys")',
        ),
        (
            lambda: Passport.objects.select_related("animal__keeper"),
            lambda p: p.animal.keeper.boss.name,
            "Keeper.boss",
            'select_related("animal__keeper__boss")',
        ),
        (
            lambda: animals().prefetch_related("keeper"),
            lambda a: a.keeper.boss.name,
            "Keeper.boss",
            'select_related("keeper__boss")',
        ),
        (
            lambda: animals().select_related("passport"),
            lambda a: a.passport.animal.keeper.name,
            "Animal.keeper",
            'select_related("keeper")',
        ),
        (
            lambda: Toy.objects.prefetch_related("animal_set__keeper"),
            lambda t: [a.keeper.boss.name for a in t.animal_set.all()],
            "Keeper.boss",
            'prefetch_related("animal_set__keeper__boss")',
        ),
    ],
)
def test_a_longer_path_is_written_whole_and_works(run, queryset, touch, relation, edit):
    findings = run(loop(queryset, touch)).findings
    finding = next(each for each in findings if each.relation == relation)
    assert (finding.code, finding.fix.edit) == ("QB101", edit)
    again = run(loop(lambda: apply(edit, queryset()), touch)).findings
    assert relation not in [each.relation for each in again]


@EVERYWHERE
def test_a_deferred_field_in_a_prefetch_is_named_in_the_queryset_of_the_prefetch(run):
    narrow = Prefetch("animals", Animal.objects.only("name", "keeper_id"))

    def keepers():
        return Keeper.objects.prefetch_related(narrow)

    [finding] = run(loop(keepers, lambda k: [a.story for a in k.animals.all()])).findings
    assert (finding.code, finding.relation) == ("QB101", "Animal.story")
    assert finding.fix.edit.startswith('load "story" too (name it in only() of Prefetch("animals", …)')


@EVERYWHERE
def test_a_deferred_field_of_a_parent_class_is_found(run):
    DogFactory.create_batch(3)
    [finding] = run(loop(lambda: Dog.objects.only("trainer"), lambda dog: dog.name)).findings
    assert (finding.code, finding.relation.split(".")[1], finding.count) == ("QB101", "name", 3)
    assert codes(run(loop(lambda: Dog.objects.only("trainer", "name"), lambda dog: dog.name))) == []


@EVERYWHERE
@pytest.mark.parametrize(
    "work",
    [
        lambda: [a.keeper.name for a in animals()[:3]],
        lambda: [a.keeper.name for a in Paginator(animals(), 3).page(1)],
        lambda: [a.keeper.name for a in Animal.objects.in_bulk().values()],
        lambda: [a.keeper.name for a in animals().reverse()],
        lambda: [a.keeper.name for a in animals().distinct()],
    ],
)
def test_however_the_list_came_about_its_rows_are_of_one_load(run, work):
    [finding] = run(work).findings
    assert (finding.code, finding.relation, finding.count) == ("QB101", "Animal.keeper", 3)


@EVERYWHERE
def test_related_managers_that_get_or_create_are_found_once(run):
    [finding] = run(loop(animals, lambda a: a.visit_set.get_or_create(note="first"))).findings
    assert (finding.code, finding.relation, finding.count) == ("QB102", "Animal.visit_set", 3)


@EVERYWHERE
def test_an_all_of_an_all_defeats_a_prefetch(run):
    queryset = animals().prefetch_related("visit_set")
    [finding] = run(loop(lambda: queryset, lambda a: list(a.visit_set.all().all()))).findings
    assert (finding.code, finding.relation) == ("QB102", "Animal.visit_set")
    assert "although prefetched" in finding.what


@EVERYWHERE
def test_a_prefetch_to_an_attribute_does_not_spare_all(run):
    queryset = animals().prefetch_related(Prefetch("visit_set", to_attr="history"))
    [finding] = run(loop(lambda: queryset, lambda a: list(a.visit_set.all()))).findings
    assert (finding.code, finding.relation, finding.count) == ("QB101", "Animal.visit_set", 3)


@EVERYWHERE
def test_new_objects_that_were_never_loaded_have_a_loop_and_no_load(run):
    def work():
        for toy in Toy.objects.bulk_create([Toy(name=str(n)) for n in range(3)]):
            list(toy.animal_set.all())

    assert codes(run(work)) == ["QB102"]
