"""Writing deployments. What was validated is written whole: the row, its links, one history row."""

from django.utils import timezone
from django.utils.text import slugify
from rest_framework.exceptions import ValidationError

from reference_app.exceptions import Conflict
from reference_app.models import Deployment, DeploymentHistory, Package
from reference_app.models.history import History
from reference_app.services.changes import change, columns_of, taken_is_conflict
from reference_app.services.deployment_rules import NAME_TAKEN
from reference_app.services.refusals import MAX_NAMES

LINKS = ("packages", "included_attributes", "excluded_attributes")
# What a copy takes along; links are taken along too, and looked for again among the target's packages.
COPIED = (
    "schedule_id",
    "source",
    "start_date",
    "comment",
    "packages_to_install",
    "packages_to_remove",
    "extra",
)
HOLDS_OBSOLETE = "The deployment holds obsolete packages."
SWITCHED_ALREADY = {True: "The deployment is enabled already.", False: "The deployment is disabled already."}


def columns(body):
    """Return what of `body` is written to the deployment's own row; the slug goes with the name."""
    own = columns_of(body, ids={"project", "schedule"}, without={*LINKS, "version"})
    return own | ({"slug": slugify(body["name"])} if "name" in body else {})


def create(body, user):
    """Write a new deployment. Raises `Conflict` if its name is taken."""
    deployment = _insert(columns(body))
    for field in LINKS:
        getattr(deployment, field).add(*body.get(field, ()))
    write_history(deployment, History.Action.CREATED, user)
    return deployment


def update(deployment, body, links, user):
    """Write the fields that `body` names and the next version. Raises `Conflict` if the new name is taken.

    The caller has locked the row. `links` has the present ids of the lists in `body`: what stays is not
    touched.
    """
    with taken_is_conflict(NAME_TAKEN):
        change(deployment, columns(body) | {"version": deployment.version + 1})
    for field in (field for field in LINKS if field in body):
        getattr(deployment, field).remove(*(links[field] - set(body[field])))
        getattr(deployment, field).add(*(set(body[field]) - links[field]))
    changed = sorted(body.keys() - {"version"})
    write_history(deployment, History.Action.CHANGED, user, changed=changed)


def present_links(deployment, body):
    """Return `{list: set of ids}` for the lists that `body` changes, and for what those must not overlap."""
    fields = set(body) & set(LINKS)
    if fields & {"included_attributes", "excluded_attributes"}:
        fields |= {"included_attributes", "excluded_attributes"}
    return {field: set(getattr(deployment, field).values_list("pk", flat=True)) for field in sorted(fields)}


def copy(deployment, target, name, user):
    """Copy `deployment` to `target` and return the copy with what it lacks: full names of packages.

    The copy is disabled until somebody has looked at it. Packages are the target's, with the full names of
    those that `user` sees in the deployment; what is missing there or obsolete is left out and returned.
    Raises `Conflict` if the name is taken.
    """
    visible = Package.objects.for_user(user).filter(deployments=deployment)
    fullnames = list(visible.order_by("pk").values_list("fullname", flat=True))
    found = Package.objects.filter(project=target, fullname__in=fullnames, is_obsolete=False)
    packages = list(found.only("fullname").order_by("pk").select_for_update())
    attributes = {field: list(getattr(deployment, field).values_list("pk", flat=True)) for field in LINKS[1:]}
    copied = _insert(columns_of_copy(deployment, target, name))
    copied.packages.add(*packages)
    for field, ids in attributes.items():
        getattr(copied, field).add(*ids)
    write_history(copied, History.Action.COPIED, user, copied_from=deployment.pk)
    present = {package.fullname for package in packages}
    return copied, [fullname for fullname in fullnames if fullname not in present]


def columns_of_copy(deployment, target, name):
    """Return what is written to the row of a copy."""
    taken_along = {column: getattr(deployment, column) for column in COPIED}
    return taken_along | {"project_id": target.pk, "name": name, "slug": slugify(name), "enabled": False}


def switch(deployment, user, *, enabled):
    """Enable or disable `deployment`, whose row the caller has locked.

    Raises `Conflict` if it is so already, `ValidationError` if it would be enabled with obsolete packages.
    """
    if deployment.enabled == enabled:
        raise Conflict(SWITCHED_ALREADY[enabled])
    if enabled:
        refuse_obsolete(_locked_packages_of(deployment))
    change(deployment, {"enabled": enabled, "version": deployment.version + 1})
    write_history(deployment, History.Action.CHANGED, user, changed=["enabled"])


def refuse_obsolete(packages):
    """Refuse to enable a deployment with obsolete `packages`, naming the first ones."""
    names = [package.fullname for package in packages if package.is_obsolete]
    if names:
        raise ValidationError({"detail": HOLDS_OBSOLETE, "packages": names[:MAX_NAMES]})


def write_history(deployment, action, user, **details):
    """Write who did what, with the name that survives the deployment and the version it had then."""
    DeploymentHistory.objects.create(
        deployment=deployment,
        action=action,
        user=user,
        at=timezone.now(),
        details={"name": deployment.name, "version": deployment.version} | details,
    )


def _insert(values):
    """Write the deployment's own row."""
    with taken_is_conflict(NAME_TAKEN):
        return Deployment.objects.create(**values)


def _locked_packages_of(deployment):
    """Lock the packages of `deployment`, and not its links: a subquery is not locked."""
    held = Deployment.packages.through.objects.filter(deployment=deployment)
    packages = Package.objects.filter(pk__in=held.values("package"))
    return packages.only("fullname", "is_obsolete").order_by("pk").select_for_update()
