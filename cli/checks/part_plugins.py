"""The part `plugins`: other people's allocators are judged fairly, whatever they do.

The examples with bugs left in are caught by these bugs and by nothing else, the sound ones stay
silent. The test plug-ins (impls/plugin/tests) show what a plug-in may rely on, and that one that
cannot be run is told so in one line.
"""

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from cli import build, errors, machine, paths, plugins, programs
from cli.checks.check import FAILED, PASSED, Check
from cli.errors import FailedError
from cli.fuzzing.output import read_output

NEEDS = ("build", "fuzz")
PLUGIN = paths.ROOT / "impls" / "plugin"
LIMIT_S = 300
SILENT_CALLS = {"fast": 500_000, "default": 3_000_000, "full": 300_000_000}
FRAMES = 256
FUZZ_RUNS = 3_000

# What must be found, as clause and outcome, with at most so many operations.
EXAMPLES = {
    "byte_bitmap": set(),
    "os161_like": {"C3-allocate-lock_held", "C5-free-released"},
    "xv6_like": set(),
    "zone_buddy": {"C2-allocate-missed"},
}
MOST_OPERATIONS = 10

# What is said of those that cannot be put on trial.
REFUSED = {
    "dies_in_init": "died of signal SIGSEGV",
    "hangs_in_init": "did not return within 2 seconds of CPU time",
    "heap_user": "C8: init: panicked: malloc",
    "no_largest_run": ".contract.largest_run is missing",
    "two_frees": ".free and .free_sized contradict each other",
}

# What is found, and what a verdict must say where the adapter may be at fault.
AT_FAULT = {
    "still_count": "is as it was at init",
    "wrong_frame": "assay_frame",
}


def run(scope: str):
    build.build("release", ["assay-ops", "assay-explore", "assay-swarm"])
    build.build("fuzz", ["assay-ops", "fuzz-plugin"])
    jobs = [
        *((f"example {name}", judge_example, name, EXAMPLES[name], scope) for name in EXAMPLES),
        *((f"{name} is refused", judge_refusal, name, REFUSED[name]) for name in REFUSED),
        *((f"{name} is told so", judge_hint, name, AT_FAULT[name]) for name in AT_FAULT),
        *OTHERS.items(),
    ]
    with ThreadPoolExecutor(machine.usable_cores()) as pool:
        yield from pool.map(lambda job: guarded(*job), jobs)


def guarded(title: str, judge, *arguments) -> Check:
    """A check with a folder of its own, which also fails if something cannot be built."""
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        try:
            problem = judge(*arguments, Path(folder))
        except FailedError as error:
            problem = str(error)
    return Check(title, FAILED if problem else PASSED, problem or "", "./assay test plugins")


def find(kind: str, name: str, *flavours: str, undefined: bool = False) -> plugins.Plugin:
    """One of ours, compiled."""
    plugin = plugins.find(str(PLUGIN / kind / name))
    plugin = replace(plugin, undefined=undefined)
    for flavour in flavours:
        plugins.build(plugin, flavour)
    return plugin


def judge_example(name: str, expected: set[str], scope: str, work: Path) -> str | None:
    """Explorer and swarm find what was left in, each in few operations, and nothing else."""
    plugin = find("examples", name, plugins.FAST)
    found = dict([*explore(plugin), *swarm(plugin, scope, work)])
    if set(found) != expected:
        return f"found {sorted(found) or 'nothing'}, expected {sorted(expected) or 'nothing'}"
    long = {key: count for key, count in found.items() if count > MOST_OPERATIONS}
    return f"more than {MOST_OPERATIONS} operations: {long}" if long else None


def explore(plugin: plugins.Plugin) -> list[tuple[str, int]]:
    """What exploration finds, with the number of operations; and that it comes to its end."""
    tool = paths.tool("release", "assay-explore")
    command = [tool, plugin.object_file(plugins.FAST), "--json", "--from", 1, "--frames", 5]
    done = programs.capture([*command, "--hole-frames", 4, "--zero-frames", 3], seconds=LIMIT_S)
    if done.returncode not in (errors.OK, errors.FAILED):
        raise FailedError(f"assay-explore: {done.cause()}")
    explored = json.loads(done.stdout)["explorations"]
    found = [each["finding"] for each in explored if each["finding"]]
    if not found and not (len(explored) > 5 and all(each["closed"] for each in explored)):
        raise FailedError("its states were not explored to the end")
    return [(short_key(plugin, each["key"]), each["operations"]) for each in found]


def swarm(plugin: plugins.Plugin, scope: str, work: Path) -> list[tuple[str, int]]:
    """What random sequences find: each bug is masked once it is known."""
    known: dict[str, int] = {}
    found = []
    for seed in range(1, 10):
        (work / "known.json").write_text(json.dumps(known))
        output, shortest = work / "found.ops", work / "shortest.ops"
        so = plugin.object_file(plugins.FAST)
        command = [paths.tool("release", "assay-swarm"), "--design", so, "--frames", FRAMES]
        command += ["--calls", SILENT_CALLS[scope], "--seed", seed * 1_000_000, "-o", output]
        environment = {"ASSAY_KNOWN": str(work / "known.json"), "ASSAY_MASKED": str(work)}
        done = programs.capture(command, seconds=LIMIT_S, environment=environment)
        if done.returncode == errors.OK:
            return found
        if done.returncode != errors.FAILED:
            raise FailedError(f"assay-swarm: {done.cause()}")
        known[json.loads(done.stdout)["finding"]["key"]] = 1
        command = [paths.tool("release", "assay-ops"), "shrink", output, "--design", so]
        shrunk = programs.capture([*command, "-o", shortest], seconds=LIMIT_S)
        if not shrunk.ok:
            raise FailedError(f"assay-ops shrink: {shrunk.cause()}")
        key = short_key(plugin, shrunk.stdout.strip().splitlines()[-2])
        if "-end-" not in key:  # the end looks at what calls show as well
            found.append((key, count_operations(shortest)))
    raise FailedError(f"there is no end of findings: {known}")


def short_key(plugin: plugins.Plugin, key: str) -> str:
    """Clause, call and outcome."""
    return key.removeprefix(f"{plugin.name}-")


def count_operations(file: Path) -> int:
    """Operations of a sequence."""
    done = programs.capture(
        [paths.tool("release", "assay-ops"), "replay", file, "--design", "bitmap", "--json"]
    )
    return json.loads(done.stdout)["operations"]


def judge_refusal(name: str, words: str, _work: Path) -> str | None:
    """What the tool says of an adapter that cannot be run."""
    plugin = find("tests", name, plugins.FAST)
    command = [paths.tool("release", "assay-ops"), "check", plugin.object_file(plugins.FAST)]
    done = programs.capture(command, seconds=LIMIT_S)
    said = done.stdout.strip() or done.stderr.strip()
    if done.ok or words not in said or "\n" in said:
        return f"expected one line with '{words}', got: {said or 'no complaint'}"
    return None


def judge_hint(name: str, words: str, work: Path, **options) -> str | None:
    """A finding that says that the adapter may be at fault, or what it was."""
    plugin = find("tests", name, plugins.FAST, **options)
    command = [paths.tool("release", "assay-swarm"), "--calls", 1000, "-o", work / "found.ops"]
    done = programs.capture([*command, "--design", plugin.object_file(plugins.FAST)])
    finding = json.loads(done.stdout)["finding"] if done.returncode == errors.FAILED else None
    if finding is None or words not in finding["verdict"]:
        return f"expected a finding with '{words}', got: {finding}"
    return None


def judge_local_statics(work: Path) -> str | None:
    """Sequences do not know of each other."""
    return judge_silence("local_statics", work)


def judge_short_addresses(work: Path) -> str | None:
    """Its memory is low, in the build for speed and under AddressSanitizer."""
    verdict = fuzz("short_addresses", work).verdict
    return verdict.text if verdict else judge_silence("short_addresses", work)


def judge_undefined(work: Path) -> str | None:
    """Undefined behaviour is looked for where that is asked for."""
    words = "undefined behaviour: a shift by too many bits, or of a bit into the sign (adapter.c:"
    asked = judge_hint("signed_shift", words, work, undefined=True)
    return asked or judge_silence("signed_shift", work)


def judge_silence(name: str, work: Path) -> str | None:
    """Nothing is found."""
    plugin = find("tests", name, plugins.FAST)
    command = [paths.tool("release", "assay-swarm"), "--calls", 100_000, "-o", work / "found.ops"]
    done = programs.capture([*command, "--design", plugin.object_file(plugins.FAST)])
    return None if done.ok else done.stdout or done.cause()


def fuzz(name: str, work: Path):
    """What libFuzzer says of a plug-in."""
    plugin = find("tests", name, plugins.FAST, plugins.WATCHED)
    command = [paths.tool("fuzz", "fuzz-plugin"), f"-runs={FUZZ_RUNS}", "-seed=1"]
    command += ["-len_control=0", "-max_len=1024", f"-artifact_prefix={work}/"]
    environment = {
        "ASSAY_PLUGIN": str(plugin.object_file(plugins.WATCHED)),
        "ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
        "PATH": "/usr/bin:/bin",
    }
    done = programs.capture(command, seconds=LIMIT_S, environment=environment)
    return read_output(done.stderr, name)


def judge_redzone(work: Path) -> str | None:
    """AddressSanitizer watches globals although their bytes were put back."""
    verdict = fuzz("redzone", work).verdict
    expected = "redzone-global-buffer-overflow-allocate"
    return None if verdict and verdict.key == expected else f"expected {expected}, got {verdict}"


def judge_panic_path(work: Path) -> str | None:
    """The panics are promised, so nothing is found; and what they covered is not forgotten."""
    output = fuzz("panic_path", work)
    if output.verdict:
        return f"found {output.verdict.text}"
    covered = PANIC_PATH_EDGES
    return None if output.coverage_edges >= covered else f"only {output.coverage_edges} edges"


PANIC_PATH_EDGES = 11
OTHERS = {
    "statics of functions are put back": judge_local_statics,
    "addresses of 32 bits": judge_short_addresses,
    "undefined behaviour": judge_undefined,
    "a write into the redzone of a global is seen": judge_redzone,
    "a promised panic leaves no trace but its coverage": judge_panic_path,
}
