"""QB101: relations and deferred fields loaded for one object at a time; each case with its eager twin."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers
from django.db.models import Prefetch, prefetch_related_objects
from django.template import engines

from querybudget import query_budget
from tests.capture.support import codes, in_block, in_request
from tests.capture.zoo.factories import AnimalFactory, DogFactory, KeeperFactory
from tests.capture.zoo.models import Animal, Dog, Keeper, Label, Passport, Pet, Toy, Visit, listening

pytestmark = pytest.mark.usefixtures("zoo")

HERE = "tests/capture/test_relations_one_at_a_time.py"
EVERYWHERE = pytest.mark.parametrize("run", [in_request, in_block])


@dataclass(frozen=True)
class Case:
    """`touch` asks each object of `queryset` for `relation`; the queryset with `edit` asks no more."""

    queryset: Any
    touch: Any
    relation: str
    edit: str
    count: int = 3

    def loop(self):
        for each in self.queryset():
            self.touch(each)

    def eager_loop(self):
        for each in apply(self.edit, self.queryset()):
            self.touch(each)


def apply(edit, queryset):
    """Do to a queryset what a fix says."""
    method, arguments = re.fullmatch(r"(\w+)\((.*)\)", edit).groups()
    return getattr(queryset, method)(*re.findall(r'"([^"]+)"', arguments))


def animals():
    return Animal.objects.order_by("pk")


def ordered(model):
    return lambda: model.objects.order_by("pk")


CASES = {
    "foreign key": Case(animals, lambda a: a.keeper.name, "Animal.keeper", 'select_related("keeper")'),
    "nullable to self": Case(
        lambda: Keeper.objects.filter(boss__isnull=False).order_by("pk"),
        lambda k: k.boss.name,
        "Keeper.boss",
        'select_related("boss")',
    ),
    "reverse without name": Case(
        animals, lambda a: list(a.visit_set.all()), "Animal.visit_set", 'prefetch_related("visit_set")'
    ),
    "reverse with name": Case(
        lambda: Keeper.objects.filter(animals__isnull=False).order_by("pk"),
        lambda k: list(k.animals.all()),
        "Keeper.animals",
        'prefetch_related("animals")',
    ),
    "one-to-one": Case(
        ordered(Passport), lambda p: p.animal.name, "Passport.animal", 'select_related("animal")'
    ),
    "reverse one-to-one": Case(
        animals, lambda a: a.passport.number, "Animal.passport", 'select_related("passport")'
    ),
    "many-to-many": Case(animals, lambda a: list(a.toys.all()), "Animal.toys", 'prefetch_related("toys")'),
    "many-to-many backwards": Case(
        ordered(Toy), lambda t: list(t.animal_set.all()), "Toy.animal_set", 'prefetch_related("animal_set")'
    ),
    "many-to-many with name": Case(
        animals, lambda a: list(a.foods.all()), "Animal.foods", 'prefetch_related("foods")'
    ),
    "many-to-many with name backwards": Case(
        lambda: apps_food().order_by("pk"),
        lambda f: list(f.eaters.all()),
        "Food.eaters",
        'prefetch_related("eaters")',
    ),
    "symmetrical": Case(
        animals, lambda a: list(a.friends.all()), "Animal.friends", 'prefetch_related("friends")'
    ),
    "generic foreign key": Case(
        ordered(Label), lambda x: x.subject.name, "Label.subject", 'prefetch_related("subject")'
    ),
    "generic relation": Case(
        animals, lambda a: list(a.labels.all()), "Animal.labels", 'prefetch_related("labels")'
    ),
    "proxy": Case(ordered(Pet), lambda p: p.keeper.name, "Animal.keeper", 'select_related("keeper")'),
    "in a str": Case(animals, str, "Animal.keeper", 'select_related("keeper")'),
    "in a property": Case(animals, lambda a: a.keeper_name, "Animal.keeper", 'select_related("keeper")'),
    "in a method": Case(animals, lambda a: a.minder(), "Animal.keeper", 'select_related("keeper")'),
}


def apps_food():
    from tests.capture.zoo.models import Food

    return Food.objects


@pytest.fixture
def three():
    """Three animals with everything around them."""
    return AnimalFactory.create_batch(3)


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_a_relation_asked_of_each_object_is_found(name, run, three):
    case = CASES[name]
    [finding] = run(case.loop).findings
    assert (finding.code, finding.proof) == ("QB101", "proven")
    assert (finding.relation, finding.count) == (case.relation, case.count)
    assert finding.what == f"{case.relation} loaded 3 times, for 3 of 3 {_plural(case)}"


def _plural(case):
    name = case.queryset().model.__name__.lower()
    return f"{name}s"


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_its_call_site_is_the_line_that_asks(name, run, three):
    case = CASES[name]
    place = run(case.loop).findings[0].call_site
    if name.startswith("in a "):
        assert place.path == "tests/capture/zoo/models.py"
        assert "self.keeper.name" in place.source
    else:
        assert (place.path, place.line) == (HERE, case.touch.__code__.co_firstlineno)


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_its_fix_is_the_eager_load_on_the_line_that_evaluates(name, run, three):
    case = CASES[name]
    fix = run(case.loop).findings[0].fix
    assert fix.edit == case.edit
    line = Case.loop.__code__.co_firstlineno + 1
    assert (fix.queryset, fix.place.path, fix.place.line) == ("", HERE, line)
    assert fix.place.function == "Case.loop"


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_the_eager_twin_is_clean_and_cheaper(name, run, three):
    case = CASES[name]
    lazy, eager = run(case.loop), run(case.eager_loop)
    assert eager.findings == ()
    assert eager.measures.queries < lazy.measures.queries


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_a_single_object_may_be_asked_for_anything(name, run, three):
    case = CASES[name]

    def work():
        case.touch(case.queryset().first())
        case.touch(case.queryset()[1])
        case.touch(case.queryset().get(pk=case.queryset().last().pk))

    assert "QB101" not in codes(run(work))


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_under_an_iterator_it_is_found_just_so(name, run, three):
    case = CASES[name]

    def work():
        for each in case.queryset().iterator():
            case.touch(each)

    [finding] = run(work).findings
    assert (finding.code, finding.relation, finding.count) == ("QB101", case.relation, 3)


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_an_iterator_with_chunked_prefetch_is_clean(name, run, three):
    case = CASES[name]

    def work():
        for each in apply(case.edit, case.queryset()).iterator(chunk_size=2):
            case.touch(each)

    assert codes(run(work)) == []


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_a_prefetch_where_a_join_would_do_is_clean(name, run, three):
    case = CASES[name]
    lookup = case.edit.split('"')[1]

    def work():
        for each in case.queryset().prefetch_related(lookup):
            case.touch(each)

    assert codes(run(work)) == []


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_prefetching_for_a_list_is_clean_and_for_each_object_is_not(name, run, three):
    case = CASES[name]
    lookup = case.edit.split('"')[1]

    def for_the_list():
        objects = list(case.queryset())
        prefetch_related_objects(objects, lookup)
        for each in objects:
            case.touch(each)

    def for_each():
        for each in case.queryset():
            prefetch_related_objects([each], lookup)
            case.touch(each)

    assert codes(run(for_the_list)) == []
    [finding] = run(for_each).findings
    assert (finding.code, finding.relation, finding.count) == ("QB101", case.relation, 3)


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_two_objects_of_a_list_at_one_line_are_enough(name, run, three):
    case = CASES[name]

    def work():
        for each in list(case.queryset())[:2]:
            case.touch(each)

    [finding] = run(work).findings
    assert (finding.code, finding.relation, finding.count) == ("QB101", case.relation, 2)


@EVERYWHERE
def test_two_objects_of_a_list_at_different_lines_are_clean(run, three):
    def work():
        first, second, _ = animals()
        _ = first.keeper.name
        _ = second.keeper.name

    assert codes(run(work)) == []


@EVERYWHERE
def test_three_objects_at_different_lines_are_an_n_plus_one(run, three):
    def work():
        first, second, third = animals()
        _ = first.keeper.name
        _ = second.keeper.name
        _ = third.keeper.name

    [finding] = run(work).findings
    assert (finding.code, finding.count) == ("QB101", 3)


@EVERYWHERE
def test_several_lines_of_one_loop_are_one_finding(run, three):
    def work():
        names, keys = [], []
        for number, animal in enumerate(animals()):
            if number % 2:
                names.append(animal.keeper.name)
            else:
                keys.append(animal.keeper.pk)

    [finding] = run(work).findings
    assert (finding.code, finding.count) == ("QB101", 3)


@EVERYWHERE
def test_children_of_one_parent_ask_for_it_again_and_again(run):
    """Equal parameters: still a lazy load for each, not only a duplicate."""
    keeper = KeeperFactory()
    AnimalFactory.create_batch(20, keeper=keeper, surroundings=False)
    analysis = run(CASES["foreign key"].loop)
    [finding] = analysis.findings
    assert (finding.code, finding.count, finding.fix.edit) == ("QB101", 20, 'select_related("keeper")')
    assert analysis.measures.duplicates == 19


@EVERYWHERE
def test_a_null_foreign_key_asks_nothing(run):
    AnimalFactory.create_batch(3, keeper=None, surroundings=False)
    analysis = run(lambda: [animal.keeper for animal in animals()])
    assert (analysis.measures.queries, analysis.findings) == (1, ())


@EVERYWHERE
def test_a_missing_one_to_one_is_asked_for_all_the_same(run):
    AnimalFactory.create_batch(3, surroundings=False)
    [finding] = run(lambda: [hasattr(animal, "passport") for animal in animals()]).findings
    assert (finding.code, finding.relation, finding.count) == ("QB101", "Animal.passport", 3)
    assert finding.fix.edit == 'select_related("passport")'


@EVERYWHERE
@pytest.mark.parametrize("edit", ["select_related", "prefetch_related"])
def test_a_missing_one_to_one_that_was_loaded_is_clean(run, edit):
    AnimalFactory.create_batch(3, surroundings=False)
    queryset = getattr(animals(), edit)("passport")
    assert codes(run(lambda: [hasattr(animal, "passport") for animal in queryset])) == []


@EVERYWHERE
def test_an_empty_prefetch_is_clean(run):
    AnimalFactory.create_batch(3, surroundings=False)
    queryset = animals().prefetch_related("toys", "visit_set", "labels")
    work = [list(a.toys.all()) + list(a.visit_set.all()) + list(a.labels.all()) for a in queryset]
    assert work == [[], [], []]
    assert codes(run(lambda: [list(a.toys.all()) for a in queryset])) == []


@EVERYWHERE
def test_a_generic_key_over_several_models_is_one_finding(run):
    from django.contrib.contenttypes.models import ContentType

    for subject in (*AnimalFactory.create_batch(2, surroundings=False), *KeeperFactory.create_batch(2)):
        Label.objects.create(content_type=ContentType.objects.get_for_model(subject), object_id=subject.pk)
    [finding] = run(CASES["generic foreign key"].loop).findings
    assert (finding.code, finding.relation, finding.count) == ("QB101", "Label.subject", 4)


@EVERYWHERE
@pytest.mark.parametrize(
    "queryset", [lambda: animals().only("name"), lambda: animals().defer("story")], ids=["only", "defer"]
)
def test_a_deferred_field_read_of_each_object_is_found(run, queryset, three):
    [finding] = run(lambda: [animal.story for animal in queryset()]).findings
    assert (finding.code, finding.relation, finding.count) == ("QB101", "Animal.story", 3)
    assert "story" in finding.fix.edit
    assert "only" in finding.fix.edit


@EVERYWHERE
def test_a_field_that_was_not_deferred_is_clean(run, three):
    assert codes(run(lambda: [animal.story for animal in animals().only("story")])) == []


@EVERYWHERE
def test_a_deferred_foreign_key_is_found_as_what_it_is(run, three):
    findings = run(lambda: [animal.keeper_id for animal in animals().only("name")]).findings
    assert [(each.code, each.relation, each.count) for each in findings] == [("QB101", "Animal.keeper", 3)]
    assert "select_related" not in findings[0].fix.edit


@EVERYWHERE
def test_a_chain_of_two_lazy_steps_is_two_findings_with_both_paths(run, three):
    findings = run(lambda: [animal.keeper.boss.name for animal in animals()]).findings
    assert [(each.code, each.relation, each.count) for each in findings] == [
        ("QB101", "Animal.keeper", 3),
        ("QB101", "Keeper.boss", 3),
    ]
    assert [each.fix.edit for each in findings] == [
        'select_related("keeper")',
        'select_related("keeper__boss")',
    ]


@EVERYWHERE
def test_one_level_eager_and_the_next_lazy_is_found_with_the_whole_path(run, three):
    [finding] = run(
        lambda: [animal.keeper.boss.name for animal in animals().select_related("keeper")]
    ).findings
    assert (finding.relation, finding.count, finding.fix.edit) == (
        "Keeper.boss",
        3,
        'select_related("keeper__boss")',
    )


@EVERYWHERE
def test_a_level_below_a_prefetch_is_found_with_the_whole_path(run, three):
    def work():
        for keeper in Keeper.objects.filter(boss__isnull=False).prefetch_related("animals"):
            for animal in keeper.animals.all():
                list(animal.toys.all())

    [finding] = run(work).findings
    assert (finding.relation, finding.count) == ("Animal.toys", 3)
    assert finding.fix.edit == 'prefetch_related("animals__toys")'


@EVERYWHERE
def test_a_level_below_a_prefetch_to_an_attribute_is_found_by_that_attribute(run, three):
    def queryset():
        return animals().prefetch_related(Prefetch("foods", to_attr="menu"))

    def loop(queryset):
        return lambda: [list(food.eaters.all()) for animal in queryset for food in animal.menu]

    [finding] = run(loop(queryset())).findings
    assert (finding.relation, finding.fix.edit) == ("Food.eaters", 'prefetch_related("menu__eaters")')
    assert codes(run(loop(apply(finding.fix.edit, queryset())))) == []


@EVERYWHERE
def test_the_way_back_from_a_prefetched_child_asks_nothing(run, three):
    def work():
        for animal in animals().prefetch_related(Prefetch("visit_set", to_attr="history")):
            for visit in animal.history:
                _ = visit.animal.name

    assert codes(run(work)) == []


@EVERYWHERE
def test_a_relation_reached_by_the_way_back_is_joined_to_the_parent(run, three):
    def work():
        for animal in animals().prefetch_related("visit_set"):
            for visit in animal.visit_set.all():
                _ = visit.animal.keeper.name

    [finding] = run(work).findings
    assert (finding.relation, finding.fix.edit) == ("Animal.keeper", 'select_related("keeper")')


@EVERYWHERE
def test_three_levels_down_are_three_findings(run, three):
    def work():
        for keeper in Keeper.objects.filter(boss__isnull=False).order_by("pk"):
            for animal in keeper.animals.all():
                for visit in animal.visit_set.all():
                    _ = visit.note
                for toy in animal.toys.all():
                    list(toy.animal_set.all())

    findings = run(work).findings
    assert {each.relation: each.fix.edit for each in findings} == {
        "Keeper.animals": 'prefetch_related("animals")',
        "Animal.visit_set": 'prefetch_related("animals__visit_set")',
        "Animal.toys": 'prefetch_related("animals__toys")',
        "Toy.animal_set": 'prefetch_related("animals__toys__animal_set")',
    }
    assert {each.count for each in findings} == {3}


@EVERYWHERE
def test_three_levels_prefetched_are_clean(run, three):
    def work():
        for keeper in Keeper.objects.prefetch_related("animals__toys__animal_set"):
            for animal in keeper.animals.all():
                for toy in animal.toys.all():
                    list(toy.animal_set.all())

    assert codes(run(work)) == []


@EVERYWHERE
@pytest.mark.parametrize(
    ("touch", "relation", "edit"),
    [
        (lambda dog: dog.trainer.name, "Dog.trainer", 'select_related("trainer")'),
        (lambda dog: dog.keeper.name, "Animal.keeper", 'select_related("keeper")'),
        (lambda dog: list(dog.visit_set.all()), "Animal.visit_set", 'prefetch_related("visit_set")'),
        (lambda dog: list(dog.toys.all()), "Animal.toys", 'prefetch_related("toys")'),
        (lambda dog: dog.passport.number, "Animal.passport", 'select_related("passport")'),
        (lambda dog: list(dog.labels.all()), "Animal.labels", 'prefetch_related("labels")'),
    ],
)
def test_relations_of_a_child_class_and_of_its_parent_are_found(run, touch, relation, edit):
    DogFactory.create_batch(3)

    def loop(queryset):
        return lambda: [touch(dog) for dog in queryset]

    [finding] = run(loop(Dog.objects.order_by("pk"))).findings
    assert (finding.code, finding.relation, finding.count) == ("QB101", relation, 3)
    assert finding.fix.edit == edit
    assert codes(run(loop(apply(edit, Dog.objects.order_by("pk"))))) == []


@EVERYWHERE
def test_the_child_row_of_each_parent_is_found(run):
    DogFactory.create_batch(3)
    [finding] = run(lambda: [animal.dog.trainer_id for animal in animals()]).findings
    assert (finding.relation, finding.count, finding.fix.edit) == ("Animal.dog", 3, 'select_related("dog")')
    assert codes(run(lambda: [a.dog.trainer_id for a in animals().select_related("dog")])) == []


@EVERYWHERE
def test_the_parent_link_of_a_child_row_asks_nothing(run):
    DogFactory.create_batch(3)
    assert codes(run(lambda: [dog.animal_ptr.name for dog in Dog.objects.all()])) == []


@EVERYWHERE
def test_a_signal_handler_that_asks_for_each_row_is_found(run, three):
    def work():
        with listening():
            list(animals())

    [finding] = [each for each in run(work).findings if each.code == "QB101"]
    assert (finding.relation, finding.count) == ("Animal.keeper", 3)
    assert "instance.keeper.name" in finding.call_site.source


TEMPLATE = engines["django"].from_string(
    "{% for animal in animals %}{{ animal.keeper.name }} {{ animal.toys.all|length }}{% endfor %}"
)


@EVERYWHERE
def test_a_template_that_asks_for_each_object_is_found(run, three):
    findings = run(lambda: TEMPLATE.render({"animals": animals()})).findings
    assert [(each.code, each.relation, each.count) for each in findings] == [
        ("QB101", "Animal.keeper", 3),
        ("QB101", "Animal.toys", 3),
    ]
    assert [each.fix.edit for each in findings] == ['select_related("keeper")', 'prefetch_related("toys")']
    assert {each.call_site.path for each in findings} == {HERE}


@EVERYWHERE
def test_a_template_of_eager_objects_is_clean(run, three):
    eager = animals().select_related("keeper").prefetch_related("toys")
    assert codes(run(lambda: TEMPLATE.render({"animals": eager}))) == []


@EVERYWHERE
def test_a_list_comprehension_is_a_line_like_any_other(run, three):
    analysis = run(lambda: [animal.keeper.name for animal in animals()])
    assert "for animal in animals()" in analysis.findings[0].call_site.source


@EVERYWHERE
def test_a_chain_walked_up_its_own_foreign_key_is_found(run):
    top = None
    for _ in range(5):
        top = KeeperFactory(boss=top)

    def work():
        keeper = Keeper.objects.get(pk=top.pk)
        while keeper is not None:
            keeper = keeper.boss

    [finding] = run(work).findings
    assert (finding.relation, finding.count) == ("Keeper.boss", 4)


@EVERYWHERE
def test_a_tree_walked_down_is_found(run):
    root = KeeperFactory()
    for child in KeeperFactory.create_batch(2, boss=root):
        KeeperFactory.create_batch(2, boss=child)

    def walk(keeper):
        for member in keeper.team.all():
            walk(member)

    [finding] = run(lambda: walk(Keeper.objects.get(pk=root.pk))).findings
    assert (finding.code, finding.relation) == ("QB101", "Keeper.team")


@EVERYWHERE
def test_two_steps_up_from_one_object_are_no_loop(run):
    bottom = KeeperFactory(boss=KeeperFactory(boss=KeeperFactory()))
    assert codes(run(lambda: Keeper.objects.get(pk=bottom.pk).boss.boss.name)) == []


@EVERYWHERE
def test_the_same_relation_twice_on_one_object_is_no_n_plus_one(run, three):
    def work():
        animal = animals()[0]
        list(animal.visit_set.all())
        list(animal.visit_set.all())

    assert "QB101" not in codes(run(work))


@EVERYWHERE
def test_relations_of_objects_of_two_single_loads_are_clean(run, three):
    def work():
        for animal in three:
            _ = Animal.objects.get(pk=animal.pk).keeper.name

    assert "QB101" not in codes(run(work))


@EVERYWHERE
def test_a_single_object_that_later_turns_up_in_a_list_is_clean(run, three):
    def work():
        animal = animals().first()
        list(animals())
        _ = animal.keeper.name

    assert codes(run(work)) == []


@EVERYWHERE
def test_values_of_a_joined_relation_are_clean(run, three):
    assert codes(run(lambda: [row["keeper__name"] for row in animals().values("keeper__name")])) == []


@EVERYWHERE
def test_a_list_of_one_object_proves_nothing(run):
    AnimalFactory()
    assert "QB101" not in codes(run(CASES["foreign key"].loop))


def test_two_requests_are_never_one_loop(three):
    from django.test import RequestFactory

    from tests.capture.support import Run

    with query_budget() as seen:
        for animal in three:
            view = Run.as_view(work=lambda key=animal.pk: Animal.objects.get(pk=key).keeper.name)
            view(RequestFactory().get("/"))
    assert (seen.findings, seen.n_plus_one, len(seen.requests)) == ((), 0, 3)


def test_an_n_plus_one_in_each_of_two_requests_is_two_findings(three):
    with query_budget() as seen:
        in_request(CASES["foreign key"].loop)
        in_request(CASES["foreign key"].loop)
    assert (codes(seen), seen.n_plus_one) == (["QB101", "QB101"], 2)


def test_seeding_in_the_tests_own_body_is_silent():
    with query_budget() as seen:
        pass
    AnimalFactory.create_batch(5)
    assert seen.findings == ()


def test_this_file_is_where_it_says():
    assert Path(__file__).as_posix().endswith(HERE)


@pytest.mark.usefixtures("zoo")
class TestWalks:
    """Along one relation, and with what Django's own code reads."""

    def test_a_chain_walked_up_its_own_foreign_key_is_an_n_plus_one(self, zoo):
        boss = None
        for number in range(5):
            boss = Keeper.objects.create(name=str(number), boss=boss)

        def walk():
            keeper = Keeper.objects.get(pk=boss.pk)
            while keeper.boss:
                keeper = keeper.boss

        [finding] = in_block(walk).findings
        assert (finding.code, finding.relation, finding.count) == ("QB101", "Keeper.boss", 4)
        assert finding.fix is None

    def test_a_chain_of_two_steps_is_none(self, zoo):
        boss = Keeper.objects.create(
            name="a", boss=Keeper.objects.create(name="b", boss=Keeper.objects.create())
        )
        assert not in_block(lambda: Keeper.objects.get(pk=boss.pk).boss.boss.name).findings

    def test_a_relation_that_djangos_serializers_dump_is_prefetched(self, zoo):
        AnimalFactory.create_batch(2)

        def dump():
            return serializers.serialize("json", Animal.objects.all(), fields=["toys"])

        [finding] = in_block(dump).findings
        assert (finding.code, finding.relation) == ("QB101", "Animal.toys")
        assert finding.fix.edit == 'prefetch_related("toys")'

    def test_a_column_that_a_join_leaves_out_is_named_by_its_path(self, zoo):
        AnimalFactory.create_batch(2)

        def read():
            return [
                each.keeper.boss_id for each in Animal.objects.select_related("keeper").only("keeper__name")
            ]

        [finding] = in_block(read).findings
        assert finding.fix.edit == 'load "keeper__boss" too (name it in only(), or take it out of defer())'

    def test_a_column_that_a_prefetch_leaves_out_is_named_in_its_queryset(self, zoo):
        AnimalFactory.create_batch(2)

        def read():
            short = Prefetch("visit_set", queryset=Visit.objects.only("pills", "animal"))
            return [
                [visit.note for visit in each.visit_set.all()]
                for each in Animal.objects.prefetch_related(short)
            ]

        [finding] = in_block(read).findings
        told = 'load "note" too (name it in only() of Prefetch("visit_set", …), or take it out of defer())'
        assert finding.fix.edit == told
