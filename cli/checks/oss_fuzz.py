"""What OSS-Fuzz and ClusterFuzzLite do with .clusterfuzzlite/, without their containers.

build.sh runs under the flags of their base image (base-builder, Ubuntu 24.04), and each target it
makes goes through their check for bad builds (base-runner, bad_build_check) with its limits.
"""

import configparser
import json
import os
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from cli import paths, programs, progress
from cli.checks.check import FAILED, Check, from_problems
from cli.fuzzing import campaign

ARCHITECTURE = "x86_64"
REPEAT = "./assay test fuzz --full"
BUILD_S, RUN_S = 3600, 300
SEEDS_LIMIT = 1 << 20

_OF_ALL = (
    "-O1 -fno-omit-frame-pointer -gline-tables-only -Wno-error=incompatible-function-pointer-types "
    "-Wno-error=int-conversion -Wno-error=deprecated-declarations "
    "-Wno-error=implicit-function-declaration -Wno-error=implicit-int "
    "-Wno-error=unknown-warning-option -Wno-error=vla-cxx-extension "
    "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
)
_FATAL = (
    "array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return,"
    "returns-nonnull-attribute,shift,signed-integer-overflow,unreachable,vla-bound,vptr"
)
SANITIZERS = {
    "address": "-fsanitize=address -fsanitize-address-use-after-scope",
    "undefined": f"-fsanitize={_FATAL},unsigned-integer-overflow -fno-sanitize-recover={_FATAL}",
}
# Calls of each runtime in a binary, at least and at most, by the sanitizer it is built for.
MANY = 10**9
CALLS = {
    "address": {"asan": (1000, MANY), "dfsan": (0, 0), "msan": (0, 3), "ubsan": (0, 200)},
    "undefined": {"asan": (0, 0), "dfsan": (0, 0), "msan": (0, 3), "ubsan": (168, MANY)},
}
MIN_EDGES = 100
FEW_RUNS = 4
REPETITIONS = 100
RUNS = "executions"
# The libFuzzer of the image needs no C++ library; Debian's needs libstdc++, which libc++ is not.
ENGINE = "-fsanitize=fuzzer -l:libstdc++.so.6"
# What every image has, the libraries of libc6 and libgcc-s1; and what Debian's libFuzzer adds.
SYSTEM = re.compile(r"(lib(c|m|dl|rt|pthread|resolv|gcc_s|stdc\+\+)|ld-linux-x86-64)\.so\.\d+")

_EDGES = re.compile(r"INFO: Loaded \d+ module.*\(.*(?:counters|guards)\):\s+(\d+)")
_CALL = re.compile(r"\bcallq?\s+[0-9a-f]+\s+<__(asan|dfsan|msan|ubsan)")
_NEEDED = re.compile(r"^\s+NEEDED\s+(\S+)$", re.MULTILINE)


def check_sanitizer(sanitizer: str):
    """Builds all targets in a folder of their own and yields a check of each."""
    name = f"OSS-Fuzz, {sanitizer}: build.sh"
    out = build(sanitizer)
    if isinstance(out, str):
        yield Check(name, FAILED, out, REPEAT)
        return
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        moved = Path(folder) / "not-out"  # a path that the build wrote down is of no use there
        shutil.copytree(out, moved)
        wanted = {f"fuzz-{each}" for each in campaign.names()}
        yield from_problems(name, problems_of_output(moved, wanted), len(wanted))
        for target in sorted(wanted & {file.name for file in moved.iterdir()}):
            problems = problems_of_target(moved, target, sanitizer)
            yield from_problems(f"OSS-Fuzz, {sanitizer}: {target}", problems, 1)


def build(sanitizer: str) -> Path | str:
    """Runs build.sh. Returns $OUT, or why there is none."""
    root = paths.build_dir(f"oss-fuzz-{sanitizer}")
    for part in ("src", "work"):
        (root / part).mkdir(parents=True, exist_ok=True)
    shutil.rmtree(root / "out", ignore_errors=True)
    (root / "out").mkdir()
    sources = root / "src" / "assay"
    sources.unlink(missing_ok=True)
    sources.symlink_to(paths.ROOT)
    command = ["bash", "-eux", sources / ".clusterfuzzlite" / "build.sh"]
    with progress.bar(f"building for OSS-Fuzz, {sanitizer}"):
        environment = environment_of(sanitizer, root)
        done = programs.capture(command, seconds=BUILD_S, environment=environment)
    if done.ok:
        return root / "out"
    (root / "build.log").write_text(done.stdout + done.stderr)
    said = [line for line in done.stdout.splitlines() if "error" in line]
    log = paths.from_root(root / "build.log")
    return "\n".join([done.cause(), *said[:5], f"all of it: {log}"])


def environment_of(sanitizer: str, root: Path) -> dict[str, str]:
    """As in the base image, whose libc++ is a static library only: hence LDFLAGS."""
    flags = f"{_OF_ALL} {SANITIZERS[sanitizer]} -fsanitize=fuzzer-no-link"
    own = {name: str(root / name.lower()) for name in ("SRC", "OUT", "WORK")}
    return {
        **os.environ,
        **own,
        "CC": "clang-19",
        "CXX": "clang++-19",
        "CFLAGS": flags,
        "CXXFLAGS": f"{flags} -stdlib=libc++",
        "LDFLAGS": "-static-libstdc++",
        "LIB_FUZZING_ENGINE": ENGINE,
        "FUZZING_ENGINE": "libfuzzer",
        "SANITIZER": sanitizer,
        "ARCHITECTURE": ARCHITECTURE,
        "UBSAN_OPTIONS": "silence_unsigned_overflow=1",
    }


def problems_of_output(out: Path, wanted: set[str]) -> list[str]:
    """Every target must be there, and no other; each with its options; seeds must be small."""
    found = {file.name for file in out.iterdir() if file.is_file() and os.access(file, os.X_OK)}
    problems = [f"{name} was not built" for name in sorted(wanted - found)]
    problems += [f"{name} is no target of `./assay fuzz`" for name in sorted(found - wanted)]
    problems += [f"{name}: no name for a target" for name in found if re.search(r"[^\w-]", name)]
    for name in sorted(wanted & found):
        if not (out / f"{name}.options").exists():
            problems.append(f"{name} has no .options")
        if name != f"fuzz-{campaign.PAGING}" and not (out / f"{name}_seed_corpus.zip").exists():
            problems.append(f"{name} has no seed corpus")
    size = sum(file.stat().st_size for file in out.glob("*_seed_corpus.zip"))
    if size > SEEDS_LIMIT:
        problems.append(f"the seed corpora take {size:,} bytes, more than {SEEDS_LIMIT:,}")
    return problems


def problems_of_target(out: Path, target: str, sanitizer: str) -> list[str]:
    """What the check for bad builds would say."""
    binary = out / target
    disassembly = programs.capture(["objdump", "-dC", binary], seconds=RUN_S).stdout
    headers = programs.capture(["objdump", "-p", binary], seconds=RUN_S).stdout
    problems = problems_of_calls(disassembly, CALLS[sanitizer]) + problems_of_libraries(headers)
    flags = flags_of(out, target)
    few = run(binary, ["-seed=1337", f"-runs={FEW_RUNS}", *flags])
    problems += problems_of_start(few)
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        seeds = unpack_seeds(out / f"{target}_seed_corpus.zip", Path(folder) / "seeds")
        corpus = run(binary, ["-runs=0", *flags, seeds])
        if not corpus.ok:
            problems.append(f"its seed corpus: {corpus.cause()}")
        return problems + problems_of_repeating(binary, sorted(seeds.iterdir()), Path(folder))


def problems_of_calls(disassembly: str, limits: dict) -> list[str]:
    """Whether this sanitizer was compiled in, and no other."""
    counted = dict.fromkeys(limits, 0)
    for runtime in _CALL.findall(disassembly):
        counted[runtime] += 1
    problems = []
    for name, (least, most) in limits.items():
        if counted[name] < least:
            problems.append(f"{counted[name]:,} calls of {name}, fewer than {least:,}")
        elif counted[name] > most:
            problems.append(f"{counted[name]:,} calls of {name}, more than {most:,}")
    return problems


def problems_of_libraries(headers: str) -> list[str]:
    """The image that runs targets has the system's libraries only."""
    needed = _NEEDED.findall(headers)
    if not needed:
        return ["objdump does not say which libraries it needs"]
    foreign = [name for name in needed if not SYSTEM.fullmatch(name)]
    return [f"it needs {name}, which an image need not have" for name in foreign]


def problems_of_start(done: programs.Finished) -> list[str]:
    """It must start, be traced, and come to its end."""
    edges = _EDGES.search(done.stderr)
    problems = []
    if not edges or int(edges[1]) < MIN_EDGES:
        problems.append(f"{edges[1] if edges else 'no'} edges are traced, fewer than {MIN_EDGES}")
    if "ERROR: no interesting inputs were found" in done.stderr:
        problems.append("no input covers anything")
    if not done.ok or f"Done {FEW_RUNS} runs" not in done.stderr:
        problems.append(f"it does not come to the end of {FEW_RUNS} runs: {done.cause()}")
    return problems


def problems_of_repeating(binary: Path, seeds: list[Path], folder: Path) -> list[str]:
    """One input again and again in one process: each time the same must come of it."""
    empty = folder / "empty"
    empty.touch()
    seed = seeds[0] if seeds else empty
    once, often = (count(binary, seed, times, folder) for times in (1, REPETITIONS))
    if isinstance(once, str) or isinstance(often, str):
        return [each for each in (once, often) if isinstance(each, str)]
    wrong = [name for name in once if often[name] * once[RUNS] != once[name] * often[RUNS]]
    if wrong:
        return [f"{REPETITIONS} times {seed.name} are not what one is: {', '.join(wrong)}"]
    return []


def count(binary: Path, seed: Path, times: int, folder: Path) -> dict | str:
    """What came of so many repetitions, or why nobody knows. libFuzzer adds some of its own, so
    that executions are counted, too; parsers count nothing.
    """
    statistics = folder / f"{times}.json"
    done = run(binary, [f"-runs={times}", seed], {"ASSAY_STATS": str(statistics)})
    if not done.ok or f"Executed {seed} in" not in done.stderr:
        return f"{times} times {seed.name}: {done.cause()}"
    counted = json.loads(statistics.read_text()) if statistics.exists() else {"outcomes": {}}
    return {RUNS: counted.get(RUNS, times), **counted["outcomes"]}


def flags_of(out: Path, target: str) -> list[str]:
    """From the files beside it, as the image's run_fuzzer reads them."""
    options = configparser.ConfigParser()
    options.read(out / f"{target}.options")
    flags = [f"-{name}={value}" for name, value in options.items("libfuzzer")]
    dictionary = out / f"{target}.dict"
    return [*flags, f"-dict={dictionary}"] if dictionary.exists() else flags


def unpack_seeds(archive: Path, folder: Path) -> Path:
    """The seed corpus in `folder`, which is made; empty, if there is none."""
    folder.mkdir()
    if archive.exists():
        with zipfile.ZipFile(archive) as content:
            content.extractall(folder)
    return folder


def run(binary: Path, arguments: list, variables: dict | None = None) -> programs.Finished:
    """The target where it cannot see how it was built, in its own folder."""
    environment = {**os.environ, "UBSAN_OPTIONS": "silence_unsigned_overflow=1"} | (variables or {})
    command = [binary, f"-artifact_prefix={binary.parent}/", *arguments]
    return programs.capture(command, seconds=RUN_S, environment=environment, cwd=binary.parent)
