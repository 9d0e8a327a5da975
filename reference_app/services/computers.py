"""The synchronization of computers. Reads and refuses first, then writes, each table in one statement.

What is refused has changed nothing; what is new is found, added and found again, however many rows it is.
"""

from functools import reduce
from itertools import groupby
from operator import itemgetter, or_

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied, ValidationError

from reference_app.exceptions import Conflict
from reference_app.models import (
    Attribute,
    Computer,
    Installation,
    Organization,
    Package,
    Property,
    Synchronization,
)
from reference_app.services.changes import taken_is_conflict

UNDERSCORES_OF_A_DEBIAN_NAME = 2
PACKAGE_REMOVED = "A package of the report was removed meanwhile. Send the report again."


def refuse_if_unsubscribed(computer):
    """Refuse to talk to a computer that has left the fleet."""
    if computer.status == Computer.Status.UNSUBSCRIBED:
        raise PermissionDenied("The computer is unsubscribed.")


def repeated_report(computer, started_at):
    """Return the synchronization that started at `started_at`, or None. Raises `Conflict` for a later one.

    One ordered row answers both "has it come already?" and "has a later one?". It is asked for on its own,
    not with the row that is locked: only now, with the lock held, no other report can come in between.
    """
    since = computer.synchronizations.filter(started_at__gte=started_at).order_by("started_at").first()
    if since and since.started_at != started_at:
        raise Conflict("The computer has sent a later report.")
    return since


def synchronize(computer, report):
    """Take in `report`, validated by `ReportSerializer`, and return its new synchronization.

    The caller holds a transaction, has locked the computer's row and knows the report to be new. A package
    that the project does not know is added to it, storeless and without history: that tells what people did.
    No quota refuses it: the computer has it already.

    Raises `ValidationError` for prefixes that the organization does not know.
    """
    properties = _property_ids(computer, {prefix for prefix, _ in report["attributes"]})
    _set_attributes(computer, {(properties[prefix], value) for prefix, value in report["attributes"]})
    now = timezone.now()
    _set_installations(computer, set(report["packages"]), now)
    computer.ip = report.get("ip", computer.ip)
    computer.sync_start, computer.sync_end = report["started_at"], now
    computer.save(update_fields=["ip", "sync_start", "sync_end"])
    return Synchronization.objects.create(
        computer=computer,
        project_id=computer.project_id,
        started_at=report["started_at"],
        created_at=now,
        ok=report["ok"],
    )


def reported_properties(computer):
    """Return the properties that `computer` may report, an organization's own ones after the common ones."""
    owner = Organization.objects.filter(projects=computer.project_id)
    return Property.objects.filter(
        Q(organization__in=owner) | Q(organization__isnull=True), kind=Property.Kind.REPORTED
    ).order_by(F("organization").asc(nulls_first=True), "pk")


def refuse_unknown(prefixes):
    """Refuse a report for its unknown `prefixes`, if there are any, naming all of them."""
    if prefixes:
        raise ValidationError({"attributes": [f"Unknown prefix: {prefix}" for prefix in sorted(prefixes)]})


def package_from(fullname, *, project_id, created_at):
    """Return a new package named as the computer names it, "name_version_architecture.ext" taken apart."""
    name, version, architecture = fullname, "", ""
    if fullname.count("_") == UNDERSCORES_OF_A_DEBIAN_NAME and not fullname.startswith("_"):
        name, version, rest = fullname.split("_")
        architecture = rest.partition(".")[0]
    return Package(
        project_id=project_id,
        fullname=fullname,
        name=name[:100],
        version=version[:50],
        architecture=architecture[:20],
        created_at=created_at,
    )


def _property_ids(computer, prefixes):
    """Return `{prefix: id}` for all of `prefixes`, an organization's own property before a common one."""
    rows = reported_properties(computer).filter(prefix__in=prefixes)
    found = dict(rows.values_list("prefix", "pk"))
    refuse_unknown(prefixes - found.keys())
    return found


def _set_attributes(computer, pairs):
    """Link the computer to the attributes that `pairs` of property id and value name, and to no other."""
    links = Computer.attributes.through.objects
    link = links.filter(computer=computer, attribute=OuterRef("pk"))
    attributes = _found_or_added(
        Attribute.objects.annotate(is_linked=Exists(link)),
        pairs,
        matching=_any_of,
        key_of=lambda attribute: (attribute.property_id, attribute.value),
        make=lambda pair: Attribute(property_id=pair[0], value=pair[1]),
    )
    links.filter(computer=computer).exclude(attribute__in=attributes).delete()
    new = [pk for pk, attribute in attributes.items() if not attribute.is_linked]
    links.bulk_create(links.model(computer=computer, attribute_id=pk) for pk in new)


def _any_of(pairs):
    """Return the condition that an attribute is one of `pairs`: exact pairs, grouped by property."""
    groups = groupby(sorted(pairs), key=itemgetter(0))
    conditions = (Q(property=key, value__in=[value for _, value in group]) for key, group in groups)
    return reduce(or_, conditions, Q(pk__in=[]))


def _set_installations(computer, fullnames, now):
    """Let exactly the packages named by `fullnames` be installed on the computer, from `now` on if new.

    Raises `Conflict` where a package was removed while the report was taken in.
    """
    live = Installation.objects.live().filter(computer=computer)
    packages = _found_or_added(
        _kept(Package.objects.filter(project=computer.project_id))
        .annotate(is_installed=Exists(live.filter(package=OuterRef("pk"))))
        .only("fullname"),
        fullnames,
        matching=lambda names: Q(fullname__in=names),
        key_of=lambda package: package.fullname,
        make=lambda fullname: package_from(fullname, project_id=computer.project_id, created_at=now),
    )
    live.exclude(package__in=packages).update(uninstalled_at=now)
    with taken_is_conflict(PACKAGE_REMOVED):
        Installation.objects.bulk_create(
            Installation(computer=computer, package_id=pk, installed_at=now)
            for pk, package in packages.items()
            if not package.is_installed
        )


def _kept(packages):
    """Lock packages, in the order of all, where an installation of one that is gone is noticed too late.

    That is at the end of the transaction. MariaDB tells at once; to lock there by a name and then the row,
    while a removal locks the row and then its name, would end in deadlocks.
    """
    is_told_late = connection.features.can_defer_constraint_checks
    return packages.order_by("pk").select_for_update() if is_told_late else packages


def _found_or_added(rows, keys, *, matching, key_of, make):
    """Return the `rows` that `keys` name as `{pk: row}`, after adding those that are missing.

    One query when all are known, three when any is not. Another computer may add the same row at the same
    time, so that an insert ignores conflicts and the row is then found, whoever added it. Rows are taken as
    the database matches them: MariaDB ignores case in comparing, and in what is unique.
    """
    found = {row.pk: row for row in rows.filter(matching(keys))}
    missing = keys - {key_of(row) for row in found.values()}
    if missing:
        rows.model.objects.bulk_create([make(key) for key in sorted(missing)], ignore_conflicts=True)
        found |= {row.pk: row for row in rows.filter(matching(missing))}
    return found
