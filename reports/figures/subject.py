"""What figures are drawn from: a run's results, and in which order its designs stand."""

from dataclasses import dataclass
from pathlib import PurePath

from reports import look
from reports.results import Results


@dataclass(frozen=True)
class Subject:
    """One run, as figures see it."""

    results: Results
    order: tuple[str, ...]  # every design, best first
    eligible: frozenset[str]
    run_name: str  # how commands name the run

    def run_of(self, kind: str) -> str:
        """How commands name the run that holds these results, which another one may have lent."""
        folder = self.results.lenders.get(kind)
        return str(PurePath(self.run_name).parent / folder.name) if folder else self.run_name

    @property
    def looks(self) -> dict[str, look.Look]:
        """The look of each design."""
        return look.looks_of(list(self.order))

    def sort(self, designs) -> list[str]:
        """These designs, each once, best first."""
        wanted = set(designs)
        return [design for design in self.order if design in wanted]


def subject_of(results: Results, choice: dict, run_name: str) -> Subject:
    """A run and its ranking."""
    ranking = choice["ranking"]
    eligible = frozenset(entry["design"] for entry in ranking if entry["eligible"])
    return Subject(results, tuple(entry["design"] for entry in ranking), eligible, run_name)
