"""The picture of a short finding: who holds which frame after each operation.

An .ops text names blocks and does not say where they lie. The picture is drawn only where it is
certain: every placement is tried that the operations allow and the verdict agrees with (it names
frames and blocks), and if more than one history is left, there is no picture. Every operation
before the broken one obeyed the contract, so its effect is known.
"""

import re
from dataclasses import dataclass, field

MAX_FRAMES = 32
MAX_OPERATIONS = 8
MAX_STEPS = 20_000


@dataclass(frozen=True)
class Moment:
    """The arena after an operation: a block's name per frame, None if free, RESERVED in a hole."""

    label: str
    frames: tuple[str | None, ...]
    aimed_at: int | None = None  # index of the frame that a free names, or first of those returned
    aimed_frames: int = 1


@dataclass(frozen=True)
class Picture:
    """The moments of a finding; `base` is the first frame's number."""

    base: int
    moments: tuple[Moment, ...]

    @property
    def names(self) -> list[str]:
        """Every block that is ever live, in the order of making."""
        held = [name for moment in self.moments for name in moment.frames]
        return list(dict.fromkeys(name for name in held if name not in (None, RESERVED)))


RESERVED = "#"


class _Unclear(Exception):
    """The text is not understood, or too large to be drawn."""


@dataclass
class _Arena:
    """The header of an .ops text, and its operations."""

    base: int = 0
    frames: list[str | None] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)


def draw(ops: str | None, verdict: str | None) -> Picture | None:
    """The only history that the operations and the verdict allow, or None."""
    try:
        arena = _parse(ops or "")
        broken = re.search(r"\bop (\d+) '", verdict or "")
        if not broken or int(broken[1]) != len(arena.operations):
            return None
        start = Moment("at the start", tuple(arena.frames))
        possible = _Search(arena).histories((start,), {})
        agreeing = {each for each in possible if _agrees(each, arena.base, verdict)}
    except _Unclear:
        return None
    if len(agreeing) != 1:
        return None
    return Picture(arena.base, _aim(agreeing.pop(), arena.base, verdict))


def _parse(ops: str) -> _Arena:
    arena = _Arena()
    for line in ops.splitlines():
        words = line.split("#")[0].split()
        match words:
            case [] | ["assay-ops", _] | ["ram", *_]:
                continue
            case ["base", number]:
                arena.base = _number(number)
            case ["frames", number] if 0 < _number(number) <= MAX_FRAMES:
                arena.frames = [None] * _number(number)
            case ["hole", first, length]:
                _reserve(arena, _number(first) - arena.base, _number(length))
            case _:
                arena.operations.append(" ".join(words))
    if not arena.frames or not 0 < len(arena.operations) <= MAX_OPERATIONS:
        raise _Unclear
    return arena


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text):
        raise _Unclear
    return int(text)


def _reserve(arena: _Arena, first: int, length: int) -> None:
    if first < 0 or first + length > len(arena.frames):
        raise _Unclear
    arena.frames[first : first + length] = [RESERVED] * length


class _Search:
    """Walks all courses of events that the operations allow."""

    def __init__(self, arena: _Arena):
        self._arena = arena
        self._steps = 0

    def histories(self, moments: tuple[Moment, ...], blocks: dict[str, int]):
        """Yields the moments of each; `blocks` holds the first frame of every block made so far."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise _Unclear
        if len(moments) > len(self._arena.operations):
            yield moments
            return
        operation = self._arena.operations[len(moments) - 1]
        is_broken = len(moments) == len(self._arena.operations)
        for after, made, aim in self._outcomes(operation, moments[-1].frames, blocks):
            # What the broken operation did is for the verdict to say: the picture stays as it was.
            frames = moments[-1].frames if is_broken else after
            yield from self.histories((*moments, Moment(operation, frames, aim)), made)
            if is_broken:
                return

    def _outcomes(self, operation: str, frames: tuple, blocks: dict[str, int]):
        """The frames after it, the blocks then, and the index of the frame that it names."""
        if found := re.fullmatch(r"(\w+) = alloc (\d+)(?: align (\d+))?", operation):
            name, length, align = found[1], _number(found[2]), _number(found[3] or "1")
            places = _fits(frames, self._arena.base, length, align)
            for first in places:
                after = (*frames[:first], *[name] * length, *frames[first + length :])
                yield after, {**blocks, name: first}, None
            if not places:
                yield frames, blocks, None
        elif operation == "free all":
            yield tuple(each if each == RESERVED else None for each in frames), blocks, None
        elif found := re.fullmatch(r"free @(\d+)", operation):
            yield frames, blocks, _number(found[1]) - self._arena.base
        elif found := re.fullmatch(r"free (\w+)(?:\+(\d+))?", operation):
            yield _free(frames, blocks, found[1], _number(found[2] or "0"))
        else:
            raise _Unclear


def _fits(frames: tuple, base: int, length: int, align: int) -> list[int]:
    """Where a run of free frames of this length and alignment begins."""
    if length == 0 or align == 0 or align & (align - 1):
        return []
    return [
        first
        for first in range(len(frames) - length + 1)
        if (base + first) % align == 0 and not any(frames[first : first + length])
    ]


def _free(frames: tuple, blocks: dict[str, int], name: str, offset: int):
    """A free of a block that is live releases it; any other changes nothing."""
    if name not in blocks:
        return frames, blocks, None
    first = blocks[name]
    if offset == 0 and frames[first] == name:
        return tuple(None if each == name else each for each in frames), blocks, first
    return frames, blocks, first + offset


def _agrees(history: tuple[Moment, ...], base: int, verdict: str) -> bool:
    """Does the arena at the broken operation show the blocks and the frame of the verdict?"""
    frames, aim = history[-1].frames, history[-1].aimed_at
    said = verdict.split("': ", 1)[-1]
    for first, last in re.findall(r"\bblock (\d+)(?:\.\.(\d+))?", said):
        if not _is_block(frames, int(first) - base, int(last or first) - base):
            return False
    if (found := RETURNED.search(verdict)) and found[3]:
        first, taken = int(found[1]) - base, int(found[3]) - base
        if 0 <= taken < len(frames) and frames[taken] is None:
            return False
        if any(frames[max(first, 0) : max(taken, 0)]):  # else one of these would have been named
            return False
    if found := re.search(r"\b(?:released \d+ frames|refused as \w+), but frame (\d+) is", said):
        return aim is not None and base + aim == int(found[1])
    return True


RETURNED = re.compile(r"': returned (?:frames )?(\d+)(?:\.\.(\d+))?(?:, but frame (\d+) is)?")


def _aim(history: tuple[Moment, ...], base: int, verdict: str) -> tuple[Moment, ...]:
    """Marks the frames that a wrong allocation returned, as far as they are in the arena."""
    last, returned = history[-1], RETURNED.search(verdict)
    if returned is None or last.aimed_at is not None:
        return history
    first, end = int(returned[1]) - base, int(returned[2] or returned[1]) - base + 1
    if not 0 <= first < min(end, len(last.frames)):
        return history
    count = min(end, len(last.frames)) - first
    return (*history[:-1], Moment(last.label, last.frames, first, count))


def _is_block(frames: tuple, first: int, last: int) -> bool:
    if not 0 <= first <= last < len(frames) or frames[first] in (None, RESERVED):
        return False
    places = [place for place, name in enumerate(frames) if name == frames[first]]
    return places == list(range(first, last + 1))
