"""Installs what a verb needs and the machine lacks: Debian packages, through apt, and nothing else.

With everything there it costs one dpkg-query and says nothing. It runs before anything is
installed, so it needs only the standard library.
"""

import collections
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from cli import progress
from cli.errors import MissingError, UsageError

OS_RELEASE = Path("/etc/os-release")
PLATFORM = ("debian", "12")

SETS = {
    "build": (
        "clang-19 libclang-rt-19-dev lld-19 llvm-19 cmake ninja-build libboost-dev "
        "libbenchmark-dev libgtest-dev libcli11-dev libfmt-dev nlohmann-json3-dev python3-rich"
    ).split(),
    "fuzz": ["llvm-19"],  # llvm-symbolizer names the frames of a sanitizer's report
    "bench": ["xz-utils"],
    "report": ["python3-matplotlib", "python3-numpy", "python3-scipy", "python3-jinja2"],
    "kernel": ["qemu-system-x86"],
    "image": "grub-pc-bin grub-common xorriso mtools".split(),  # of a CD that boots
    "mutants": ["python3-clang-19"],  # reads the source that is changed
    "test": (
        "g++-12 clang-tidy-19 clang-format-19 python3-pytest python3-pytest-xdist gdb "
        "libc++-19-dev libc++abi-19-dev zip "  # what .clusterfuzzlite/build.sh is run with
        "chromium"  # opens the pages
    ).split(),
}

APT_OPTIONS = ["--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
TAIL_LINES = 15


@dataclass(frozen=True)
class Plan:
    """What apt would do."""

    packages: int
    download: str
    disk: str

    def __str__(self) -> str:
        noun = "package" if self.packages == 1 else "packages"
        return f"{self.packages} {noun}, {self.download} to download, {self.disk} on the disk"


def ensure(sets, *, assume_yes: bool = False) -> None:
    """Makes sure that the packages of these sets are installed."""
    needed = packages_of(sets)
    if read_platform() != PLATFORM:
        raise MissingError(
            f"this system is {' '.join(read_platform())}; Assay installs its packages on Debian 12 "
            f"only, it needs: {' '.join(needed)}"
        )
    lacking = find_lacking(needed)
    if lacking:
        install(lacking, assume_yes=assume_yes)


def packages_of(sets) -> list[str]:
    """The packages of the named sets, each once."""
    for name in sets:
        if name not in SETS:
            raise UsageError(f"no package set '{name}'; the sets are: {', '.join(SETS)}")
    return list(dict.fromkeys(package for name in sets for package in SETS[name]))


def read_platform() -> tuple[str, str]:
    """The system's name and version, as /etc/os-release has them."""
    try:
        lines = OS_RELEASE.read_text().splitlines()
    except OSError:
        return ("unknown", "")
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    return (fields.get("ID", "unknown").strip('"'), fields.get("VERSION_ID", "").strip('"'))


def find_lacking(needed: list[str]) -> list[str]:
    """Those of `needed` that are not fully installed, in the same order."""
    command = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *needed]
    try:
        answer = subprocess.run(command, capture_output=True, text=True)  # 1: one is unknown
    except FileNotFoundError:
        raise MissingError("dpkg-query is missing, so this is no complete Debian 12") from None
    installed = {
        line.removesuffix(" installed")
        for line in answer.stdout.splitlines()
        if line.endswith(" installed")
    }
    return [package for package in needed if package not in installed]


def install(lacking: list[str], *, assume_yes: bool) -> None:
    """Installs the packages, after a question if somebody sits there."""
    as_root = root_prefix(lacking)
    plan = make_plan(as_root, lacking)
    if not assume_yes and sys.stdin.isatty() and sys.stderr.isatty():
        progress.say(f"Lacking: {' '.join(lacking)}\nWith what they depend on: {plan}.")
        ask(lacking)
    apt = apt_command(as_root, "install", lacking)
    result = run_apt(apt, f"installing {plan}")
    if result.returncode != 0 and "404" in result.output:  # the package lists are out of date
        update(as_root)
        result = run_apt(apt, f"installing {plan}")
    if result.returncode != 0:
        fail("apt could not install the packages", result, lacking)


def root_prefix(lacking: list[str]) -> list[str]:
    """What makes a command run as root: nothing for root, else sudo."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo:
        check = [sudo, "-v"] if sys.stdin.isatty() else [sudo, "-n", "true"]
        quiet = None if sys.stdin.isatty() else subprocess.DEVNULL
        if subprocess.run(check, stderr=quiet).returncode == 0:
            return [sudo]
    raise MissingError(f"packages are lacking and only root can install them: {by_hand(lacking)}")


def make_plan(as_root: list[str], lacking: list[str]) -> Plan:
    """Asks apt what it would download; if it doesn't know a package, its lists are fetched."""
    command = ["apt-get", "--print-uris", "-y", "--no-install-recommends", "install", *lacking]
    for attempt in ("lists as they are", "lists updated"):
        answer = subprocess.run(command, capture_output=True, text=True, env=_plain_language())
        if answer.returncode == 0:
            return read_plan(answer.stdout)
        if attempt == "lists as they are":
            update(as_root)
    fail("apt cannot install the packages", _Result(answer.returncode, answer.stderr), lacking)


def read_plan(output: str) -> Plan:
    """What apt says before it does it. What lies in its cache need not be downloaded."""
    packages = re.search(r"(\d+) upgraded, (\d+) newly installed", output)
    download = re.search(r"Need to get (\S+ \w?B)", output)
    disk = re.search(r"After this operation, (\S+ \w?B) of additional", output)
    return Plan(
        int(packages[1]) + int(packages[2]) if packages else 0,
        download[1] if download else "nothing",
        disk[1] if disk else "nothing",
    )


def update(as_root: list[str]) -> None:
    """Fetches apt's package lists."""
    result = run_apt(apt_command(as_root, "update", []), "fetching the package lists")
    if result.returncode != 0:
        fail("apt could not fetch the package lists", result, [])


def apt_command(as_root: list[str], verb: str, packages: list[str]) -> list[str]:
    """apt-get, asking nothing and telling its progress among what it prints.

    The progress has a descriptor of its own, made behind sudo, which closes others: apt keeps the
    one it uses from the packages' scripts, and a script that finds stdout closed may fail.
    """
    environment = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
    shell = ["sh", "-c", 'exec "$@" 3>&1', "sh"]
    apt = ["apt-get", "-q", "-y", "-o", "APT::Status-Fd=3", *APT_OPTIONS]
    return [*as_root, *environment, *shell, *apt, verb, *packages]


@dataclass
class _Result:
    returncode: int
    output: str


def run_apt(command: list[str], title: str) -> _Result:
    """Runs apt with its chatter hidden behind a progress bar."""
    tail = collections.deque(maxlen=200)
    with progress.bar(title, 200) as bar:  # dlstatus runs to 100, then pmstatus
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        for line in process.stdout:
            status = re.match(r"(dl|pm)status:[^:]*:([\d.]+):(.*)", line)
            if status:
                phase = 0 if status[1] == "dl" else 100
                bar.set(phase + float(status[2]), status[3].strip())
            elif line.strip():
                tail.append(line.rstrip())
        return _Result(process.wait(), "\n".join(tail))


def ask(lacking: list[str]) -> None:
    """Goes on after a yes, and ends the verb after anything else."""
    print("Install them? [Y/n] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()  # "" is the end of the input, "\n" the default: yes
    if answer.strip().lower() not in ("", "y", "yes") or not answer:
        raise MissingError(f"not installed; to do it by hand: {by_hand(lacking)}")


def fail(what: str, result: _Result, lacking: list[str]) -> None:
    """Shows the end of apt's output and ends the verb."""
    progress.say("\n".join(result.output.splitlines()[-TAIL_LINES:]))
    to_repeat = by_hand(lacking) if lacking else "apt-get update"
    code = result.returncode
    raise MissingError(f"{what} (exit code {code}, output above); to repeat: {to_repeat}")


def by_hand(packages: list[str]) -> str:
    """The command that does the same without Assay."""
    return f"apt-get install --no-install-recommends {' '.join(packages)}"


def _plain_language() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8"}
