"""Shares the time of a few workers evenly among the designs."""

from dataclasses import dataclass

from cli.errors import UsageError


@dataclass(frozen=True)
class Slice:
    """One design on one worker for some seconds."""

    design: str
    seconds: int


def make_slices(designs: list[str], seconds: int, jobs: int) -> list[list[Slice]]:
    """What each worker does in turn.

    The designs lie end to end on a line of jobs × seconds, in equal parts; each worker takes the
    next `seconds` of it. So every worker is busy to the end, and no design needs more than one
    process at a time unless there are more workers than designs.
    """
    total = seconds * jobs
    borders = [round(total * i / len(designs)) for i in range(len(designs) + 1)]
    if any(begin == end for begin, end in zip(borders, borders[1:])):
        raise UsageError(f"{seconds} s are too short for {len(designs)} designs; raise --for")
    return [
        [
            Slice(design, overlap)
            for design, begin, end in zip(designs, borders, borders[1:])
            if (overlap := min(end, start + seconds) - max(begin, start)) > 0
        ]
        for start in range(0, total, seconds)
    ]
