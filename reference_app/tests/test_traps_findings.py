"""What querybudget finds in the specimens is what their labels say, and nothing else."""

import pytest

from querybudget import query_budget
from reference_app.factories import MembershipFactory
from reference_app.tests.specimens import conditions, forget, request
from reference_app.tests.worlds import build_rows
from reference_app.traps.labels import Verdict
from reference_app.traps.rows import build_many
from reference_app.traps.urls import SPECIMENS

STEPS = [name for name, view in SPECIMENS.items() if view.label.step]
CACHES = [name for name, view in SPECIMENS.items() if view.label.saved]
# Of what a cache saves, the queries that count: what fills Django's own caches counts nowhere.
COUNTED = {"cold-then-warm": 1, "djangos-own-caches": 0}


@pytest.fixture(autouse=True)
def _cold_caches():
    """Begin every measurement with nothing in memory."""
    forget()


@pytest.fixture
def ask(client_for):
    """Return a function that asks a specimen about an organization's rows, and returns what was seen."""

    def asked(name, organization):
        member = MembershipFactory(organization=organization, role=SPECIMENS[name].label.role)
        client = client_for(member.user)
        with query_budget() as seen:
            request(client, name)
        return seen

    return asked


def findings(seen):
    """Return code and relation of each finding."""
    return [(each.code, each.relation) for each in seen.findings]


@pytest.mark.parametrize("name", SPECIMENS)
def test_findings_are_those_of_the_label(ask, name):
    """At the larger size, under the condition that the label names."""
    label = SPECIMENS[name].label
    organization = build_rows(label.sizes[1], **conditions(label))
    expected = [(label.finding, label.relation)] if label.finding else []
    assert findings(ask(name, organization)) == expected


@pytest.mark.parametrize(
    "name", [name for name, view in SPECIMENS.items() if view.label.verdict is not Verdict.GROWS]
)
def test_what_does_not_grow_is_quiet_at_any_size(ask, name):
    """Also where it sends the same statement batch by batch."""
    also = SPECIMENS[name].label.also
    organization = build_many(also) if also else build_rows(9)
    assert findings(ask(name, organization)) == []


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("larger", [False, True])
def test_a_step_is_quiet_on_both_sides(ask, name, larger):
    """At exactly the sizes of the label: 0 and 1."""
    label = SPECIMENS[name].label
    seen = ask(name, build_rows(label.sizes[larger]))
    assert (seen.queries, findings(seen)) == (1 + larger * label.step, [])


@pytest.mark.parametrize("name", CACHES)
def test_a_cache_is_quiet_cold_and_warm(ask, name):
    """The first request costs what fills the cache, and neither is found fault with."""
    organization = build_rows(5)
    cold, warm = ask(name, organization), ask(name, organization)
    assert findings(cold) == findings(warm) == []
    assert cold.queries - warm.queries == COUNTED[name]


@pytest.mark.parametrize("name", ["growth-for-one-role", "growth-for-one-branch"])
def test_what_grows_for_some_is_not_found_among_the_others(client_for, name):
    """A tool finds what a test executes: the condition is part of the label."""
    label = SPECIMENS[name].label
    assert label.branch or label.role != "packager"
    client = client_for(MembershipFactory(organization=build_rows(5)).user)
    with query_budget() as seen:
        request(client, name)
    assert seen.findings == ()
