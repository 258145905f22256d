"""Running other programs: the built tools, compilers, checkers."""

import subprocess
from dataclasses import dataclass

from cli import paths
from cli.errors import FailedError, MissingError


@dataclass(frozen=True)
class Finished:
    """How a program ended. `timed_out`: it was killed since it took too long."""

    returncode: int
    stdout: str
    stderr: str
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        return self.returncode == 0 and not self.timed_out

    def cause(self) -> str:
        """Why it failed, in one line: its last word on stderr, or how it ended."""
        if self.timed_out:
            return "it took too long and was stopped"
        lines = [line for line in self.stderr.splitlines() if line.strip()]
        return lines[-1].strip() if lines else describe_exit(self.returncode)


def capture(command: list, *, seconds: float | None = None, environment=None, cwd=None) -> Finished:
    """Runs a program to its end, or for `seconds`, and keeps what it said."""
    command = [str(part) for part in command]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            env=environment,
            cwd=cwd or paths.ROOT,
        )
    except FileNotFoundError:
        raise missing(command[0]) from None
    except subprocess.TimeoutExpired as late:
        return Finished(-1, _text(late.stdout), _text(late.stderr), timed_out=True)
    return Finished(done.returncode, done.stdout, done.stderr)


def pass_through(command: list) -> int:
    """Runs a program of ours on our own stdout and stderr; returns its exit code, 0, 1 or 2.

    A program that a signal or a sanitizer ended has found something: 1.
    """
    command = [str(part) for part in command]
    try:
        code = subprocess.run(command).returncode
    except FileNotFoundError:
        raise missing(command[0]) from None
    if code in (0, 1, 2):
        return code
    raise FailedError(f"{paths.from_root(command[0])} ended with {describe_exit(code)}")


def missing(program: str) -> MissingError:
    """The error for a program that is not there."""
    return MissingError(f"{program}: no such program; `./assay setup` installs what is lacking")


def describe_exit(code: int) -> str:
    """An exit code or signal in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _text(output: bytes | str | None) -> str:
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""
