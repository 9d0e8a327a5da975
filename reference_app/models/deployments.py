"""Deployments: which packages reach which computers of a project, and from when on."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from reference_app.models.attributes import Attribute
from reference_app.models.packages import Package
from reference_app.models.projects import InProjectQuerySet, Project
from reference_app.models.schedules import Schedule


class Deployment(models.Model):
    """A release of packages to computers with one of the included and none of the excluded attributes.

    `extra` holds the dynamic attributes, whose keys and types depend on the source and the project's
    package management system. `version` counts the changes and is the optimistic lock.
    """

    class Source(models.TextChoices):
        """Where the packages come from."""

        INTERNAL = "internal", "the project's own stores"
        EXTERNAL = "external", "a repository elsewhere, at the base_url in extra"

    project = models.ForeignKey(Project, models.CASCADE, related_name="deployments")
    schedule = models.ForeignKey(Schedule, models.SET_NULL, null=True, blank=True, related_name="deployments")
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    source = models.CharField(max_length=10, choices=Source, default=Source.INTERNAL)
    enabled = models.BooleanField(default=True)
    start_date = models.DateTimeField(default=timezone.now)
    comment = models.TextField(blank=True)
    packages = models.ManyToManyField(Package, related_name="deployments", blank=True)
    included_attributes = models.ManyToManyField(Attribute, related_name="including_deployments", blank=True)
    excluded_attributes = models.ManyToManyField(Attribute, related_name="excluding_deployments", blank=True)
    packages_to_install = models.JSONField(default=list, blank=True)
    packages_to_remove = models.JSONField(default=list, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)

    tenant_parent = "project"
    objects = InProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "slug"], name="deployment_slug_once_per_project"),
            models.CheckConstraint(
                condition=~Q(source="external") | Q(extra__has_key="base_url"),
                name="deployment_external_needs_base_url",
            ),
        ]

    def __str__(self):
        return self.name
