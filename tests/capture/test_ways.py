"""A loop comes back to a line by the same way; steps, levels and three calls on three lines are none."""

import pytest

from tests.capture.support import codes
from tests.capture.test_relations_one_at_a_time import EVERYWHERE, animals
from tests.capture.zoo.factories import AnimalFactory
from tests.capture.zoo.models import Animal, Keeper, Visit

pytestmark = pytest.mark.usefixtures("zoo")


@pytest.fixture
def rows(zoo):
    return AnimalFactory.create_batch(6)


@pytest.fixture
def tree(zoo):
    """A keeper over two, each of whom is over two more, and so on: four levels."""
    level = [Keeper.objects.create(name="boss")]
    for _ in range(3):
        level = [Keeper.objects.create(name="one", boss=each) for each in level for _ in range(2)]


def named(text):
    return Keeper.objects.filter(name=text).count()


def named_all(*texts):
    return [named(each) for each in texts]


def note(animal, text):
    Visit.objects.create(animal=animal, note=text)


def on_three_lines():
    one = named("one")
    two = named("two")
    three = named("three")
    return one, two, three


def on_one_line():
    return named("one"), named("two"), named("three")


def written_on_three_lines():
    animal = Animal.objects.first()
    note(animal, "opened")
    note(animal, "read")
    note(animal, "closed")


def of_two_rows():
    first, second = animals()[:2]
    one = keeper_of(first)
    two = keeper_of(second)
    return one, two


def keeper_of(animal):
    return animal.keeper.name


def levels():
    level, found = list(Keeper.objects.filter(boss=None)), 0
    while level:
        level = list(Keeper.objects.filter(boss__in=level))
        found += len(level)
    return found


def updated_in_chunks():
    keys = list(animals().values_list("pk", flat=True))
    for start in range(0, len(keys), 2):
        Animal.objects.filter(pk__in=keys[start : start + 2]).update(story="new")


@EVERYWHERE
@pytest.mark.parametrize(
    "work",
    [on_three_lines, on_one_line, written_on_three_lines, of_two_rows, levels, updated_in_chunks],
    ids=lambda work: work.__name__,
)
def test_what_is_no_loop_is_left_in_peace(work, run, rows, tree):
    assert codes(run(work)) == []


def in_a_loop():
    return named_all("one", "two", "three")


def in_a_loop_at_two_lines():
    for text in ("one", "two", "three"):
        named(text)
        named(f"{text} more")


def below_a_function_that_calls_itself(text="x"):
    if len(text) < 4:
        named(text)
        below_a_function_that_calls_itself(f"{text}x")


def one_node_after_the_other():
    left = list(Keeper.objects.filter(boss=None))
    while left:
        left += Keeper.objects.filter(boss=left.pop())


def in_a_loop_over_rows():
    return [Keeper.objects.filter(boss__in=[each.keeper_id]).count() for each in animals()]


@EVERYWHERE
@pytest.mark.parametrize(
    "work",
    [
        in_a_loop,
        in_a_loop_at_two_lines,
        below_a_function_that_calls_itself,
        one_node_after_the_other,
        in_a_loop_over_rows,
    ],
    ids=lambda work: work.__name__,
)
def test_what_is_a_loop_is_found(work, run, rows, tree):
    """Also where a loop over nothing asks for one node at a time, and where a function calls itself."""
    assert codes(run(work)) == ["QB102"]


class Keen:
    """Asks by whatever the interpreter makes faster once it has run some times."""

    def __getitem__(self, text):
        return self.by_property + named(text)

    @property
    def by_property(self):
        return named("x")

    def __iter__(self):
        yield named("y")


def called_until_it_is_specialised():
    keen = Keen()
    return [(keen[str(number)], list(keen)) for number in range(60)]


@EVERYWHERE
def test_a_way_is_the_same_before_and_after_the_interpreter_has_warmed_up(run, rows):
    """CPython stands at another offset inside an instruction once it has specialised it."""
    analysis = run(called_until_it_is_specialised)
    ways = {(event.place.line, event.way) for group in analysis.groups for event in group.events}
    assert len(ways) == 3


def created_one_by_one():
    for animal in animals():
        Visit.objects.bulk_create([Visit(animal=animal, note="x")])


def updated_one_by_one():
    for animal in animals():
        animal.story = "x"
        Animal.objects.bulk_update([animal], ["story"])


@EVERYWHERE
@pytest.mark.parametrize(
    ("work", "edit"),
    [
        (created_one_by_one, "Visit.objects.bulk_create(…)"),
        (updated_one_by_one, "Animal.objects.bulk_update(…)"),
    ],
)
def test_a_bulk_write_of_one_row_each_is_none(work, edit, run, rows):
    [finding] = run(work).findings
    assert (finding.code, finding.fix.edit) == ("QB104", edit)
    assert "written in bulk 6 times, a row each" in finding.what


def created_in_batches():
    Visit.objects.bulk_create([Visit(animal=each, note="x") for each in animals()], batch_size=1)


@EVERYWHERE
def test_the_batches_of_one_bulk_write_are_one(run, rows):
    assert codes(run(created_in_batches)) == []
