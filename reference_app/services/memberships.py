"""The rules of memberships. Reads and refuses first, then writes.

The caller holds a transaction. To change or remove, it has locked the membership and its organization, so
that of two admins who remove each other one comes second.
"""

from django.contrib.auth import get_user_model
from rest_framework.exceptions import ValidationError

from reference_app.exceptions import Conflict
from reference_app.models import Membership, Project, Role
from reference_app.services.changes import change, taken_is_conflict
from reference_app.services.refusals import refuse_unknown

MEMBER_ALREADY = "The user is a member already."
LAST_ADMIN = "The organization would be left without an admin for all projects."


def add(values, asking_user):
    """Add the membership of `values`, validated by `MembershipCreateSerializer`, and return it."""
    ids, username = values.pop("projects"), values.pop("username")
    user = user_named(username)
    projects = _projects(values["organization"].pk, ids, asking_user)
    with taken_is_conflict(MEMBER_ALREADY):
        membership = Membership.objects.create(user=user, **values)
    membership.projects.add(*projects)
    return membership


def user_named(username):
    """Return the user who logs in as `username`: one query. Raises `ValidationError` if there is none."""
    user = get_user_model().objects.filter(username=username).first()
    if user is None:
        raise ValidationError({"username": [f"Unknown user: {username}"]})
    return user


def alter(membership, values, asking_user):
    """Give `membership` the role and projects of `values`, each if it is there."""
    ids = values.pop("projects", None)
    projects = _projects(membership.organization_id, ids or [], asking_user)
    if projects or values.get("role", membership.role) != Role.ADMIN:
        refuse_to_lose_the_last_admin(membership)
    change(membership, values)
    if ids is not None:
        membership.projects.set(projects)


def remove(membership):
    """Remove `membership`; what its user did stays in the histories."""
    refuse_to_lose_the_last_admin(membership)
    membership.delete()


def refuse_to_lose_the_last_admin(membership):
    """Refuse if `membership` is the last of an admin for all projects: one query if it is an admin's."""
    if membership.role != Role.ADMIN:
        return
    admins = Membership.objects.filter(
        organization=membership.organization_id, role=Role.ADMIN, projects__isnull=True
    )
    if not admins.exclude(pk=membership.pk).exists():
        raise Conflict(LAST_ADMIN)


def _projects(organization_id, ids, asking_user):
    """Return the projects of the organization that `ids` name: one query, none for no ids."""
    visible = Project.objects.for_user(asking_user).filter(organization=organization_id)
    projects = list(visible.filter(pk__in=ids).only("pk"))
    refuse_unknown(ids, projects, field="projects")
    return projects
