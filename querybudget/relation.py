"""How models are related, as far as messages and fixes ask: a frozen map of what capture saw."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RelationKind(StrEnum):
    """How one model reaches another."""

    FOREIGN_KEY = "foreign key"
    ONE_TO_ONE = "one-to-one"
    REVERSE_ONE_TO_ONE = "reverse one-to-one"
    REVERSE_FOREIGN_KEY = "reverse foreign key"
    MANY_TO_MANY = "many-to-many"
    GENERIC_FOREIGN_KEY = "generic foreign key"
    GENERIC_RELATION = "generic relation"
    DEFERRED = "deferred field"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One step from a model to another, or to one of its own deferred fields."""

    model: str
    """Label of the model that is asked, `app.Model`."""
    name: str
    """The attribute people write: `package.project`, `project.package_set`."""
    kind: RelationKind
    target: str
    """Label of the model reached; empty for a generic foreign key and a deferred field."""
    query_name: str = ""
    """What `select_related` calls this step; empty where it takes none."""
    lookup: str = ""
    """What filters and annotations call this step: `Count("deployment")`; empty for a generic foreign key."""
    back: str = ""
    """The field by which rows, of `through` where there is one, point to `model`; empty where none does."""
    through: str = ""
    """Where the rows of a many-to-many relation are, as people write it: `Deployment.packages.through`."""
    query_back: str = ""
    """What filters on the target of a many-to-many relation call the way back; empty where it has no name."""
    model_bases: tuple[str, ...] = ()
    """Labels of the concrete parents of `model`, whose relations it has too."""
    target_bases: tuple[str, ...] = ()
    """Labels of the concrete parents of `target`."""

    def __str__(self) -> str:
        return f"{self.model.rpartition('.')[2]}.{self.name}"

    @property
    def is_single(self) -> bool:
        """Tell whether the step reaches at most one object and can be joined."""
        return self.kind in {
            RelationKind.FOREIGN_KEY,
            RelationKind.ONE_TO_ONE,
            RelationKind.REVERSE_ONE_TO_ONE,
        }
