"""Progress on stderr: a bar on a terminal, a plain line now and then elsewhere.

rich draws the bar. Before setup it may be missing; then the lines are plain on a terminal as well.
"""

import contextlib
import sys
import time

LINE_EVERY_S = 10.0
SILENT_BELOW_S = 1.0


def say(text: str) -> None:
    """One line to stderr."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def bar(title: str, total: float | None = None):
    """Shows that `title` goes on; the body calls `.set(done, note)` on what it gets."""
    shown = _rich_bar(title, total) if sys.stderr.isatty() else None
    shown = shown or _PlainBar(title, total)
    with shown:
        yield shown


class _PlainBar:
    """A line every ten seconds, and one at the end of what took longer than a second."""

    def __init__(self, title: str, total: float | None):
        self._title, self._total = title, total
        self._note = ""

    def __enter__(self):
        self._started = self._last_line = time.monotonic()
        return self

    def set(self, done: float, note: str = "") -> None:
        self._note = note
        now = time.monotonic()
        if now - self._last_line >= LINE_EVERY_S:
            self._last_line = now
            share = f" {done / self._total:.0%}" if self._total else ""
            say(f"{self._title}:{share}{' ' + note if note else ''}")

    def __exit__(self, kind, error, trace):
        seconds = time.monotonic() - self._started
        if kind is None and seconds >= SILENT_BELOW_S:
            note = f" ({self._note})" if self._note else ""
            say(f"{self._title}: {seconds:.1f} s{note}")


def _rich_bar(title: str, total: float | None):
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    except ImportError:
        return None

    class RichBar:
        def __enter__(self):
            columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24))
            notes = (TimeElapsedColumn(), TextColumn("{task.fields[note]}", markup=False))
            console = Console(stderr=True)
            self._progress = Progress(*columns, *notes, console=console, transient=True)
            self._progress.start()
            self._task = self._progress.add_task(title, total=total, note="")
            self._started = time.monotonic()
            return self

        def set(self, done: float, note: str = "") -> None:
            self._progress.update(self._task, completed=done, note=note)

        def __exit__(self, kind, error, trace):
            self._progress.stop()
            seconds = time.monotonic() - self._started
            if kind is None and seconds >= SILENT_BELOW_S:
                say(f"{title}: {seconds:.1f} s")

    return RichBar()
