"""The kernel's page-allocator events, through an instance of tracefs of our own.

An instance has buffers and switches of its own, so that nobody else's tracing is disturbed.
"""

import os
import re
from pathlib import Path

from cli.errors import MissingError

PLACES = (Path("/sys/kernel/tracing"), Path("/sys/kernel/debug/tracing"))
EVENTS = ("kmem/mm_page_alloc", "kmem/mm_page_free")
LOST = re.compile(r"^(?:overrun|commit overrun|dropped events): (\d+)$", re.MULTILINE)


def find() -> Path:
    """The folder of tracefs; `MissingError` says what the machine lacks for it to be used."""
    if os.geteuid() != 0:
        raise MissingError("recording asks the kernel for its events, which needs root: use sudo")
    for place in PLACES:
        if (place / "instances").is_dir():
            return place
    raise MissingError(
        f"{PLACES[0]}: no tracefs is mounted there; `mount -t tracefs tracefs {PLACES[0]}` does "
        "it, unless the kernel has none or this is a container that may not"
    )


class Instance:
    """Page events into buffers of `buffer_bytes` for each CPU; to be used with `with`.

    What comes first is kept: events that do not fit any more are lost, and counted.
    """

    def __init__(self, tracefs: Path, buffer_bytes: int):
        self.folder = tracefs / "instances" / f"assay-{os.getpid()}"
        self._kilobytes = buffer_bytes >> 10

    def __enter__(self):
        try:
            make_instance(self.folder)
        except OSError as error:
            raise MissingError(f"{self.folder}: cannot be made: {error.strerror}") from None
        try:
            self._set("tracing_on", "0")
            self._set("trace_clock", "global")  # one order over all CPUs
            self._set("options/overwrite", "0")
            self._set("buffer_size_kb", str(self._kilobytes))
            for event in EVENTS:
                self._set(f"events/{event}/enable", "1")
        except BaseException:
            remove_instance(self.folder)
            raise
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            remove_instance(self.folder)

    def start(self) -> None:
        """From now on events are recorded."""
        self._set("tracing_on", "1")

    def stop(self) -> None:
        """No more events from now on; those recorded stay."""
        self._set("tracing_on", "0")

    def lost(self) -> int:
        """Events that found no room."""
        stats = sorted(self.folder.glob("per_cpu/cpu*/stats"))
        return sum(int(count) for file in stats for count in LOST.findall(file.read_text()))

    def lines(self):
        """What was recorded, as ftrace prints it, line by line."""
        with open(self.folder / "trace", encoding="utf-8", errors="replace") as trace:
            yield from trace

    def _set(self, name: str, value: str) -> None:
        try:
            (self.folder / name).write_text(value)
        except OSError as error:
            hint = "; ask for smaller ones by --buffer" if name == "buffer_size_kb" else ""
            why = f"the kernel refuses '{value}': {error.strerror}{hint}"
            raise MissingError(f"{self.folder / name}: {why}") from None


def make_instance(folder: Path) -> None:
    """The kernel fills the new folder with files."""
    folder.mkdir()


def remove_instance(folder: Path) -> None:
    """The kernel gives up the buffers, too. Requires: none of its files is open."""
    folder.rmdir()
