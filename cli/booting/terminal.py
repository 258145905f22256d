"""The kernel's shell on the user's terminal, or on a pipe: what is typed goes to the serial line.

QEMU's serial line is a pair of pipes, so nobody but this file touches the terminal. That is raw
while the machine runs: every key is the shell's, Ctrl-C too, but for Ctrl-]; it ends the machine.
"""

import contextlib
import os
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

from cli import programs, progress
from cli.booting import qemu

BEGIN = b"\n# shell\n"  # of what a person shall see; what stands in front of it is for the log
CTRL_D, CTRL_END = b"\x04", b"\x1d"
HINT = "Ctrl-] ends the machine, whatever it does"
PLAIN = b"\x1b[0m"
DIE_WITH_US = ["setpriv", "--pdeathsig", "KILL"]  # even if we are killed
SAID = "said"  # what QEMU itself says, in the folder of the boot
BLOCK = 1 << 16
WHOLE_WRITE = 512  # a pipe that takes anything takes as much


def takes_colour() -> bool:
    """Whether stdout is a terminal that has not declined colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def boot(kernel: Path, *, limit_s: float, **machine) -> tuple[qemu.Boot, bool]:
    """Boots, and joins the machine's serial line with stdin and stdout until the machine ends.

    `machine`: as of qemu.machine. While input may come there is no limit. A machine that is silent
    for `limit_s` seconds behind the end of input, or before the shell is up, is killed.
    Returns: how it ended, and whether that was the user's Ctrl-].
    """
    with qemu.machine(kernel, **machine) as (command, folder):
        started = time.monotonic()
        with _start([*DIE_WITH_US, *command, "-serial", "stdio"], folder) as process:
            try:
                with raw_terminal(sys.stdin) as is_terminal:
                    if is_terminal:
                        progress.say(HINT)
                    session = Session(process, sys.stdin, is_terminal, limit_s)
                    session.run()
                if not session.is_cut:
                    process.wait()
            finally:
                process.kill()
        seconds = time.monotonic() - started
        said = (folder / SAID).read_text(errors="replace")
    serial = session.serial.decode(errors="replace")
    done = qemu.Boot(process.returncode, serial, said, session.timed_out, seconds)
    return done, session.is_ended_by_user


def _start(command: list[str], folder: Path) -> subprocess.Popen:
    """In a session of its own: no signal of the terminal reaches it."""
    try:
        with open(folder / SAID, "wb") as said:
            return subprocess.Popen(
                command,
                cwd=folder,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
            )
    except FileNotFoundError:
        raise programs.missing(command[0]) from None


@contextlib.contextmanager
def raw_terminal(stream):
    """Every key reaches us as it is, while this lasts; what we print is treated as ever. Gives
    whether `stream` is a terminal at all; if it is none, nothing changes.
    """
    if stream is None or not stream.isatty():
        yield False
        return
    before = termios.tcgetattr(stream)
    raw = list(before)
    raw[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON | termios.ISTRIP)
    raw[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
    raw[6] = [*before[6]]
    raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
    try:
        termios.tcsetattr(stream, termios.TCSADRAIN, raw)
        yield True
    finally:
        termios.tcsetattr(stream, termios.TCSADRAIN, before)


class Session:
    """What goes to and fro, until `run` returns."""

    def __init__(self, process, stdin, is_terminal: bool, limit_s: float):
        self.serial = bytearray()  # all that came
        self.timed_out = self.is_ended_by_user = False
        self._process, self._stdin = process, stdin
        self._is_terminal, self._limit_s = is_terminal, limit_s
        self._shown: int | None = None  # so much of it is on stdout; None: the shell is not up
        self._pending = b""  # typed, but not sent
        self._ends_line = True  # the last byte typed
        self._is_at_end = False  # of input
        self._heard = time.monotonic()

    @property
    def is_cut(self) -> bool:
        """Whether the machine may be running still."""
        return self.timed_out or self.is_ended_by_user

    def run(self) -> None:
        """Returns when the machine has ended, was silent too long, or is to be ended."""
        going_on = True
        while going_on and not self.is_cut:
            going_on = self._pass_on()
        self._finish_line()

    def _pass_on(self) -> bool:
        """Waits for something, and passes it on. Returns: False when the machine has ended."""
        sources = [self._process.stdout, *([self._stdin] if self._may_take() else [])]
        sinks = [self._process.stdin] if self._pending and self._shown is not None else []
        readable, writable, _ = select.select(sources, sinks, [], self._seconds_left())
        if not readable and not writable:
            self.timed_out = True
        if self._stdin in readable:
            self._take()
        if writable:
            self._send()
        return self._process.stdout not in readable or self._hear()

    def _may_take(self) -> bool:
        """A pipe waits until the machine has what came before; a key may be Ctrl-] at any time."""
        if self._stdin is None and not self._is_at_end:
            self._end_input()
        is_ready = self._shown is not None and not self._pending
        return not self._is_at_end and (self._is_terminal or is_ready)

    def _seconds_left(self) -> float | None:
        if self._shown is not None and not self._is_at_end:
            return None
        return max(0.0, self._heard + self._limit_s - time.monotonic())

    def _take(self) -> None:
        typed = os.read(self._stdin.fileno(), BLOCK)
        if self._is_terminal and CTRL_END in typed:
            self.is_ended_by_user = True
        elif typed:
            self._pending += typed
            self._ends_line = typed[-1:] in b"\r\n"
        else:
            self._end_input()

    def _end_input(self) -> None:
        """The last line may lack its end."""
        self._is_at_end = True
        self._heard = time.monotonic()
        self._pending += CTRL_D if self._ends_line else b"\n" + CTRL_D

    def _send(self) -> None:
        try:
            sent = os.write(self._process.stdin.fileno(), self._pending[:WHOLE_WRITE])
            self._pending = self._pending[sent:]
        except BrokenPipeError:  # it has just ended, and we shall hear that
            self._pending = b""

    def _hear(self) -> bool:
        came = os.read(self._process.stdout.fileno(), BLOCK)
        self.serial += came
        self._heard = time.monotonic()
        if self._shown is None and (begin := self.serial.find(BEGIN)) >= 0:
            self._shown = begin + len(BEGIN)
        if self._shown is not None and self._shown < len(self.serial):
            sys.stdout.buffer.write(self.serial[self._shown :])
            sys.stdout.flush()
            self._shown = len(self.serial)
        return bool(came)

    def _finish_line(self) -> None:
        """So that what we say next stands on a line of its own, and in no colour."""
        if self._shown is None:
            return
        sys.stdout.buffer.write(PLAIN if takes_colour() else b"")
        sys.stdout.buffer.write(b"" if self.serial.endswith(b"\n") else b"\n")
        sys.stdout.flush()
