"""The imported traces are those that their README describes."""

import hashlib
from pathlib import Path

TRACES = Path(__file__).parent / "traces"


def test_the_readme_names_each_trace_by_its_content():
    readme = (TRACES / "README.md").read_text()
    files = [*TRACES.glob("*.opsb"), *TRACES.glob("*.cpus")]
    assert len(files) == 2 * 3
    for file in files:
        assert hashlib.sha256(file.read_bytes()).hexdigest() in readme, file.name
