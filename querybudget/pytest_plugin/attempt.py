"""One run of a test, from setup to teardown; a rerun is another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from querybudget.results import Complaint

if TYPE_CHECKING:
    from contextvars import Token

    from querybudget.budgets.budget import Declaration
    from querybudget.errors import InvalidDeclaration
    from querybudget.replayed import Replayed
    from querybudget.session import RunningTest


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One run of a test, from setup to teardown."""

    test: RunningTest
    number: int
    outer: RunningTest | None
    """The test of a run that this run is inside of."""
    token: Token[Any]
    declarations: tuple[Declaration, ...] = ()
    mistake: InvalidDeclaration | None = None
    """A marker that cannot be understood: told instead of running the test."""
    outcome: str = "passed"
    complaints: list[Complaint] = field(default_factory=list)
    is_judged: bool = False
    replayed: list[Replayed] = field(default_factory=list)
    n_judged: int = 0
    """How many requests its judgement has seen; later ones come from its teardown."""

    def doubt(self, message: str) -> None:
        """Keep why something of it cannot be judged."""
        self.complaints.append(Complaint(message=message, is_doubt=True))

    def doubt_once(self, message: str) -> None:
        """Keep it too where its own code raised it, which is told here only."""
        if all(each.message != message for each in self.complaints):
            self.doubt(message)

    @property
    def told(self) -> list[Complaint]:
        """Return what fails it beside its limits; of its blocks only if it failed: else it expected that."""
        return [*self.complaints, *(self.test.complaints if self.outcome == "failed" else ())]

    @property
    def is_kept(self) -> bool:
        """Tell whether there is anything to write."""
        return bool(self.test.requests or self.test.judgements or self.declarations or self.told)
