"""The kernel's log of its own calls: read, written down as operations, and compared with the host.

The stream is described where it is sent (kernel-shim/calls/call_log.h). Each instance becomes a
sequence whose comments say what the kernel was given; a replay on the host must be given the same.
"""

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path

from cli import errors, files, paths, plugins, programs
from cli.errors import FailedError

FIRST_LINE = b"assay-calls 1\n"
INSTANCES = {1: "low", 2: "high"}
MISUSE = ("outside_arena", "reserved", "already_free", "inside_block")
UNSAID = "unsaid"  # on the host: what somebody else's free does not say, the kernel knows itself
NONE = 0xFFFF_FFFF
MOST_HOLES = 16  # of a sequence (oracle/operations/operation.h)
NUMBERS = {b"g": 2, b"a": 3, b"f": 3}  # by the letter of a record
REPLAY_S = 600


class BrokenLogError(Exception):
    """Where the stream cannot be read, and why, in one line."""


@dataclass(frozen=True)
class Call:
    """One record: its letter, and its numbers."""

    kind: str
    numbers: tuple[int, ...]


@dataclass
class Instance:
    """One allocator of the kernel: the map that it began with, and its calls in their order."""

    base: int
    frames: int
    usable: list[tuple[int, int]]  # first, count
    calls: list[Call] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    """An operation, and what the kernel was answered, in the words of `assay-ops --answers`."""

    operation: str
    answer: str


class Reader:
    """Takes numbers and letters from a stream."""

    def __init__(self, stream: bytes):
        self.stream, self.position = stream, 0

    def take(self, size: int) -> bytes:
        """The next bytes, all of them."""
        part = self.stream[self.position : self.position + size]
        if len(part) < size:
            raise BrokenLogError(f"byte {self.position}: is cut short")
        self.position += size
        return part

    def numbers(self, count: int) -> tuple[int, ...]:
        """32 bits each, low byte first."""
        return struct.unpack(f"<{count}I", self.take(4 * count))


def parse(stream: bytes) -> tuple[dict[str, Instance], bool]:
    """Every instance by its name, and whether the log has its end: a kernel that stopped in the
    middle leaves none. Raises BrokenLogError."""
    if not stream.startswith(FIRST_LINE):
        raise BrokenLogError("it does not begin with 'assay-calls 1'")
    reader, instances, records = Reader(stream), {}, 0
    reader.take(len(FIRST_LINE))
    while reader.position < len(stream):
        start = reader.position
        letter, number = reader.take(1), reader.take(1)[0]
        if letter == b"e":
            check_end(reader, records)
            return instances, True
        if number not in INSTANCES:
            raise BrokenLogError(f"byte {start}: there is no instance {number}")
        records += 1
        name = INSTANCES[number]
        if letter == b"i" and name not in instances:
            instances[name] = read_init(reader)
        elif letter in NUMBERS and name in instances:
            call = Call(letter.decode(), reader.numbers(NUMBERS[letter]))
            instances[name].calls.append(call)
        else:
            raise BrokenLogError(f"byte {start}: no record may begin with {letter!r} here")
    return instances, False


def check_end(reader: Reader, records: int) -> None:
    """The end says how many records stand in front of it, and nothing follows."""
    (promised,) = reader.numbers(1)
    if promised != records:
        raise BrokenLogError(f"its end speaks of {promised} records, but there are {records}")
    if reader.position < len(reader.stream):
        raise BrokenLogError(f"byte {reader.position}: something stands behind its end")


def read_init(reader: Reader) -> Instance:
    """The map of an instance."""
    base, frames, runs = reader.numbers(3)
    return Instance(base, frames, [reader.numbers(2) for _ in range(runs)])


def holes_of(instance: Instance) -> list[tuple[int, int]]:
    """What of the arena was reserved at the start."""
    holes, at = [], instance.base
    for first, count in [*instance.usable, (instance.base + instance.frames, 0)]:
        if first > at:
            holes.append((at, first - at))
        at = first + count
    return holes


def steps_of(instance: Instance) -> list[Step]:
    """A block is freed by its name where the kernel was given it there; any other free is one of a
    frame, which the design refused."""
    steps, live, made = [], {}, 0
    for call in instance.calls:
        numbers = call.numbers
        if call.kind == "g":
            steps.append(Step(f"grow {numbers[0]} {numbers[1]}", ""))
        elif call.kind == "a":
            count, alignment, first = numbers
            aligned = f" align {alignment}" if alignment != 1 else ""
            steps.append(Step(f"{block_name(made)} = alloc {count}{aligned}", frame(first)))
            if first != NONE:
                live[first] = made
            made += 1
        else:
            first, outcome, released = numbers
            block = live.pop(first, None) if outcome == 0 else live.get(first)
            target = f"@{first}" if block is None else block_name(block)
            steps.append(Step(f"free {target}", describe_free(outcome, released)))
    return steps


def block_name(number: int) -> str:
    """As Assay itself writes it: a … z, a1 … z1, a2 …"""
    turn, letter = divmod(number, 26)
    return f"{chr(ord('a') + letter)}{turn or ''}"


def frame(number: int) -> str:
    """A frame, or none."""
    return "none" if number == NONE else str(number)


def describe_free(outcome: int, released: int) -> str:
    """The frames that a free released, or the misuse that was refused."""
    if outcome == 0:
        return str(released)
    return MISUSE[outcome - 1] if outcome <= len(MISUSE) else f"misuse {outcome}"


def to_text(instance: Instance, steps: list[Step], title: str) -> str:
    """The sequence, each operation with what the kernel was answered."""
    lines = [f"# {title}", "assay-ops 1", f"base {instance.base}", f"frames {instance.frames}"]
    lines += [f"hole {first} {count}" for first, count in holes_of(instance)]
    lines.append("ram zero")
    for step in steps:
        lines.append(f"{step.operation}  # {step.answer}" if step.answer else step.operation)
    return "\n".join(lines) + "\n"


def check(design: str, stream: bytes, folder: Path) -> list[dict]:
    """Writes boot-DESIGN.INSTANCE.calls.ops for every instance into `folder`, replays each on the
    host, and says how that went. Needs the release build of assay-ops. A stream that cannot be read
    is one entry without a file."""
    try:
        instances, is_whole = parse(stream)
    except BrokenLogError as error:
        return [entry(None, problem=f"the kernel's log of calls is broken: {error}")]
    if not instances:
        return [entry(None, problem="the kernel's log of calls is empty")]
    checked = []
    for name, instance in instances.items():
        path = folder / f"boot-{design}.{name}.calls.ops"
        steps = steps_of(instance)
        title = f"what the kernel on {design} asked of its own frames ({name}), and was answered"
        files.write_text(path, to_text(instance, steps, title))
        checked.append(replay(design, name, path, instance, steps))
    if not is_whole:
        checked.append(entry(None, problem="the kernel's log of calls ends in the middle"))
    return checked


def entry(instance: str | None, calls: int = 0, file: Path | None = None, **more) -> dict:
    """What is said of one instance: `equal` is None where it could not be compared."""
    name = file.name if file else None
    start = {"instance": instance, "calls": calls, "file": name, "equal": None, "skipped": None}
    return start | {"problem": None} | more


def replay(design: str, name: str, path: Path, instance: Instance, steps: list[Step]) -> dict:
    """Replays one instance on the host and compares every answer."""
    said = {"instance": name, "calls": len(steps), "file": path}
    if len(holes_of(instance)) > MOST_HOLES:
        why = f"its map has {len(holes_of(instance))} holes, and a sequence at most {MOST_HOLES}"
        return entry(**said, skipped=why)
    answers = path.with_suffix(".answers")
    tool, on_trial = paths.tool("release", "assay-ops"), plugins.for_tool(design, "release")
    command = [tool, "replay", path.resolve(), "--design", on_trial, "--json"]
    command += ["--until", len(steps)]  # no end, at which a trial would make calls of its own
    done = programs.capture([*command, "--answers", answers.resolve()], seconds=REPLAY_S)
    if done.returncode == errors.USAGE and plugins.get(design):
        return entry(**said, skipped=done.cause().removeprefix("assay-ops: "))
    if done.timed_out or done.returncode not in (errors.OK, errors.FAILED):
        raise FailedError(f"{paths.from_root(path)}: {done.cause()}")
    lines = answers.read_text().splitlines()
    answers.unlink()
    problem = find_difference(steps, [line.partition(" ")[2] for line in lines])
    problem = problem or broken_on_host(json.loads(done.stdout), len(steps))
    return entry(**said, equal=problem is None, problem=problem)


def find_difference(steps: list[Step], answers: list[str]) -> str | None:
    """The first operation to which the host answered otherwise."""
    for number, (step, answer) in enumerate(zip(steps, answers), 1):
        is_unsaid = answer == UNSAID and step.answer.isdecimal()
        if step.answer != answer and not is_unsaid:
            seen = answer or "nothing, since it left the call out"
            place = f"operation {number} '{step.operation}'"
            return f"{place}: {step.answer} in the kernel, {seen} here"
    return None


def broken_on_host(answer: dict, operations: int) -> str | None:
    """The oracle's verdict, and calls that the host left out or never came to."""
    if answer["verdict"]:
        return f"on the host {answer['verdict']}"
    if answer["operations"] != operations:
        return f"the host performed {answer['operations']} of {operations} operations"
    left_out = {name: answer["outcomes"].get(name) for name in ("skipped", "aliased", "unpromised")}
    said = [f"{count} as {name}" for name, count in left_out.items() if count]
    return f"the host left calls out: {', '.join(said)}" if said else None


def find_problem(checked: list[dict]) -> str | None:
    """What speaks against the log, in one line."""
    for each in checked:
        if each["problem"]:
            place = f"the calls of {each['instance']}: " if each["instance"] else ""
            return f"{place}{each['problem']}"
    return None


def describe(checked: list[dict], folder: Path) -> list[str]:
    """A line for each instance, for a person."""
    lines = []
    for each in checked:
        if each["instance"] is None:
            continue
        went = "every placement as on the host"
        if not each["equal"]:
            went = f"not compared: {each['skipped']}" if each["skipped"] else each["problem"]
        where = paths.from_root(folder / each["file"])
        lines.append(f"  calls of {each['instance']}: {each['calls']:,}, {went}: {where}")
    return lines
