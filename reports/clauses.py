"""The contract's clauses, one sentence each, so that a verdict explains itself."""

CLAUSES = {
    "C1": "a returned run is inside usable memory, aligned, and overlaps no live block",
    "C2": "an allocation fails only where no fitting run exists",
    "C3": "a failed call changes nothing",
    "C4": "a free releases exactly its block and returns its exact size",
    "C5": "misuse is refused, named, and changes nothing",
    "C6": "edge requests fail cleanly",
    "C7": "free, used and reserved frames add up after every operation",
    "C8": "every usable frame can be had",
    "C9": "a frame that is handed out, and memory beyond the metadata, is never touched",
    "C10": "behaviour does not depend on what was in memory before",
    "C11": "frames are filled where that is promised",
    "C12": "every call returns",
    "C13": "after everything is freed, the allocator is as good as new",
}


def sentence(clause: str | None) -> str | None:
    """What a clause demands; None for what is no clause."""
    return CLAUSES.get(clause or "")
