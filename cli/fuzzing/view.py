"""What a run looks like while it goes on: a table on a terminal, a line now and then elsewhere."""

import contextlib
import sys
import time

from cli import progress

LINE_EVERY_S = 60.0
FIRST_LINE_S = 10.0
HEAD = [
    "target",
    "exec/s",
    "operations/s",
    "coverage",
    "corpus",
    "findings",
    "last new",
    "",
]


def rows_of(runner, now: float) -> list[list[str]]:
    """A row per target. Rates are over the time in which its processes ran."""
    rows = []
    for name, target in runner.targets.items():
        tally = target.tally
        executions, operations = target.progress_now()
        seconds = max(tally.seconds + target.live_seconds(now), 0.1)
        new_at = target.new_at
        rows.append(
            [
                name,
                f"{executions / seconds:,.0f}",
                f"{operations / seconds:,.0f}",
                f"{tally.coverage_edges:,}" if new_at else "–",
                f"{tally.corpus_entries:,}" if new_at else "–",
                str(len(tally.findings)),
                f"{clock(now - new_at)} ago" if new_at else "–",
                state_of(tally, runner.running[name]),
            ]
        )
    return rows


def state_of(tally, processes: int) -> str:
    """What a target does now, and what happened to its processes."""
    if tally.failure:
        return f"failed: {tally.failure}"
    doing = "running" if processes else "waiting"
    return f"{doing}, died {tally.restarts}×" if tally.restarts else doing


def summary_of(runner) -> str:
    """The run in one line."""
    executions = sum(target.progress_now()[0] for target in runner.targets.values())
    findings = {key for target in runner.targets.values() for key in target.tally.findings}
    count = f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
    times = f"{clock(runner.elapsed())} of {clock(runner.seconds)}"
    failed = [name for name, target in runner.targets.items() if target.tally.failure]
    note = f", failed: {', '.join(failed)}" if failed else ""
    return f"fuzzing {times}: {executions:,} executions, {count}{note}"


def clock(seconds: float) -> str:
    """`1:02:03`, or `2:03` below an hour."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextlib.contextmanager
def view(runner):
    """The body gets a function that brings what is shown up to date."""
    live = _rich_live() if sys.stderr.isatty() else None
    if live is None:
        yield _PlainLines(runner).show
        return
    with live:
        yield lambda: live.update(_table(runner))


class _PlainLines:
    def __init__(self, runner):
        self._runner = runner
        self._next = FIRST_LINE_S

    def show(self) -> None:
        if self._runner.elapsed() >= self._next:
            self._next = self._runner.elapsed() + LINE_EVERY_S
            progress.say(summary_of(self._runner))


def _rich_live():
    try:
        from rich.console import Console
        from rich.live import Live
    except ImportError:
        return None
    return Live(console=Console(stderr=True), transient=True, refresh_per_second=2)


def _table(runner):
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=summary_of(runner), title_justify="left", box=None, pad_edge=False)
    for name in HEAD:
        shown.add_column(name, justify="left" if name in ("target", "") else "right")
    for row in rows_of(runner, time.monotonic()):
        style = "red" if row[-1].startswith("failed") else "yellow" if row[5] != "0" else ""
        shown.add_row(*map(Text, row), style=style)
    return shown
