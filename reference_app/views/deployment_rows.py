"""Which rows of deployments each action reads, and what it brings along with them."""

from django.db.models import Exists, OuterRef, Prefetch

from reference_app.models import (
    Attribute,
    Computer,
    Deployment,
    Error,
    Installation,
    Package,
    ScheduleDelay,
)
from reference_app.models.querysets import count_of


def with_list_data(deployments, user):
    """Join, count and prefetch for a list, wide columns left out; the paginator's COUNT drops all of it."""
    values = Attribute.objects.valued()
    return (
        deployments.with_access(user)
        .select_related("project__platform")
        .defer("comment", "packages_to_install", "packages_to_remove", "extra")
        .annotate(n_packages=count_of(Deployment.packages.through.objects.all(), "deployment"))
        .prefetch_related(
            Prefetch("included_attributes", queryset=values, to_attr="included"),
            Prefetch("excluded_attributes", queryset=values, to_attr="excluded"),
        )
        .order_by("name", "pk")
    )


def with_detail_data(deployments, user):
    """Join and prefetch for one deployment, its packages narrowed to what `user` may see."""
    attributes = Attribute.objects.named()
    delays = ScheduleDelay.objects.order_by("delay").prefetch_related(
        Prefetch("attributes", queryset=attributes, to_attr="shown_attributes")
    )
    packages = (
        Package.objects.for_user(user)
        .only("fullname", "is_obsolete")
        .annotate(n_installations=count_of(Installation.objects.live(), "package"))
        .order_by("pk")
    )
    return (
        deployments.with_access(user)
        .select_related("project", "schedule")
        .prefetch_related(
            Prefetch("packages", queryset=packages, to_attr="shown_packages"),
            Prefetch("included_attributes", queryset=attributes, to_attr="included"),
            Prefetch("excluded_attributes", queryset=attributes, to_attr="excluded"),
            Prefetch("schedule__delays", queryset=delays, to_attr="shown_delays"),
        )
    )


def computers_reached_by(deployment, user):
    """Return the computers of the deployment's project that it is meant for, with what their rows show.

    Those with an included attribute and no excluded one, tags alike, and not the unsubscribed ones, which
    ask for nothing any more. When the schedule lets it reach one of them, `services.simulations` tells.
    Conditions and counts are subqueries: a computer with two of the attributes is one row.
    """
    held = Deployment.packages.through.objects.filter(deployment=deployment).values("package")
    installed = Installation.objects.live().filter(package__in=held)
    errors = Error.objects.filter(computer=OuterRef("pk"), checked=False)
    return (
        Computer.objects.for_user(user)
        .filter(
            _has_one_of(Deployment.included_attributes.through, deployment),
            ~_has_one_of(Deployment.excluded_attributes.through, deployment),
            project=deployment.project_id,
        )
        .exclude(status=Computer.Status.UNSUBSCRIBED)
        .with_access(user)
        .select_related("project")
        .annotate(n_installed=count_of(installed, "computer"), has_errors=Exists(errors))
        .order_by("name", "pk")
    )


def _has_one_of(links, deployment):
    """Return the condition that a computer has, or is tagged with, an attribute that `links` names."""
    wanted = links.objects.filter(deployment=deployment).values("attribute")
    owned = (Computer.attributes.through, Computer.tags.through)
    reported, given = (
        Exists(link.objects.filter(computer=OuterRef("pk"), attribute__in=wanted)) for link in owned
    )
    return reported | given
