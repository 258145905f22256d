"""Machines share what they found through libFuzzer's own merge: shown with two corpora."""

import os
import re
import tempfile
from pathlib import Path

from cli import designs, paths, programs
from cli.checks.check import FAILED, Check, from_problems

INPUTS = 1_000  # for each of both corpora
FRAMES = "1024"  # of the largest arena, so that no input takes long
LIMIT_S = 120

_FEATURES = re.compile(r"^#\d+\s+DONE\s+cov: \d+ ft: (\d+) ", re.MULTILINE)


def check_sharing() -> Check:
    """Two corpora, grown apart, merged into a third: it must cover what both do."""
    name = f"two corpora merged cover what both cover, {INPUTS:,} inputs each"
    binary = paths.tool("fuzz", f"fuzz-{designs.names()[0]}")
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        ours, theirs, merged = (Path(folder) / each for each in ("ours", "theirs", "merged"))
        for corpus in (ours, theirs, merged):
            corpus.mkdir()
        for seed, corpus in enumerate((ours, theirs), 1):
            call(binary, [f"-runs={INPUTS}", f"-seed={seed}", corpus])
        done = call(binary, ["-merge=1", merged, ours, theirs])
        if not done.ok:
            return Check(name, FAILED, done.cause())
        return from_problems(name, compare(binary, ours, theirs, merged), 1)


def compare(binary: Path, ours: Path, theirs: Path, merged: Path) -> list[str]:
    """What the third has too little of, or too much."""
    ours_alone, theirs_alone = features(binary, [ours]), features(binary, [theirs])
    both, shared = features(binary, [ours, theirs]), features(binary, [merged])
    problems = []
    if both <= max(ours_alone, theirs_alone):
        problems.append(f"{both} features in all, one has {max(ours_alone, theirs_alone)} alone")
    if shared < both:
        problems.append(f"merged, they cover {shared} features instead of {both}")
    files = [len(list(folder.iterdir())) for folder in (ours, theirs, merged)]
    if files[2] >= files[0] + files[1]:
        problems.append(f"{files[0]} and {files[1]} inputs became {files[2]}: none was left out")
    return problems


def features(binary: Path, corpora: list[Path]) -> int:
    """What libFuzzer counts in these corpora: edges, and how often they were taken."""
    found = _FEATURES.search(call(binary, ["-runs=0", *corpora]).stderr)
    return int(found[1]) if found else 0


def call(binary: Path, arguments: list) -> programs.Finished:
    environment = {**os.environ, "ASSAY_FRAMES": FRAMES}
    command = [binary, "-len_control=0", *arguments]
    return programs.capture(command, seconds=LIMIT_S, environment=environment)
