"""Roles asked for again wherever they are needed, a query at every call."""

from django.db.models import Count
from rest_framework.exceptions import PermissionDenied

from reference_app.models import Membership, Organization, Role


def role_and_state(user, project_id):
    """Return the role of `user` in the project's organization, and whether that is active: one query."""
    if user.is_superuser:
        return Role.ADMIN, Organization.objects.get(projects=project_id).is_active
    memberships = Membership.objects.select_related("organization")
    membership = memberships.get(user=user, organization__projects=project_id)
    return Role(membership.role), membership.organization.is_active


def refuse_below(needed, role, *, is_active):
    """Refuse a role below `needed`, or an inactive organization, in the words of the permissions."""
    if not is_active:
        raise PermissionDenied("The organization is inactive and can only be read.")
    if not role.includes(needed):
        raise PermissionDenied(f"This needs the role {needed.value}.")


def refuse_unless(needed, user, project_id):
    """Refuse `user` without the role `needed` in the project's organization: one query."""
    role, is_active = role_and_state(user, project_id)
    refuse_below(needed, role, is_active=is_active)


def role_in_all_of(organization_id, user):
    """Return the role of `user` in an organization as a whole, and the organization: one query.

    A membership in some projects counts as a viewer's there.
    """
    if user.is_superuser:
        return Role.ADMIN, Organization.objects.get(pk=organization_id)
    memberships = Membership.objects.select_related("organization").annotate(n_listed=Count("projects"))
    membership = memberships.get(user=user, organization=organization_id)
    role = Role.VIEWER if membership.n_listed else Role(membership.role)
    return role, membership.organization


def refuse_unless_in_all_of(organization_id, needed, user):
    """Refuse `user` without the role `needed` in the organization as a whole: one query."""
    role, organization = role_in_all_of(organization_id, user)
    refuse_below(needed, role, is_active=organization.is_active)
