"""The files that the checks look at."""

from collections.abc import Iterator
from pathlib import Path

NOT_OURS = {"build", "runs", ".git", "__pycache__", ".pytest_cache"}
CXX = {".h", ".cc"}
# What plug-ins are made of is C, and what goes to other people's kernels.
C_ROOMS = ("impls/plugin", "kernel-shim/export")


def all_files(root: Path) -> Iterator[Path]:
    """Every file of the project, in order of its name."""
    for path in sorted(root.iterdir()):
        if path.name in NOT_OURS:
            continue
        if path.is_dir():
            yield from all_files(path)
        elif path.is_file() and not path.is_symlink():
            yield path


def cxx_files(root: Path) -> list[Path]:
    """C++ sources and headers."""
    c = set(c_files(root))
    return [path for path in all_files(root) if path.suffix in CXX and path not in c]


def c_files(root: Path) -> list[Path]:
    """C sources, and those headers of the C rooms that do not start with C++'s `#pragma once`."""

    def is_c(path: Path) -> bool:
        if path.suffix != ".h" or c_room(root, path) is None:
            return path.suffix == ".c"
        return "#pragma once" not in path.read_text()

    return [path for path in all_files(root) if is_c(path)]


def c_room(root: Path, path: Path) -> Path | None:
    """The C room that a file is in."""
    rooms = [root / room for room in C_ROOMS]
    return next((room for room in rooms if path.is_relative_to(room)), None)


def python_files(root: Path) -> list[Path]:
    """Python sources; `assay` has no suffix."""
    return [path for path in all_files(root) if path.suffix == ".py" or path == root / "assay"]


def markdown_files(root: Path) -> list[Path]:
    """Prose."""
    return [path for path in all_files(root) if path.suffix == ".md"]


def text_of(path: Path) -> str | None:
    """A file's text; None if it is not text."""
    content = path.read_bytes()
    if b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
