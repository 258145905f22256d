"""Reads the kernel's log: KTAP 1, and the facts that the kernel states in diagnostics.

    KTAP version 1
    1..3
    # design bitmap source 02b5…             belongs to the test that follows, as all diagnostics do
    ok 1 run_lists_add_up
    # free frames: got 31, expected 32
    not ok 2 phase_1_manages_the_window
    # trace pgbench ops=299910 hash=0x1fce…
    # swarm seed=0x… frames=4096 sequences=87 ops=1005292 hash=0x68fe…
    ok 3 traces_pass_the_trial # SKIP no module
"""

import re
from dataclasses import dataclass, field

VERSION = "KTAP version 1"
_PLAN = re.compile(r"1\.\.(\d+)$")
_RESULT = re.compile(r"(not )?ok (\d+) (.*?)(?: # SKIP ?(.*))?$")
_PANIC = re.compile(r"PANIC (.+)$")
_BACKTRACE = re.compile(r"# backtrace((?: 0x[0-9a-f]{8})+)$")
_COMPILER = re.compile(r"compiler (.+)$")
_DESIGN = re.compile(r"design (\S+) source ([0-9a-f]{64})$")
_IMAGE = re.compile(r"image (\d+) bytes")
# Speaks against no test.
_FACT = re.compile(r"(trace|outcomes|stack|ticks|swarm|disk|paging|cost\w*) \S")
_SWARM = re.compile(r"(swarm) .* ops=(\d+) hash=0x([0-9a-f]{16})$")
_SHELL_LEFT = re.compile(r"shell left after \d+ lines?$")
_TRACE = re.compile(r"trace (.+) ops=(\d+) hash=0x([0-9a-f]{16})$")


@dataclass
class Test:
    """One result line, with the diagnostics in front of it."""

    number: int
    name: str
    ok: bool
    skipped: str | None = None
    diagnostics: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Trace:
    """What the kernel says of a sequence that it replayed."""

    name: str
    operations: int
    hash: str


@dataclass
class Log:
    """All that was understood."""

    has_version: bool = False
    plan: int | None = None
    tests: list[Test] = field(default_factory=list)
    panic: str | None = None
    backtrace: list[int] = field(default_factory=list)  # of the panic, the innermost call first
    design: str | None = None
    source_hash: str | None = None
    compiler: str | None = None
    image_bytes: int | None = None
    traces: list[Trace] = field(default_factory=list)
    swarm: Trace | None = None  # all its sequences together
    shell_left: bool = False
    last_line: str = ""

    def failed(self) -> list[Test]:
        return [test for test in self.tests if not test.ok]


def parse(text: str) -> Log:
    """Understands what it can: a log may end anywhere, and firmware may have written in front."""
    log, diagnostics = Log(), []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        log.last_line = line
        if line == VERSION:
            log.has_version = True
        elif found := _PLAN.match(line):
            log.plan = int(found[1])
        elif found := _PANIC.match(line):
            log.panic = found[1]
        elif log.panic and (found := _BACKTRACE.match(line)):
            log.backtrace += [int(address, 16) for address in found[1].split()]
        elif found := _RESULT.match(line):
            ok, number, name, skipped = not found[1], int(found[2]), found[3], found[4]
            log.tests.append(Test(number, name, ok, skipped, diagnostics))
            diagnostics = []
        elif line.startswith("# "):
            diagnostics.append(line[2:])
            _note_fact(log, line[2:])
    return log


def _note_fact(log: Log, line: str) -> None:
    if found := _DESIGN.match(line):
        log.design, log.source_hash = found[1], found[2]
    elif found := _COMPILER.match(line):
        log.compiler = found[1]
    elif found := _IMAGE.match(line):
        log.image_bytes = int(found[1])
    elif found := _TRACE.match(line):
        log.traces.append(Trace(found[1], int(found[2]), found[3]))
    elif _SHELL_LEFT.match(line):
        log.shell_left = True
    elif found := _SWARM.match(line):
        log.swarm = Trace(found[1], int(found[2]), found[3])


def findings(test: Test) -> list[str]:
    """What speaks against a test, of all that it says."""
    return [line for line in test.diagnostics if not _FACT.match(line)]


def find_gap(log: Log) -> str | None:
    """What the log lacks of a complete KTAP document, or None."""
    if not log.has_version:
        return f"the log has no line '{VERSION}'"
    if log.plan is None:
        return "the log has no plan"
    if log.plan == 0:
        return "the plan promises no test"
    numbers = [test.number for test in log.tests]
    if len(numbers) != log.plan:
        return f"the plan promises {log.plan} tests, {len(numbers)} reported"
    if numbers != list(range(1, log.plan + 1)):
        return f"the tests are numbered {numbers}, not 1 to {log.plan}"
    return None
