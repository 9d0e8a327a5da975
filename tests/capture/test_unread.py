"""QB203: rows that were counted or tested; whoever reads them afterwards, by whatever method, clears them."""

import copy
import gc
import pickle
import random

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db.models import prefetch_related_objects
from django.http import StreamingHttpResponse
from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.test import RequestFactory
from django.views import View

from querybudget import query_budget
from querybudget.capture import unread
from tests.capture.support import codes, in_block, in_request
from tests.capture.zoo.factories import AnimalFactory
from tests.capture.zoo.models import Animal

pytestmark = pytest.mark.usefixtures("three")

EVERYWHERE = pytest.mark.parametrize("run", [in_request, in_block])
COUNTED, TESTED = "3 animals loaded to be counted", "3 animals loaded to be tested for truth"


@pytest.fixture
def three(zoo):
    """Three animals."""
    return AnimalFactory.create_batch(3)


def animals():
    return Animal.objects.order_by("pk")


def names(found):
    for each in found:
        yield each.name


def refuse_none(found):
    if not found:
        raise ValueError


def rendered(text, found=None):
    def work():
        context = {"animals": animals() if found is None else found}
        return engines["django"].from_string(text).render(context)

    return work


def negated():
    return "none" if not animals() else "some"


def one_of_two(*, is_asked=True):
    found = animals()
    return 1 if is_asked and found else 2


def counted_if_any():
    found = animals()
    if found:
        return len(found)
    return 0


@EVERYWHERE
@pytest.mark.parametrize(
    ("work", "what", "edit"),
    [
        (lambda: len(animals()), COUNTED, "count()"),
        (lambda: bool(animals()), TESTED, "exists()"),
        (lambda: len(list(animals())), COUNTED, "count()"),
        (lambda: len([each for each in animals()]), COUNTED, "count()"),  # noqa: C416 - as people write it
        (lambda: sum(1 for _ in animals()), COUNTED, "count()"),
        (lambda: any(True for _ in animals()), TESTED, "exists()"),
        (negated, TESTED, "exists()"),
        (one_of_two, TESTED, "exists()"),
        (counted_if_any, COUNTED, "count()"),
        (rendered("{% if animals %}some{% endif %}"), TESTED, "exists()"),
        (rendered("{{ animals|length }}"), COUNTED, "count()"),
    ],
)
def test_rows_nobody_reads_are_found(run, work, what, edit):
    [finding] = run(work).findings
    assert (finding.code, finding.proof, finding.count) == ("QB203", "heuristic", 1)
    assert finding.what == f"{what}, none of them read"
    assert finding.fix.edit == edit
    assert finding.fix.place == finding.call_site


READERS = {
    "iterated": list,
    "first taken": lambda found: found[0],
    "sliced": lambda found: found[:2],
    "one looked for": lambda found: AnimalFactory() in found,
    "one looked for by Django": lambda found: found.contains(Animal(pk=0)),
    "unpacked": lambda found: [*found],
    "chosen from": random.choice,
    "pickled": pickle.dumps,
    "copied": lambda found: list(copy.copy(found)),
    "prefetched for": lambda found: prefetch_related_objects(found, "keeper"),
    "rendered": lambda found: (
        engines["django"].from_string("{% for a in a %}{% endfor %}").render({"a": found})
    ),
}


@EVERYWHERE
@pytest.mark.parametrize("ask", [len, bool])
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_rows_that_are_read_afterwards_are_clean(run, ask, read):
    def work():
        found = animals()
        ask(found)
        read(found)

    assert codes(run(work)) == []


@EVERYWHERE
def test_rows_that_another_branch_reads_are_clean(run):
    def work(*, is_wanted=False):
        found = animals()
        if found and is_wanted:
            return list(found)
        return None

    assert codes(run(work)) == []


@EVERYWHERE
def test_rows_handed_to_the_caller_are_clean(run):
    def work():
        found = animals()
        return found if len(found) > 1 else None

    assert codes(run(work)) == []


@EVERYWHERE
@pytest.mark.parametrize(
    "work",
    [
        lambda: bool(animals().filter(name="nobody")),
        lambda: Animal.objects.get(pk=animals().first().pk),
        lambda: len(animals().iterator().__class__.__name__),
        lambda: (animals().count(), animals().exists()),
        lambda: len([each.name for each in animals()]),
        lambda: len([each for each in animals() if each.name]),
        lambda: len(list(animals().values("name"))),
    ],
)
def test_other_ways_to_ask_are_clean(run, work):
    assert codes(run(work)) == []


def test_a_prefetched_relation_may_be_counted():
    def work():
        return [len(each.toys.all()) for each in animals().prefetch_related("toys") if each.toys.all()]

    assert codes(in_block(work)) == []


def test_in_a_loop_it_is_the_n_plus_one_that_it_is():
    assert codes(in_block(lambda: [len(each.toys.all()) for each in animals()])) == ["QB101"]


def test_rows_read_while_the_body_streams_are_clean():
    class Streaming(View):
        def get(self, request):
            found = animals()
            refuse_none(found)
            return StreamingHttpResponse(names(found))

    with query_budget() as seen:
        response = Streaming.as_view()(RequestFactory().get("/"))
        assert codes(seen) == ["QB203"]
        assert len(list(response)) == 3
        assert codes(seen) == []


def test_rows_read_asynchronously_are_clean():
    async def work(found):
        await sync_to_async(refuse_none)(found)
        before = codes(seen)
        return before, [each.name async for each in found]

    with query_budget() as seen:
        before, names = async_to_sync(work)(animals())
        assert (before, len(names), codes(seen)) == (["QB203"], 3, [])


def test_nothing_is_held_longer_than_its_queryset():
    with query_budget():
        found = animals()
        assert found
        assert id(found) in unread._held
        key = id(found)
        del found
        gc.collect()
        assert key not in unread._held


class Holder:
    """Keeps a queryset between its methods."""

    def __init__(self):
        self.found = animals()

    def count(self):
        return len(self.found)

    def names(self):
        return [each.name for each in self.found]


def test_rows_that_another_method_reads_are_clean():
    assert codes(in_block(lambda: Holder().count())) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{ animals|length }}{% if show %}{% for each in animals %}{% endfor %}{% endif %}", []),
        ("{% if animals %}{% if show %}{{ animals|join:', ' }}{% endif %}{% endif %}", []),
        ("{{ animals|length }}{% if show %}{% for each in others %}{% endfor %}{% endif %}", ["QB203"]),
        ("{% if not animals %}none{% elif animals|length > 2 %}many{% endif %}", ["QB203"]),
    ],
)
def test_a_branch_of_a_template_that_was_not_taken_reads_too(text, found, tmp_path, settings):
    (tmp_path / "page.html").write_text(text, "utf-8")
    engine = DjangoTemplates({"NAME": "own", "DIRS": [tmp_path], "APP_DIRS": False, "OPTIONS": {}})
    assert codes(in_request(lambda: engine.get_template("page.html").render({"animals": animals()}))) == found
