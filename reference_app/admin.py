"""The admin: the tables an operator looks things up in. Lists join what they show."""

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


@admin.register(Deployment, Computer)
class InProjectAdmin(admin.ModelAdmin):
    """Rows by name, which is one of its project alone."""

    list_display = ["name", "project"]
    list_select_related = ["project"]
    search_fields = ["name"]


@admin.register(Package)
class PackageAdmin(InProjectAdmin):
    """Packages by the name that tells their versions apart."""

    list_display = ["fullname", "project", "is_obsolete"]
    search_fields = ["fullname"]
