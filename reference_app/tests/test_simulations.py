"""When a schedule lets a deployment reach a computer, by the simulation of both trees."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reference_app import factories
from reference_app.seed import build
from reference_app.tests.fleets import build_deployments
from reference_app.tests.requests import TREES, both_trees, computer_path, fetch


@pytest.fixture
def world():
    """Build a world in which nothing is deployed yet."""
    return build(2, deployments=0, installations=0)


@pytest.fixture
def computer(world):
    """Return the computer that everything here is about."""
    return world.never_synced_computer


@pytest.fixture
def deployment(computer):
    """Return a deployment for it, whose schedule has no delays."""
    (made,) = build_deployments(computer, 1, attributes=1)
    return made


@pytest.fixture
def is_reached(packager, computer, deployment):
    """Return a function that tells whether the computer is reached so many days after the start."""

    def applies(tree, *, days, seconds=60):
        deployment.start_date = timezone.now() - timedelta(days=days, seconds=seconds)
        deployment.save()
        answer = fetch(packager, computer_path(tree, computer, "simulate-sync"))
        assert bool(answer["install"]) == answer["deployments"][0]["applies"]
        return answer["deployments"][0]["applies"]

    return applies


def add_delay(deployment, delay, *attributes, duration=1):
    """Give the deployment's schedule a delay for the attributes."""
    made = factories.ScheduleDelayFactory(schedule=deployment.schedule, delay=delay, duration=duration)
    made.attributes.add(*attributes)


@both_trees
def test_a_schedule_without_delays_delays_nothing(is_reached, tree):
    assert is_reached(tree, days=0)


@both_trees
def test_a_delay_begins_so_many_days_after_the_start(is_reached, deployment, tree):
    """To the second: a day that is not over does not count."""
    add_delay(deployment, 3, deployment.included_attributes.get())
    assert not is_reached(tree, days=3, seconds=-60)
    assert is_reached(tree, days=3)
    assert is_reached(tree, days=300)


@both_trees
def test_a_computer_in_no_delay_is_not_reached(is_reached, deployment, tree):
    """It was not planned for, whatever the deployment includes."""
    add_delay(deployment, 0, factories.AttributeFactory())
    add_delay(deployment, 1)
    assert not is_reached(tree, days=300)


@both_trees
def test_of_several_delays_the_first_to_come_counts(is_reached, deployment, tree):
    """Also if another one is listed before it."""
    value = deployment.included_attributes.get()
    add_delay(deployment, 9, value)
    add_delay(deployment, 2, value)
    assert not is_reached(tree, days=1)
    assert is_reached(tree, days=2)


@both_trees
def test_a_tag_is_delayed_like_an_attribute(is_reached, computer, deployment, tree):
    """The delay is for another value than the deployment."""
    tag = factories.AttributeFactory()
    add_delay(deployment, 1, tag)
    assert not is_reached(tree, days=1)
    computer.tags.add(tag)
    assert is_reached(tree, days=1)


@both_trees
def test_a_delay_does_not_replace_what_the_deployment_includes(is_reached, computer, deployment, tree):
    """It says when; for whom, the deployment says."""
    value = factories.AttributeFactory()
    computer.attributes.set([value])
    add_delay(deployment, 0, value)
    assert not is_reached(tree, days=9)


@both_trees
def test_an_excluded_attribute_wins_over_a_delay(is_reached, deployment, tree):
    value = deployment.included_attributes.get()
    add_delay(deployment, 0, value)
    deployment.excluded_attributes.add(value)
    assert not is_reached(tree, days=9)


@both_trees
def test_a_stage_spreads_over_its_duration(packager, deployment, computer, tree):
    """One computer of three consecutive ones a day."""
    value = deployment.included_attributes.get()
    add_delay(deployment, 2, value, duration=3)
    others = factories.ComputerFactory.create_batch(3, project=computer.project, attributes=[value])
    n_reached = []
    for days in range(1, 6):
        deployment.start_date = timezone.now() - timedelta(days=days, seconds=60)
        deployment.save()
        answers = [fetch(packager, computer_path(tree, each, "simulate-sync")) for each in others]
        n_reached.append(sum(answer["deployments"][0]["applies"] for answer in answers))
    assert n_reached == [0, 1, 2, 3, 3]


def test_deployments_are_judged_each_by_its_own_schedule(packager, computer, deployment):
    """In one answer: one with delays, one without, one without a schedule, all at the same queries."""
    value = deployment.included_attributes.get()
    add_delay(deployment, 32767, value)
    build_deployments(computer, 2, attributes=1)
    computer.project.deployments.filter(pk__gt=deployment.pk + 1).update(schedule=None)
    answers = [fetch(packager, computer_path(tree, computer, "simulate-sync")) for tree in TREES]
    assert [row["applies"] for row in answers[0]["deployments"]] == [False, True, True]
    assert answers[0] == answers[1]
