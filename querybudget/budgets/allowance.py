"""What a declaration accepts on purpose: a finding's code, and which of its findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from querybudget.analysis.findings import CODES
from querybudget.analysis.findings.detection import is_about
from querybudget.budgets.spelling import PYTHON
from querybudget.errors import InvalidDeclaration
from querybudget.likeness import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from querybudget.budgets.spelling import Spelling
    from querybudget.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One code, of one relation, serializer field or function, or of all with `*`."""

    code: str
    target: str = "*"

    def __str__(self) -> str:
        return self.code if self.target == "*" else f"{self.code}:{self.target}"

    def covers(self, finding: Finding) -> bool:
        """Tell whether it accepts a finding: by relation, field or function, `*` allowed."""
        return is_about(finding, self.code, self.target)


def parse_allow(value: Any, reason: str | None, *, spelling: Spelling = PYTHON) -> tuple[Allowance, ...]:
    """Read `allow` as people write it: `"QB102:Package.deployments"`, or several in a list.

    Raises:
        InvalidDeclaration: for an unknown code, or without a reason: what is accepted says why.

    """
    texts = parse_texts(value, "allow", "QB102:Package.deployments", spelling=spelling)
    allowances = tuple(_parse(text) for text in texts)
    if allowances and reason is None:
        mend = f'add reason{spelling.equals}"why that is right"'
        raise InvalidDeclaration(
            f"{spelling.given('allow', value)} needs a reason: {mend}.", about=("allow",)
        )
    return allowances


def _parse(text: str) -> Allowance:
    code, _, target = text.partition(":")
    check_code(code.strip(), "allow")
    return Allowance(code=code.strip(), target=target.strip() or "*")


def check_code(code: str, name: str) -> None:
    """Refuse a code that no finding has.

    Raises:
        InvalidDeclaration: naming the nearest one.

    """
    if code not in CODES:
        told = f"{name} names {code!r}, which no finding has. {did_you_mean(code, CODES)}"
        raise InvalidDeclaration(told, about=(name,))


def parse_texts(value: Any, name: str, example: str, *, spelling: Spelling = PYTHON) -> tuple[str, ...]:
    """Read one text or a list of them.

    Raises:
        InvalidDeclaration: for anything else.

    """
    texts = (value,) if isinstance(value, str) else value
    if isinstance(texts, list | tuple | set | frozenset) and all(
        isinstance(text, str) and text.strip() for text in texts
    ):
        return tuple(sorted(texts) if isinstance(texts, set | frozenset) else texts)
    expected = f'{name}{spelling.equals}["{example}"]'
    told = f"{spelling.given(name, value)} is no text or list of texts. Expected {expected}."
    raise InvalidDeclaration(told, about=(name,))


def n_left(findings: Iterable[Finding], codes: Iterable[str], allowed: Iterable[Allowance]) -> int:
    """Count the findings of these codes that neither a declaration allows nor a comment accepts."""
    wanted, allowed = frozenset(codes), tuple(allowed)
    left = [each for each in findings if each.code in wanted and not each.accepted]
    return sum(not any(each.covers(finding) for each in allowed) for finding in left)
