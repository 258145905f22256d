"""Run folders: every result gets a new one, and a finished one is never changed.

runs/<time>-<verb>/ holds the JSON of one run, each file with a header that says what made it.
`run.json` is written last and marks the run as finished. `runs/latest` points to the newest one.
"""

import json
import os
import sys
import time
from datetime import datetime
from pathlib import Path

from cli import files, machine, paths
from cli.errors import UsageError

FINISHED = "run.json"


class RunFolder:
    """The folder of one run, open for writing until `finish`."""

    def __init__(self, path: Path, verb: str, seed: int | None, command: str | None):
        self.path = path
        self.verb = verb
        commit, dirty = machine.describe_commit()
        self._header = {
            "started": datetime.now().astimezone().isoformat(timespec="seconds"),
            "command": command or " ".join(["./assay", *sys.argv[1:]]),
            "commit": commit,
            "dirty": dirty,
            "machine": machine.describe_machine(),
            "compiler": machine.describe_compiler(),
            "seed": seed,
        }

    @classmethod
    def create(cls, verb: str, *, seed: int | None = None, command: str | None = None):
        """A new folder; where two runs start within a second, the later one gets a number."""
        paths.RUNS.mkdir(exist_ok=True)
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{verb}"
        for number in range(1, 1000):
            path = paths.RUNS / (name if number == 1 else f"{name}-{number}")
            try:
                path.mkdir()
                return cls(path, verb, seed, command)
            except FileExistsError:
                continue
        raise UsageError(f"{paths.RUNS / name}: a thousand runs of this second exist already")

    @classmethod
    def reopen(cls, path: Path, verb: str, *, seed: int | None = None, command: str | None = None):
        """The folder of a run that was not finished, to go on with it."""
        return cls(path, verb, seed, command)

    def write_json(self, name: str, document: dict, *, compact: bool = False) -> Path:
        """Writes a result under the header; `document` brings its `schema`. Compact is what holds
        more numbers than a person would read.
        """
        path = self.path / name
        content = {
            "schema": document["schema"],
            "schema_version": document.get("schema_version", 1),
            **self._header,
            **document,
        }
        style = {"separators": (",", ":")} if compact else {"indent": 1}
        files.write_text(path, json.dumps(content, ensure_ascii=False, **style) + "\n")
        return path

    def finish(self, **outcome) -> None:
        """Marks the run as finished and lets `runs/latest` point to it."""
        ended = datetime.now().astimezone().isoformat(timespec="seconds")
        document = {"schema": "assay-run", "verb": self.verb, "ended": ended, **outcome}
        self.write_json(FINISHED, document)
        pointer = paths.RUNS / f".latest-{os.getpid()}"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(self.path.name)
        os.replace(pointer, paths.RUNS / "latest")


def newest(*file_names: str) -> Path | None:
    """The newest finished run that has all of these files."""
    finished = [
        path.parent
        for path in paths.RUNS.glob(f"*/{FINISHED}")
        if not path.parent.is_symlink()
        and all((path.parent / name).exists() for name in file_names)
    ]
    return max(finished, key=lambda run: (run / FINISHED).stat().st_mtime_ns, default=None)


def newest_unfinished(file_name: str) -> Path | None:
    """The newest run that has this file and was not finished."""
    unfinished = [
        path.parents[file_name.count("/")]
        for path in paths.RUNS.glob(f"*/{file_name}")
        if not path.parents[file_name.count("/")].is_symlink()
    ]
    unfinished = [run for run in unfinished if not (run / FINISHED).exists()]
    return max(unfinished, key=lambda run: run.stat().st_mtime_ns, default=None)


def read_json(path: Path) -> dict:
    """A result; what cannot be read is one clear line."""
    try:
        document = json.loads(Path(path).read_text())
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UsageError(f"{path}: no JSON: {error}; the run is damaged, make a new one") from None
    if not isinstance(document, dict):
        raise UsageError(f"{path}: no result of Assay: the document is no object")
    return document
