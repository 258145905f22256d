"""Which lines the corpora reach: `./assay fuzz --coverage`.

Targets are built once more, with clang's counters of source lines instead of sanitizers, and run
every input of their corpora and the committed seeds once. llvm-cov makes pages of what they count.
"""

import json
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from cli import build, designs, errors, machine, paths, programs, progress, runs, table
from cli.errors import FailedError, UsageError
from cli.fuzzing import campaign, seeds
from cli.fuzzing.output import read_output

PRESET = "coverage"
PROFDATA, COV, DEMANGLE = (f"{tool}-19" for tool in ("llvm-profdata", "llvm-cov", "llvm-cxxfilt"))
ROOMS = ("impls", "oracle")
NOT_SHOWN = r"_test\.cc$|/test_[a-z_]+\.h$|/oracle/zoo/"  # tests, and who is wrong on purpose
MAX_DEATHS = 20  # of one target; each costs another run of its whole corpus
LIMIT_S = 3600


@dataclass
class Replay:
    """What a target ran: inputs of its corpus, seeds, and those that killed it."""

    target: str
    inputs: int = 0
    seeds: int = 0
    skipped: list[dict] = field(default_factory=list)

    def describe(self) -> str:
        """One line; what is missing from the corpus is said."""
        if self.inputs + self.seeds == 0:
            return f"{self.target}: no corpus yet and no seeds; it was not run"
        corpus = f"{self.inputs:,} inputs" if self.inputs else "no corpus yet"
        return f"{self.target}: {corpus}, {self.seeds} seeds"


def run(args) -> int:
    """The verb `fuzz` with --coverage."""
    check_alone(args)
    known = campaign.names()
    for name in args.targets:
        designs.check(name, known)
    names = list(dict.fromkeys(args.targets)) or known
    build.build(PRESET, [f"fuzz-{name}" for name in names])
    build.build("fuzz", ["assay-ops"])
    folder = runs.RunFolder.create("coverage", command=args.command)
    try:
        result = measure(folder.path, names)
    except BaseException:
        shutil.rmtree(folder.path)  # half of it would look like a result
        raise
    folder.write_json("coverage.json", result)
    code = errors.FAILED if any(each["skipped"] for each in result["targets"]) else errors.OK
    folder.finish(exit_code=code)
    page = folder.path / "html" / "index.html"
    print(json.dumps(result, indent=1) if args.json else summarize(result, page))
    return code


def check_alone(args) -> None:
    """It runs what is there, once: no time, no seed, no limit."""
    for flag, value, unset in (
        ("--for", args.seconds, 60),
        ("--jobs", args.jobs, machine.usable_cores()),
        ("--seed", args.seed, None),
        ("--engine", args.engine, campaign.LIBFUZZER),
        ("--disk", args.disk, campaign.DISK_LIMIT),
        ("--resume", args.resume, False),
    ):
        if value != unset:
            raise UsageError(f"--coverage runs the corpora as they are; leave out {flag}")


def measure(folder: Path, names: list[str]) -> dict:
    """Runs the corpora and writes the pages to `folder`/html. Returns: coverage.json."""
    work = folder / "work"
    work.mkdir()
    try:
        with progress.bar("running the corpora"):
            with ThreadPoolExecutor(machine.usable_cores()) as pool:
                replays = list(pool.map(lambda name: replay_corpus(name, work), names))
        ran = [each for each in replays if each.inputs + each.seeds]
        if not ran:
            raise UsageError(f"{', '.join(names)}: no corpus yet; `./assay fuzz` makes one")
        with progress.bar("writing the pages"):
            files = write_pages(folder / "html", work, [each.target for each in ran])
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return {
        "schema": "assay-coverage",
        "targets": [vars(each) for each in replays],
        "files": files,
    }


def replay_corpus(name: str, work: Path) -> Replay:
    """Runs each input once, without those that kill the process: they leave no counters."""
    replay = Replay(name)
    inputs = gather(name, work / name, replay)
    if not replay.inputs + replay.seeds:
        return replay
    for _ in range(MAX_DEATHS + 1):
        done, killer = run_inputs(name, inputs, work)
        if killer is None:
            return replay
        same = [file for file in inputs.iterdir() if file.read_bytes() == killer.read_bytes()]
        if not same:  # what kills it comes from no file: the empty input, or the target itself
            raise FailedError(f"fuzz-{name} dies without an input: {done.cause()}")
        verdict = read_output(done.stderr, name).verdict.text
        replay.skipped.append({"input": origin_of(same[0], name), "verdict": verdict})
        for file in same:
            file.unlink()
    raise FailedError(f"{name}: more than {MAX_DEATHS} inputs kill it; `./assay fuzz {name}` first")


def gather(name: str, folder: Path, replay: Replay) -> Path:
    """Links to the corpus and the seeds in one folder, from which some can be dropped."""
    folder.mkdir()
    corpus = paths.RUNS / "corpus" / name
    for file in sorted(corpus.iterdir()) if corpus.is_dir() else []:
        (folder / file.name).symlink_to(file)
        replay.inputs += 1
    if name != campaign.PAGING:
        form = name if name in seeds.PARSERS else "bytes"
        own = seeds.seeds_of(form, folder.with_name(f"{folder.name}-seeds"))
        for file in sorted(own.iterdir()):
            (folder / f"seed-{file.name}").symlink_to(file)
            replay.seeds += 1
    return folder


def run_inputs(name: str, inputs: Path, work: Path) -> tuple[programs.Finished, Path | None]:
    """One process. The file is a copy of the input that killed it, if one did."""
    command = [paths.tool(PRESET, f"fuzz-{name}"), "-runs=0", "-timeout=10", "-rss_limit_mb=2048"]
    command += [f"-artifact_prefix={work}/{name}-", inputs]
    environment = {**os.environ, "LLVM_PROFILE_FILE": str(work / f"{name}.profraw")}
    done = programs.capture(command, seconds=LIMIT_S, environment=environment)
    killer = read_output(done.stderr, name).artifact
    if killer is None and not done.ok:
        raise FailedError(f"fuzz-{name}: {done.cause()}")
    return done, killer


def origin_of(link: Path, name: str) -> str:
    """Where an input is kept, for whoever wants to look at it."""
    target = Path(os.readlink(link))
    return paths.from_root(target) if target.parent.name == name else link.name


def write_pages(html: Path, work: Path, names: list[str]) -> list[dict]:
    """llvm-cov's pages, and what it counts of each file."""
    profile = work / "all.profdata"
    raw = [work / f"{name}.profraw" for name in names]
    call([PROFDATA, "merge", "-sparse", *raw, "-o", profile])
    first, *others = (paths.tool(PRESET, f"fuzz-{name}") for name in names)
    what = [first, *(f"-object={each}" for each in others), f"-instr-profile={profile}"]
    what += [f"-ignore-filename-regex={NOT_SHOWN}"]
    what += ["-sources", *(paths.ROOT / room for room in ROOMS)]
    shown = ["-format=html", f"-output-dir={html}", "-project-title=Assay"]
    shown += ["-show-instantiations=false", f"-Xdemangler={DEMANGLE}"]
    call([COV, "show", *shown, *what])
    return read_lcov(call([COV, "export", "-format=lcov", *what]))


def call(command: list) -> str:
    """What a tool of LLVM prints."""
    done = programs.capture(command, seconds=LIMIT_S)
    if not done.ok:
        raise FailedError(f"{command[0]} {command[1]}: {done.cause()}")
    return done.stdout


def read_lcov(text: str) -> list[dict]:
    """Per source file: lines and branches, how many were reached, and which lines were not."""
    files = []
    for record in text.split("end_of_record\n")[:-1]:
        name = re.search(r"^SF:(.+)$", record, re.MULTILINE)[1]
        totals = dict(re.findall(r"^(LF|LH|BRF|BRH):(\d+)$", record, re.MULTILINE))
        lines, reached, branches, taken = (int(totals[key]) for key in ("LF", "LH", "BRF", "BRH"))
        missed = re.findall(r"^DA:(\d+),0$", record, re.MULTILINE)
        entry = {"file": paths.from_root(name), "lines": lines, "lines_reached": reached}
        entry |= {"branches": branches, "branches_taken": taken}
        if lines:
            files.append(entry | {"never_reached": [int(number) for number in missed]})
    return sorted(files, key=lambda each: each["file"])


def summarize(result: dict, page: Path) -> str:
    """What ran, what each design's files had of it, and what was left out."""
    replays = [Replay(**each) for each in result["targets"]]
    lines = [each.describe() for each in replays]
    for each in replays:
        for skip in each.skipped:
            lines.append(f"{each.target}: left out {skip['input']}: {skip['verdict']}")
    files = [each for each in result["files"] if each["file"].startswith("impls/")]
    files.sort(key=lambda each: (design_of(each["file"]), each["file"]))
    rows = [["file", "lines", "reached %", "branches", "taken %"]]
    for each in files:
        reached = share(each["lines_reached"], each["lines"])
        taken = share(each["branches_taken"], each["branches"])
        rows.append([each["file"], f"{each['lines']:,}", reached, f"{each['branches']:,}", taken])
    lines += ["", table.render(rows), "", "never reached:"]
    for design, parts in groupby(files, key=lambda each: design_of(each["file"])):
        missed = [describe_missed(each) for each in parts if each["never_reached"]]
        lines.append(f"  {design}: {'; '.join(missed) or 'nothing'}")
    return "\n".join([*lines, "", f"every line: {paths.from_root(page)}"])


def describe_missed(file: dict) -> str:
    """Which lines of a file no input reached."""
    numbers = ranges(file["never_reached"]) if file["lines_reached"] else "as a whole"
    return f"{Path(file['file']).name} {numbers}"


def design_of(file: str) -> str:
    """The folder of a design or of what several share; files beside them are the interface."""
    parts = file.split("/")
    return parts[1] if len(parts) > 2 else "interface"


def share(part: int, whole: int) -> str:
    """In percent; a file without branches has none to take."""
    return f"{100 * part / whole:.1f}" if whole else "–"


def ranges(numbers: list[int]) -> str:
    """Line numbers, those in a row as one range: '3-5, 9'."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in found)
