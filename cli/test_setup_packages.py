"""Setup against a pretended machine: dpkg-query, apt-get and sudo are small scripts on the PATH."""

import io
import os
import sys

import pytest

from cli import setup_packages
from cli.errors import MissingError

DPKG_QUERY = """#!/bin/sh
cat "$MACHINE/installed"
exit 1
"""

# Knows the packages once the lists are there; installing appends to `installed`. As with the real
# apt, a package's script does not get the descriptor of the progress, and fails if it cannot print.
APT_GET = """#!/bin/sh
echo "$*" >> "$MACHINE/apt.log"
status_fd=$(echo "$*" | sed -n 's/.*APT::Status-Fd=\\([0-9]*\\).*/\\1/p')
case "$*" in
  *--print-uris*)
    [ -e "$MACHINE/lists" ] || { echo "E: Unable to locate package" >&2; exit 100; }
    echo "0 upgraded, 2 newly installed, 0 to remove and 130 not upgraded."
    echo "Need to get 7000 kB of archives."
    echo "After this operation, 31.2 MB of additional disk space will be used." ;;
  *" update"*) touch "$MACHINE/lists" ;;
  *install*)
    echo "dlstatus:1:50.0:Retrieving a" >&"$status_fd"
    (eval "exec $status_fd>&-"; echo "Setting up a") || exit 100
    [ -e "$MACHINE/broken" ] && { cat "$MACHINE/broken"; rm "$MACHINE/broken"; exit 100; }
    for package in "$@"; do echo "$package installed" >> "$MACHINE/installed"; done ;;
esac
"""

SUDO = """#!/bin/sh
echo "$*" >> "$MACHINE/sudo.log"
[ -e "$MACHINE/no-password" ] || exit 1
[ "$1" = -n ] && shift
exec "$@"
"""


class Machine:
    """A folder that stands for a Debian 12 machine on which root runs Assay."""

    def __init__(self, folder, monkeypatch):
        self.folder, self._monkeypatch = folder, monkeypatch
        (folder / "bin").mkdir()
        for name, text in {"dpkg-query": DPKG_QUERY, "apt-get": APT_GET}.items():
            self.add_program(name, text)
        self.write("installed", "")
        self.write("lists", "")
        self.write("os-release", 'ID=debian\nVERSION_ID="12"\n')
        monkeypatch.setenv("MACHINE", str(folder))
        monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")
        monkeypatch.setattr(setup_packages, "OS_RELEASE", folder / "os-release")
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(sys, "stdin", io.StringIO())

    def add_program(self, name, text):
        self.write(f"bin/{name}", text)
        (self.folder / "bin" / name).chmod(0o755)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def log(self, name="apt.log"):
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def sit_down(self, typed):
        """Somebody at a terminal types this."""
        stream = io.StringIO(typed)
        stream.isatty = lambda: True
        self._monkeypatch.setattr(sys, "stdin", stream)
        self._monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        self._monkeypatch.setattr(setup_packages.progress, "_rich_bar", lambda *_: None)

    def log_out_root(self):
        self._monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    return Machine(tmp_path, monkeypatch)


def installed(sets):
    return "".join(f"{package} installed\n" for package in setup_packages.packages_of(sets))


def test_the_issue_s_packages_are_all_in_a_set():
    wanted = (
        "clang-19 libclang-rt-19-dev lld-19 llvm-19 clang-tidy-19 clang-format-19 g++-12 cmake "
        "ninja-build gdb libboost-dev libbenchmark-dev libgtest-dev libcli11-dev libfmt-dev "
        "nlohmann-json3-dev qemu-system-x86 xz-utils python3-matplotlib python3-numpy "
        "python3-scipy python3-rich python3-jinja2 python3-pytest "
        "python3-clang-19 "  # not in the issue: mutants are made from the parsed source
        "libc++-19-dev libc++abi-19-dev zip "  # nor these: build.sh of .clusterfuzzlite/ needs them
        "grub-pc-bin grub-common xorriso mtools "  # nor these: boot --iso
        "chromium python3-pytest-xdist"  # nor these: pages are opened, tests run side by side
    )
    assert set(setup_packages.packages_of(setup_packages.SETS)) == set(wanted.split())


def test_with_everything_there_it_is_silent_and_never_calls_apt(machine, capfd):
    machine.write("installed", installed(["build"]))
    setup_packages.ensure(["build"])
    assert machine.log() == []
    assert capfd.readouterr() == ("", "")


def test_only_what_lacks_is_installed(machine):
    machine.write("installed", installed(["test"]).replace("gdb installed", "gdb config-files"))
    setup_packages.ensure(["test"])
    assert [line.split(" install ")[1] for line in machine.log()] == ["gdb", "gdb"]  # plan, do
    assert "--no-install-recommends" in machine.log()[-1]
    assert not any(" update" in line for line in machine.log())


def test_package_lists_are_fetched_when_a_package_is_unknown(machine):
    (machine.folder / "lists").unlink()
    setup_packages.ensure(["kernel"])
    assert [("update" in line) for line in machine.log()] == [False, True, False, False]
    assert "qemu-system-x86 installed" in (machine.folder / "installed").read_text()


def test_package_lists_are_fetched_when_a_download_is_gone(machine):
    machine.write("broken", "E: Failed to fetch http://mirror/a.deb  404  Not Found\n")
    setup_packages.ensure(["kernel"])
    assert sum(" update" in line for line in machine.log()) == 1


def test_a_failing_apt_shows_its_last_lines(machine, capfd):
    machine.write("broken", "E: disk on fire\n")
    with pytest.raises(MissingError, match="exit code 100.*apt-get install .*qemu-system-x86"):
        setup_packages.ensure(["kernel"])
    assert "E: disk on fire" in capfd.readouterr().err


@pytest.mark.parametrize(
    "typed, goes_on", [("y\n", True), ("\n", True), ("n\n", False), ("", False)]
)
def test_on_a_terminal_it_names_packages_and_size_and_asks(machine, capfd, typed, goes_on):
    machine.sit_down(typed)
    if goes_on:
        setup_packages.ensure(["kernel"])
    else:
        with pytest.raises(MissingError, match="not installed; to do it by hand: apt-get install"):
            setup_packages.ensure(["kernel"])
    shown = capfd.readouterr().err
    assert "qemu-system-x86" in shown and "[Y/n]" in shown
    assert "2 packages, 7000 kB to download, 31.2 MB on the disk" in shown
    assert (len(machine.log()) == 2) == goes_on


def test_yes_skips_the_question(machine, capfd):
    machine.sit_down("n\n")
    setup_packages.ensure(["kernel"], assume_yes=True)
    assert "[Y/n]" not in capfd.readouterr().err


def test_another_system_is_told_what_is_needed(machine):
    machine.write("os-release", "ID=arch\n")
    with pytest.raises(MissingError, match="this system is arch.*qemu-system-x86") as caught:
        setup_packages.ensure(["kernel"])
    assert caught.value.exit_code == 3
    assert machine.log() == []


def test_without_root_it_goes_through_sudo(machine):
    machine.log_out_root()
    machine.add_program("sudo", SUDO)
    machine.write("no-password", "")
    setup_packages.ensure(["kernel"])
    assert "DEBIAN_FRONTEND=noninteractive" in machine.log("sudo.log")[-1]
    assert "qemu-system-x86 installed" in (machine.folder / "installed").read_text()


@pytest.mark.parametrize("has_sudo", [False, True])
def test_without_root_and_a_usable_sudo_it_names_the_command(machine, monkeypatch, has_sudo):
    machine.log_out_root()
    if has_sudo:
        machine.add_program("sudo", SUDO)  # wants a password, and nobody is there to type it
    else:
        monkeypatch.setattr(setup_packages.shutil, "which", lambda name: None)
    with pytest.raises(MissingError, match="apt-get install --no-install-recommends qemu-"):
        setup_packages.ensure(["kernel"])
    assert machine.log() == []
