"""The naive twins of deployments that come in: the same rules, asked for one id at a time."""

from rest_framework.exceptions import ValidationError

from reference_app.exceptions import Conflict
from reference_app.models import Deployment, Project, Role
from reference_app.models.history import History
from reference_app.naive.access import refuse_unless
from reference_app.serializers.deployment_writes import (
    DeploymentChangeSerializer,
    DeploymentWriteSerializer,
    changed_whole,
    refuse,
    refuse_switch,
)
from reference_app.services import deployment_rules as rules
from reference_app.services.deployments import LINKS, columns, present_links, write_history
from reference_app.services.refusals import not_found


class NaiveDeploymentWriteSerializer(DeploymentWriteSerializer):
    """A new deployment, validated without locks and written link by link."""

    def validate(self, attrs):
        """Apply the rules, a query an id."""
        user = self.context["request"].user
        project = Project.objects.for_user(user).filter(pk=attrs["project"]).first()
        if project is None:
            raise ValidationError({"project": not_found([attrs["project"]], ())})
        refuse_unless(Role.RELEASER, user, project.pk)
        attrs = {"source": Deployment.Source.INTERNAL, "extra": {}} | attrs
        refuse(found_problems(attrs, project))
        refuse_taken(project, columns(attrs)["slug"])
        return attrs

    def create(self, validated_data):
        """Write the deployment, and each of its links on its own."""
        deployment = Deployment.objects.create(**columns(validated_data))
        add_links(deployment, validated_data)
        write_history(deployment, History.Action.CREATED, self.context["request"].user)
        return deployment


class NaiveDeploymentChangeSerializer(DeploymentChangeSerializer):
    """A change of a deployment that nobody has locked."""

    def validate(self, attrs):
        """Apply the rules, a query an id."""
        if "version" not in attrs:
            refuse({"version": [self.fields["version"].error_messages["required"]]})
        rules.refuse_stale(self.instance, attrs)
        whole = changed_whole(self.instance, attrs, present_links(self.instance, attrs))
        refuse(found_problems(whole, self.instance.project))
        refuse_switch(self.instance, attrs)
        if "name" in attrs:
            refuse_taken(self.instance.project, columns(attrs)["slug"], but=self.instance.pk)
        return attrs

    def update(self, instance, validated_data):
        """Write every column, and every link anew."""
        for name, value in columns(validated_data).items():
            setattr(instance, name, value)
        instance.version += 1
        # Cause: every column is written, so that a concurrent change to another one is lost.
        instance.save()
        for field in set(LINKS) & validated_data.keys():
            # Cause: what stays is removed and added again.
            getattr(instance, field).clear()
        add_links(instance, validated_data)
        changed = sorted(validated_data.keys() - {"version"})
        write_history(instance, History.Action.CHANGED, self.context["request"].user, changed=changed)
        return instance


def found_problems(body, project):
    """Look for the rows that `body` names, one by one."""
    schedule = body.get("schedule")
    # Cause, for every package and for every attribute of each list: a query for one id.
    packages = [project.packages.filter(pk=pk).first() for pk in body.get("packages", ())]
    wanted = [*body.get("included_attributes", ()), *body.get("excluded_attributes", ())]
    attributes = [rules.usable_attributes(project).filter(pk=pk).first() for pk in wanted]
    return rules.problems(
        body,
        pms=project.pms,
        has_schedule=bool(schedule) and project.organization.schedules.filter(pk=schedule).exists(),
        packages=[package for package in packages if package],
        attributes={attribute.pk for attribute in attributes if attribute},
    )


def refuse_taken(project, slug, *, but=None):
    """Refuse a name that another deployment of the project has: one query, and no lock."""
    if project.deployments.filter(slug=slug).exclude(pk=but).exists():
        raise Conflict(rules.NAME_TAKEN)


def add_links(deployment, body):
    """Add what the three lists name, a query an id."""
    for field in LINKS:
        for pk in body.get(field, ()):
            # Cause: a write in a loop.
            getattr(deployment, field).add(pk)
