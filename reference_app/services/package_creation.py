"""What a new package must keep to, and its making: reads, then writes, under the organization's lock."""

from django.db.models import Count, Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from reference_app.exceptions import Conflict
from reference_app.models import (
    Membership,
    Organization,
    Package,
    PackageDependency,
    Project,
    Store,
)
from reference_app.models.history import History
from reference_app.models.organizations import role_among
from reference_app.services.changes import taken_is_conflict
from reference_app.services.dependencies import Step, needs_more, refuse_cycle
from reference_app.services.packages import history_of
from reference_app.services.refusals import not_found, unusable

NAME_TAKEN = "The project has a package of this full name already."


def locked_organization(project_id, user):
    """Lock the organization of the project that `user` names, with access to that project.

    Who creates packages in an organization, or removes a store, waits here for the others, so that quota and
    store, which are asked for by the next statement, are still true when the package is written: in this
    one they could be older than the lock. Raises `ValidationError` for a project that `user` may not see.
    """
    projects = Project.objects.for_user(user).filter(pk=project_id)
    memberships = Membership.objects.filter(organization=OuterRef("pk"))
    organization = (
        Organization.objects.filter(pk__in=projects.values("organization"))
        .annotate(member_role=role_among(memberships, user), organization_is_active=F("is_active"))
        .select_for_update()
        .first()
    )
    if organization is None:
        raise ValidationError({"project": not_found([project_id], ())})
    return organization


def with_census(rows, body, organization):
    """Annotate what a new package depends on: `n_packages` of its organization, `is_taken`, `has_store`.

    The answers are the same for every row; the database counts once. So the rows that are read anyhow
    under the organization's lock bring them along, without a query of their own.
    """
    owned = Package.objects.filter(project__organization=organization).order_by()
    counted = owned.values("project__organization").annotate(n=Count("pk")).values("n")
    namesakes = Package.objects.filter(project=body["project"], fullname=body["fullname"])
    stores = Store.objects.filter(project=body["project"], pk=body.get("store"))
    return rows.annotate(
        n_packages=Coalesce(Subquery(counted), 0), is_taken=Exists(namesakes), has_store=Exists(stores)
    )


def required_packages(body, organization):
    """Lock and return the packages that are needed, in the order of their ids, in one query.

    Locked because nobody may mark them obsolete before the new package, which needs them, is written.
    """
    packages = Package.objects.filter(project=body["project"], pk__in=body["depends_on"])
    packages = with_census(packages, body, organization).annotate(needs_more=needs_more("pk"))
    return list(packages.order_by("pk").select_for_update())


def census_of(body, organization, required):
    """Return a row `with_census`: one that is required, or the organization's, in one query."""
    themselves = Organization.objects.filter(pk=organization.pk)
    return required[0] if required else with_census(themselves, body, organization).get()


def refusals(body, required, *, has_store):
    """Return what is wrong with the ids in `body`, keyed by field."""
    errors = {}
    if body.get("store") and not has_store:
        errors["store"] = not_found([body["store"]], ())
    if refused := unusable(body["depends_on"], required):
        errors["depends_on"] = refused
    return errors


def refuse_dependencies_on_itself(body, required):
    """Refuse a way from the packages that are needed back to the new one."""
    first = [
        Step(pk=each.pk, name=each.name, fullname=each.fullname, needs_more=each.needs_more)
        for each in required
    ]
    refuse_cycle(body["name"], body["fullname"], first)


def refuse_conflicts(organization, census):
    """Refuse a full name that is taken and a quota that is used up."""
    if census.is_taken:
        raise Conflict(NAME_TAKEN)
    refuse_beyond_quota(census.n_packages, organization.package_quota)


def refuse_beyond_quota(n_packages, quota):
    """Refuse one more package than `quota`. Obsolete ones count: they take space until they are removed."""
    if n_packages >= quota:
        raise Conflict(f"The organization's quota of {quota} packages is used up.")


def create(columns, required, user):
    """Write the package with its dependencies and one history row; three statements for any number of them.

    Each dependency is from the version on that is required now. Raises `Conflict` for a full name that a
    computer has reported meanwhile: its report waits for nobody.
    """
    now = timezone.now()
    with taken_is_conflict(NAME_TAKEN):
        package = Package.objects.create(created_at=now, **columns)
    PackageDependency.objects.bulk_create(
        PackageDependency(package=package, requires=each, min_version=each.version) for each in required
    )
    history_of(package, History.Action.CREATED, user, at=now).save()
    return package
