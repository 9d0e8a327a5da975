"""What querybudget finds in each action of the specification's table: all planted causes in the naive twin,
nothing in the optimised action.
"""

import re
import tomllib
from pathlib import Path

import pytest

from querybudget import query_budget
from reference_app.tests.chains import build_needs, new_package
from reference_app.tests.requests import post
from reference_app.tests.table import ASKS
from reference_app.tests.worlds import build

ROWS = Path(__file__).parents[2] / "scripts" / "reference_rows.toml"
N = 5

# Five of everything, so five times each, or five for each of five. Named is the relation; where no object's
# relation is asked, what is asked of which model; the model or relation that is written.
CAUSES = {
    "packages list": """
        QB101 5 Package.depends_on
        QB101 5 Package.project
        QB101 5 Project.platform
        QB102 5 Package.deployments
        QB102 5 Package.installations
    """,
    "packages retrieve": """
        QB101 25 Attribute.property
        QB101 5 Computer.project
        QB101 5 Computer.tags
        QB101 5 Deployment.included_attributes
        QB101 5 Deployment.project
        QB101 5 Installation.computer
        QB102 5 Deployment.packages
    """,
    "packages deployment-stats": "QB102 5 Project.deployments",
    # One query more than the optimised: a role asked for on its own, nothing that comes again.
    "packages mark-obsolete, done": "",
    "packages mark-obsolete, refused": "QB101 5 Deployment.project",
    "packages bulk-obsolete": """
        QB102 5 Package.deployments
        QB102 5 Package.required_by
        QB102 5 first of Package
        QB104 5 Package
        QB104 5 PackageHistory
    """,
    # Seven are looked at, to list five.
    "packages orphans": """
        QB101 5 Package.project
        QB101 5 Project.platform
        QB102 7 exists of Package
    """,
    "packages export CSV": """
        QB101 5 Package.depends_on
        QB101 5 Package.project
        QB101 5 Project.platform
    """,
    # Of ten packages that five dependencies lead to each is asked what it needs.
    "packages create": """
        QB102 10 iteration of Package
        QB102 5 Project.packages
        QB103 2 Project.organization
        QB104 5 PackageDependency
    """,
    "packages history": """
        QB101 5 PackageHistory.package
        QB101 5 PackageHistory.user
    """,
    "deployments list": """
        QB101 5 Deployment.excluded_attributes
        QB101 5 Deployment.included_attributes
        QB101 5 Deployment.project
        QB101 5 Project.platform
        QB102 5 Deployment.packages
        QB102 5 get of Membership
    """,
    # Of the attributes of the delays; of those included, and of those excluded.
    "deployments retrieve": """
        QB101 25 Attribute.property
        QB101 5 Attribute.property
        QB101 5 Attribute.property
        QB101 5 ScheduleDelay.attributes
        QB102 5 Package.installations
    """,
    # Both lists of attributes are looked for by one line.
    "deployments create": """
        QB102 10 first of Attribute
        QB102 5 Project.packages
        QB104 5 Deployment.excluded_attributes
        QB104 5 Deployment.included_attributes
        QB104 5 Deployment.packages
    """,
    "deployments computers": """
        QB101 5 Computer.project
        QB102 5 Computer.errors
        QB102 5 Computer.installations
    """,
    "deployments copy": """
        QB102 5 Project.packages
        QB104 5 Deployment.excluded_attributes
        QB104 5 Deployment.included_attributes
        QB104 5 Deployment.packages
    """,
    "computers list": """
        QB101 10 Attribute.property
        QB101 5 Computer.attributes
        QB101 5 Computer.project
        QB101 5 Project.platform
        QB102 5 Computer.errors
        QB102 5 Computer.installations
        QB102 5 Computer.synchronizations
        QB102 5 Computer.tags
    """,
    # Installations that end, and such as begin.
    "computers sync, all new": """
        QB102 5 Computer.installations
        QB102 5 first of Package
        QB102 5 first of Property
        QB102 5 Property.attributes
        QB104 5 Attribute
        QB104 5 Computer.attributes
        QB104 5 Installation
        QB104 5 Installation
        QB104 5 Package
    """,
    "computers simulate-sync": """
        QB101 25 Attribute.property
        QB101 25 ScheduleDelay.attributes
        QB101 5 Deployment.excluded_attributes
        QB101 5 Deployment.schedule
        QB101 5 Schedule.delays
        QB102 5 Deployment.included_attributes
        QB102 5 Deployment.packages
    """,
    "errors list": """
        QB101 5 Error.computer
        QB101 5 Error.project
        QB101 5 Error.synchronization
    """,
    "errors check": """
        QB102 5 first of Error
        QB104 5 Error
    """,
    "projects list": """
        QB101 5 Project.organization
        QB101 5 Project.platform
        QB102 5 Project.computers
        QB102 5 Project.packages
    """,
    # All are of one organization, so that the role is asked for with equal parameters.
    "memberships list with permissions": """
        QB101 5 Membership.user
        QB102 5 Membership.projects
        QB103 5 get of Membership
    """,
}

each_action = pytest.mark.parametrize("title", ASKS)
_ASKED = re.compile(r"\w+ of \w+(?= \d+ times)")


def found(seen):
    """Return code, count and subject of each finding, sorted: its relation, or what is asked of a model."""
    return sorted(
        f"{each.code} {each.count} {each.relation or _ASKED.match(each.what)[0]}" for each in seen.findings
    )


def causes(title):
    """Return the planted causes, sorted."""
    return sorted(line.strip() for line in CAUSES[title].strip().splitlines())


def test_the_table_is_that_of_the_specification():
    """In its order, with a cause or none for each."""
    rows = [each["title"] for each in tomllib.loads(ROWS.read_text("utf-8"))["row"]]
    assert rows == list(ASKS) == list(CAUSES)


@each_action
def test_a_naive_twin_is_told_each_planted_cause(client_for, title):
    ask = ASKS[title](N)
    with query_budget() as seen:
        ask.sent(client_for, "naive")
    assert found(seen) == causes(title)


@each_action
def test_nothing_is_found_in_an_optimised_action(client_for, title):
    """Findings of any code, of the very request that the twin was told its causes of."""
    ask = ASKS[title](N)
    with query_budget() as seen:
        ask.sent(client_for, "api")
    assert found(seen) == []


def test_a_chain_of_dependencies_is_found_and_accepted(client_for):
    """One package a level looks like a loop: pyproject.toml allows `PackageViewSet.create` this code."""
    world = build(2, deployments=0, installations=0)
    project = world.package.project
    body = new_package(project, depends_on=build_needs(project, 1, N))
    with query_budget() as seen:
        post(client_for(world.packager), "/api/packages/", body, 201)
    assert found(seen) == [f"QB102 {N - 1} iteration of PackageDependency"]
