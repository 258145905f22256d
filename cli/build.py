"""Configures and builds with CMake and Ninja: quiet when it works, else the compiler's words."""

import contextlib
import fcntl
import re
import subprocess
from pathlib import Path

from cli import machine, paths, progress, programs
from cli.errors import FailedError

CONFIGURED = ".assay-configured"
PLUGIN = "plugin"  # instead of a design, in the name of a build folder


def build(
    preset: str,
    targets=(),
    *,
    design: str | None = None,
    plugin: Path | None = None,
    ubsan: bool = False,
    broken_lock: bool = False,
) -> Path:
    """Builds `targets` (all, if none is named) of a preset; returns the folder of what it builds.

    The kernel is built once per design, each in a folder of its own. Around somebody else's
    allocator it is linked into the folder of its object, `plugin` (kernel-shim/CMakeLists.txt); all
    of them share a build folder. With `ubsan` it is another kernel, in which undefined behaviour
    traps; with `broken_lock` one that several CPUs must break.
    """
    folder = paths.build_dir(preset, PLUGIN if plugin else design)
    if ubsan:
        folder = folder.with_name(f"{folder.name}-ubsan")
    if broken_lock:
        folder = folder.with_name(f"{folder.name}-broken-lock")
    result = plugin / folder.name if plugin else folder
    # Afresh: a cache whose compilers change would forget what the preset says.
    configure = ["cmake", "--fresh", "--preset", preset]
    if design:
        configure = _kernel(folder, design, ubsan)
        configure += ["-DASSAY_KERNEL_BROKEN_LOCK=ON"] if broken_lock else []
        configure += _around(plugin, result) if plugin else []
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        if _must_configure(folder, configure):
            _run(configure, f"configuring {folder.name}")
            (folder / CONFIGURED).write_text(_shown(configure))
        command = ["cmake", "--build", folder, "--parallel", machine.usable_cores()]
        command += ["--target", *targets] if targets else []
        _run(command, f"building {folder.name}")
    return result


@contextlib.contextmanager
def alone_in(folder: Path):
    """Two commands at once take turns in one build folder."""
    with open(folder / ".assay-lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _kernel(folder: Path, design: str, ubsan: bool) -> list:
    """The kernel is a CMake project of its own, since one project has one compiler target."""
    room = paths.ROOT / "kernel-shim"
    command = ["cmake", "-S", room, "-B", folder, "-G", "Ninja"]
    command += ["--toolchain", room / "toolchain.cmake", f"-DASSAY_KERNEL_DESIGN={design}"]
    return [*command, "-DASSAY_KERNEL_UBSAN=ON"] if ubsan else command


def _around(plugin: Path, result: Path) -> list[str]:
    return [f"-DASSAY_KERNEL_PLUGIN={plugin}", f"-DASSAY_KERNEL_IMAGE_FOLDER={result}"]


def _must_configure(folder: Path, command: list) -> bool:
    """Ninja itself notices a changed CMakeLists.txt, but not a changed preset."""
    presets, stamp = paths.ROOT / "CMakePresets.json", folder / CONFIGURED
    if not stamp.exists() or stamp.stat().st_mtime_ns < presets.stat().st_mtime_ns:
        return True
    return stamp.read_text() != _shown(command)


def _shown(command: list) -> str:
    return " ".join(paths.from_root(part) for part in command)


def _run(command: list, title: str) -> None:
    command = [str(part) for part in command]
    output = []
    with progress.bar(title, 1.0) as bar:
        try:
            process = subprocess.Popen(
                command,
                cwd=paths.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except FileNotFoundError:
            raise programs.missing(command[0]) from None
        for line in process.stdout:
            step = re.match(r"\[(\d+)/(\d+)\] ", line)
            if step:
                bar.set(int(step[1]) / int(step[2]), f"{step[1]}/{step[2]}")
            else:
                output.append(line)
        code = process.wait()
    if code != 0:
        progress.say("".join(output).rstrip())
        raise FailedError(f"{title} failed (output above); to repeat: {_shown(command)}")
