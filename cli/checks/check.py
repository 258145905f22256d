"""The result of one check, and the ways in which a part comes to one."""

from dataclasses import dataclass

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass(frozen=True)
class Check:
    """`detail`: why it failed or was skipped. `repeat`: the command that shows it again."""

    name: str
    outcome: str
    detail: str = ""
    repeat: str = ""


def from_problems(name: str, problems: list[str], looked_at: int) -> Check:
    """A check of many things: it fails with its problems, and also if it had nothing to look at."""
    if looked_at == 0:
        return Check(name, FAILED, "there was nothing to check")
    if problems:
        return Check(name, FAILED, "\n".join(problems))
    return Check(name, PASSED)


def skipped(name: str, why: str) -> Check:
    """A check that was not made, and why."""
    return Check(name, SKIPPED, why)
