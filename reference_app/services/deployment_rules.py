"""What a deployment must keep to. Each set of ids is read with one query; nothing is written here."""

from django.db.models import Exists, OuterRef, Q
from django.utils.text import slugify
from rest_framework.exceptions import NotFound, ValidationError

from reference_app import dynamic_attributes
from reference_app.exceptions import Conflict
from reference_app.models import Attribute, Package, Project, Schedule
from reference_app.services.refusals import not_found, unusable

NAME_TAKEN = "The project has a deployment of this name already."
STALE = "The deployment was changed meanwhile: read it again."
STAYS = "A deployment stays in its project: copy it."
NO_SLUG = "Expected a name with a letter or digit to make an address of."
SWITCHED = "Deployments are switched by enable and disable."
SAME_PROJECT = "The deployment is in this project already."
OTHER_ORGANIZATION = "Schedules and attributes do not follow into another organization."


def project_with(project_id, schedule_id, user):
    """Return the project with the access of `user` and `has_schedule`: whether it may use the schedule.

    Raises `ValidationError` for a project that `user` may not see.
    """
    schedules = Schedule.objects.filter(organization=OuterRef("organization"), pk=schedule_id)
    visible = Project.objects.for_user(user).with_access(user)
    project = visible.annotate(has_schedule=Exists(schedules)).filter(pk=project_id).first()
    if project is None:
        raise ValidationError({"project": not_found([project_id], ())})
    return project


def target_of_copy(deployment, project_id, user):
    """Return the project to copy to, with the access of `user` and `is_sibling`, in the same organization.

    Raises `ValidationError` for the deployment's own project, `NotFound` for one that `user` may not see.
    """
    if project_id == deployment.project_id:
        raise ValidationError({"project": [SAME_PROJECT]})
    siblings = Project.objects.filter(pk=deployment.project_id, organization=OuterRef("organization"))
    visible = Project.objects.for_user(user).with_access(user)
    target = visible.annotate(is_sibling=Exists(siblings)).filter(pk=project_id).first()
    if target is None:
        raise NotFound
    return target


def locked_packages(project_id, ids):
    """Lock and return the packages with `ids` in the order of their ids.

    Locked because nobody may mark them obsolete before the deployment, which will hold them, is written.
    """
    packages = Package.objects.filter(project=project_id, pk__in=ids)
    return list(packages.only("is_obsolete").order_by("pk").select_for_update())


def usable_attributes(project):
    """Return the attributes that deployments of `project` choose from: common and of its organization."""
    owner = project.organization_id
    return Attribute.objects.filter(Q(property__organization=owner) | Q(property__organization=None))


def problems(body, *, pms, has_schedule, packages, attributes):
    """Return what is wrong with `body`, keyed by field.

    `packages` are the rows and `attributes` the ids that were found for the ids in it. Of a change, `body`
    has what is changed, and what else a rule needs to know.
    """
    found = {
        "name": name_problems(body["name"]) if "name" in body else [],
        "schedule": [] if has_schedule or not body.get("schedule") else not_found([body["schedule"]], ()),
        "packages": unusable(body.get("packages", ()), packages),
        "included_attributes": not_found(body.get("included_attributes", ()), attributes),
        "excluded_attributes": _excluded_problems(body, attributes),
    }
    if "extra" in body:
        found["extra"] = dynamic_attributes.problems(body["extra"], source=body["source"], pms=pms)
    return {field: messages for field, messages in found.items() if messages}


def name_problems(name):
    """Refuse a name of which no slug can be made."""
    return [] if slugify(name) else [NO_SLUG]


def _excluded_problems(body, attributes):
    """Name the excluded attributes that are unknown, or included as well."""
    excluded = body.get("excluded_attributes", ())
    both = sorted(set(excluded) & set(body.get("included_attributes", ())))
    return not_found(excluded, attributes) + [f"Included as well: {pk}" for pk in both]


def refuse_stale(deployment, body):
    """Refuse a change of another version than the present one, and a change of project."""
    if body["version"] != deployment.version:
        raise Conflict(STALE)
    if body.get("project", deployment.project_id) != deployment.project_id:
        raise Conflict(STAYS)


def refuse_copy(deployment, target):
    """Refuse a target in another organization, or whose package manager does not know what `extra` says."""
    if not target.is_sibling:
        raise ValidationError({"project": [OTHER_ORGANIZATION]})
    wrong = dynamic_attributes.problems(deployment.extra, source=deployment.source, pms=target.pms)
    if wrong:
        raise ValidationError({"extra": wrong})
