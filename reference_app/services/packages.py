"""The rules of packages. Reads first, then writes: whatever is refused has changed nothing."""

from django.db.models import Exists, OuterRef
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from reference_app.exceptions import Conflict
from reference_app.models import Deployment, PackageHistory, Project
from reference_app.models.history import History
from reference_app.services.refusals import MAX_NAMES

OBSOLETE_ALREADY = "The package is obsolete already."
HELD = "Enabled deployments hold this package."
NEEDED = "Active packages need this package."
INSTALLED = "Computers have this package installed."


def mark_obsolete(package, user):
    """Mark `package` obsolete for `user` and write one history row.

    The caller holds a transaction and has locked the row. Whoever deploys the package, or lets another one
    depend on it, locks it too, so that what is checked here still holds when it is written.

    Raises `Conflict` if the package is obsolete already, `ValidationError` while an enabled deployment holds
    it or an active package needs it.
    """
    if package.is_obsolete:
        raise Conflict(OBSOLETE_ALREADY)
    _refuse_if_deployed(package, user)
    _refuse_if_needed(package)
    package.is_obsolete = True
    package.obsoleted_at = timezone.now()
    package.save(update_fields=["is_obsolete", "obsoleted_at"])
    history_of(package, History.Action.OBSOLETED, user, at=package.obsoleted_at).save()


def destroy(package, user):
    """Remove `package` with its dependencies and its places in deployments, and write who did it.

    The caller holds a transaction and has locked the row. The history that the package had stays, without
    its object, and so does the row written here.

    Raises `Conflict` while a computer has the package installed, and `ValidationError` as `mark_obsolete`
    does: what may not even become obsolete may not vanish.
    """
    if package.installations.live().exists():
        raise Conflict(INSTALLED)
    _refuse_if_deployed(package, user)
    _refuse_if_needed(package)
    package.delete()
    history_of(package, History.Action.DELETED, user, at=timezone.now()).save()


def history_of(package, action, user, *, at):
    """Return the row, not yet written, that tells who did what to `package`, with the name that survives it.

    A package that is removed has no key any more, and the row no package.
    """
    return PackageHistory(
        package_id=package.pk, action=action, user=user, at=at, details={"fullname": package.fullname}
    )


def _refuse_if_deployed(package, user):
    """Refuse while any enabled deployment holds the package, naming the first ones that `user` may see.

    One ordered slice answers both "is there any?" and "which?".
    """
    visible = Project.objects.for_user(user).filter(pk=OuterRef("project_id"))
    holders = (
        Deployment.objects.filter(packages=package, enabled=True)
        .annotate(is_visible=Exists(visible))
        .order_by("-is_visible", "pk")
        .values_list("project__name", "name", "is_visible")[:MAX_NAMES]
    )
    found = list(holders)
    if found:
        names = [f"{project}/{name}" for project, name, is_visible in found if is_visible]
        raise ValidationError({"detail": HELD, "deployments": names})


def _refuse_if_needed(package):
    """Refuse while a package that is not obsolete depends on this one, naming the first ones."""
    dependents = package.required_by.filter(is_obsolete=False).order_by("pk")
    names = list(dependents.values_list("fullname", flat=True)[:MAX_NAMES])
    if names:
        raise ValidationError({"detail": NEEDED, "packages": names})
