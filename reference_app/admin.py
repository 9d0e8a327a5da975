"""The admin: the tables an operator looks things up in. Lists join what they show.

What has a history is not changed here: every change of it is written down by the service that makes it.
"""

from django.contrib import admin

from reference_app.models import Computer, Deployment, Membership, Organization, Package, Project


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin):
    """Organizations by name."""

    list_display = ["name", "slug", "is_active", "package_quota"]
    search_fields = ["name", "slug"]


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Who is what, and where."""

    list_display = ["user", "organization", "role"]
    list_select_related = ["user", "organization"]
    autocomplete_fields = ["user", "organization", "projects"]


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):
    """Projects by name; two organizations may have one of the same."""

    list_display = ["name", "organization", "platform"]
    list_select_related = ["organization", "platform"]
    search_fields = ["name"]
    autocomplete_fields = ["organization"]


class InProjectAdmin(admin.ModelAdmin):
    """Rows by name, which is one of its project alone."""

    list_display = ["name", "project"]
    list_select_related = ["project"]
    search_fields = ["name"]


@admin.register(Computer)
class ComputerAdmin(InProjectAdmin):
    """Computers. Their links are shown by id: a list to choose from would load the whole table."""

    raw_id_fields = ["project", "attributes", "tags"]


@admin.register(Deployment)
class HistoricAdmin(InProjectAdmin):
    """Rows to be read."""

    def has_add_permission(self, request):
        """Refuse: nobody would know who added it."""
        return False

    def has_change_permission(self, request, obj=None):
        """Refuse: nobody would know what it was before."""
        return False

    def has_delete_permission(self, request, obj=None):
        """Refuse, also what would go with a row above it, such as its project."""
        return False


@admin.register(Package)
class PackageAdmin(HistoricAdmin):
    """Packages by the name that tells their versions apart."""

    list_display = ["fullname", "project", "is_obsolete"]
    search_fields = ["fullname"]
