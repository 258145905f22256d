"""How the coverage of each target grew over a run of the fuzzers, and whether it still does."""

from dataclasses import dataclass

MAX_POINTS = 300  # of a target; more cannot be told apart in a figure
FEWEST_SLICES = 4  # from which on anything can be said
SETTLED = 0.5  # of a target's executions without a new edge, and it has levelled off
GROWING = 0.25  # a new edge within the last so many, and it has not

LEVELLED_OFF, SLOWING, STILL_GROWING, TOO_SHORT = (
    "levelled off",
    "slowing down",
    "still growing",
    "too short to tell",
)


@dataclass(frozen=True)
class Point:
    """What was known of a target at the end of one of its slices."""

    seconds: float
    edges: int
    executions: int


@dataclass(frozen=True)
class History:
    """One target: `points` are in order of time; edges never fall."""

    target: str
    points: tuple[Point, ...]

    @property
    def edges(self) -> int:
        """At the end."""
        return self.points[-1].edges

    @property
    def last_new(self) -> Point:
        """The end of the first slice behind which nothing new came."""
        return next(point for point in self.points if point.edges == self.edges)

    @property
    def dry_share(self) -> float:
        """The share of the target's executions behind its last new edge."""
        total = self.points[-1].executions
        return 1 - self.last_new.executions / total if total else 0.0

    @property
    def state(self) -> str:
        """Whether more is to be expected."""
        if len(self.points) < FEWEST_SLICES:
            return TOO_SHORT
        if self.dry_share >= SETTLED:
            return LEVELLED_OFF
        return SLOWING if self.dry_share > GROWING else STILL_GROWING

    def thinned(self) -> tuple[Point, ...]:
        """Where edges were new, the first and the last point; of too many, some at even steps."""
        points = self.points
        kept = [
            point
            for at, point in enumerate(points)
            if at in (0, len(points) - 1) or point.edges > points[at - 1].edges
        ]
        if len(kept) <= MAX_POINTS:
            return tuple(kept)
        step = (len(kept) - 1) / (MAX_POINTS - 1)
        return tuple(kept[round(at * step)] for at in range(MAX_POINTS))


def histories(fuzz: dict) -> dict[str, History]:
    """By target, in the order of the targets; only of those that follow coverage."""
    names = [each["design"] for each in fuzz["targets"]]
    points: dict[str, list[Point]] = {name: [] for name in names}
    for seconds, name, edges, _, executions in sorted(fuzz.get("timeline", [])):
        if name in points:
            highest = max(edges, points[name][-1].edges if points[name] else 0)
            points[name].append(Point(seconds, highest, executions))
    return {
        name: History(name, tuple(each))
        for name, each in points.items()
        if any(point.edges for point in each)
    }
