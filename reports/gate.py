"""The gate of a comparison: rules such as `median>5%`, and what breaks them.

A rule that could not be broken by anything in the runs is no gate: it is refused.
"""

import re
from dataclasses import dataclass

from reports import compare, significance
from reports.compare import Change, Comparison, NotComparable

MEASURES = {
    compare.TIME: "median time, where the change is also significant and beyond the noise floor",
    compare.FAILED: "share of requests that failed, in percentage points",
    compare.METADATA: "bytes of metadata",
    compare.INSTRUCTIONS: "retired instructions per unit of work",
    compare.CODE: "bytes of i686 code and constants",
    compare.STACK: "bytes of the deepest i686 stack",
}
GRAMMAR = (
    "a rule is MEASURE>N%, and failed>Npp in percentage points, where MEASURE is one of "
    f"{', '.join(MEASURES)}; such as 'median>5%' or 'failed>1pp'"
)
DIGITS = 9  # 1.03 - 1 is not more than 3 %
_RULE = re.compile(r"\s*([a-z]+)\s*>\s*(\d+(?:\.\d+)?)\s*(%|pp)\s*")


@dataclass(frozen=True)
class Rule:
    """A limit: by how much a measure may grow, as a share of the base, or of all requests."""

    text: str
    measure: str
    limit: float

    def is_broken_by(self, change: Change) -> bool:
        """Whether this change is a regression beyond the limit."""
        if change.measure != self.measure or change.kind != compare.WORSE:
            return False
        by = change.new - change.base if self.measure == compare.FAILED else change.ratio - 1
        return round(by, DIGITS) > self.limit

    def can_judge(self, change: Change) -> bool:
        """Whether a regression of this measure would show in this cell, were there one."""
        if change.measure != self.measure:
            return False
        if self.measure != compare.TIME or change.ratio is None:
            return change.measure != compare.TIME
        can_show = change.floor <= compare.LARGEST_FLOOR and change.p is not None
        return change.p is None or (can_show and change.least_p < significance.LEVEL)


def parse(text: str) -> Rule:
    """A rule from its text. Raises ValueError with the grammar."""
    found = _RULE.fullmatch(text)
    unit = "pp" if found and found[1] == compare.FAILED else "%"
    if not found or found[1] not in MEASURES or found[3] != unit:
        raise ValueError(f"'{text}' is no rule: {GRAMMAR}")
    return Rule(text.strip(), found[1], float(found[2]) / 100)


def judge(rules: list[Rule], comparison: Comparison) -> dict[str, list[Change]]:
    """By rule, what breaks it. Raises NotComparable for a rule that nothing here could break."""
    broken = {}
    for rule in rules:
        if not any(map(rule.can_judge, comparison.changes)):
            raise NotComparable(
                f"'{rule.text}' has nothing to judge in {comparison.base.name} and "
                f"{comparison.new.name}: {_lacking(rule, comparison)}"
            )
        broken[rule.text] = [c for c in comparison.changes if rule.is_broken_by(c)]
    return broken


def broken_designs(comparison: Comparison) -> list[Change]:
    """Cells that the oracle passed before and fails now: a regression by any rule, and by none."""
    return [
        change
        for change in comparison.changes
        if change.measure == compare.ORACLE and change.kind == compare.WORSE
    ]


def _lacking(rule: Rule, comparison: Comparison) -> str:
    if any(change.measure == rule.measure for change in comparison.changes):
        return (
            "too few repetitions to show any change of time (measure with --repetitions 9), or too "
            "busy a machine"
        )
    if rule.measure in (compare.CODE, compare.STACK):
        return "size.json is not in both; `./assay bench --size` writes it"
    return f"no {rule.measure} in both"
