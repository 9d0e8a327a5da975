"""Edits of the code of a loop are tried: rows asked for at once by their keys, rows written at once."""

import dataclasses
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.db.models import signals
from django.http import StreamingHttpResponse
from django.test import RequestFactory

from querybudget import pipeline
from querybudget.config import Replay
from querybudget.replay import answered, loops
from querybudget.replay.engine import replay
from querybudget.replay.writes import Writes
from querybudget.replay.written import NotApplicable
from querybudget.replayed import TOGETHER
from querybudget.session import session
from reference_app import factories
from reference_app.models import (
    Deployment,
    Organization,
    Package,
    PackageHistory,
    Platform,
    Project,
    Store,
)
from tests.replay.support import Answering, asked, replayed

pytestmark = pytest.mark.django_db


TOO_EARLY = (
    "not tried: the code that asks has to be changed with it: the loop needs what it writes before it is over"
)


@pytest.fixture(autouse=True)
def _packages(monkeypatch):
    monkeypatch.setattr(
        session, "config", dataclasses.replace(session.config, replay=Replay(methods=frozenset({"POST"})))
    )
    factories.PackageFactory.create_batch(3)


def keys():
    return list(Package.objects.order_by("pk").values_list("pk", flat=True))


def tried(work):
    """Return what became of the fixes of a request that does `work`, by what is printed."""
    found = replayed(asked(work, method="post"), kinds=["fix"])
    return {each.subject.partition(" in ")[0]: str(each) for each in found}


def verified(before, after):
    return f"verified: {before} → {after} queries, identical response"


def found_or_none(number):
    return Package.objects.filter(pk=number).first()


def got_or_none(number):
    try:
        return Package.objects.get(pk=number)
    except Package.DoesNotExist:
        return None


def name_of(found):
    return found and found.name


@pytest.mark.parametrize(
    ("ask", "edit"),
    [
        (got_or_none, "Package.objects.in_bulk(…)"),
        (found_or_none, "Package.objects.in_bulk(…)"),
        (
            lambda number: Package.objects.filter(size_bytes__gte=0, pk=number).first(),
            "Package.objects.filter(…).in_bulk(…)",
        ),
    ],
    ids=["get", "first", "among some rows"],
)
def test_rows_asked_for_by_their_keys_are_asked_for_at_once(ask, edit):
    """Also for one that is not there, and for one that is asked for twice."""
    numbers = [*keys(), 0, keys()[0]]
    assert tried(lambda _: [name_of(ask(number)) for number in numbers]) == {edit: verified(5, 1)}


def test_rows_are_asked_for_by_another_unique_column():
    slugs = list(Organization.objects.order_by("pk").values_list("slug", flat=True))
    assert len(slugs) == 3
    found = tried(lambda _: [Organization.objects.get(slug=slug).pk for slug in slugs])
    assert found == {'Organization.objects.in_bulk(…, field_name="slug")': verified(3, 1)}


def test_rows_are_asked_for_by_a_column_that_is_not_unique():
    versions = ["1", "2", "3"]
    for package, version in zip(Package.objects.order_by("pk"), versions, strict=True):
        Package.objects.filter(pk=package.pk).update(version=version)
    found = tried(lambda _: [Package.objects.get(version=version).pk for version in versions])
    assert found == {"Package.objects.filter(version__in=…)": verified(3, 1)}


def made(n):
    return Platform(name=f"platform {n}")


def saved(_):
    for n in range(4):
        made(n).save()
    return Platform.objects.count()


def created(_):
    for n in range(4):
        Platform.objects.create(name=f"platform {n}")
    return Platform.objects.count()


def changed(_):
    for package in Package.objects.order_by("pk"):
        package.size_bytes += 1
        package.save()
    return list(Package.objects.order_by("pk").values_list("size_bytes", flat=True))


def changed_in_part(_):
    for package in Package.objects.order_by("pk"):
        package.size_bytes += 1
        package.save(update_fields=["size_bytes"])
    return list(Package.objects.order_by("pk").values_list("size_bytes", flat=True))


def added(_):
    deployment = Deployment.objects.first() or factories.DeploymentFactory()
    for package in Package.objects.order_by("pk"):
        deployment.packages.add(package)
    return deployment.packages.count()


@pytest.mark.parametrize(
    ("work", "edit", "numbers"),
    [
        (saved, "Platform.objects.bulk_create(…)", (5, 2)),
        (created, "Platform.objects.bulk_create(…)", (5, 2)),
        (changed, "Package.objects.bulk_update(…)", (5, 3)),
        (changed_in_part, "Package.objects.bulk_update(…)", (5, 3)),
        (added, "Deployment.packages.through.objects.bulk_create(…, ignore_conflicts=True)", (6, 4)),
    ],
    ids=["save", "create", "changes", "changes of some columns", "many-to-many"],
)
def test_rows_are_written_at_once(work, edit, numbers):
    """And are there where somebody looks."""
    factories.DeploymentFactory()
    assert tried(work) == {edit: verified(*numbers)}


def test_what_is_written_at_once_is_written_before_the_request_ends():
    def work(_):
        for n in range(4):
            made(n).save()
        return 1

    assert tried(work) == {"Platform.objects.bulk_create(…)": verified(4, 1)}


def test_of_a_line_only_the_rows_of_the_edit_are_held_back():
    def work(_):
        project = Project.objects.first()
        for n in range(3):
            for row in (Platform(name=f"platform {n}"), Store(name=f"store {n}", project=project)):
                row.save()
        return Platform.objects.count() + Store.objects.count()

    found = tried(work)
    assert found.pop("all fixes together") == verified(9, 5)
    assert found == {
        "Platform.objects.bulk_create(…)": verified(9, 7),
        "Store.objects.bulk_create(…)": verified(9, 7),
    }


def test_what_points_to_a_row_that_is_held_back_waits_for_it():
    """Of the two edits one helps only with the other."""

    def work(_):
        platform = Platform.objects.first()
        organization = Organization.objects.first()
        for n in range(3):
            project = Project(
                name=f"p{n}", slug=f"p{n}", platform=platform, organization=organization, pms="apt"
            )
            project.save()
            Store(name=f"store {n}", project=project).save()
        return Store.objects.count()

    found = tried(work)
    assert found[TOGETHER] == verified(9, 5)
    assert found["Project.objects.bulk_create(…)"] == TOO_EARLY
    assert found["Store.objects.bulk_create(…)"] == verified(9, 7)


def test_a_key_that_is_needed_in_the_loop_is_more_than_the_edit_says():
    def work(_):
        rows = []
        for n in range(3):
            row = made(n)
            row.save()
            rows.append(row.pk is not None)
        return rows

    told = tried(work)["Platform.objects.bulk_create(…)"]
    assert told.startswith("not tried: the code that asks has to be changed with it: ")


def test_what_is_undone_in_the_loop_is_not_written_later():
    def work(_):
        for n in range(3):
            with transaction.atomic():
                made(n).save()
                transaction.set_rollback(n == 1)
        return "done"

    assert set(tried(work).values()) == {
        "not tried: some of what it writes is undone before the loop is over"
    }


def test_signals_that_somebody_listens_to_are_not_left_out():
    def listener(**_):
        """Hear of it."""

    signals.post_save.connect(listener, sender=Platform)
    try:
        told = tried(saved)["Platform.objects.bulk_create(…)"]
    finally:
        signals.post_save.disconnect(listener, sender=Platform)
    assert told == (
        "not tried: its bulk write would send no signals any more, and somebody listens to those of Platform"
    )


def test_nothing_is_held_back_outside_of_the_trial():
    tried(saved)
    Platform.objects.create(name="by itself")
    assert Platform.objects.filter(name="by itself").exists()


def test_any_other_edit_of_code_is_not_tried():
    def work(_):
        for package in Package.objects.order_by("pk"):
            package.delete()
        return 0

    assert set(tried(work).values()) == {"not tried: the code that asks has to be changed with it"}


def test_a_finding_without_a_fix_is_no_edit():
    class Finding:
        fix = None
        call_site = None
        field = ""

    with pytest.raises(NotApplicable):
        loops.edit_of(Finding())


def test_a_line_that_asks_for_rows_of_several_models_is_answered_with_those_of_the_edit():
    """Their keys may be the same; the numbers of both edits add up to what the two of them save."""

    def work(_):
        def fetched(model, number):
            return model.objects.get(pk=number).pk

        return [fetched(model, row) for row in rows for model in (Package, Platform)]

    Platform.objects.bulk_create(
        [Platform(pk=number, name=f"{number}") for number in keys_beside_platforms()]
    )
    rows = [number for number in keys() if Platform.objects.filter(pk=number).exists()]
    assert len(rows) == 3
    assert tried(work) == {
        "Package.objects.in_bulk(…)": verified(6, 4),
        "Platform.objects.in_bulk(…)": verified(6, 4),
        TOGETHER: verified(6, 2),
    }


def keys_beside_platforms():
    taken = set(Platform.objects.values_list("pk", flat=True))
    return [number for number in keys() if number not in taken]


def test_of_a_line_that_creates_and_updates_each_edit_holds_back_its_own():
    def work(_):
        for n, old in enumerate(Platform.objects.order_by("pk")):
            for row in (old, Platform(name=f"new {n}")):
                row.save()
        return Platform.objects.count()

    assert set(tried(work).values()) == {TOO_EARLY}


def test_what_a_bulk_write_does_not_do_is_said_with_it():
    """The response does not show it."""

    def work(_):
        for n in range(3):
            PackageHistory.objects.create(action="created", details={"n": n})
        return 1

    told = tried(work)["PackageHistory.objects.bulk_create(…)"]
    assert told == f"{verified(3, 1)}; PackageHistory.save() is not called then"


def test_a_column_that_saving_sets_is_named(monkeypatch):
    monkeypatch.setattr(Package._meta.get_field("created_at"), "auto_now", True)
    assert tried(changed)["Package.objects.bulk_update(…)"] == (
        f"{verified(5, 3)}; created_at (auto_now) is not set then"
    )


def test_an_update_of_a_queryset_is_not_held_back():
    def work(_):
        for package in Package.objects.order_by("pk"):
            Package.objects.filter(pk=package.pk).update(size_bytes=package.pk)
        return 1

    assert tried(work)["Package.objects.bulk_update(…)"] == (
        "not tried: the code that asks has to be changed with it"
    )


def test_a_streamed_body_may_write_too():
    class Streaming(Answering):
        def post(self, _request):
            return StreamingHttpResponse(self.rows())

        def rows(self):
            for n in range(4):
                made(n).save()
                yield "row"

    response = Streaming.as_view()(RequestFactory().post("/asked/"))
    assert b"".join(response)
    [told] = replayed(session.test.requests[-1], kinds=["fix"])
    assert str(told) == verified(4, 1)


def test_values_of_rows_are_no_rows_to_answer_with():
    numbers = keys()
    found = tried(lambda _: [Package.objects.values("name").get(pk=number)["name"] for number in numbers])
    assert all("raised" not in told for told in found.values())


def test_a_key_that_nobody_asked_for_before_is_asked_for():
    """As beside another edit, by which a request may come farther."""
    numbers = keys()
    edit = loops.ByKeys(asking=(None, ""), models=frozenset({Package}), column="id", keys={numbers[0]: None})
    scope = asked(lambda _: [Package.objects.get(pk=number).name for number in numbers], method="post")
    edit = dataclasses.replace(edit, asking=line_of(scope))
    answer = replay(scope.witness, made_alone(edit))
    assert answer.queries == 3
    assert answer.status == 200


def line_of(scope):
    [finding] = pipeline.request_of(scope).analysis.findings
    return answered.asking(finding.call_site, finding.field)


@contextmanager
def made_alone(edit):
    with edit.made(Writes()):
        yield None
