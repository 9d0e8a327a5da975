"""What a role may do to a row. Which rows are visible at all is the querysets' business.

Nothing here runs a query: the row brings `member_role` and `organization_is_active` along from
`with_access(user)`, in the statement that fetched it. So the role costs no statement of its own, and is read
once for each row that is fetched: by most requests exactly once; by a deployment's change or copy with the
deployment and with the project; and once more by those creates and patches that read their answer again.
"""

from rest_framework.permissions import SAFE_METHODS, BasePermission

from reference_app.models import Role


def may_change(row, needed):
    """Tell whether `row`, which was fetched `with_access`, allows what the role `needed` may do."""
    return row.organization_is_active and Role(row.member_role).includes(needed)


class RoleAtLeast(BasePermission):
    """Any member reads; who writes needs a role, set by the subclass, and an active organization."""

    needed = Role.ADMIN

    def has_object_permission(self, request, view, obj):
        """Allow reading; explain in `message` why a write is refused."""
        if request.method in SAFE_METHODS:
            return True
        if not obj.organization_is_active:
            self.message = "The organization is inactive and can only be read."
            return False
        self.message = f"This needs the role {self.needed.value}."
        return may_change(obj, self.needed)


class CheckerWrites(RoleAtLeast):
    """Errors are ticked off by checkers."""

    needed = Role.CHECKER


class PackagerWrites(RoleAtLeast):
    """Packages and stores are changed by packagers."""

    needed = Role.PACKAGER


class ReleaserWrites(RoleAtLeast):
    """Deployments are changed by releasers."""

    needed = Role.RELEASER


class AdminWrites(RoleAtLeast):
    """Projects and memberships are changed by admins."""

    needed = Role.ADMIN
