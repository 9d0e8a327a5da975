"""What making requests again shows of the twins, the specimens and the optimised actions."""

from dataclasses import replace

import pytest

from querybudget.capture import watch_for_replays
from querybudget.capture.patching import Patches
from querybudget.config import Replay
from querybudget.replay.engine import first_answer
from querybudget.replay.of_test import Replays
from querybudget.replayed import TOGETHER
from querybudget.session import session
from reference_app.factories import MembershipFactory
from reference_app.tests.specimens import conditions, forget, request
from reference_app.tests.table import ASKS
from reference_app.tests.worlds import build_rows
from reference_app.traps.labels import Verdict
from reference_app.traps.urls import SPECIMENS

# Queries of a twin at size 5, and what is left where everything that is printed is mended together.
MENDED = {
    "packages list": "27 → 3",
    "packages retrieve": "64 → 12",
    "packages deployment-stats": "7 → 2",
    "packages mark-obsolete, refused": "9 → 4",
    "packages bulk-obsolete": "26 → 14",
    "packages orphans": "18 → 1",
    "packages export CSV": "16 → 2",
    "packages create": "37 → 29",
    "packages history": "12 → 2",
    "deployments list": "32 → 4",
    "deployments retrieve": "53 → 15",
    "deployments create": "37 → 12",
    "deployments computers": "19 → 4",
    "deployments copy": "31 → 19",
    "computers list": "47 → 5",
    "computers sync, all new": "52 → 44",
    "computers simulate-sync": "78 → 33",
    "errors list": "17 → 2",
    "errors check": "11 → 3",
    "projects list": "22 → 2",
    "memberships list with permissions": "17 → 8",
}
# It writes what its later columns say: no line of it is a problem.
NOTHING_TO_MEND = "packages mark-obsolete, done"
# In one loop each row is looked for, made, and pointed to by the next: that takes more than a line.
INTERWOVEN = {
    "computers sync, all new": {
        "Attribute.objects.bulk_create(…)": "not tried",
        "Package.objects.bulk_create(…)": "not tried",
        "Installation.objects.bulk_create(…)": "not tried",
    }
}
GETS = [
    "packages list",
    "packages retrieve",
    "packages deployment-stats",
    "packages orphans",
    "packages export CSV",
    "packages history",
    "deployments list",
    "deployments retrieve",
    "deployments computers",
    "computers list",
    "computers simulate-sync",
    "errors list",
    "projects list",
    "memberships list with permissions",
]
FROM_ONE_ROW = [
    name
    for name, view in SPECIMENS.items()
    if view.label.method in {"get", "post"} and view.label.verdict is not Verdict.OTHER
]


@pytest.fixture
def tried(monkeypatch):
    """Keep requests, and return a function that tries everything with the last one."""
    monkeypatch.setattr(session, "replays", frozenset({"fix", "guard", "growth"}))
    patches = Patches()
    watch_for_replays(patches)
    writing = replace(session.config, replay=Replay(methods=frozenset({"POST"})))
    monkeypatch.setattr(session, "config", writing)

    def replay(*kinds):
        scope = session.test.requests[-1]
        return Replays(frozenset(kinds)).of_test([scope], ())

    yield replay
    patches.undo()


@pytest.mark.parametrize(("name", "numbers"), MENDED.items())
def test_the_printed_fixes_of_a_twin_are_verified(client_for, tried, name, numbers):
    ASKS[name](5).sent(client_for, "naive")
    found = {each.subject: each for each in tried("fix")}
    told = found.pop(TOGETHER) if len(found) > 1 else next(iter(found.values()))
    assert str(told).startswith(f"verified: {numbers} queries, identical response")
    left = {each.subject.partition(" in ")[0]: str(each.outcome) for each in found.values()}
    assert {edit: told for edit, told in left.items() if told != "verified"} == INTERWOVEN.get(name, {})


def test_every_twin_with_something_to_mend_is_there():
    assert {*ASKS} - {*MENDED} == {NOTHING_TO_MEND}


def test_a_twin_with_nothing_to_mend_has_no_fix(client_for, tried):
    ASKS[NOTHING_TO_MEND](5).sent(client_for, "naive")
    assert tried("fix") == []


@pytest.mark.parametrize("name", GETS)
def test_an_optimised_action_has_nothing_to_mend_and_does_not_grow(client_for, tried, name):
    ASKS[name](2).sent(client_for, "api")
    assert tried("fix") == []
    assert [str(each) for each in tried("growth") if each.outcome == "grows"] == []


@pytest.mark.parametrize("name", GETS)
def test_the_eager_loads_of_an_optimised_action_are_guarded(client_for, tried, name):
    """Masked is what has no rows here, as the user who ticked an error."""
    ASKS[name](5).sent(client_for, "api")
    found = tried("guard")
    guarded = {each.subject: str(each.outcome) for each in found if each.kind == "guard"}
    assert set(guarded.values()) <= {"guarded", "no rows"}, guarded
    assert [each.subject for each in found if each.outcome == "never read"] == []


@pytest.mark.parametrize("name", FROM_ONE_ROW)
def test_a_specimen_with_one_row_is_known_by_its_growth(client_for, tried, name):
    forget()
    label = SPECIMENS[name].label
    organization = build_rows(1, **conditions(label))
    client = client_for(MembershipFactory(organization=organization, role=label.role).user)
    answer, _ = request(client, name)
    assert answer.status_code == 200
    outcomes = {str(each.outcome) for each in tried("growth") if each.kind == "growth"}
    assert outcomes <= {"grows", "constant"}
    assert ("grows" in outcomes) is (label.verdict is Verdict.GROWS)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("faster-by-failing", "status 200, then 500"),
        ("faster-by-another-payload", "'"),
    ],
)
@pytest.mark.usefixtures("tried")
def test_a_specimen_that_is_faster_by_another_answer_is_refused(client_for, name, told):
    """As what an edit makes of a request would be: fewer queries are compared only where all is the same."""
    forget()
    label = SPECIMENS[name].label
    organization = build_rows(4, **conditions(label))
    client = client_for(MembershipFactory(organization=organization, role=label.role).user)
    answers = []
    for each in (label.partner, name):
        request(client, each)
        scope = session.test.requests[-1]
        answers.append(first_answer(scope.witness, scope))
    slow, fast = answers
    assert fast.queries < slow.queries
    assert slow.difference(fast).startswith(told)


def test_a_specimen_that_fails_is_no_measurement(client_for, tried):
    client = client_for(MembershipFactory(organization=build_rows(4)).user)
    request(client, "faster-by-failing")
    [refused] = tried("fix", "guard", "growth")
    assert str(refused).startswith("not replayable: it failed with status 500")


def test_a_specimen_that_loads_what_nobody_reads_is_told_so(client_for, tried):
    client = client_for(MembershipFactory(organization=build_rows(4)).user)
    request(client, "over-prefetch")
    dead = {each.subject.partition(" of ")[0] for each in tried("guard") if each.outcome == "dead"}
    assert dead == {'prefetch_related("deployments")', 'prefetch_related("installations")'}


@pytest.mark.parametrize("name", [n for n, view in SPECIMENS.items() if view.label.verdict is Verdict.OTHER])
def test_a_specimen_with_another_fault_does_not_grow(client_for, tried, name):
    client = client_for(MembershipFactory(organization=build_rows(4)).user)
    request(client, name)
    assert "grows" not in {str(each.outcome) for each in tried("growth")}
