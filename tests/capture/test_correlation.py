"""What a loop asks by a column of its rows, or as aggregates: the edit by which the rows bring it."""

import pytest
from django.db import models as orm
from django.db.models import Avg, Count, Exists, F, Max, Min, OuterRef, Q, Subquery, Sum

from querybudget.capture.uses import attributes_read
from tests.capture.support import in_block
from tests.capture.zoo import models
from tests.capture.zoo.factories import AnimalFactory
from tests.capture.zoo.models import Animal, Keeper, Passport, Toy, Visit

pytestmark = pytest.mark.usefixtures("three")

NAMES = {
    **{each.__name__: each for each in (Avg, Count, Exists, Max, Min, OuterRef, Q, Subquery, Sum)},
    **{name: getattr(models, name) for name in ("Animal", "Keeper", "Passport", "Visit")},
}
PASSPORT = 'Passport.objects.filter(animal__keeper=OuterRef("keeper"))'


@pytest.fixture
def three(zoo):
    """Three animals, each with a keeper and whatever else there is of its own."""
    return AnimalFactory.create_batch(3)


def animals():
    return Animal.objects.order_by("pk")


def edit_of(see, rows=animals):
    """Return the edit for what is asked for each row; None where there is none."""
    [finding] = in_block(lambda: [see(row) for row in rows()]).findings
    assert finding.code == "QB102"
    return finding.fix and finding.fix.edit


def brought(edit, *names):
    """Return the values of these annotations, row by row."""
    rows = eval(f"queryset.{edit}", {**NAMES, "queryset": animals()})  # noqa: S307 - printed by our own code
    return [tuple(getattr(row, name) for name in names) for row in rows]


def passport_of(animal):
    return passports().get(animal__keeper=animal.keeper_id)


def passports():
    return Passport.objects.select_related("animal__keeper")


def number_of(animal):
    return Passport.objects.get(animal__keeper=animal.keeper_id).number


def number_and_name(animal):
    passport = passports().get(animal__keeper=animal.keeper_id)
    return passport.number.strip(), passport.animal.name, passport.animal_id


def number_if_there(animal):
    found = Passport.objects.filter(animal__keeper=animal.keeper_id).order_by("-pk").first()
    if found is None or not found:
        return None
    return found and found.number


def test_a_row_asked_about_itself_says_it_in_a_subquery():
    edit = edit_of(lambda animal: Animal.objects.filter(pk=animal.pk, visit__note="first").exists())
    assert edit == 'annotate(has_animal=Exists(Animal.objects.filter(pk=OuterRef("pk"), visit__note=…)))'
    Visit.objects.filter(animal=animals().last()).delete()
    assert brought(edit.replace("…", '"first"'), "has_animal") == [(True,), (True,), (False,)]


def test_two_rows_are_no_loop():
    """A dictionary that keeps what it asked for asks for two of many rows as well."""
    analysis = in_block(lambda: [number_of(animal) for animal in animals()[:2]])
    assert analysis.findings == ()


@pytest.mark.parametrize(
    ("see", "columns"),
    [
        (number_of, ["number"]),
        (number_and_name, ["number", "animal__name", "animal_id"]),
    ],
)
def test_the_columns_that_are_read_of_an_object_are_brought_by_the_rows(see, columns):
    asked = [see(animal) for animal in animals()]
    edit = edit_of(see)
    names = [f"passport_{column.replace('__', '_')}" for column in columns]
    told = [
        f'{name}=Subquery({PASSPORT}.values("{column}")[:1])'
        for name, column in zip(names, columns, strict=True)
    ]
    assert edit == f"annotate({', '.join(told)})"
    assert brought(edit, *names) == [each if isinstance(each, tuple) else (each,) for each in asked]


def test_what_is_tested_besides_is_no_column_and_the_order_is_kept():
    edit = edit_of(number_if_there)
    assert edit == f'annotate(passport_number=Subquery({PASSPORT}.order_by("-pk").values("number")[:1]))'


def handed_on(animal):
    passport = passport_of(animal)
    return str(passport), passport.number


def named_twice(animal):
    found = Passport.objects.get(animal__keeper=animal.keeper_id)
    number = found.number
    found = None
    return number, found


def kept_in_two(animal):
    found = other = Passport.objects.get(animal__keeper=animal.keeper_id)
    return found.number, other.number


def only_tested(animal):
    found = Passport.objects.get(animal__keeper=animal.keeper_id)
    return bool(found)


@pytest.mark.parametrize(
    "see",
    [
        passport_of,
        handed_on,
        named_twice,
        kept_in_two,
        only_tested,
        lambda animal: passports().get(animal__keeper=animal.keeper_id).animal.keeper_name,
        lambda animal: passports().get(animal__keeper=animal.keeper_id).animal.keeper,
    ],
    ids=["returned", "handed on", "named twice", "two names", "tested", "property", "object"],
)
def test_an_object_that_may_be_read_elsewhere_is_not_replaced_by_columns(see):
    assert edit_of(see) is None


@pytest.mark.parametrize(
    "see",
    [
        lambda animal: Toy.objects.filter(animal__keeper=animal.keeper_id).exists(),
        lambda animal: Passport.objects.filter(Q(animal__keeper=animal.keeper_id) | Q(number="x")).exists(),
        lambda animal: Passport.objects.exclude(animal__keeper=animal.keeper_id).exists(),
        lambda animal: Passport.objects.filter(animal__keeper__gte=animal.keeper_id).exists(),
        lambda animal: Passport.objects.filter(animal__keeper__name=animal.keeper_id).exists(),
        lambda animal: (
            Passport.objects.annotate(n=Count("animal__toys"))
            .filter(animal__keeper=animal.keeper_id, n__gte=0)
            .exists()
        ),
        lambda animal: list(Passport.objects.filter(animal__keeper=animal.keeper_id)),
        lambda animal: Animal.objects.filter(pk=animal.pk, visit__note="a").filter(visit__note="b").exists(),
        lambda animal: (
            Animal.objects.alias(some=orm.FilteredRelation("visit", condition=Q(visit__pills__gte=animal.pk)))
            .filter(pk=animal.pk, some__note="first")
            .exists()
        ),
    ],
    ids=["hidden", "or", "not", "more", "no key", "annotated", "rows", "joined twice", "filtered join"],
)
def test_what_a_subquery_of_the_row_could_not_say_has_no_such_edit(see):
    assert edit_of(see) is None


def test_conditions_whose_path_is_not_known_stay_open():
    edit = edit_of(
        lambda animal: Passport.objects.filter(
            ~Q(number="x"), animal__keeper=animal.keeper_id, animal__story__startswith="l", pk__isnull=False
        ).exists()
    )
    rows = 'Passport.objects.filter(…, animal__keeper=OuterRef("keeper"), animal__story__startswith=…'
    assert edit == f"annotate(has_passport=Exists({rows}, pk__isnull=False)))"


def test_the_columns_of_objects_that_a_union_gave_cannot_be_brought():
    def work():
        for animal in Animal.objects.all().union(Animal.objects.all()):
            number_of(animal)

    [finding] = in_block(work).findings
    assert finding.fix is None


def test_several_lists_that_are_asked_about_have_no_edit_of_one():
    def work():
        for rows in (animals()[:2], animals()[1:]):
            for animal in rows:
                number_of(animal)

    assert not [finding for finding in in_block(work).findings if finding.fix]


def note_of(animal):
    visit = animal.visit_set.order_by("-pk").first()
    return visit and visit.note


def test_the_one_column_of_a_first_row_may_be_a_subquery_too():
    asked = [(note_of(animal),) for animal in animals()]
    [finding] = in_block(lambda: [note_of(animal) for animal in animals()]).findings
    rows = 'Visit.objects.filter(animal=OuterRef("pk")).order_by("-pk")'
    assert "Prefetch(" in finding.fix.edit
    assert finding.fix.alternative == f'annotate(first_visit_note=Subquery({rows}.values("note")[:1]))'
    assert brought(finding.fix.alternative, "first_visit_note") == asked


@pytest.mark.parametrize(
    "see",
    [
        lambda animal: animal.visit_set.order_by("pk").first(),
        lambda animal: animal.foods.order_by("pk").first().name,
        lambda animal: animal.visit_set.order_by("pk")[1:2].first().note,
        lambda animal: animal.visit_set.annotate(n=F("pills")).order_by("n").first().note,
        lambda animal: animal.visit_set.filter(note="first").get().note,
    ],
    ids=["whole", "many-to-many", "second", "annotated", "only"],
)
def test_of_a_first_row_that_a_subquery_cannot_say_there_is_one_way(see):
    [finding] = in_block(lambda: [see(animal) for animal in animals()]).findings
    assert finding.fix.alternative == ""


def test_of_code_without_source_nothing_is_known_to_be_read():
    assert attributes_read(compile("1", "<nowhere>", "exec"), 0) == ()


AGGREGATES = {
    "several": (
        {"n": Count("pk"), "most": Max("pills"), "least": Min("pills"), "all_pills": Sum("pills")},
        (
            'n=Count("visit"), most=Max("visit__pills"), least=Min("visit__pills"),'
            ' all_pills=Sum("visit__pills")'
        ),
    ),
    "filtered": (
        {"n": Count("pk", filter=Q(note__isnull=False))},
        'n=Count("visit", filter=Q(visit__note__isnull=False))',
    ),
    "star": ({"n": Count("*")}, 'n=Count("visit")'),
    "distinct": ({"n": Count("note", distinct=True)}, 'n=Count("visit__note", distinct=True)'),
    "mean": ({"mean": Avg("pills")}, 'mean=Avg("visit__pills")'),
}


@pytest.mark.parametrize("name", AGGREGATES)
def test_aggregates_of_each_row_are_annotations(name):
    expressions, told = AGGREGATES[name]
    asked = [tuple(animal.visit_set.aggregate(**expressions).values()) for animal in animals()]
    edit = edit_of(lambda animal: animal.visit_set.aggregate(**expressions))
    assert edit == f"annotate({told})"
    assert brought(edit, *expressions) == asked


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (Q(note="first"), "visit__note=…"),
        (~Q(note="first"), "…"),
        (Q(note="first") | Q(pills=1), "…"),
        (Q(Q(note="first"), Q(pills=1)), "…"),
    ],
)
def test_the_filter_of_an_aggregate_is_told_as_far_as_it_is_known(condition, told):
    edit = edit_of(
        lambda animal: animal.visit_set.filter(pills__gte=0).aggregate(n=Count("pk", filter=condition))
    )
    assert edit == f'annotate(n=Count("visit", filter=Q(visit__pills__gte=…, {told})))'


@pytest.mark.parametrize(
    "expressions",
    [
        {"n": Sum(F("pills") + 1)},
        {"n": Sum("pills", default=0)},
        {"n": Count("pk") + 1},
        {"name": Count("pk")},
        {"keeper_id": Count("pk")},
    ],
    ids=["expression", "default", "sum of two", "name of a field", "name of a column"],
)
def test_what_no_annotation_says_in_the_same_words_has_no_edit(expressions):
    assert edit_of(lambda animal: animal.visit_set.aggregate(**expressions)) is None


def test_aggregates_beside_a_count_of_other_rows_are_left():
    """Joined both, each would multiply the other; the count is a subquery then."""

    def work():
        for animal in animals():
            animal.toys.count()
            animal.visit_set.aggregate(n=Count("pk"))

    edits = {finding.relation: finding.fix and finding.fix.edit for finding in in_block(work).findings}
    assert edits["Animal.visit_set"] is None
    assert "Subquery(" in edits["Animal.toys"]


def test_rows_among_others_are_asked_for_by_their_keys_at_once():
    """The rest of the filter is what all queries say."""
    edit = edit_of(lambda animal: Animal.objects.filter(story="long", pk=animal.pk).first())
    assert edit == "Animal.objects.filter(…).in_bulk(…)"


def test_rows_of_one_object_are_asked_for_by_their_keys_at_once():
    keeper = Keeper.objects.get(pk=animals()[0].keeper_id)
    Animal.objects.update(keeper=keeper)
    keys = [animal.pk for animal in animals()]

    def work():
        of = Keeper.objects.get(pk=keeper.pk)
        return [of.animals.filter(pk=key).first().name for key in keys]

    [finding] = in_block(work).findings
    assert finding.fix.edit == "Animal.objects.filter(…).in_bulk(…)"
