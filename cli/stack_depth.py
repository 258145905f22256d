"""The deepest stack of each function of an i686 image, from its machine code.

Every path through a function is followed with the number of bytes that it has pushed; calls make
the graph, in which the longest chain is looked for. What machine code alone does not tell is
told and not guessed: recursion, calls through a pointer, calls that leave the image, and a stack
that grows by a number known only at run time.
"""

import re
from dataclasses import dataclass, field

WORD = 4  # bytes: a return address, a register
VISITS = 64  # of one instruction with ever more on the stack: it never ends
_FUNCTION = re.compile(r"^([0-9a-f]+) <(.+)>:$")
_INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)(?:\s+(.*))?$")
_TARGET = re.compile(r"(0x[0-9a-f]+)")
_ENDS = ("ret", "retl", "ud2", "hlt", "int3")
_READS_ONLY = ("cmp", "test")


@dataclass
class Function:
    """A function: its instructions in order, and how many bytes of arguments it takes away."""

    name: str
    start: int
    code: list[tuple[int, str, str]] = field(default_factory=list)

    def takes_away(self) -> int:
        """The n of its `ret n`, which is 0 for most."""
        numbers = [_number(rest) for _, verb, rest in self.code if verb == "retl" and rest]
        return max(numbers, default=0)


@dataclass
class Frame:
    """What one function needs by itself, in bytes with its return address, and whom it calls with
    how much on the stack.
    """

    own: int = WORD
    is_bounded: bool = True
    calls: list[tuple[int, int]] = field(default_factory=list)  # start of the callee, bytes before
    unknown: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Depth:
    """The deepest stack below a call, in bytes with the return address; None if nothing bounds it.
    `chain` leads there. `not_counted` says what is not in the figure.
    """

    size: int | None
    chain: tuple[str, ...]
    not_counted: tuple[str, ...] = ()


def read(disassembly: str) -> dict[int, Function]:
    """The functions in what `llvm-objdump -d --no-show-raw-insn` prints, by their address."""
    functions, current = {}, None
    for line in disassembly.splitlines():
        if found := _FUNCTION.match(line):
            current = Function(_short(found[2]), int(found[1], 16))
            functions[current.start] = current
        elif current and (found := _INSTRUCTION.match(line)):
            verb, rest = found[2], (found[3] or "").strip()
            current.code.append((int(found[1], 16), verb, rest))
    return functions


def _short(name: str) -> str:
    """A demangled name without namespace, template arguments, parameters and result."""
    name = name.replace("(anonymous namespace)::", "").split("(")[0].replace("assay::", "")
    while (shorter := re.sub(r"<[^<>]*>", "", name)) != name:
        name = shorter
    return name.split()[-1] if name.split() else name


def depths(functions: dict[int, Function]) -> dict[str, Depth]:
    """The deepest stack of every function, by name."""
    frames = {start: walk(function, functions) for start, function in functions.items()}
    known: dict[int, Depth] = {}
    for start in functions:
        _deepest(start, functions, frames, known, [])
    return {functions[start].name: known[start] for start in functions}


def _deepest(start: int, functions, frames, known, above: list[int]) -> Depth:
    if start in known:
        return known[start]
    name = functions[start].name
    if start in above:
        cycle = [functions[each].name for each in above[above.index(start) :]]
        return Depth(None, (name,), (f"recursion: {' → '.join([*cycle, name])}",))
    frame = frames[start]
    best = Depth(frame.own if frame.is_bounded else None, (name,))
    notes = [f"{name} {text}" for text in sorted(frame.unknown)]
    for callee, before in frame.calls:
        below = _deepest(callee, functions, frames, known, [*above, start])
        notes += below.not_counted
        if below.size is None:
            best = Depth(None, (name, *below.chain))
        elif best.size is not None and before + below.size > best.size:
            best = Depth(before + below.size, (name, *below.chain))
    result = Depth(best.size, best.chain, tuple(dict.fromkeys(notes)))
    known[start] = result
    return result


def walk(function: Function, functions: dict[int, Function]) -> Frame:
    """Follows every path through a function."""
    frame, place = Frame(), {each[0]: index for index, each in enumerate(function.code)}
    waiting = [(0, WORD, None)] if function.code else []  # instruction, bytes pushed, those at ebp
    seen: dict[int, int] = {}
    visits: dict[int, int] = {}
    while waiting:
        index, depth, base = waiting.pop()
        while index < len(function.code) and seen.get(index, -1) < depth:
            seen[index] = depth
            visits[index] = visits.get(index, 0) + 1
            if visits[index] > VISITS:
                frame.unknown.add("pushes in a loop")
                frame.is_bounded = False
                return frame
            address, verb, rest = function.code[index]
            if verb.startswith("call"):
                depth -= _note_call(frame, functions, rest, depth)
            elif verb.startswith("j"):
                target = _target(rest)
                if "*" in rest:
                    _note_pointer(frame, function, rest, depth, base, waiting, seen)
                elif target in place:
                    waiting.append((place[target], depth, base))
                else:
                    _note_tail_call(frame, functions, target, depth)
                if verb.startswith("jmp"):
                    break
            elif verb in _ENDS:
                break
            else:
                depth, base = _move(frame, verb, rest, depth, base)
            frame.own = max(frame.own, depth)
            index += 1
    return frame


def _note_call(frame: Frame, functions, rest: str, depth: int) -> int:
    """Notes a call. Returns how many bytes of arguments the callee takes away."""
    target = None if "*" in rest else _target(rest)
    if target not in functions:
        leaves = "calls what is not in the image"
        frame.unknown.add("calls through a pointer" if "*" in rest else leaves)
        frame.own = max(frame.own, depth + WORD)
        return 0
    frame.calls.append((target, depth))
    return functions[target].takes_away()


def _note_tail_call(frame: Frame, functions, target, depth: int) -> None:
    """A jump to another function: it uses this one's return address."""
    if target in functions:
        frame.calls.append((target, depth - WORD))
    else:
        frame.unknown.add("jumps to what is not in the image")


def _note_pointer(frame, function, rest, depth, base, waiting, seen) -> None:
    """A jump by a table of this function's own places, or a tail call through a pointer."""
    if "(,%" not in rest:
        frame.unknown.add("calls through a pointer")
        return
    # Where no path has come yet may be a place of the table; the stack is there as it is here.
    waiting += [(i, depth, base) for i in range(len(function.code)) if i not in seen]


def _move(frame: Frame, verb: str, rest: str, depth: int, base: int | None):
    """The bytes pushed, and those at ebp, behind an instruction that neither calls nor jumps."""
    if verb.startswith("push"):
        return depth + WORD, base
    if verb.startswith("pop"):
        return depth - WORD, None if rest == "%ebp" else base
    if (verb, rest) == ("movl", "%esp, %ebp"):
        return depth, depth
    if (verb, rest) == ("movl", "%ebp, %esp") and base is not None:
        return base, base
    if verb.startswith("leave") and base is not None:
        return base - WORD, None
    if not rest.endswith("%esp") or verb.startswith(_READS_ONLY):
        return depth, base
    if verb == "subl" and rest.startswith("$"):
        return depth + _number(rest), base
    if verb == "addl" and rest.startswith("$"):
        return depth - _number(rest), base
    if verb == "andl" and rest.startswith("$-"):
        return depth - _number(rest) - WORD, base  # as much as aligning can cost
    if verb == "leal" and re.match(r"-?(0x[0-9a-f]+)?\(%ebp\),", rest) and base is not None:
        return base - _number(rest), base
    if verb == "leal" and re.match(r"-?(0x[0-9a-f]+)?\(%esp\),", rest):
        return depth - _number(rest), base
    frame.unknown.add(f"sets its stack by '{verb} {rest}'")
    frame.is_bounded = False
    return depth, base


def _number(text: str) -> int:
    """The first number, of either sign; 0 without one."""
    found = re.match(r"\$?(-?)(0x[0-9a-f]+|\d+)?", text)
    value = int(found[2], 0) if found[2] else 0
    return -value if found[1] else value


def _target(text: str) -> int | None:
    found = _TARGET.match(text)
    return int(found[1], 16) if found else None
