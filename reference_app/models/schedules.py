"""Schedules: how a deployment spreads over computers and days."""

from django.db import models
from django.db.models import Q

from reference_app.models.attributes import Attribute
from reference_app.models.organizations import Organization
from reference_app.models.querysets import TenantQuerySet


class Schedule(models.Model):
    """A named series of delays."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="schedules")
    name = models.CharField(max_length=100)

    tenant_parent = "organization"
    objects = TenantQuerySet.as_manager()

    def __str__(self):
        return self.name


class ScheduleDelay(models.Model):
    """One step: `delay` days after the start, these attributes follow within `duration` days."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="delays")
    delay = models.PositiveSmallIntegerField()
    duration = models.PositiveSmallIntegerField(default=1)
    attributes = models.ManyToManyField(Attribute, related_name="delays", blank=True)

    tenant_parent = "schedule"
    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "delay"], name="delay_once_per_schedule"),
            models.CheckConstraint(condition=Q(delay__gte=0), name="delay_not_negative"),
            models.CheckConstraint(condition=Q(duration__gte=1), name="delay_lasts_a_day_at_least"),
        ]

    def __str__(self):
        return f"day {self.delay}"
