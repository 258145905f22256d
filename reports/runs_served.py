"""Requests for runs at a given occupancy: what was served, and whose fault it is what was not."""

from dataclasses import dataclass

OCCUPANCY = 0.9  # at which designs are compared by one number


@dataclass(frozen=True)
class Shares:
    """Of requests: the three shares add up to 1."""

    requests: int
    served: float
    none_existed: float
    missed: float


def shares_of(cells: list[dict]) -> Shares | None:
    """Of these cells taken together; None if nothing was requested."""
    requests = sum(cell["requests"] for cell in cells)
    if not requests:
        return None
    parts = [sum(cell[kind] for cell in cells) / requests for kind in KINDS]
    return Shares(requests, *parts)


KINDS = ("served", "none_existed", "missed")


def at_occupancy(entry: dict, occupancy: float = OCCUPANCY) -> Shares | None:
    """All lengths at one occupancy; None where it was not measured."""
    return shares_of([c for c in entry["cells"] if abs(c["occupancy"] - occupancy) < 1e-6])


def success_by_design(results, occupancy: float = OCCUPANCY) -> dict[str, float]:
    """The share served, for each design that was measured at this occupancy."""
    entries = results.contiguous["entries"] if results.contiguous else []
    found = {entry["design"]: at_occupancy(entry, occupancy) for entry in entries}
    return {design: shares.served for design, shares in found.items() if shares}
