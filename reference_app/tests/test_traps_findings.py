"""What querybudget finds in the specimens is what their labels say, and nothing else."""

import pytest

from querybudget import query_budget
from reference_app.factories import MembershipFactory
from reference_app.tests.specimens import conditions, forget, request
from reference_app.tests.worlds import build_rows
from reference_app.traps.labels import Verdict
from reference_app.traps.rows import build_many
from reference_app.traps.urls import SPECIMENS


def findings(client_for, name, organization):
    """Ask a specimen, and return code and relation of each finding."""
    forget()
    client = client_for(MembershipFactory(organization=organization, role=SPECIMENS[name].label.role).user)
    with query_budget() as seen:
        request(client, name)
    return [(each.code, each.relation) for each in seen.findings]


@pytest.mark.parametrize("name", SPECIMENS)
def test_findings_are_those_of_the_label(client_for, name):
    """At the larger size, under the condition that the label names."""
    label = SPECIMENS[name].label
    organization = build_rows(label.sizes[1], **conditions(label))
    expected = [(label.finding, label.relation)] if label.finding else []
    assert findings(client_for, name, organization) == expected


@pytest.mark.parametrize(
    "name", [name for name, view in SPECIMENS.items() if view.label.verdict is not Verdict.GROWS]
)
def test_what_does_not_grow_is_quiet_at_any_size(client_for, name):
    """Also where it sends the same statement batch by batch."""
    also = SPECIMENS[name].label.also
    organization = build_many(also) if also else build_rows(9)
    assert findings(client_for, name, organization) == []


@pytest.mark.parametrize("name", ["growth-for-one-role", "growth-for-one-branch"])
def test_what_grows_for_some_is_not_found_among_the_others(client_for, name):
    """A tool finds what a test executes: the condition is part of the label."""
    label = SPECIMENS[name].label
    assert label.branch or label.role != "packager"
    client = client_for(MembershipFactory(organization=build_rows(5)).user)
    with query_budget() as seen:
        request(client, name)
    assert seen.findings == ()
