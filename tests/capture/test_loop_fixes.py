"""The edit printed for a query in a loop: it runs on the queryset it names, and the loop asks no more."""

import pytest
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce

from tests.capture.support import in_block
from tests.capture.test_queries_in_loops import BY_KEY, BY_MANAGER
from tests.capture.test_relations_one_at_a_time import EVERYWHERE, animals
from tests.capture.zoo import models
from tests.capture.zoo.factories import AnimalFactory, DogFactory

pytestmark = pytest.mark.usefixtures("zoo")

NAMES = {
    "Coalesce": Coalesce,
    "Count": Count,
    "Exists": Exists,
    "OuterRef": OuterRef,
    "Prefetch": Prefetch,
    "Q": Q,
    "Subquery": Subquery,
    **{name: getattr(models, name) for name in ("Animal", "Food", "Toy", "Visit")},
}
TOGETHER = 'n=Count("pk")).values("n")), 0))'


@pytest.fixture
def three(zoo):
    return AnimalFactory.create_batch(3)


def edited(edit, queryset=None):
    """Do to the animals what the fix says."""
    names = {"queryset": animals() if queryset is None else queryset, **NAMES}
    # Of nobody else: what our own code printed.
    return eval(f"queryset.{edit}", names)  # noqa: S307


EDITS = {
    "count": ('annotate(n_visit=Count("visit"))', "n_visit"),
    "many-to-many count": ('annotate(n_toys=Count("toys"))', "n_toys"),
    "many-to-many backwards": ('annotate(n_friends=Count("friends"))', "n_friends"),
    "generic count": ('annotate(n_labels=Count("labels"))', "n_labels"),
    "exists": ('annotate(has_visit=Exists(Visit.objects.filter(animal=OuterRef("pk"))))', "has_visit"),
    "many-to-many exists": (
        'annotate(has_foods=Exists(Animal.foods.through.objects.filter(animal=OuterRef("pk"))))',
        "has_foods",
    ),
    "order": (
        (
            'prefetch_related(Prefetch("visit_set", queryset=Visit.objects.order_by("-pk"),'
            ' to_attr="some_visit"))'
        ),
        "some_visit",
    ),
    "first": (
        (
            'prefetch_related(Prefetch("visit_set", queryset=Visit.objects.order_by("pk")[:1],'
            ' to_attr="first_visit"))'
        ),
        "first_visit",
    ),
    "slice": (
        'prefetch_related(Prefetch("visit_set", queryset=Visit.objects.all()[:1], to_attr="some_visit"))',
        "some_visit",
    ),
}


@EVERYWHERE
@pytest.mark.parametrize("name", EDITS)
def test_the_edit_gives_what_the_loop_asked_for(name, run, three):
    ask, _ = BY_MANAGER[name]
    edit, attribute = EDITS[name]
    asked = [ask(animal) for animal in animals()]
    [finding] = run(lambda: [ask(animal) for animal in animals()]).findings
    assert finding.fix.edit == edit
    given = [getattr(animal, attribute) for animal in edited(edit)]
    as_lists = [each if isinstance(each, list) else [each] for each in asked]
    assert given in (asked, as_lists)


@EVERYWHERE
@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("filter", 'Prefetch("visit_set", queryset=Visit.objects.filter(note=…), to_attr="some_visit")'),
        (
            "first of some",
            (
                'Prefetch("visit_set", queryset=Visit.objects.filter(pills__lte=…).order_by("pk")[:1],'
                ' to_attr="first_visit")'
            ),
        ),
    ],
)
def test_what_was_filtered_by_has_to_be_filled_in(name, edit, run, three):
    """Values of a filter are not kept."""
    ask, _ = BY_MANAGER[name]
    [finding] = run(lambda: [ask(animal) for animal in animals()]).findings
    assert finding.fix.edit == f"prefetch_related({edit})"


@EVERYWHERE
@pytest.mark.parametrize(
    "ask",
    [
        lambda a: list(a.visit_set.exclude(note="first")),
        lambda a: list(a.visit_set.filter(Q(note="first") | Q(pills=1))),
    ],
    ids=["exclude", "or"],
)
def test_what_keywords_of_a_filter_do_not_say_is_left_open(ask, run, three):
    """Written as a filter, what is excluded would be all that is loaded."""
    [finding] = run(lambda: [ask(animal) for animal in animals()]).findings
    assert "queryset=Visit.objects.filter(…), to_attr" in finding.fix.edit


@EVERYWHERE
def test_two_counts_of_one_queryset_are_subqueries(run, three):
    """Joined, each would multiply what the other counts."""

    def work():
        for animal in animals():
            animal.visit_set.count()
            animal.toys.count()

    edits = [each.fix.edit for each in run(work).findings]
    assert len(edits) == 2
    assert all(each.endswith(TOGETHER) for each in edits)
    both = edited(".".join(edits))
    asked = [(animal.visit_set.count(), animal.toys.count()) for animal in animals()]
    assert [(animal.n_visit, animal.n_toys) for animal in both] == asked


@EVERYWHERE
@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("get by key", "Animal.objects.in_bulk(…)"),
        ("get by a unique field", 'Passport.objects.in_bulk(…, field_name="number")'),
        ("get by another field", "Animal.objects.filter(name__in=…)"),
        ("count", None),
        ("earliest", None),
        ("raw", None),
    ],
)
def test_objects_got_one_by_one_are_got_in_bulk(name, edit, run, three):
    ask = BY_KEY[name]
    [finding] = run(lambda: [ask(animal) for animal in three]).findings
    assert (finding.fix.edit if finding.fix else None) == edit
    assert finding.fix is None or finding.fix.queryset == "front of the loop"


NOTED = {
    "count": (
        lambda a: a.visit_set.filter(note__isnull=False).count(),
        'annotate(n_visit=Count("visit", filter=Q(visit__note__isnull=False)))',
        "n_visit",
    ),
    "exists": (
        lambda a: a.visit_set.filter(note__isnull=True).exists(),
        'annotate(has_visit=Exists(Visit.objects.filter(animal=OuterRef("pk"), note__isnull=True)))',
        "has_visit",
    ),
}


@EVERYWHERE
@pytest.mark.parametrize("name", NOTED)
def test_whether_it_is_null_is_part_of_the_statement_and_printed(name, run, three):
    ask, edit, attribute = NOTED[name]
    asked = [ask(animal) for animal in animals()]
    [finding] = run(lambda: [ask(animal) for animal in animals()]).findings
    assert finding.fix.edit == edit
    assert [getattr(animal, attribute) for animal in edited(edit)] == asked


@EVERYWHERE
@pytest.mark.parametrize(
    ("ask", "condition"),
    [
        (lambda a: a.visit_set.filter(note="first").count(), 'Count("visit", filter=Q(visit__note=…))'),
        (lambda a: a.visit_set.exclude(note="first").count(), 'Count("visit", filter=Q(…))'),
        (lambda a: a.visit_set.all()[:1].count(), 'Count("visit", filter=Q(…))'),
        (lambda a: a.visit_set.filter(pills=0).distinct().count(), 'Count("visit", filter=Q(…))'),
        (lambda a: a.visit_set.order_by("pk").count(), 'Count("visit"))'),
        (lambda a: a.foods.filter(name="x").exists(), 'Food.objects.filter(eaters=OuterRef("pk"), name=…)'),
        (lambda a: a.friends.filter(name="x").exists(), 'objects.filter(from_animal=OuterRef("pk"), …)'),
        (
            lambda a: list(a.visit_set.filter(animal__name="x")),
            "Visit.objects.filter(animal__name=…), to_attr",
        ),
        (lambda a: list(a.foods.filter(eaters__name="x")), "Food.objects.filter(…), to_attr"),
        (lambda a: list(a.visit_set.order_by("pk").reverse()), '.order_by("pk").reverse(), to_attr'),
        (lambda a: list(a.visit_set.reverse()), "Visit.objects.reverse(), to_attr"),
        (
            lambda a: models.Food.objects.filter(name="x", eaters=a).count(),
            'Count("foods", filter=Q(foods__name=…))',
        ),
        (
            lambda a: list(a.friends.filter(keeper__isnull=False)),
            "Animal.objects.filter(keeper__isnull=False)",
        ),
    ],
    ids=[
        "value",
        "negated",
        "limit",
        "distinct",
        "order",
        "far side",
        "far side without a name back",
        "another table",
        "many rows of another table",
        "turned round",
        "own order turned round",
        "far side without a manager",
        "own table",
    ],
)
def test_conditions_are_told_as_far_as_they_are_known(ask, condition, run, three):
    [finding] = run(lambda: [ask(animal) for animal in animals()]).findings
    assert condition in finding.fix.edit


@EVERYWHERE
@pytest.mark.parametrize(
    ("ask", "rows"),
    [
        (lambda a: list(a.foods.annotate(n=Count("eaters"))), "Food.objects.annotate(n=…)"),
        (
            lambda a: list(a.visit_set.select_related("animal__keeper").order_by("pk")),
            'Visit.objects.select_related("animal__keeper").order_by("pk")',
        ),
        (lambda a: list(a.foods.filter(name="x").distinct()), "Food.objects.filter(name=…).distinct()"),
    ],
    ids=["annotation", "join", "distinct"],
)
def test_what_the_rows_bring_with_them_is_kept(ask, rows, run, three):
    """Without its annotation who reads them would fail, without their joins ask again."""
    [finding] = run(lambda: [ask(animal) for animal in animals()]).findings
    assert f"queryset={rows}, to_attr" in finding.fix.edit


@EVERYWHERE
def test_a_parents_field_is_a_field_of_the_child(run, zoo):
    trainers = [DogFactory().trainer_id for _ in range(3)]

    def work():
        for trainer in models.Keeper.objects.filter(pk__in=trainers):
            list(trainer.dogs.filter(keeper__isnull=False))

    [finding] = run(work).findings
    assert "Dog.objects.filter(keeper__isnull=False)" in finding.fix.edit


@EVERYWHERE
def test_a_count_beside_a_join_to_many_is_a_subquery(run, three):
    """Joined once more, it would count what the queryset is filtered by, or each row for each visit."""

    def noted():
        return animals().filter(visit__note="first")

    asked = [animal.visit_set.count() for animal in noted()]
    [finding] = run(lambda: [animal.visit_set.count() for animal in noted()]).findings
    assert finding.fix.edit.endswith(TOGETHER)
    assert [animal.n_visit for animal in edited(finding.fix.edit, noted())] == asked == [2, 2, 2]


@EVERYWHERE
def test_a_generic_count_beside_another_one_tells_its_rows_apart(run, three):
    """There is no field by which its rows point to the object, for a subquery."""

    def work():
        for animal in animals():
            animal.labels.count()
            animal.visit_set.count()

    edits = [each.fix.edit for each in run(work).findings]
    assert 'annotate(n_labels=Count("labels", distinct=True))' in edits
    both = edited(".".join(edits))
    assert {(animal.n_labels, animal.n_visit) for animal in both} == {(1, 2)}


@EVERYWHERE
def test_what_is_loaded_for_narrowed_rows_is_loaded_by_their_own_queryset(run, three):
    """Prefetched by its name, the relation would be loaded whole, and asked for all the same."""

    def work():
        for animal in animals():
            for food in animal.foods.order_by("name"):
                list(food.eaters.all())

    loads, loop = run(work).findings
    assert (loads.code, loads.fix.edit) == ("QB101", 'prefetch_related("eaters")')
    assert loads.fix.place.line == loop.call_site.line == work.__code__.co_firstlineno + 2


@EVERYWHERE
def test_a_row_that_was_reached_from_another_has_no_such_edit(run, three):
    """An annotation would have to stand on the queryset of what is prefetched."""

    def work():
        for animal in animals().select_related("keeper"):
            animal.keeper.animals.count()

    [finding] = run(work).findings
    assert finding.fix is None


def test_keys_of_what_was_prefetched_are_to_be_read_from_it(zoo):
    AnimalFactory.create_batch(2)

    def read():
        animals = models.Animal.objects.prefetch_related("toys")
        return [list(animal.toys.values_list("name", flat=True)) for animal in animals]

    [finding] = in_block(read).findings
    assert (finding.code, finding.relation, finding.fix) == ("QB102", "Animal.toys", None)
