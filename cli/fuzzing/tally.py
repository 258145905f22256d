"""What the fuzzing of one target adds up to, over all its processes and over an interrupted run."""

from collections import Counter
from dataclasses import dataclass, field, fields


@dataclass
class Tally:
    """`design` is the target's name: a design, or what is fuzzed beside the designs."""

    design: str
    executions: int = 0
    operations: int = 0
    seconds: float = 0.0  # of its processes
    coverage_edges: int = 0
    corpus_entries: int = 0
    outcomes: Counter = field(default_factory=Counter)
    required: list[str] = field(default_factory=lambda: ["allocated"])  # the tool knows better
    skips: list[dict] = field(default_factory=list)  # what the design does not promise
    masked: Counter = field(default_factory=Counter)  # hits of known bugs, by key
    findings: list[str] = field(default_factory=list)
    restarts: int = 0  # behind a process that died and no input was to blame
    trouble: str | None = None  # of the last of those
    failure: str | None = None
    interrupted: bool = False

    def add(self, counted: dict) -> None:
        """What one process counted, as the tools write it (fuzz/totals.h)."""
        self.executions += counted["executions"]
        self.operations += counted["operations"]
        self.outcomes.update(counted["outcomes"])
        self.required, self.skips = counted["required"], counted["skips"]
        self.masked.update(counted.get("masked", {}))
        for key in counted.get("masked", {}):
            self.note_finding(key)

    def note_finding(self, key: str) -> None:
        """Each key once."""
        if key not in self.findings:
            self.findings.append(key)

    def status(self) -> tuple[str, str | None]:
        """clean, finding or failed, and why. A run that never saw an outcome did not test it."""
        if self.findings:
            return "finding", self.failure
        if self.failure:
            return "failed", self.failure
        absent = [name for name in self.required if self.outcomes[name] == 0]
        if absent:
            when = "before the interrupt" if self.interrupted else "while fuzzing"
            return "failed", f"never happened {when}: {', '.join(absent)}; so it shows nothing"
        return "clean", None

    def to_json(self) -> dict:
        """As results have it."""
        status, reason = self.status()
        return {
            "design": self.design,
            "status": status,
            "reason": reason,
            "executions": self.executions,
            "executions_per_second": self.executions / self.seconds if self.seconds else 0.0,
            "operations": self.operations,
            "seconds": round(self.seconds, 3),
            "coverage_edges": self.coverage_edges,
            "corpus_entries": self.corpus_entries,
            "outcomes": dict(self.outcomes),
            "required": list(self.required),
            "skips": self.skips,
            "masked": dict(self.masked),
            "restarts": self.restarts,
            "trouble": self.trouble,
            "findings": self.findings,
        }

    def to_state(self) -> dict:
        """All of it, for a run that is resumed."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_state(cls, state: dict):
        """What `to_state` gave."""
        counters = {name: Counter(state[name]) for name in ("outcomes", "masked")}
        return cls(**{**state, **counters, "interrupted": False})
