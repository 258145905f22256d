"""Keeps findings: runs/findings/<key>/ holds the input as found and the shortest that fails alike.

    shortest.ops    readable, and the one to replay
    original.opsb   the bytes as libFuzzer found them
    verdict.txt     what was wrong
    stderr.txt      what the target said, with the stack of a memory error
"""

import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from cli import files, paths, programs
from cli.fuzzing.output import Output

SHRINK_S = 120
HEADER_WORDS = {"assay-ops", "base", "frames", "hole", "ram"}


@dataclass(frozen=True)
class Shortest:
    """An input made as short as it gets, as text, and what it breaks."""

    ops: str
    operations: int
    verdict: str
    problem: str | None = None  # why it is as long as it was found


class Findings:
    """What one run has found. Several workers report here."""

    def __init__(self):
        self.kept: dict[str, dict] = {}
        self._lock = threading.Lock()

    def keep(self, design: str, output: Output, stderr: str) -> str:
        """Keeps the first finding of each key, counts the others; returns the key."""
        verdict = output.verdict
        with self._lock:
            if verdict.key in self.kept:
                self.kept[verdict.key]["times"] += 1
                return verdict.key
            record = self.kept[verdict.key] = {"key": verdict.key, "design": design, "times": 1}
        shortest = shrink(design, output)
        folder = paths.RUNS / "findings" / verdict.key
        write_folder(folder, shortest, output, stderr)
        record |= describe(design, output, shortest, folder)
        return verdict.key


def describe(design: str, output: Output, shortest: Shortest, folder: Path) -> dict:
    """A finding as results have it."""
    return {
        "clause": output.verdict.clause,
        "verdict": shortest.verdict,
        "operations": shortest.operations,
        "ops": shortest.ops,
        "folder": paths.from_root(folder),
        "replay": replay_command(folder / "shortest.ops", design),
    }


def shrink(design: str, output: Output) -> Shortest:
    """The shortest sequence that fails alike; the whole one if the shrinker cannot do it."""
    tool = paths.tool("fuzz", "assay-ops")
    verdict, problem = output.verdict.text, None
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        original, out = Path(folder) / "original.opsb", Path(folder) / "shortest.ops"
        shutil.copyfile(output.artifact, original)
        command = [tool, "shrink", original, "--design", design, "-o", out]
        shrunk = programs.capture(command, seconds=SHRINK_S)
        if shrunk.ok:
            verdict = shrunk.stdout.strip().splitlines()[-1]  # its positions are the short one's
        else:
            problem = f"not shrunk: {shrunk.cause()}"
            programs.capture([tool, "convert", original, out], seconds=SHRINK_S)
        ops = out.read_text() if out.exists() else ""
    return Shortest(ops, count_operations(ops), verdict, problem)


def write_folder(folder: Path, shortest: Shortest, output: Output, stderr: str) -> None:
    """Writes a finding's folder under a temporary name; an older one of its key makes way."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        note = f"\n{shortest.problem}" if shortest.problem else ""
        files.write_text(new / "shortest.ops", shortest.ops)
        files.write_bytes(new / "original.opsb", output.artifact.read_bytes())
        files.write_text(new / "verdict.txt", f"{shortest.verdict}{note}\n")
        files.write_text(new / "stderr.txt", stderr)
        new.chmod(0o755)
        old = new.with_name(f"{new.name}.old")
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def count_operations(ops: str) -> int:
    """Operations in an .ops text: its lines without the header, comments and blank lines."""
    lines = (line.split("#")[0].split() for line in ops.splitlines())
    return sum(1 for words in lines if words and words[0] not in HEADER_WORDS)


def replay_command(ops: Path, design: str) -> str:
    """The command that shows the finding again."""
    return f"./assay replay {paths.from_root(ops)} --design {design}"
