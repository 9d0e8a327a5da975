"""Comments in the code accept findings of their function, with a reason."""

import pytest

from querybudget.analysis.findings import CODES
from querybudget.capture.comments import comments_in, mistake_in
from tests.capture.support import in_block
from tests.capture.zoo.factories import AnimalFactory
from tests.capture.zoo.models import Animal

KNOWN = frozenset(CODES)


@pytest.fixture
def written(tmp_path):
    """Write a file and read its comments."""

    def write(text, name="views.py"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return comments_in(str(path), KNOWN)

    return write


FUNCTIONS = """\
def first():
    pass


@decorated
async def second():
    one = 1  # querybudget: allow[QB102] one query a level
    return one


def third():
    text = "# querybudget: allow[QB101] no comment"
    def inner():
        pass  # querybudget: allow[QB101:Animal.*] inside
"""


def test_a_comment_speaks_for_the_innermost_function_it_stands_in(written):
    second, inner = written(FUNCTIONS).suppressions
    assert (second.code, second.target, second.reason) == ("QB102", "*", "one query a level")
    assert (second.place.line, second.first, second.last) == (7, 5, 8)
    assert (inner.target, inner.first, inner.last) == ("Animal.*", 13, 14)


def test_a_comment_outside_of_functions_speaks_for_its_file(written):
    [found] = written("# querybudget: allow[QB103:a[].b] as it is\nx = 1\n").suppressions
    assert (found.target, found.first, found.last) == ("a[].b", 1, 2)


def test_a_comment_of_a_template_speaks_for_all_of_it(written):
    text = "<p>querybudget: allow[QB101] no comment</p>\n{# querybudget: allow[QB101] two rows at most #}\n"
    [found] = written(text, "page.html").suppressions
    assert (found.reason, found.place.line, found.first, found.last) == ("two rows at most", 2, 1, 2)


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("# querybudget: allow[QB102]", "needs a reason behind the bracket"),
        ("# querybudget: allow QB102 because", "accepts nothing. Expected # querybudget: allow[QB102]"),
        ("# querybudget: allow[QB19] because", "names 'QB19', which no finding has"),
    ],
)
def test_a_comment_that_cannot_be_understood_is_told_with_its_place(written, comment, told):
    read = written(f"x = 1\n{comment}\n")
    assert not read.suppressions
    error = mistake_in(read.mistakes)
    assert told in str(error)
    assert "views.py:2" in str(error)


def test_no_mistake_is_no_error():
    assert mistake_in(()) is None


def test_a_file_that_can_no_longer_be_parsed_accepts_nothing(written):
    """It has changed since it was imported."""
    assert not written("def half(:  # querybudget: allow[QB101] half\n   '''").suppressions


@pytest.fixture
def animals(zoo):
    return AnimalFactory.create_batch(3)


def accepting():
    # querybudget: allow[QB101:Animal.keeper] three animals at most
    return [(animal.keeper.name, list(animal.foods.all())) for animal in Animal.objects.all()]


def test_an_accepted_finding_stays_visible_and_is_not_counted(animals):
    analysis = in_block(accepting)
    kept, accepted = sorted(analysis.findings, key=lambda each: bool(each.accepted))
    assert accepted.relation == "Animal.keeper"
    assert accepted.accepted.startswith("three animals at most (tests/capture/test_comments.py:")
    assert (kept.relation, kept.accepted) == ("Animal.foods", "")
    assert analysis.measures.n_plus_one == 1
