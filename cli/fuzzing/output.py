"""Reads what a libFuzzer process wrote to stderr: counters, coverage, and how it died."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Verdict:
    """Why an input is a finding. `key` tells findings apart: a safe file name."""

    key: str
    clause: str | None
    text: str


@dataclass(frozen=True)
class Output:
    """What one process said. `verdict` and `artifact` are set if it died of an input."""

    executions: int
    coverage_edges: int
    corpus_entries: int
    artifact: Path | None
    verdict: Verdict | None


_STATUS = re.compile(r"^#(\d+)\s+\w+\s+cov: (\d+) ft: \d+ corp: (\d+)/", re.MULTILINE)
_EXECUTIONS = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
# What inputs are called that killed a process; a slow-unit- is kept too, but nobody died.
DEADLY = re.compile(r"(?:crash|timeout|oom|leak)-[0-9a-f]+")
_ARTIFACT = re.compile(rf"Test unit written to (.*{DEADLY.pattern})$", re.MULTILINE)
_VERDICT = re.compile(r"^ASSAY-VERDICT (\S+) (.*)$", re.MULTILINE)
_SUMMARY = re.compile(r"^SUMMARY: (\w+): (.+)$", re.MULTILINE)
_RUNTIME_ERROR = re.compile(r"^(\S+:\d+:\d+): runtime error: (.+)$", re.MULTILINE)
_OUR_FRAME = re.compile(r"^\s+#\d+ 0x[0-9a-f]+ in assay::([^\n(]+)\(", re.MULTILINE)


def read_output(stderr: str, design: str) -> Output:
    """Everything a result needs from a process's stderr."""
    status = _STATUS.findall(stderr)
    executions = _EXECUTIONS.search(stderr)
    artifact = _ARTIFACT.search(stderr)
    last = status[-1] if status else (0, 0, 0)
    return Output(
        executions=int(executions[1] if executions else last[0]),
        coverage_edges=max((int(edges) for _, edges, _ in status), default=0),
        corpus_entries=int(last[2]),
        artifact=Path(artifact[1]) if artifact else None,
        verdict=read_verdict(stderr, design) if artifact else None,
    )


def executions_so_far(stderr_tail: str) -> int:
    """The count in the last status line; libFuzzer prints one at each power of two."""
    counts = re.findall(r"^#(\d+)\s", stderr_tail, re.MULTILINE)
    return int(counts[-1]) if counts else 0


def read_verdict(stderr: str, design: str) -> Verdict:
    """The target's own verdict, else the sanitizer's or libFuzzer's."""
    own = _VERDICT.search(stderr)
    if own:
        clause = re.match(r"C\d+", own[2])
        return Verdict(safe_name(own[1]), clause[0] if clause else None, own[2])
    summary = _SUMMARY.search(stderr)
    tool, text = (summary[1], summary[2]) if summary else ("libFuzzer", "died without a report")
    if tool == "UndefinedBehaviorSanitizer":
        return _undefined_behavior(stderr, design, text)
    if tool == "libFuzzer" and text == "timeout":
        return Verdict(f"{design}-C12-timeout", "C12", "C12: an operation did not return in time")
    kind = text.split()[0]
    frame = _OUR_FRAME.search(stderr)
    function = frame[1] if frame else _last_word_in(text)
    if function.startswith("Plugin::"):  # it is above the code of a plug-in
        function = _plugin_function(stderr) or function
    clause = "C9" if tool == "AddressSanitizer" else None
    prefix = f"{clause}: " if clause else ""
    return Verdict(
        safe_name(f"{design}-{kind}-{function}"), clause, f"{prefix}{tool}: {kind} in {function}"
    )


def _plugin_function(stderr: str) -> str | None:
    """The innermost function of a plug-in's own code: neither a stub nor a sanitizer's."""
    frames = re.findall(r"^\s+#\d+ 0x[0-9a-f]+ in (\w+) (\S+)", stderr, re.MULTILINE)
    own = (name for name, place in frames if "/plugin/stubs/" not in place)
    return next((name for name in own if not name.startswith("__")), None)


def safe_name(key: str) -> str:
    """`key` as the name of a folder."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", key).strip("-.")[:100] or "unnamed"


def _undefined_behavior(stderr: str, design: str, summary: str) -> Verdict:
    error = _RUNTIME_ERROR.search(stderr)
    where, what = (error[1], error[2]) if error else (summary.split()[-1], "undefined behavior")
    where = ":".join(Path(where).name.split(":")[:2])  # file:line, without the column
    key = safe_name(f"{design}-undefined-behavior-{where}")
    return Verdict(key, None, f"UndefinedBehaviorSanitizer: {where}: {what}")


def _last_word_in(summary: str) -> str:
    found = re.search(r" in ([\w:~]+)", summary)
    return found[1] if found else "unknown"
