"""Keeps corpora small: an entry that covers nothing the others do not is dropped.

libFuzzer's merge picks the entries worth keeping into another folder; here the rest is then removed
from the corpus itself. So whoever is killed in between has lost nothing that was worth keeping, and
what other processes add meanwhile stays.
"""

import os
import shutil
import tempfile
from pathlib import Path

from cli import paths, programs
from cli.fuzzing.target import binary_of

LIMIT_S = 600
ENOUGH = 100  # files that nobody minds


def is_worth_it(folder: Path, entries: int) -> bool:
    """Whether there are far more files than `entries`, those that libFuzzer went on with."""
    return len(list(folder.iterdir())) > 2 * entries + ENOUGH


def drop_redundant(name: str, folder: Path, environment: dict[str, str]) -> int:
    """Merges a target's corpus; returns how many files went. None go if the merge fails."""
    before = {file.name for file in folder.iterdir()}
    merged = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder.parent))
    try:
        binary = paths.tool("fuzz", binary_of(name))
        command = [binary, "-merge=1", "-rss_limit_mb=2048", merged, folder]
        done = programs.capture(command, seconds=LIMIT_S, environment={**os.environ, **environment})
        kept = {file.name for file in merged.iterdir()}
        if not done.ok or not kept:
            return 0
        redundant = before - kept
        for file in redundant:
            (folder / file).unlink(missing_ok=True)
        return len(redundant)
    finally:
        shutil.rmtree(merged, ignore_errors=True)
