"""What a kernel replays, and what it must come to: the same as the host, hash for hash.

Sequences come as modules, in their byte form; a swarm's are made by the kernel itself, from a seed.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from cli import errors, paths, plugins, programs
from cli.booting import ktap
from cli.errors import FailedError, UsageError

LIMIT_S = 300
LONGEST_NAME = 60  # of a module, in the kernel
LARGEST_ARENA = 4096  # of a swarm, in frames
ARENAS_IN_MEMORY = 4  # a swarm's arena is at most this part of the machine's memory
FRAMES_PER_MIB = 256
USUAL = 1_000_000  # operations of a swarm
USUAL_OF_PLUGINS = 100_000  # some look through all frames in each call


@dataclass(frozen=True)
class Swarm:
    """Random sequences `seed`, seed + 1, … until they have so many operations in all; None: as many
    as is usual.
    """

    operations: int | None = None
    seed: int = 1

    def of(self, design: str) -> "Swarm":
        """The same with a number."""
        usual = USUAL_OF_PLUGINS if plugins.get(design) else USUAL
        return self if self.operations is not None else Swarm(usual, self.seed)

    def frames(self, memory_mib: int) -> int:
        """The largest arena that such a machine has room for."""
        return min(LARGEST_ARENA, memory_mib * FRAMES_PER_MIB // ARENAS_IN_MEMORY)

    def option(self, memory_mib: int) -> str:
        """As it stands on the kernel's command line."""
        return f"swarm={self.seed},{self.operations},{self.frames(memory_mib)}"


def as_modules(sequences: list[Path], design: str, work: Path) -> dict[str, Path]:
    """Files in the byte form by the names that the kernel shows."""
    modules = {}
    for file in sequences:
        name = re.sub(r"[^\w.-]", "_", file.stem)[:LONGEST_NAME]
        if name in modules:
            raise UsageError(f"{file}: another sequence is called {name} as well")
        modules[name] = to_bytes(file, design, work / f"{name}.opsb")
    return modules


def to_bytes(file: Path, design: str, converted: Path) -> Path:
    """The same sequence in the byte form, which is what the kernel reads; for somebody else's
    allocator in an arena that it takes.
    """
    plugin = plugins.get(design)
    if file.suffix != ".ops" and plugin is None:
        return file
    command = [paths.tool("release", "assay-ops"), "convert", file.resolve(), converted]
    command += ["--design", plugins.for_tool(design, "release")] if plugin else []
    done = programs.capture(command)
    if not done.ok:
        raise UsageError(done.cause())
    return converted


def replay_on_host(name: str, module: Path, design: str) -> dict:
    """What the kernel must come to as well."""
    answer = _ask("assay-ops", "replay", module.resolve(), "--json", design=design)
    return {"name": name, "operations": answer["operations"], "hash": answer["hash"]}


def swarm_on_host(swarm: Swarm, memory_mib: int, design: str) -> dict:
    """What the kernel must come to as well."""
    frames = swarm.frames(memory_mib)
    arguments = ["--seed", swarm.seed, "--frames", frames, "--operations", swarm.operations]
    answer = _ask("assay-swarm", *arguments, design=design)
    return {key: answer[key] for key in ("seed", "frames", "sequences", "operations", "hash")}


def _ask(tool: str, *arguments, design: str) -> dict:
    """The JSON that a tool prints; a finding is an answer like any other."""
    on_trial = plugins.for_tool(design, "release")
    command = [paths.tool("release", tool), *map(str, arguments), "--design", on_trial]
    done = programs.capture(command, seconds=LIMIT_S)
    if done.timed_out or done.returncode not in (errors.OK, errors.FAILED):
        kind = UsageError if done.returncode == errors.USAGE else FailedError
        raise kind(done.cause())
    return json.loads(done.stdout)


def compare(host: dict, log: ktap.Log) -> dict:
    """A sequence on the host beside the same in the kernel."""
    seen = next((trace for trace in log.traces if trace.name == host["name"]), None)
    return {"name": host["name"], **_beside(host, seen)}


def compare_swarm(host: dict, log: ktap.Log) -> dict:
    """The swarm on the host beside the same in the kernel."""
    about = {key: host[key] for key in ("seed", "frames", "sequences")}
    return about | _beside(host, log.swarm)


def _beside(host: dict, seen: ktap.Trace | None) -> dict:
    return {
        "operations": host["operations"],
        "kernel_operations": seen.operations if seen else None,
        "kernel_hash": seen.hash if seen else None,
        "host_hash": host["hash"],
        "equal": bool(seen) and (seen.operations, seen.hash) == (host["operations"], host["hash"]),
    }


def find_difference(what: str, compared: dict) -> str | None:
    """Why the kernel did not do what the host did, or None."""
    if compared["equal"]:
        return None
    if compared["kernel_hash"] is None:
        return f"the kernel says nothing of {what}"
    return (
        f"{what} went differently: in the kernel {compared['kernel_operations']} operations, "
        f"hash {compared['kernel_hash']}; here {compared['operations']}, {compared['host_hash']}"
    )


def as_on_the_host(compared: dict) -> str:
    """What is equal, in words."""
    return (
        f"{compared['operations']:,} operations, hash {compared['kernel_hash']}: every placement "
        "and result as on the host"
    )
