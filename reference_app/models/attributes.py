"""Properties of computers and the values they take, by which deployments choose their computers."""

from django.db import models
from django.db.models import Exists, Q

from reference_app.models.organizations import Membership, Organization
from reference_app.models.querysets import TenantQuerySet


class PropertyQuerySet(TenantQuerySet):
    """Properties: an organization's own ones are visible to its members, the common ones to any member."""

    def visible_to(self, user):
        """Return the condition that the property is of an organization of `user`, or of none."""
        is_member = Exists(Membership.objects.filter(user=user))
        own = Q(organization__in=Organization.objects.for_user(user))
        return own | (Q(organization__isnull=True) & is_member)


class Property(models.Model):
    """Something to know about a computer, such as its network or its owner's department."""

    class Kind(models.TextChoices):
        """Who states the value."""

        REPORTED = "reported", "reported by the computer"
        TAG = "tag", "given by people"

    organization = models.ForeignKey(
        Organization, models.CASCADE, null=True, blank=True, related_name="properties"
    )
    prefix = models.CharField(max_length=10)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.REPORTED)

    objects = PropertyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "properties"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "prefix"], name="property_prefix_once_per_organization"
            ),
        ]

    def __str__(self):
        return self.prefix


class AttributeQuerySet(TenantQuerySet):
    """Values of properties."""

    def named(self):
        """Bring along what their names are made of, in the order of their ids."""
        return self.select_related("property").only("value", "property__prefix").order_by("pk")

    def valued(self):
        """Bring along their values alone, in the order of their ids."""
        return self.only("value").order_by("pk")


class Attribute(models.Model):
    """One value of a property."""

    property = models.ForeignKey(Property, models.CASCADE, related_name="attributes")
    value = models.CharField(max_length=200)

    tenant_parent = "property"
    objects = AttributeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["property", "value"], name="attribute_value_once_per_property"),
        ]

    def __str__(self):
        return self.value

    def full_name(self):
        """Return "PREFIX-value", at a query for the property unless the rows are `named()`."""
        return f"{self.property.prefix}-{self.value}"
