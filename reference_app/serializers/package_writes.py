"""Packages as they come in. Shapes are checked field by field, then everything that needs the database."""

from rest_framework import serializers

from reference_app.models import Package
from reference_app.serializers.ids import IdField, IdListField
from reference_app.services import package_creation as rules
from reference_app.services.changes import columns_of


class PackageWriteSerializer(serializers.ModelSerializer):
    """A new package. Validated and saved inside one transaction of the caller's, which holds the locks.

    Refusals come in this order: unreadable fields, an unknown project, a role that is too low, other ids,
    a cycle – all 400 but for the role – and last the conflicts. Each set of ids is one query.
    """

    project = IdField()
    store = IdField(required=False, allow_null=True)
    depends_on = IdListField(default=list)

    class Meta:
        model = Package
        fields = [
            "project",
            "store",
            "name",
            "version",
            "architecture",
            "fullname",
            "size_bytes",
            "depends_on",
        ]
        # The validator of the unique full name would ask before the lock is held.
        validators = []

    def validate(self, attrs):
        """Apply the rules; add the packages that are needed as `required`."""
        request = self.context["request"]
        organization = rules.locked_organization(attrs["project"], request.user)
        self.context["view"].check_object_permissions(request, organization)
        required = rules.required_packages(attrs, organization)
        census = rules.census_of(attrs, organization, required)
        if errors := rules.refusals(attrs, required, has_store=census.has_store):
            raise serializers.ValidationError(errors)
        rules.refuse_dependencies_on_itself(attrs, required)
        rules.refuse_conflicts(organization, census)
        return attrs | {"required": required}

    def create(self, validated_data):
        """Write what was validated."""
        return rules.create(columns(validated_data), validated_data["required"], self.context["request"].user)


def columns(body):
    """Return what of `body` is written to the package's own row, ids under the names of their columns."""
    return columns_of(body, ids={"project", "store"}, without={"required", "depends_on"})
