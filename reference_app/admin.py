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


@admin.register(Project, Package, Deployment, Computer)
class InProjectAdmin(admin.ModelAdmin):
    """Rows by name."""

    list_display = ["name"]
    search_fields = ["name"]
