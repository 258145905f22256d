"""Keeps findings, over all runs: runs/findings/<key>/ holds what is known of one bug.

    shortest.ops    readable, and the one to replay; empty if the input is no sequence
    shortest.opsb   of the paging side: its shortest input
    original.opsb   the bytes as they were found
    verdict.txt     what was wrong
    stderr.txt      what the target said, with the stack of a memory error
    finding.json    design, clause, how often it was hit, whether it is open
    more/           later inputs with this key that do not shrink to the same operations

A bug that is open is known to every later run, which goes on behind it.
"""

import contextlib
import json
import shutil
import tempfile
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cli import files, paths, plugins, programs
from cli.errors import FailedError
from cli.fuzzing.output import Output, Verdict
from cli.fuzzing.target import binary_of

SHRINK_S = 60
HEADER_WORDS = {"assay-ops", "base", "frames", "hole", "ram"}
SCHEMA = "assay-finding"
OPEN, FIXED = "open", "fixed"
UNSHRUNK = "not shrunk yet"
PAGING = "paging"  # the target whose inputs are no sequences, but operations of its own
SHORTEST_INPUT = "shortest.opsb"


@dataclass(frozen=True)
class Shortest:
    """An input made as short as it gets, as text, and what it breaks."""

    ops: str
    operations: int
    verdict: str
    problem: str | None = None  # why it is as long as it was found
    paging: bytes = b""  # the input, of the paging side
    steps: str = ""  # what is in it, to be read


def folder_of(key: str) -> Path:
    """Where a finding is kept."""
    return paths.RUNS / "findings" / key


def read_finding(folder: Path) -> dict:
    """finding.json. One that cannot be used ends the verb."""
    path = folder / "finding.json"
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise FailedError(
            f"{paths.from_root(path)}: no JSON: {error}; remove the folder, and the finding will "
            "be made anew"
        ) from None


def load_all() -> dict[str, dict]:
    """finding.json of every finding, by key."""
    folders = [file.parent for file in (paths.RUNS / "findings").glob("[!.]*/finding.json")]
    return {folder.name: read_finding(folder) for folder in sorted(folders)}


class Findings:
    """What one run hits: new findings, and known ones again. Several workers report here.

    Shrinking goes on beside the fuzzing; `finish` waits for it.
    """

    def __init__(self, work: Path | None = None, *, remember: bool = True):
        """With `work`, a folder of the run, what is known is masked, from earlier runs as well
        unless those are not to be remembered.
        """
        self.kept: dict[str, dict] = {}  # by key, as results have them
        self._work = work
        self._known: dict[str, int] = {}  # how often each was hit, in all runs
        self._lock = threading.RLock()
        self._shrinking = ThreadPoolExecutor(1)
        self._shrinks: list[Future] = []
        if work:
            (work / "masked").mkdir(exist_ok=True)
            stored = load_all() if remember else {}
            self._known = {k: f["hits"] for k, f in stored.items() if f["status"] == OPEN}
            for key in self._known:
                self._shrink_stored(key)

    def snapshot(self) -> dict[str, dict]:
        """What this run has hit so far."""
        with self._lock:
            return {key: dict(record) for key, record in self.kept.items()}

    def resume(self, kept: dict[str, dict]) -> None:
        """Goes on from a snapshot."""
        self.kept = kept
        for key, record in kept.items():
            folder = folder_of(key)
            if not (folder / "finding.json").exists():
                continue  # somebody removed it
            self.kept[key] |= describe_folder(folder)

    def environment(self) -> dict[str, str]:
        """What a process must be told so that it goes on behind known bugs."""
        if not self._work:
            return {}
        with self._lock:
            known = self._work / "known.json"
            files.write_text(known, json.dumps(self._known, indent=1) + "\n")
        return {"ASSAY_KNOWN": str(known), "ASSAY_MASKED": str(self._work / "masked")}

    def keep(self, design: str, output: Output, stderr: str) -> str:
        """Keeps the first finding of each key, counts the others; returns the key."""
        verdict = output.verdict
        key = verdict.key
        with self._lock:
            is_new = key not in self._known
            self._known[key] = self._known.get(key, 0) + 1
            if key in self.kept:
                self.kept[key]["times"] += 1
                return key
            self.kept[key] = {"key": key, "design": design, "times": 1}
            if not is_new and (folder_of(key) / "shortest.ops").exists():
                self.kept[key] |= describe_folder(folder_of(key))
                return key
        whole = as_text(design, output)
        folder = write_folder(design, whole, output, stderr)
        self.kept[key] |= describe(design, output, whole)
        # The target removes its artifact when it is done with it, which may be before our turn.
        self._shrink_later(design, replace(output, artifact=folder / "original.opsb"))
        return key

    def note_masked(self, hits: dict[str, int]) -> None:
        """Known bugs that a process hit and went on."""
        with self._lock:
            for key, count in hits.items():
                self._known[key] = self._known.get(key, 0) + count
                if key not in self.kept:
                    try:
                        record = describe_folder(folder_of(key))
                    except FileNotFoundError:  # somebody removed it: let it be found anew
                        del self._known[key]
                        continue
                    self.kept[key] = {"key": key, "times": 0, **record}
                self.kept[key]["times"] += count

    def finish(self, seconds: float | None = None) -> None:
        """Shrinks what was found, looks at the inputs that were kept of masked bugs, and writes
        down how often each bug was hit.

        That takes as long as it must, or about so many seconds, or until Ctrl-C. What is not shrunk
        by then stays as it was found, and a later run goes on with it.
        """
        if self._work:
            for file in sorted((self._work / "masked").glob("*@*.opsb")):
                self._shrinks.append(self._shrinking.submit(look_behind, file))
        with contextlib.suppress(KeyboardInterrupt):
            wait(self._shrinks, timeout=seconds)
        self._shrinking.shutdown(wait=True, cancel_futures=True)
        for done in self._shrinks:
            if not done.cancelled():
                done.result()
        for file in (self._work / "masked").glob("*@*.opsb") if self._work else ():
            keep_behind(file, file.read_bytes(), "opsb")
        for key in self.kept:
            update(folder_of(key), hits=self._known.get(key, 0))

    def _shrink_stored(self, key: str) -> None:
        """A finding that an earlier run had no time to shrink."""
        folder = folder_of(key)
        stored = read_finding(folder)
        if not stored.get("shrunk", True):  # older ones do not say so: they always were
            verdict = Verdict(key, stored["clause"], read_verdict_file(folder)[0])
            output = Output(0, 0, 0, artifact=folder / "original.opsb", verdict=verdict)
            self._shrink_later(stored["design"], output)

    def _shrink_later(self, *finding) -> None:
        self._shrinks.append(self._shrinking.submit(self._shrink, *finding))

    def _shrink(self, design: str, output: Output) -> None:
        if not output.artifact.exists():
            return  # somebody removed the finding
        shortest = shrink(design, output.artifact)
        folder = folder_of(output.verdict.key)
        if not folder.is_dir():
            return  # somebody removed the finding
        if not (shortest.ops or shortest.paging):
            return update(folder, shrunk=True)  # what was written when it was found is all there is
        write_shortest(folder, shortest, output)
        with self._lock:
            if output.verdict.key in self.kept:
                self.kept[output.verdict.key] |= describe(design, output, shortest)


def describe(design: str, output: Output, shortest: Shortest) -> dict:
    """A finding as results have it."""
    folder = folder_of(output.verdict.key)
    return {
        "design": design,
        "clause": output.verdict.clause,
        "verdict": shortest.verdict or output.verdict.text,
        "operations": shortest.operations,
        "ops": shortest.ops,
        "folder": paths.from_root(folder),
        "replay": replay_command(folder, design, shortest.ops),
    }


def describe_folder(folder: Path) -> dict:
    """The same, of a finding that an earlier run kept."""
    stored = read_finding(folder)
    ops = (folder / "shortest.ops").read_text()
    return {
        "design": stored["design"],
        "clause": stored["clause"],
        "verdict": read_verdict_file(folder)[0],
        "operations": count_operations(ops) or count_steps(read_verdict_file(folder)[1:]),
        "ops": ops,
        "folder": paths.from_root(folder),
        "replay": replay_command(folder, stored["design"], ops),
    }


def read_verdict_file(folder: Path) -> list[str]:
    """Its lines: the verdict, why it is not shrunk, what is in an input of the paging side."""
    return (folder / "verdict.txt").read_text().splitlines()


def as_text(design: str, output: Output) -> Shortest:
    """The input as it was judged. Empty, if it is no sequence of operations."""
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        original, out = Path(folder) / "original.opsb", Path(folder) / "whole.ops"
        shutil.copyfile(output.artifact, original)
        convert(design, original, out)
        ops = out.read_text() if out.exists() else ""
    return Shortest(ops, count_operations(ops), output.verdict.text, UNSHRUNK)


def convert(design: str, original: Path, out: Path) -> None:
    """Bytes to text; of a plug-in in the arena in which they were judged."""
    command = [_tool(), "convert", original, out]
    command += ["--design", plugins.for_tool(design, "fuzz")] if plugins.get(design) else []
    programs.capture(command, seconds=SHRINK_S)


def shrink(design: str, artifact: Path) -> Shortest:
    """The shortest sequence that fails alike; the whole one if the shrinker cannot do it."""
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        original = Path(folder) / "original.opsb"
        shutil.copyfile(artifact, original)
        if design == PAGING:
            return _shrink_paging(original, Path(folder) / "shortest.opsb")
        return _shrink_sequence(design, original, Path(folder) / "shortest.ops")


def _shrink_sequence(design: str, original: Path, out: Path) -> Shortest:
    verdict, problem = "", None
    on_trial = plugins.for_tool(design, "fuzz")
    command = [_tool(), "shrink", original, "--design", on_trial, "-o", out]
    shrunk = programs.capture(command, seconds=SHRINK_S)
    if shrunk.ok:
        verdict = shrunk.stdout.strip().splitlines()[-1]  # its positions are the short one's
    else:
        problem = f"not shrunk: {shrunk.cause()}"
        convert(design, original, out)
    ops = out.read_text() if out.exists() else ""
    return Shortest(ops, count_operations(ops), verdict, problem)


def _shrink_paging(original: Path, out: Path) -> Shortest:
    """The tool says what is in the input, a line each, then the key and the verdict."""
    command = [paths.tool("fuzz", "assay-paging"), "shrink", original, "-o", out]
    shrunk = programs.capture(command, seconds=SHRINK_S)
    if not shrunk.ok:
        return Shortest("", 0, "", f"not shrunk: {shrunk.cause()}")
    *steps, _key, verdict = shrunk.stdout.rstrip("\n").splitlines()
    return Shortest("", count_steps(steps), verdict, None, out.read_bytes(), "\n".join(steps))


def write_folder(design: str, shortest: Shortest, output: Output, stderr: str) -> Path:
    """Writes a finding's folder under a temporary name; an older one of its key makes way."""
    verdict = output.verdict
    folder = folder_of(verdict.key)
    folder.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "schema": SCHEMA,
        "schema_version": 1,
        "design": design,
        "clause": verdict.clause,
        "status": OPEN,
        "hits": 1,
        "found": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        files.write_bytes(new / "original.opsb", output.artifact.read_bytes())
        files.write_text(new / "stderr.txt", stderr)
        files.write_text(new / "finding.json", json.dumps(document, indent=1) + "\n")
        write_shortest(new, shortest, output)
        new.chmod(0o755)
        _replace(folder, new)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return folder


def write_shortest(folder: Path, shortest: Shortest, output: Output) -> None:
    """Into the folder of a finding, file by file: whoever is killed here leaves a whole finding."""
    lines = [shortest.verdict or output.verdict.text, shortest.problem, shortest.steps]
    files.write_text(folder / "shortest.ops", shortest.ops)
    if shortest.paging:
        files.write_bytes(folder / SHORTEST_INPUT, shortest.paging)
    files.write_text(folder / "verdict.txt", "\n".join(filter(None, lines)) + "\n")
    update(folder, shrunk=shortest.problem != UNSHRUNK)


def look_behind(file: Path) -> None:
    """Shrinks a masked input, `<key>@<hits>.opsb`. What comes out is kept if it is something new;
    what is no sequence of operations is kept as it is.
    """
    folder = folder_of(file.stem.rsplit("@", 1)[0])
    if not folder.is_dir():
        return
    shortest = shrink(read_finding(folder)["design"], file)
    if shortest.ops:
        keep_behind(file, shortest.ops.encode(), "ops")
    else:
        keep_behind(file, shortest.paging or file.read_bytes(), "opsb")


def keep_behind(file: Path, kept: bytes, form: str) -> None:
    """Keeps what a masked input comes to beside the finding, if that is new there."""
    key, number = file.stem.rsplit("@", 1)
    folder = folder_of(key)
    more = folder / "more"
    seen = [folder / f"shortest.{form}", *more.glob(f"*.{form}")]
    if folder.is_dir() and kept not in [each.read_bytes() for each in seen if each.exists()]:
        more.mkdir(exist_ok=True)
        files.write_bytes(more / f"{number}.{form}", kept)
    file.unlink()


def update(folder: Path, **changes) -> None:
    """Changes finding.json; nothing, if the folder is gone."""
    path = folder / "finding.json"
    with contextlib.suppress(FileNotFoundError):
        document = read_finding(folder) | changes
        files.write_text(path, json.dumps(document, indent=1) + "\n")


def count_operations(ops: str) -> int:
    """Operations in an .ops text: its lines without the header, comments and blank lines."""
    lines = (line.split("#")[0].split() for line in ops.splitlines())
    return sum(1 for words in lines if words and words[0] not in HEADER_WORDS)


def count_steps(lines: list[str]) -> int:
    """Operations of the paging side, in lines as its tool writes them: those with a number."""
    return sum(line.split()[0].isdigit() for line in lines if line.strip())


def replay_command(folder: Path, target: str, ops: str) -> str:
    """The command that shows the finding again. What is no sequence goes to its own target."""
    if ops:
        plugin = plugins.get(target)
        on_trial = plugin.folder if plugin else target
        return f"./assay replay {paths.from_root(folder / 'shortest.ops')} --design {on_trial}"
    binary = paths.from_root(paths.tool("fuzz", binary_of(target)))
    if plugins.get(target):
        binary = f"ASSAY_PLUGIN={plugins.for_tool(target, 'fuzz')} {binary}"
    shortest = folder / SHORTEST_INPUT
    file = shortest if shortest.exists() else folder / "original.opsb"
    return f"{binary} {paths.from_root(file)}"


def _tool() -> Path:
    return paths.tool("fuzz", "assay-ops")


def _replace(folder: Path, new: Path) -> None:
    old = new.with_name(f"{new.name}.old")
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
