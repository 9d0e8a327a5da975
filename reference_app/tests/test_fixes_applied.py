"""The fixes of the naive twins, carried out as they are printed: what they bring, and what they leave.

First what is loaded one at a time (QB101), then what is asked in a loop (QB102), as it is printed by then:
rows that a loop asks for have to bring what hangs on them. The answer stays the same, byte for byte.
"""

from dataclasses import replace

import pytest

from querybudget import query_budget
from reference_app.tests.applied import applied
from reference_app.tests.table import ASKS

# What a reader writes for a `…` of a likely fix: a value, which nothing keeps. The world in question has one
# deployment, or one organization, all of which its member sees.
FILLED = {
    "package__in=…": 'package__in=Deployment.packages.through.objects.values("package")',
    "Package.objects.filter(…)": "Package.objects.filter(project__in=Project.objects.all())",
    "is_visible=…": "is_visible=Value(True)",
}
REACHED = ["packages list", "packages export CSV", "packages history", "errors list", "projects list"]
# How many queries are left, and how many the optimised action asks. What is left is asked once, at any size.
CONSTANT = {
    # Four parents of one row, and its role, each on its own; properties, which the optimised joins.
    "packages retrieve": (12, 6),
    # The role, and an exists() before the rows.
    "packages mark-obsolete, refused": (4, 2),
    # Parents of one row, and the role; properties.
    "deployments retrieve": (10, 6),
    # Ids that are fetched to be sent back.
    "deployments computers": (4, 3),
    # Properties; the latest synchronization, of which the optimised reads one column in a subquery.
    "computers list": (5, 3),
    # What the computer has, on its own; schedules' attributes and properties.
    "computers simulate-sync": (8, 5),
}
# What has no fix that is an edit of a queryset, and so goes on growing.
LEFT = {
    "packages deployment-stats": "Project.deployments.aggregate()",
    "packages orphans": "exists of Package",
    "deployments list": "get of Membership",
    "memberships list with permissions": "get of Membership",
}
each_size = pytest.mark.parametrize("n", [2, 5])


def counted(rows, by, *conditions):
    """Return the subquery that counts the rows of each object, as it is printed."""
    told = ", ".join([f'{by}=OuterRef("pk")', *conditions])
    return f'Coalesce(Subquery({rows}.objects.filter({told}).order_by().values("{by}").annotate(n=Count("pk")).values("n")), 0)'  # noqa: E501


LIVE = "uninstalled_at__isnull=True"
PRINTED = {
    "packages list": [
        'prefetch_related("depends_on")',
        'select_related("project")',
        'select_related("project__platform")',
        f"annotate(n_deployments={counted('Deployment.packages.through', 'package')})",
        f"annotate(n_installations={counted('Installation', 'package', LIVE)})",
    ],
    "packages retrieve": [
        'prefetch_related("included_attributes__property")',
        'select_related("computer__project")',
        'prefetch_related("computer__tags")',
        'prefetch_related("included_attributes")',
        'select_related("project")',
        'select_related("computer")',
        f"annotate(n_packages={counted('Deployment.packages.through', 'deployment')})",
    ],
    "packages mark-obsolete, refused": ['select_related("project")'],
    "packages export CSV": [
        'prefetch_related("depends_on")',
        'select_related("project")',
        'select_related("project__platform")',
    ],
    "packages history": ['select_related("package")', 'select_related("user")'],
    "deployments retrieve": [
        'prefetch_related("attributes__property")',
        'select_related("property")',
        'select_related("property")',
        'prefetch_related("attributes")',
        f"annotate(n_installations={counted('Installation', 'package', LIVE)})",
    ],
    "deployments computers": [
        'select_related("project")',
        'annotate(has_errors=Exists(Error.objects.filter(computer=OuterRef("pk"), checked=False)))',
        f"annotate(n_installations={counted('Installation', 'computer', LIVE, 'package__in=…')})",
    ],
    "computers list": [
        'prefetch_related("attributes__property")',
        'prefetch_related("attributes")',
        'select_related("project")',
        'select_related("project__platform")',
        f"annotate(n_errors={counted('Error', 'computer', 'checked=False')})",
        f"annotate(n_installations={counted('Installation', 'computer', LIVE)})",
        (
            'prefetch_related(Prefetch("synchronizations", queryset=Synchronization.objects'
            '.order_by("-started_at")[:1], to_attr="first_synchronizations"))'
        ),
        f"annotate(n_tags={counted('Computer.tags.through', 'computer')})",
    ],
    "computers simulate-sync": [
        'select_related("property")',
        'prefetch_related("schedule__delays__attributes")',
        'prefetch_related("excluded_attributes")',
        'select_related("schedule")',
        'prefetch_related("schedule__delays")',
        (
            'prefetch_related(Prefetch("included_attributes", queryset=Attribute.objects.order_by("pk"),'
            ' to_attr="some_included_attributes"))'
        ),
        (
            'prefetch_related(Prefetch("packages", queryset=Package.objects.filter(…)'
            '.order_by("pk"), to_attr="some_packages"))'
        ),
    ],
    "errors list": [
        'select_related("computer")',
        'select_related("project")',
        'select_related("synchronization")',
    ],
    "projects list": [
        'select_related("organization")',
        'select_related("platform")',
        f"annotate(n_computers={counted('Computer', 'project')})",
        f"annotate(n_packages={counted('Package', 'project')})",
    ],
    "memberships list with permissions": [
        'select_related("user")',
        (
            'prefetch_related(Prefetch("projects", queryset=Project.objects.annotate(is_visible=…)'
            '.order_by("name", "pk"), to_attr="some_projects"))'
        ),
        None,
    ],
}


@pytest.fixture
def answered(client_for):
    """Return a function that sends a request with fixes carried out: its answer, and what was seen."""

    def send(ask, fixed=(), *, tree="naive"):
        with applied(fixed), query_budget() as seen:
            answer = ask.sent(client_for, tree)
        return answer, seen

    return send


@pytest.fixture
def mended(answered):
    """Return a function that carries out all fixes of a twin, in two rounds, and what was seen then."""

    def mend(ask):
        before, seen = answered(ask)
        fixed = with_fixes(seen, "QB101")
        between, seen = answered(ask, fixed)
        after, seen = answered(ask, fixed + with_fixes(seen, "QB102"))
        assert before == between == after
        return seen

    return mend


def with_fixes(seen, code):
    """Return the findings of this code that have a fix, with what is open in it filled in."""
    return [filled(each) for each in seen.findings if each.code == code and each.fix]


def filled(finding):
    """Write a value for each `…`."""
    edit = finding.fix.edit
    for gap, text in FILLED.items():
        edit = edit.replace(gap, text)
    return replace(finding, fix=replace(finding.fix, edit=edit))


@pytest.mark.parametrize("title", PRINTED)
def test_a_twin_is_told_these_edits(answered, title):
    _, seen = answered(ASKS[title](5))
    assert [each.fix and each.fix.edit for each in seen.findings] == PRINTED[title]


@each_size
@pytest.mark.parametrize("title", REACHED)
def test_the_printed_fixes_bring_a_twin_to_its_optimised_count(answered, mended, title, n):
    ask = ASKS[title](n)
    _, optimised = answered(ask, tree="api")
    seen = mended(ask)
    assert (seen.queries, seen.findings) == (optimised.queries, ())


@each_size
@pytest.mark.parametrize("title", CONSTANT)
def test_the_printed_fixes_leave_what_is_asked_once(answered, mended, title, n):
    """No finding, and the same count at every size; but more than the optimised action asks."""
    ask = ASKS[title](n)
    _, optimised = answered(ask, tree="api")
    seen = mended(ask)
    assert (seen.queries, optimised.queries, seen.findings) == (*CONSTANT[title], ())


@pytest.mark.parametrize("title", LEFT)
def test_what_no_edit_of_a_queryset_mends_is_left(mended, title):
    """And nothing else."""
    (finding,) = mended(ASKS[title](5)).findings
    assert finding.what.startswith(LEFT[title])
    assert finding.fix is None
