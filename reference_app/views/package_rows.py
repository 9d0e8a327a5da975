"""Which rows of packages each action reads, and what it brings along with them."""

from django.db.models import Count, Exists, Max, Min, OuterRef, Prefetch, Q

from reference_app.models import Attribute, Deployment, Installation, Package, PackageDependency
from reference_app.models.querysets import count_of
from reference_app.pagination import MAX_INSTALLATIONS


def with_list_data(packages, user):
    """Join, count and tell the role for a list; the paginator's COUNT drops all of it again."""
    return (
        with_counts(packages)
        .with_access(user)
        .select_related("project__platform")
        .prefetch_related(required_to_show())
        .order_by("fullname", "pk")
    )


def with_counts(packages):
    """Count the deployments and live installations of each package."""
    return packages.annotate(
        n_deployments=count_of(Deployment.packages.through.objects.all(), "package"),
        n_installations=count_of(Installation.objects.live(), "package"),
    )


def required_to_show():
    """Return the prefetch of what packages depend on, by name."""
    required = Package.objects.only("fullname").order_by("pk")
    return Prefetch("depends_on", queryset=required, to_attr="required_packages")


def with_orphan_data(packages, user):
    """Keep the packages that nobody would miss, join and tell the role; the COUNT drops the latter."""
    return (
        orphans_among(packages)
        .with_access(user)
        .select_related("project__platform")
        .order_by("fullname", "pk")
    )


def with_export_data(packages):
    """Join and prefetch for a file; the prefetch runs once for each chunk that an iterator takes."""
    return (
        packages.select_related("project__platform")
        .prefetch_related(required_to_show())
        .order_by("fullname", "pk")
    )


def orphans_among(packages):
    """Keep the packages that could go without being missed, obsolete or not.

    No deployment holds them, enabled or not and whoever may see it; no computer has them installed now; and
    no other package needs them, whatever becomes of that one. So a chain of packages that nobody uses comes
    apart from its free end, and nothing that is listed breaks something by going. The names in a
    deployment's lists to install and to remove are no references: the computer looks for them where it likes.
    """
    return packages.filter(
        ~Exists(Deployment.packages.through.objects.filter(package=OuterRef("pk"))),
        ~Exists(Installation.objects.live().filter(package=OuterRef("pk"))),
        ~Exists(PackageDependency.objects.filter(requires=OuterRef("pk"))),
    )


def with_detail_data(packages, user):
    """Join and prefetch for one package, nested rows narrowed to what `user` may see."""
    requirements = PackageDependency.objects.select_related("requires").order_by("requires_id")
    return (
        packages.with_access(user)
        .select_related("project__platform", "project__organization", "store")
        .prefetch_related(
            Prefetch("dependencies", queryset=requirements, to_attr="requirements"),
            Prefetch("deployments", queryset=detail_deployments(user), to_attr="visible_deployments"),
            Prefetch("installations", queryset=detail_installations(user), to_attr="latest_installations"),
        )
    )


def detail_deployments(user):
    """Return the visible deployments with the columns, the count and the attributes that the detail shows."""
    attributes = Attribute.objects.named()
    return (
        Deployment.objects.for_user(user)
        .select_related("project")
        .only("name", "enabled", "project__name")
        .annotate(n_packages=count_of(Deployment.packages.through.objects.all(), "deployment"))
        .prefetch_related(Prefetch("included_attributes", queryset=attributes, to_attr="shown_attributes"))
        .order_by("pk")
    )


def detail_installations(user):
    """Return the latest live installations on visible computers, with the computers' tags."""
    tags = Attribute.objects.valued()
    return (
        Installation.objects.live()
        .for_user(user)
        .select_related("computer__project")
        .only("installed_at", "package", "computer__name", "computer__project__name")
        .prefetch_related(Prefetch("computer__tags", queryset=tags, to_attr="shown_tags"))
        .order_by("-installed_at", "-pk")[:MAX_INSTALLATIONS]
    )


def by_project(deployments):
    """Group `deployments` by project, in the order of the projects' names."""
    return (
        deployments.values("project_id", "project__name")
        .annotate(
            n_deployments=Count("pk"),
            n_enabled=Count("pk", filter=Q(enabled=True)),
            first_start=Min("start_date"),
            last_start=Max("start_date"),
        )
        .order_by("project__name", "project_id")
    )
