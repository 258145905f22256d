"""An image that GRUB boots: the kernel with its command line and its modules, as a CD."""

import shlex
import shutil
import tempfile
from pathlib import Path

from cli import files, programs
from cli.errors import FailedError

PROGRAM = "grub-mkrescue"
# Without GRUB's fonts, languages and modules that are not needed: a tenth of the size.
FLAGS = [
    "--install-modules=multiboot normal iso9660 biosdisk part_msdos",
    *"--fonts= --themes= --locales= --compress=xz".split(),
]
# The PC's BIOS alone: the machine may have GRUB's files for other platforms, too.
BIOS = Path("/usr/lib/grub/i386-pc")
FOLDER = "boot"
LIMIT_S = 300


def write(target: Path, kernel: Path, modules: dict[str, Path], command_line: str = "") -> None:
    """Writes the image, whole or not at all. `modules` are files by the names that the kernel sees;
    neither they nor the command line may hold what GRUB's script gives a meaning.
    """
    with files.replacing(target) as image, tempfile.TemporaryDirectory(prefix="assay-") as work:
        folder = Path(work) / FOLDER
        (folder / "grub").mkdir(parents=True)
        strip = ["llvm-objcopy-19", "--strip-debug", kernel.resolve(), folder / "kernel.elf"]
        _run(strip, work)
        for number, file in enumerate(modules.values()):
            shutil.copyfile(file, folder / f"module{number}")
        (folder / "grub" / "grub.cfg").write_text(script(list(modules), command_line))
        _run([PROGRAM, *FLAGS, "-d", BIOS, "-o", image.resolve(), work], work)


def script(names: list[str], command_line: str) -> str:
    """grub.cfg: what is loaded, at once and without a menu."""
    words = " ".join(map(shlex.quote, command_line.split()))
    lines = [f"multiboot /{FOLDER}/kernel.elf {words}".rstrip()]
    lines += [
        f"module /{FOLDER}/module{number} {shlex.quote(name)}" for number, name in enumerate(names)
    ]
    return "\n".join([*lines, "boot"]) + "\n"


def _run(command: list, folder: str) -> None:
    done = programs.capture(command, seconds=LIMIT_S, cwd=folder)
    if not done.ok:
        raise FailedError(f"{command[0]} could not make the image: {done.cause()}")
