"""Runs for the tests: the hand-made one in fixtures/run/, whole or with one thing changed."""

import json
import shutil
from pathlib import Path

import pytest

from reports import results

FIXTURE = Path(__file__).resolve().parent / "fixtures" / "run"
MEASURED = FIXTURE.parent / "measured"  # what the recorder, --growth, --size, --cpus add to it


class Run:
    """A copy of the fixture that a test may change before it is loaded."""

    def __init__(self, folder: Path):
        self.folder = folder

    def change(self, name: str, edit) -> "Run":
        """Lets `edit` change a document in place."""
        path = self.folder / name
        document = json.loads(path.read_text())
        edit(document)
        path.write_text(json.dumps(document))
        return self

    def change_cell(self, design: str, workload: str, /, **fields) -> "Run":
        """Changes the measurement of a design under a workload."""

        def edit(document):
            for cell in document["cells"]:
                if (cell["design"], cell["workload"]) == (design, workload):
                    cell.update(fields)

        return self.change("bench.json", edit)

    def change_target(self, design: str, /, **fields) -> "Run":
        """Changes how the fuzzing of a design went."""

        def edit(document):
            for target in document["targets"]:
                if target["design"] == design:
                    target.update(fields)

        return self.change("fuzz.json", edit)

    def boot(self, design: str, /, **fields) -> "Run":
        """Adds a boot of another design, made from the fixture's."""
        document = json.loads((FIXTURE / "boot-bitmap.json").read_text())
        document.update(design=design, **fields)
        (self.folder / f"boot-{design}.json").write_text(json.dumps(document))
        return self

    def remove(self, *names: str) -> "Run":
        """Takes files away: a step that was not run."""
        for name in names:
            (self.folder / name).unlink()
        return self

    def load(self) -> results.Results:
        """What the report would get."""
        return results.load(self.folder)


@pytest.fixture
def measured_run(run) -> Run:
    """A run with everything that can be measured."""
    for path in MEASURED.iterdir():
        shutil.copy(path, run.folder)
    return run


@pytest.fixture
def run(tmp_path) -> Run:
    return Run(Path(shutil.copytree(FIXTURE, tmp_path / "run")))
