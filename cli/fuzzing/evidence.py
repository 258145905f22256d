"""What the folder of a finding has to show: put into the results, so that they tell all by
themselves, also when the finding is marked as fixed later.
"""

import re
from pathlib import Path

from cli import paths
from cli.errors import FailedError
from cli.fuzzing import findings

MAX_LINES = 40  # of what a target said
MAX_MORE = 16  # other inputs of one finding
MAX_OPS = 20_000  # letters of one of those

_ERROR = re.compile(r"ERROR: \w+Sanitizer|runtime error:")
_NOISE = re.compile(r"^(#\d|INFO:|WARNING:|\s+NEW_FUNC|==\d+==WARNING)")
_PLACE_IN_MEMORY = re.compile(r"\s0x[0-9a-f]+(?= in )|\s*\(BuildId: \w+\)")
_NOT_OURS = re.compile(
    r"^\s+#\d+.*(?: in fuzzer::| in main | in _start |/libc\.so|libc_start|crtstuff\.c)"
)


def add_to(result: dict) -> dict:
    """Adds what `describe` knows to each finding of a result; returns the result."""
    for record in result["findings"]:
        record |= describe(record["key"])
    return result


def describe(key: str) -> dict:
    """When it was found first (`found`), how often it was hit in all runs (`hits`), what its target
    said (`output`), what is in an input that is no sequence (`steps`) or why a sequence is not
    shrunk (`note`), and inputs with the same key (`more`).

    Empty, if the folder is gone or damaged: no reason to lose a run.
    """
    folder = findings.folder_of(key)
    try:
        stored = findings.read_finding(folder)
        said = (folder / "stderr.txt").read_text(errors="replace")
        details = "\n".join(findings.read_verdict_file(folder)[1:])
        is_sequence = bool((folder / "shortest.ops").read_text())
        more = sorted((folder / "more").glob("*"))[:MAX_MORE]
        return {
            "found": stored["found"],
            "hits": stored["hits"],
            "output": excerpt(said),
            "note" if is_sequence else "steps": details,
            "more": [_describe_input(file) for file in more],
        }
    except (FailedError, OSError, KeyError):
        return {}


def excerpt(stderr: str) -> str | None:
    """The stack of a memory error, without libFuzzer's own frames; for a broken clause what the
    target printed in front of it (the paging side prints its operations); None if that is nothing.
    """
    lines = stderr.splitlines()
    verdict = next((at for at, line in enumerate(lines) if line.startswith("ASSAY-VERDICT")), None)
    if verdict is not None:
        shown = [line for line in lines[:verdict] if not _NOISE.match(line)]
        return _joined(shown[-MAX_LINES:])
    start = next((at for at, line in enumerate(lines) if _ERROR.search(line)), None)
    if start is None:
        return None
    end = next((at for at in range(start, len(lines)) if lines[at].startswith("SUMMARY:")), None)
    return _joined([line for line in lines[start:end] if not _NOT_OURS.match(line)][:MAX_LINES])


def _joined(lines: list[str]) -> str | None:
    text = "\n".join(_PLACE_IN_MEMORY.sub("", line) for line in lines).strip("\n")
    return text.replace(f"{paths.ROOT}/", "") or None


def _describe_input(file: Path) -> dict:
    """A file of `more/`. What is no sequence of operations, or is very long, is only named."""
    is_short = file.suffix == ".ops" and file.stat().st_size <= MAX_OPS
    return {"file": paths.from_root(file), "ops": file.read_text() if is_short else None}
