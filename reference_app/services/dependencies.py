"""The way from a package to what it needs, and what that needs: followed level by level, a query a level."""

from dataclasses import dataclass
from typing import Self

from django.db.models import Exists, OuterRef
from rest_framework.exceptions import ValidationError

from reference_app.models import PackageDependency

MAX_LEVELS = 20
TOO_DEEP = f"Dependencies are nested more than {MAX_LEVELS} levels deep."


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A package on the way, and the step before it: None for what is needed directly."""

    pk: int
    name: str
    fullname: str
    needs_more: bool
    before: Self | None = None

    def way(self):
        """Return the full names from the first step to this one."""
        return [*(self.before.way() if self.before else []), self.fullname]


def needs_more(link):
    """Return the condition that the package at the outer row's `link` needs another one."""
    return Exists(PackageDependency.objects.filter(package=OuterRef(link)))


def refuse_cycle(name, fullname, first):
    """Refuse a new package called `name` if a way from `first`, its direct needs, leads to that name again.

    A computer holds one version of a name, so that another version of the package is the package itself.
    The steps of `first` are level one. Each further level is one query, none when nothing on the last needs
    more. Raises `ValidationError` with the shortest such way, or when there are more than 20 levels.
    """
    seen, level, depth = set(), first, 1
    while level:
        if depth > MAX_LEVELS:
            raise ValidationError({"depends_on": [TOO_DEEP]})
        if found := next((step for step in level if step.name == name), None):
            raise ValidationError({"depends_on": [cycle_message([fullname, *found.way()])]})
        seen |= {step.pk for step in level}
        level, depth = _next_level([step for step in level if step.needs_more], seen), depth + 1


def cycle_message(fullnames):
    """Return the refusal that names the cycle."""
    return f"This is a cycle: {' → '.join(fullnames)}."


def _next_level(level, seen):
    """Return the steps that follow `level` and are not `seen`, each after the first that leads to it.

    An empty level asks nothing.
    """
    needs = {}
    rows = (
        PackageDependency.objects.filter(package__in=[step.pk for step in level])
        .annotate(needs_more=needs_more("requires"))
        .order_by("requires")
        .values_list("package", "requires", "requires__name", "requires__fullname", "needs_more")
    )
    for package, *needed in rows:
        needs.setdefault(package, []).append(needed)
    found = {}
    for step in level:
        for pk, name, fullname, more in needs[step.pk]:
            if pk not in seen:
                found.setdefault(pk, Step(pk=pk, name=name, fullname=fullname, needs_more=more, before=step))
    return list(found.values())
