"""What a computer would be given if it synchronized now. Reads alone."""

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Prefetch, Q
from django.utils import timezone

from reference_app.models import Attribute, Deployment, Package


def running_deployments(computer):
    """Return what is enabled and has started in the computer's project, in the order of creation.

    Schedules only spread a deployment over days: what is told is where it arrives in the end.
    """
    return Deployment.objects.filter(
        project=computer.project_id, enabled=True, start_date__lte=timezone.now()
    ).order_by("pk")


def with_simulation(deployments, computer, user):
    """Let the database tell which of `deployments` apply to `computer`; bring along what `user` is shown."""
    attributes = Attribute.objects.select_related("property").only("value", "property__prefix").order_by("pk")
    packages = Package.objects.for_user(user).only("fullname").order_by("pk")
    return (
        deployments.select_related("schedule")
        .only("name", "schedule__name", "packages_to_install", "packages_to_remove")
        .annotate(applies=_applies_to(computer))
        .prefetch_related(
            Prefetch("included_attributes", queryset=attributes, to_attr="shown_attributes"),
            Prefetch("packages", queryset=packages, to_attr="shown_packages"),
        )
    )


def named_by(deployments, field):
    """Return the names that the applying `deployments` list in `field`, each once, in their order."""
    return list(dict.fromkeys(name for each in deployments if each.applies for name in getattr(each, field)))


def _applies_to(computer):
    """Return the condition that the computer has an included attribute and no excluded one, tags alike."""
    owned = Attribute.objects.filter(Q(computers=computer) | Q(tagged_computers=computer))
    is_included = Exists(owned.filter(including_deployments=OuterRef("pk")))
    is_excluded = Exists(owned.filter(excluding_deployments=OuterRef("pk")))
    return ExpressionWrapper(Q(is_included) & ~Q(is_excluded), output_field=BooleanField())
