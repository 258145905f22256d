"""What matters how much in the choice of a winner: small files that people read and write.

    name = "router"
    purpose = "who it is for, in a sentence"

    [weights]
    time_single = 3
    failed = 1
"""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

from reports import criteria
from reports.results import ResultError

FOLDER = Path(__file__).resolve().parent / "weights"
DEFAULT = "time"


class WeightsError(ResultError):
    """One line: the file, and what is wrong with it."""


@dataclass(frozen=True)
class Weights:
    """A name, a sentence, and a weight above 0 for each criterion that counts."""

    name: str
    purpose: str
    weights: dict[str, float]

    def to_json(self) -> dict:
        """As winner.json keeps it."""
        return {"name": self.name, "purpose": self.purpose, "weights": self.weights}


def names() -> list[str]:
    """The weights that come with Assay."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def find(wanted: str) -> Weights:
    """Weights by their name, or from a file. Raises WeightsError; OSError if it can't be read."""
    if wanted in names():
        return read(FOLDER / f"{wanted}.toml")
    if "/" in wanted or "." in wanted:
        return read(Path(wanted))
    raise WeightsError(
        f"no weights '{wanted}'; there are {', '.join(names())}, or name a file (NAME.toml)"
    )


def read(path: Path) -> Weights:
    """Weights from a file, checked."""
    try:
        document = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WeightsError(f"{path}: no TOML: {f'{error}'.splitlines()[0]}") from None
    return check(document, str(path))


def check(document: dict, where: str) -> Weights:
    """Weights from a document with name, purpose and weights."""
    for field in ("name", "purpose"):
        if not isinstance(document.get(field), str) or not document[field].strip():
            raise WeightsError(f'{where}: {field}: expected a text, such as {field} = "…"')
    given = document.get("weights")
    if not isinstance(given, dict) or not given:
        raise WeightsError(f"{where}: weights: expected a table [weights], a line per criterion")
    if odd := [key for key in document if key not in ("name", "purpose", "weights")]:
        raise WeightsError(f"{where}: {odd[0]}: there are only name, purpose and [weights]")
    for name, weight in given.items():
        if name not in criteria.ALL:
            known = ", ".join(criteria.ALL)
            raise WeightsError(f"{where}: weights.{name}: no such criterion; there are {known}")
        is_number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
        if not is_number or not 0 < weight < math.inf:
            raise WeightsError(f"{where}: weights.{name}: expected a number above 0")
    return Weights(document["name"], document["purpose"], dict(given))
