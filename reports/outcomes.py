"""What happened how often while a target was fuzzed, as the page shows it."""

from dataclasses import dataclass

GROUPS = (("kind_", "operations"), ("misuse_", "misuse that was refused"))
OTHERS = "what came of them"


@dataclass(frozen=True)
class Counts:
    """One target, or the swarm beside it. `required` is None where that is not known."""

    target: str
    by_name: dict[str, int]
    required: frozenset[str] | None

    @property
    def absent(self) -> list[str]:
        """What had to happen and never did."""
        return sorted(name for name in self.required or () if not self.by_name.get(name))

    def is_expected(self, name: str) -> bool:
        """Had this to happen? Of older results that is not known."""
        return name in (self.required or ())


def counts_of(fuzz: dict) -> list[Counts]:
    """Of every target and swarm that left counts; parsers have none."""
    tallies = [(each["design"], each) for each in fuzz["targets"]]
    tallies += [(swarm_name(each["design"]), each) for each in fuzz.get("swarm", [])]
    return [
        Counts(name, complete(tally), as_set(tally.get("required")))
        for name, tally in tallies
        if tally["outcomes"]
    ]


def swarm_name(design: str) -> str:
    """What the swarm beside a design's libFuzzer target is called."""
    return f"{design} (swarm)"


def complete(tally: dict) -> dict[str, int]:
    """What had to happen and was not even counted happened 0 times."""
    return {**dict.fromkeys(tally.get("required", []), 0), **tally["outcomes"]}


def as_set(required: list[str] | None) -> frozenset[str] | None:
    return None if required is None else frozenset(required)


def alike(counts: list[Counts]) -> list[list[Counts]]:
    """Gathered by what they count, in the order of first appearance."""
    groups: dict[frozenset, list[Counts]] = {}
    for each in counts:
        groups.setdefault(frozenset(each.by_name), []).append(each)
    return list(groups.values())


def names_of(group: list[Counts]) -> list[tuple[str, list[str]]]:
    """The names that a group counts, under headings: operations, outcomes, misuse. What counts no
    operations by their kind, such as the paging side, has outcomes alone.
    """
    names = sorted(group[0].by_name)
    if not any(name.startswith(GROUPS[0][0]) for name in names):
        return [(OTHERS, names)]
    kinds = [(title, [n for n in names if n.startswith(prefix)]) for prefix, title in GROUPS]
    rest = [name for name in names if not any(name.startswith(prefix) for prefix, _ in GROUPS)]
    return [each for each in (kinds[0], (OTHERS, rest), kinds[1]) if each[1]]


def labels_of(group: list[Counts]) -> dict[str, str]:
    """What each name is called below its heading: without the prefix that the heading says."""
    prefixes = {title: prefix for prefix, title in GROUPS}
    return {
        name: name.removeprefix(prefixes.get(title, "")).replace("_", " ")
        for title, names in names_of(group)
        for name in names
    }
