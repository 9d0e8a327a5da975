"""The edit printed for a query in a loop: it runs on the queryset it names, and the loop asks no more."""

import pytest
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce

from tests.capture.test_queries_in_loops import BY_KEY, BY_MANAGER
from tests.capture.test_relations_one_at_a_time import EVERYWHERE, animals
from tests.capture.zoo import models
from tests.capture.zoo.factories import AnimalFactory

pytestmark = pytest.mark.usefixtures("zoo")

NAMES = {
    "Coalesce": Coalesce,
    "Count": Count,
    "Exists": Exists,
    "OuterRef": OuterRef,
    "Prefetch": Prefetch,
    "Subquery": Subquery,
    **{name: getattr(models, name) for name in ("Animal", "Food", "Toy", "Visit")},
}
TOGETHER = 'n=Count("pk")).values("n")), 0))'


@pytest.fixture
def three(zoo):
    return AnimalFactory.create_batch(3)


def edited(edit):
    """Do to the animals what the fix says."""
    # Of nobody else: what our own code printed.
    return eval(f"animals().{edit}", {"animals": animals, **NAMES})  # noqa: S307


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


@EVERYWHERE
def test_a_row_that_was_reached_from_another_has_no_such_edit(run, three):
    """An annotation would have to stand on the queryset of what is prefetched."""

    def work():
        for animal in animals().select_related("keeper"):
            animal.keeper.animals.count()

    [finding] = run(work).findings
    assert finding.fix is None
