"""Runs a kernel in QEMU: a PC without anything but a serial line and a way out."""

import contextlib
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from cli import programs

PROGRAM = "qemu-system-i386"
DEBUG, DISK, FAULTS = "debug", "disk", "faults"  # files, in the folder of a boot

# KVM must not be tried: where it cannot run, QEMU may end with 0 and no word. -no-reboot turns a
# triple fault into an end, also with 0.
FLAGS = (
    "-accel tcg -display none -nodefaults -no-user-config -no-reboot -monitor none "
    "-device isa-debug-exit,iobase=0xf4,iosize=0x04"
).split()


@dataclass(frozen=True)
class DiskFault:
    """What goes wrong on a disk: each read or each write of `sector`, or of any sector."""

    of: str  # "read" or "write"
    sector: int | None = None
    once: bool = False  # only the first time


@dataclass(frozen=True)
class Disk:
    """An empty disk, which is gone with its machine."""

    mib: int
    faults: tuple[DiskFault, ...] = ()


@dataclass(frozen=True)
class Boot:
    """How QEMU ended, and what came over the serial line."""

    returncode: int
    serial: str
    stderr: str
    timed_out: bool
    seconds: float
    debug: bytes | None = None  # what came over the debug console, if there was one


def boot(
    kernel: Path,
    *,
    memory_mib: int,
    modules: dict[str, Path] | None = None,
    command_line: str = "",
    limit_s: float = 60,
    icount: bool = False,
    has_debug_console: bool = False,
    from_disc: bool = False,
    cpus: int = 1,
    disk: Disk | None = None,
) -> Boot:
    """Boots once, for `limit_s` at most. `modules` are files by the names that the kernel sees.

    With `icount` the machine's time is its instructions, a nanosecond each: every run is the same.
    A debug console takes bytes at port 0xE9. With `from_disc` the kernel is an image of a CD, which
    has modules and command line in itself. The machine has `cpus` CPUs; the kernel uses as many
    as `cpus=` on its command line says.
    """
    options = {"memory_mib": memory_mib, "modules": modules, "command_line": command_line}
    options |= {"icount": icount, "has_debug_console": has_debug_console, "from_disc": from_disc}
    options |= {"cpus": cpus, "disk": disk}
    with machine(kernel, **options) as (command, folder):
        started = time.monotonic()
        done = programs.capture([*command, "-serial", "stdio"], seconds=limit_s, cwd=folder)
        seconds = time.monotonic() - started
        debug = (folder / DEBUG).read_bytes() if (folder / DEBUG).exists() else None
    return Boot(done.returncode, done.stdout, done.stderr, done.timed_out, seconds, debug)


@contextlib.contextmanager
def machine(
    kernel: Path,
    *,
    memory_mib: int,
    modules: dict[str, Path] | None = None,
    command_line: str = "",
    icount: bool = False,
    has_debug_console: bool = False,
    from_disc: bool = False,
    cpus: int = 1,
    disk: Disk | None = None,
):
    """The command that starts the machine, all but where its serial line goes to, and the folder
    to start it in.
    """
    modules = modules or {}
    with tempfile.TemporaryDirectory(prefix="assay-boot-") as folder:
        # Under names of their own the files may lie anywhere: QEMU takes commas and blanks in a
        # path for ends of it, and no path of this machine gets into the kernel's log.
        link = Path(folder)
        (link / "kernel.elf").symlink_to(Path(kernel).resolve())
        for name, file in modules.items():
            (link / name).symlink_to(Path(file).resolve())
        command = [PROGRAM, *FLAGS, "-smp", f"{cpus}", "-m", f"{memory_mib}M"]
        command += ["-cdrom" if from_disc else "-kernel", "kernel.elf"]
        command += ["-append", command_line] if command_line else []
        command += ["-icount", "shift=0,sleep=off"] if icount else []
        command += ["-initrd", ",".join(modules)] if modules else []
        command += ["-debugcon", f"file:{DEBUG}"] if has_debug_console else []
        command += disk_flags(link, disk) if disk else []
        yield command, link


def disk_flags(folder: Path, disk: Disk) -> list[str]:
    """Makes the disk's file in the folder. Returns: what QEMU is told about it."""
    with open(folder / DISK, "wb") as file:
        file.truncate(disk.mib << 20)
    name = DISK
    if disk.faults:
        (folder / FAULTS).write_text("\n".join(map(describe_fault, disk.faults)))
        name = f"blkdebug:{FAULTS}:{DISK}"
    # It need not survive the machine: the host may keep it in memory. The guest is told of errors,
    # not stopped.
    return ["-drive", f"file={name},format=raw,if=ide,cache=unsafe,werror=report,rerror=report"]


def describe_fault(fault: DiskFault) -> str:
    """As QEMU's blkdebug reads it: an error of input and output, number 5."""
    lines = ["[inject-error]", 'event = "none"', f'iotype = "{fault.of}"', 'errno = "5"']
    lines += [f'sector = "{fault.sector}"'] if fault.sector is not None else []
    lines += ['once = "on"'] if fault.once else []
    return "\n".join([*lines, ""])
