"""What a correct tool says about a specimen, in a form to compare with what a tool said."""

from dataclasses import dataclass
from enum import StrEnum

from reference_app.models import Role


class Verdict(StrEnum):
    """Whether the number of queries follows the number of rows."""

    GROWS = "grows"
    CONSTANT = "constant"
    OTHER = "other"


class Fault(StrEnum):
    """What is wrong where the verdict is `other`: the number of queries does not tell it."""

    TOO_MANY_ROWS = "one query over the product of two relations"
    HEAVY_COUNT = "a COUNT that carries joins"
    OVER_PREFETCH = "a budget exceeded without growth"
    FAILURE = "fewer queries because it fails"
    OTHER_PAYLOAD = "fewer queries because it says less"
    DUPLICATE_ROWS = "rows that a join doubles"
    FILTER_IN_PYTHON = "rows loaded to be thrown away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The verdict on one specimen, and under which conditions it holds.

    `specimen` are the specification's words. `finding` is the code that a tool reports at the larger of
    `sizes`, or None if it reports nothing; `relation` says of what, and `statement` is a piece of the guilty
    SQL without its quotes, each where it applies. The verdict holds for a member with `role`, over data of
    `branch`; with another role or the other branch nothing grows. At `also`, if it is set, statements repeat
    in batches, and a tool stays quiet all the same. The first row costs `step` queries more than none, and no
    further row does; a second request over the same rows does without `saved`. `budget` is what an `other`
    one exceeds, `partner` the name of the specimen that it is no improvement of.
    """

    specimen: str
    verdict: Verdict
    finding: str | None = None
    relation: str | None = None
    statement: str | None = None
    fault: Fault | None = None
    sizes: tuple[int, int] = (2, 5)
    also: int | None = None
    step: int = 0
    saved: int = 0
    method: str = "get"
    status: int = 200
    role: Role = Role.PACKAGER
    branch: str | None = None
    budget: int | None = None
    partner: str | None = None


def grows(specimen, **details):
    """Label what runs more queries over more rows."""
    return Label(specimen=specimen, verdict=Verdict.GROWS, **details)


def constant(specimen, **details):
    """Label what must be left alone."""
    return Label(specimen=specimen, verdict=Verdict.CONSTANT, **details)


def other(specimen, fault, **details):
    """Label what is wrong, and not by its number of queries over more rows."""
    return Label(specimen=specimen, verdict=Verdict.OTHER, fault=fault, **details)
