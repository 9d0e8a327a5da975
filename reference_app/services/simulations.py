"""What a computer would be given if it synchronized now. Reads alone.

A schedule decides when. Its delays are the stages of a deployment: a computer that has an attribute of one,
tags alike, is reached `delay` days after the start, or on one of the `duration` days that begin there. Which
of them is told by its id, so that a stage spreads evenly and a computer keeps its day. Of several delays the
first to come counts, and with none of them the computer is not reached; a schedule without delays delays
nothing.
"""

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Prefetch, Q
from django.utils import timezone

from reference_app.models import Attribute, Deployment, Package, ScheduleDelay


def running_deployments(computer):
    """Return what is enabled and has started in the computer's project, in the order of creation."""
    return Deployment.objects.filter(
        project=computer.project_id, enabled=True, start_date__lte=timezone.now()
    ).order_by("pk")


def simulated(deployments, computer, user):
    """Return `deployments`, each telling whether it `applies` to `computer` now, with what `user` is shown.

    Four queries: the deployments, with whether they are for the computer; their attributes, packages and
    delays. Without a schedule among them three.
    """
    now = timezone.now()
    found = list(_with_simulation(deployments, computer, user))
    for deployment in found:
        deployment.applies = deployment.is_for_it and is_due(
            deployment, deployment.schedule.shown_delays if deployment.schedule else (), computer, now=now
        )
    return found


def is_due(deployment, delays, computer, *, now):
    """Tell whether one of `delays` that `is_met` by `computer` is over for it, or there are none at all."""
    days = (now - deployment.start_date).days
    stages = [delay.delay + computer.pk % delay.duration <= days for delay in delays if delay.is_met]
    return any(stages) or not delays


def named_by(deployments, field):
    """Return the names that the applying `deployments` list in `field`, each once, in their order."""
    return list(dict.fromkeys(name for each in deployments if each.applies for name in getattr(each, field)))


def _with_simulation(deployments, computer, user):
    """Join, annotate and prefetch."""
    attributes = Attribute.objects.named()
    packages = Package.objects.for_user(user).only("fullname").order_by("pk")
    owned = Attribute.objects.filter(Q(computers=computer) | Q(tagged_computers=computer))
    delays = ScheduleDelay.objects.annotate(is_met=Exists(owned.filter(delays=OuterRef("pk"))))
    return (
        deployments.select_related("schedule")
        .only("name", "start_date", "schedule__name", "packages_to_install", "packages_to_remove")
        .annotate(is_for_it=_is_for(owned))
        .prefetch_related(
            Prefetch("included_attributes", queryset=attributes, to_attr="shown_attributes"),
            Prefetch("packages", queryset=packages, to_attr="shown_packages"),
            Prefetch("schedule__delays", queryset=delays, to_attr="shown_delays"),
        )
    )


def _is_for(owned):
    """Return the condition that of the attributes `owned` one is included and none excluded."""
    is_included = Exists(owned.filter(including_deployments=OuterRef("pk")))
    is_excluded = Exists(owned.filter(excluding_deployments=OuterRef("pk")))
    return ExpressionWrapper(Q(is_included) & ~Q(is_excluded), output_field=BooleanField())
