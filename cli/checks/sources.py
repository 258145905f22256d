"""The files that the checks look at."""

from collections.abc import Iterator
from pathlib import Path

NOT_OURS = {"build", "runs", ".git", "__pycache__", ".pytest_cache"}
CXX = {".h", ".cc"}


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
    return [path for path in all_files(root) if path.suffix in CXX]


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
