"""Errors that computers report and people tick off."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from reference_app.models.computers import Computer, Synchronization
from reference_app.models.projects import InProjectQuerySet, Project


class Error(models.Model):
    """What went wrong on a computer. It stays after the synchronization that brought it is gone."""

    computer = models.ForeignKey(Computer, models.CASCADE, related_name="errors")
    project = models.ForeignKey(Project, models.CASCADE, related_name="errors")
    synchronization = models.ForeignKey(
        Synchronization, models.SET_NULL, null=True, blank=True, related_name="errors"
    )
    text = models.TextField()
    checked = models.BooleanField(default=False)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="checked_errors"
    )
    created_at = models.DateTimeField(default=timezone.now)

    tenant_parent = "project"
    objects = InProjectQuerySet.as_manager()

    def __str__(self):
        return self.text[:60]
