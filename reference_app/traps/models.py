"""Two shapes of models that the application has no use for."""

from django.db import models

from reference_app.models import Package


class Device(models.Model):
    """Something with a name, of which a laptop is one kind."""

    name = models.CharField(max_length=100)

    def __str__(self):
        return self.name


class Laptop(Device):
    """A device in a second table: from the first one it is reached by a reverse one-to-one."""

    serial = models.CharField(max_length=100)


class CountingPackage(Package):
    """A package with a method that looks like a value and runs a query."""

    class Meta:
        proxy = True

    def n_deployments(self):
        """Count the deployments that hold the package: a query at every call."""
        return self.deployments.count()
