"""The contract's clauses, one sentence each, so that a verdict explains itself."""

import re

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
    "P1": "a new page is zeroed, dirty, and fixed only if asked for",
    "P2": "fixed and pinned pages and blocks never leave",
    "P3": "who came first leaves first, and nobody leaves while a fitting run is free",
    "P4": "for a run, the window leaves that would be the first to be all free",
    "P5": "a dirty page is written back before it leaves, a clean one is not",
    "P6": "a page is unmapped before it is written back and before its frame is anybody else's",
    "P7": "what was written to a page is found there",
    "P8": "a call that failed has changed nothing",
    "P9": "a request fails only where no run is free, none can be made free, and the store works",
    "P10": "a release frees every frame of what is released",
    "P11": "while a function of the kernel runs, calls that concern pages are refused",
    "P12": "every frame holds the page that it should, and the books are right",
}


def sentence(clause: str | None) -> str | None:
    """What a clause demands; None for what is no clause."""
    return CLAUSES.get(clause or "")


def clause_of(finding: dict) -> str | None:
    """A finding's clause; that of a pager stands in the verdict alone."""
    named = re.match(r"(P\d+): ", finding["verdict"] or "")
    return finding["clause"] or (named[1] if named else None)
