"""The rules of many packages at once: those of one package, asked for all of them in one query each."""

from django.db.models import Exists, OuterRef, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from reference_app.models import Deployment, Package, PackageDependency, PackageHistory, Project
from reference_app.models.history import History
from reference_app.services.packages import HELD, NEEDED, OBSOLETE_ALREADY, history_of
from reference_app.services.refusals import MAX_NAMES, refuse_unknown


def all_with(packages, ids):
    """Return the rows of `packages` with `ids`; refuse all if one of them does not exist."""
    rows = list(packages.filter(pk__in=ids))
    refuse_unknown(ids, rows, field="ids")
    return rows


def mark_obsolete(packages, user):
    """Mark obsolete what of `packages` may be, and return `{"done": [id, …], "refused": [{…}, …]}`.

    The caller holds a transaction and has locked the rows. Each package is judged by what was true before
    the request: two that hold each other up are not freed by being listed together.
    Both lists are in the order of `packages`; a refusal has the `id` and what the single action would answer.
    """
    active = [package.pk for package in packages if not package.is_obsolete]
    refusals = _needed(active) | _held(active, user)
    refused = [
        {"id": package.pk, **refusals.get(package.pk, {"detail": OBSOLETE_ALREADY})}
        for package in packages
        if package.is_obsolete or package.pk in refusals
    ]
    done = [package for package in packages if not package.is_obsolete and package.pk not in refusals]
    _write(done, user)
    return {"done": [package.pk for package in done], "refused": refused}


def _held(ids, user):
    """Return `{id: refusal}` of the packages that enabled deployments hold, naming what `user` may see."""
    visible = Project.objects.for_user(user).filter(pk=OuterRef("deployment__project_id"))
    holders = (
        Deployment.packages.through.objects.filter(package__in=ids, deployment__enabled=True)
        .annotate(is_visible=Exists(visible))
        .annotate(position=_position("package", "-is_visible", "deployment_id"))
        .filter(position__lte=MAX_NAMES)
        .order_by("package", "position")
    )
    names = {}
    rows = holders.values_list("package", "deployment__project__name", "deployment__name", "is_visible")
    for pk, project, name, is_visible in rows:
        names.setdefault(pk, []).extend([f"{project}/{name}"] if is_visible else [])
    return {pk: {"detail": HELD, "deployments": found} for pk, found in names.items()}


def _needed(ids):
    """Return `{id: refusal}` of the packages that active packages need."""
    dependents = (
        PackageDependency.objects.filter(requires__in=ids, package__is_obsolete=False)
        .annotate(position=_position("requires", "package_id"))
        .filter(position__lte=MAX_NAMES)
        .order_by("requires", "position")
    )
    names = {}
    for pk, fullname in dependents.values_list("requires", "package__fullname"):
        names.setdefault(pk, []).append(fullname)
    return {pk: {"detail": NEEDED, "packages": found} for pk, found in names.items()}


def _position(group, *order):
    """Count up the rows of each `group`, so that the first few of each are kept, not the first few of all."""
    return Window(RowNumber(), partition_by=[group], order_by=order)


def _write(packages, user):
    """Write the packages' dates in one statement and their history in another."""
    now = timezone.now()
    ids = [package.pk for package in packages]
    Package.objects.filter(pk__in=ids).update(is_obsolete=True, obsoleted_at=now)
    PackageHistory.objects.bulk_create(
        history_of(package, History.Action.OBSOLETED, user, at=now) for package in packages
    )
