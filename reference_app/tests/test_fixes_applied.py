"""The fixes of the naive twins, carried out as they are printed: what they bring, and what they leave.

First what is loaded one at a time (QB101), then what is asked in a loop (QB102) or written in one (QB104), as
it is printed by then: rows that a loop asks for have to bring what hangs on them. The answer stays the same,
byte for byte, and so does what is written.
"""

from collections import Counter
from dataclasses import replace

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import DateTimeField

from querybudget import query_budget
from reference_app.tests.applied import applied, printed
from reference_app.tests.table import ASKS, OTHER_ASKS

ALL_ASKS = ASKS | OTHER_ASKS
# What a reader writes for a `…` of a likely fix: a value, which nothing keeps. It may name whatever the code
# at that place names.
FILLED = {
    "packages deployment-stats": {"filter=Q(…": "filter=Q(deployments__in=holders"},
    "packages orphans": {", …": ", pk__in=orphans_among(Package.objects.all())"},
    "packages bulk-obsolete": {
        "Package.objects.filter(…).in_bulk(…)": "packages.in_bulk(ids)",
        '(package=OuterRef("pk"), …)': '(package=OuterRef("pk"), deployment__enabled=True)',
        '(requires=OuterRef("pk"), …)': '(requires=OuterRef("pk"), package__is_obsolete=False)',
        "bulk_update(…)": 'bulk_update(rows, ["is_obsolete", "obsoleted_at"])',
        "bulk_create(…)": "bulk_create(rows)",
    },
    "deployments list": {"user=…": "user=self.request.user"},
    "stores list": {"user=…": "user=self.request.user"},
    # The world in question has one deployment, or one organization, all of which its member sees.
    "deployments computers": {
        "package__in=…": 'package__in=Deployment.packages.through.objects.values("package")'
    },
    "computers simulate-sync": {
        "Package.objects.filter(…)": "Package.objects.filter(project__in=Project.objects.all())"
    },
    "errors check": {
        "Error.objects.filter(…).in_bulk(…)": (
            'self.get_queryset().select_related("project__organization").in_bulk(ids)'
        ),
        "bulk_update(…)": 'bulk_update(rows, ["checked", "checked_by"])',
    },
    "memberships list with permissions": {"is_visible=…": "is_visible=Value(True)"},
}
# How many queries less than the optimised action a twin asks with its fixes.
REACHED = {
    "packages list": 0,
    "packages deployment-stats": 0,
    # Bulk: the optimised asks for those who hold or need a package, to name them. Orphans: the twin loads all
    # packages to cut one page, the optimised counts them.
    "packages bulk-obsolete": 1,
    "packages orphans": 1,
    "packages export CSV": 0,
    "packages history": 0,
    "deployments list": 0,
    "computers list": 0,
    "errors list": 0,
    "projects list": 0,
    "stores list": 0,
}
# How many queries are left, and how many the optimised action asks. What is left is asked once, at any size.
CONSTANT = {
    # Four parents of one row, and its role, each on its own.
    "packages retrieve": (11, 6),
    # The role, and an exists() before the rows.
    "packages mark-obsolete, refused": (4, 2),
    # Parents of one row, and the role.
    "deployments retrieve": (9, 6),
    # Ids that are fetched to be sent back.
    "deployments computers": (4, 3),
    # What the computer has, on its own; schedules' attributes and excluded ones.
    "computers simulate-sync": (8, 5),
    # The roles.
    "errors check": (3, 2),
}
# What has no fix that is an edit of a queryset, and so goes on growing.
LEFT = {"memberships list with permissions": "get of Membership"}
# Two rows written or asked for by a key are no loop yet.
each_size = pytest.mark.parametrize("n", [3, 5])


def counted(rows, by, *conditions):
    """Return the subquery that counts the rows of each object, as it is printed."""
    told = ", ".join([f'{by}=OuterRef("pk")', *conditions])
    return f'Coalesce(Subquery({rows}.objects.filter({told}).order_by().values("{by}").annotate(n=Count("pk")).values("n")), 0)'  # noqa: E501


def joined(attributes):
    """Return the prefetch of attributes with their properties joined, as it is printed."""
    return (
        f'prefetch_related(Prefetch("{attributes}", queryset=Attribute.objects.select_related("property")))'
    )


def role(column):
    """Return the column that is read of the membership of each row, as it is printed."""
    memberships = 'Membership.objects.filter(organization__projects=OuterRef("project"), user=…)'
    return f'membership_{column.replace("__", "_")}=Subquery({memberships}.values("{column}")[:1])'


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
        joined("included_attributes"),
        'select_related("computer__project")',
        'prefetch_related("computer__tags")',
        'prefetch_related("included_attributes")',
        'select_related("project")',
        'select_related("computer")',
        f"annotate(n_packages={counted('Deployment.packages.through', 'deployment')})",
    ],
    "packages deployment-stats": [
        (
            'annotate(n_deployments=Count("deployments", filter=Q(…)), '
            'n_enabled=Count("deployments", filter=Q(…, deployments__enabled=True)), '
            'first_start=Min("deployments__start_date", filter=Q(…)), '
            'last_start=Max("deployments__start_date", filter=Q(…)))'
        )
    ],
    "packages mark-obsolete, refused": ['select_related("project")'],
    # The two exists() once the rows come from one query.
    "packages bulk-obsolete": [
        None,
        None,
        "Package.objects.filter(…).in_bulk(…)",
        "Package.objects.bulk_update(…)",
        "PackageHistory.objects.bulk_create(…)",
    ],
    "packages orphans": [
        'select_related("project")',
        'select_related("project__platform")',
        'annotate(has_package=Exists(Package.objects.filter(pk=OuterRef("pk"), …)))',
    ],
    "packages export CSV": [
        'prefetch_related("depends_on")',
        'select_related("project")',
        'select_related("project__platform")',
    ],
    "packages history": ['select_related("package")', 'select_related("user")'],
    "deployments list": [
        'prefetch_related("excluded_attributes")',
        'prefetch_related("included_attributes")',
        'select_related("project")',
        'select_related("project__platform")',
        'annotate(n_packages=Count("packages"))',
        f"annotate({role('role')}, {role('organization__is_active')})",
    ],
    "deployments retrieve": [
        joined("attributes"),
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
        joined("attributes"),
        'prefetch_related("attributes")',
        'select_related("project")',
        'select_related("project__platform")',
        f"annotate(n_errors={counted('Error', 'computer', 'checked=False')})",
        f"annotate(n_installations={counted('Installation', 'computer', LIVE)})",
        (
            "annotate(first_synchronizations_ok=Subquery(Synchronization.objects"
            '.filter(computer=OuterRef("pk")).order_by("-started_at").values("ok")[:1]))'
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
    "errors check": ["Error.objects.filter(…).in_bulk(…)", "Error.objects.bulk_update(…)"],
    "projects list": [
        'select_related("organization")',
        'select_related("platform")',
        f"annotate(n_computers={counted('Computer', 'project')})",
        f"annotate(n_packages={counted('Package', 'project')})",
    ],
    "stores list": [
        'select_related("project")',
        'annotate(n_packages=Count("packages"))',
        f"annotate({role('role')}, {role('organization__is_active')})",
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
    """Return a function that sends a request with fixes carried out: answer and rows, and what was seen.

    What it writes is undone, so that it can be sent again.
    """

    def send(ask, fixed=(), *, tree="naive"):
        with transaction.atomic():
            with applied(fixed), query_budget() as seen:
                answer = ask.sent(client_for, tree)
            outcome = answer, all_rows()
            transaction.set_rollback(True)
        return outcome, seen

    return send


def all_rows():
    """Return how often each row is there, as text; without what is new each time, its key and times."""
    return Counter(
        f"{model.__name__} {[getattr(row, field.attname) for field in fields_told(model)]}"
        for model in apps.get_app_config("reference_app").get_models(include_auto_created=True)
        for row in model._base_manager.all()
    )


def fields_told(model):
    """Return the columns that are the same whenever a request is sent."""
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and not isinstance(field, DateTimeField)
    ]


@pytest.fixture
def mended(answered):
    """Return a function that carries out all fixes of a twin until there are none, and what was seen then.

    Each round begins where the last one ended, with what is printed by then.
    """

    def mend(title, ask):
        outcome, seen = answered(ask)
        fixed, codes = [], {"QB101"}
        while new := [filled(title, each) for each in seen.findings if each.code in codes and each.fix] or (
            "QB102" not in codes
        ):
            fixed += [] if new is True else new
            codes = {"QB101", "QB102", "QB104"}
            after, seen = answered(ask, fixed)
            assert after == outcome
        return seen

    return mend


def filled(title, finding):
    """Write a value for each `…` of the edit that is carried out."""
    edit = printed(finding.fix)
    for gap, text in FILLED.get(title, {}).items():
        edit = edit.replace(gap, text)
    return replace(finding, fix=replace(finding.fix, edit=edit, alternative=""))


@pytest.mark.parametrize("title", PRINTED)
def test_a_twin_is_told_these_edits(answered, title):
    _, seen = answered(ALL_ASKS[title](5))
    assert [each.fix and printed(each.fix) for each in seen.findings] == PRINTED[title]


@each_size
@pytest.mark.parametrize("title", REACHED)
def test_the_printed_fixes_bring_a_twin_to_its_optimised_count(answered, mended, title, n):
    """Two of them below it."""
    ask = ALL_ASKS[title](n)
    _, optimised = answered(ask, tree="api")
    seen = mended(title, ask)
    assert (optimised.queries - seen.queries, seen.findings) == (REACHED[title], ())


@each_size
@pytest.mark.parametrize("title", CONSTANT)
def test_the_printed_fixes_leave_what_is_asked_once(answered, mended, title, n):
    """No finding, and the same count at every size; but more than the optimised action asks."""
    ask = ALL_ASKS[title](n)
    _, optimised = answered(ask, tree="api")
    seen = mended(title, ask)
    assert (seen.queries, optimised.queries, seen.findings) == (*CONSTANT[title], ())


@pytest.mark.parametrize("title", LEFT)
def test_what_no_edit_of_a_queryset_mends_is_left(mended, title):
    """And nothing else."""
    (finding,) = mended(title, ALL_ASKS[title](5)).findings
    assert finding.what.startswith(LEFT[title])
    assert finding.fix is None
