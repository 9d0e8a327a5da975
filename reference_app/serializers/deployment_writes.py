"""Deployments as they come in. Shapes are checked field by field, then everything that needs the database."""

from rest_framework import serializers

from reference_app.models import Deployment
from reference_app.serializers.ids import IdField, IdListField
from reference_app.services import deployment_rules as rules
from reference_app.services import deployments as services

MAX_LISTED_NAMES = 1000


class NamesField(serializers.ListField):
    """Names of packages, which the computer looks for."""

    child = serializers.CharField(max_length=200)

    def __init__(self, **kwargs):
        super().__init__(max_length=MAX_LISTED_NAMES, **kwargs)


class DeploymentWriteSerializer(serializers.ModelSerializer):
    """A new deployment. Validated and saved inside one transaction of the caller's, which holds the locks.

    Refusals come in this order: unreadable fields, an unknown project, a role that is too low, everything
    else that is wrong, and last, when it is written, a name that is taken. The packages are one query, the
    attributes of both lists another, whether the schedule may be used is part of the project's.
    """

    project = IdField()
    schedule = IdField(required=False, allow_null=True)
    packages = IdListField(required=False)
    included_attributes = IdListField(required=False)
    excluded_attributes = IdListField(required=False)
    packages_to_install = NamesField(required=False)
    packages_to_remove = NamesField(required=False)
    extra = serializers.DictField(required=False)

    class Meta:
        model = Deployment
        fields = [
            "project",
            "schedule",
            "name",
            "source",
            "enabled",
            "start_date",
            "comment",
            "packages",
            "included_attributes",
            "excluded_attributes",
            "packages_to_install",
            "packages_to_remove",
            "extra",
        ]
        # The slug is made of the name; the database tells whether it is taken.
        validators = []

    def validate(self, attrs):
        """Apply the rules."""
        request = self.context["request"]
        project = rules.project_with(attrs["project"], attrs.get("schedule"), request.user)
        self.context["view"].check_object_permissions(request, project)
        attrs = {"source": Deployment.Source.INTERNAL, "extra": {}} | attrs
        refuse(found_problems(attrs, project))
        return attrs

    def create(self, validated_data):
        """Write what was validated."""
        return services.create(validated_data, self.context["request"].user)


class DeploymentChangeSerializer(DeploymentWriteSerializer):
    """A change of a deployment, whose row the caller has locked. What is not sent stays as it is.

    `version` is the one that was read: of two who change the same version, the second is refused.
    """

    project = IdField(required=False)
    version = serializers.IntegerField(min_value=1)

    class Meta(DeploymentWriteSerializer.Meta):
        fields = [*DeploymentWriteSerializer.Meta.fields, "version"]

    def validate(self, attrs):
        """Apply the rules to what is changed, and to what it has to agree with."""
        if "version" not in attrs:
            refuse({"version": [self.fields["version"].error_messages["required"]]})
        rules.refuse_stale(self.instance, attrs)
        project = rules.project_with(
            self.instance.project_id, attrs.get("schedule"), self.context["request"].user
        )
        self.links = services.present_links(self.instance, attrs)
        refuse(found_problems(changed_whole(self.instance, attrs, self.links), project))
        refuse_switch(self.instance, attrs)
        return attrs

    def update(self, instance, validated_data):
        """Write what was validated."""
        services.update(instance, validated_data, self.links, self.context["request"].user)
        return instance


class CopySerializer(serializers.Serializer):
    """Where to copy a deployment, and what to call it there: by default what it is called here."""

    project = IdField()
    name = serializers.CharField(max_length=100, required=False)

    def validate_name(self, name):
        """Refuse a name of which no slug can be made."""
        refuse(rules.name_problems(name))
        return name


def found_problems(body, project):
    """Look for the rows that `body` names, a query for the packages and one for all attributes."""
    wanted = {*body.get("included_attributes", ()), *body.get("excluded_attributes", ())}
    return rules.problems(
        body,
        pms=project.pms,
        has_schedule=project.has_schedule,
        packages=rules.locked_packages(project.pk, body.get("packages", ())),
        attributes=set(rules.usable_attributes(project).filter(pk__in=wanted).values_list("pk", flat=True)),
    )


def changed_whole(deployment, body, links):
    """Return `body` with the present values of what its own have to agree with.

    A list of attributes is present as it is, so that the other one can be held against it; and the source
    decides on what `extra` may hold, whichever of the two is changed.
    """
    present = {field: ids for field, ids in links.items() if field != "packages"}
    if body.keys() & {"source", "extra"}:
        present |= {"source": deployment.source, "extra": deployment.extra}
    return present | body


def refuse_switch(deployment, body):
    """Refuse to switch by a change; what says how it is switched already changes nothing."""
    if body.pop("enabled", deployment.enabled) != deployment.enabled:
        raise serializers.ValidationError({"enabled": [rules.SWITCHED]})


def refuse(errors):
    """Raise what is wrong, if anything is."""
    if errors:
        raise serializers.ValidationError(errors)
