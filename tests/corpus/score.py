"""Writes the score of the cases, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.corpus.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.corpus.case import Judged


_HEAD = ("code", "setting", "problems", "found", "placed", "right fix", "clean", "flagged")


def table(judged: Sequence[Judged]) -> str:
    """Return a row for each code and setting, and one for clean code in each setting."""
    codes = sorted({each.code for each in judged if each.code})
    rows = [_HEAD, tuple("---" for _ in _HEAD)]
    rows += [_problems(code, way, judged) for code in codes for way in WAYS if _of(judged, code, way)]
    rows += [_clean(way, judged) for way in WAYS if _of(judged, "", way)]
    rows.append(_problems("all", "", judged)[:-2] + _clean("", judged)[-2:])
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows) + "\n"


def mistakes(judged: Sequence[Judged]) -> str:
    """Return what is wrong, a line each; empty where nothing is."""
    return "".join(
        f"{each.name} in {each.way}: {'; '.join(each.mistakes)}\n" for each in judged if each.mistakes
    )


def _of(judged: Sequence[Judged], code: str, way: str) -> list[Judged]:
    return [
        each
        for each in judged
        if (each.code == code or (code == "all" and each.code)) and (not way or each.way == way)
    ]


def _problems(code: str, way: str, judged: Sequence[Judged]) -> tuple[object, ...]:
    of = _of(judged, code, way)
    fixes = [each.is_fixed for each in of if each.is_fixed is not None]
    n_found, n_placed = sum(each.is_found for each in of), sum(each.is_placed for each in of)
    return code, way, len(of), n_found, n_placed, f"{sum(fixes)} of {len(fixes)}", "", ""


def _clean(way: str, judged: Sequence[Judged]) -> tuple[object, ...]:
    of = _of(judged, "", way)
    return "clean", way, "", "", "", "", len(of), sum(bool(each.mistakes) for each in of)
