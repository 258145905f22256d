"""What a result says of where it was measured: machine, compiler, commit."""

import os
import platform
import re
import subprocess
from pathlib import Path

from cli import paths


def describe_machine() -> dict:
    """The machine, as every result names it."""
    return {
        "cpu": _cpu_model(),
        "cores": usable_cores(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
        "os": _os_name(),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def usable_cores() -> int:
    """CPUs that this process may run on."""
    return len(os.sched_getaffinity(0))


def describe_compiler() -> str | None:
    """The first line of the compiler's own description; None before it is installed."""
    answer = _output("clang++-19", "--version")
    return answer.splitlines()[0] if answer else None


def describe_commit() -> tuple[str | None, bool | None]:
    """The commit, and whether the tree differs from it; None, None outside of git."""
    commit = _output("git", "-C", str(paths.ROOT), "rev-parse", "HEAD")
    changes = _output("git", "-C", str(paths.ROOT), "status", "--porcelain")
    return commit, None if changes is None else changes != ""


def _output(*command: str) -> str | None:
    try:
        answer = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def _cpu_model() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _os_name() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
