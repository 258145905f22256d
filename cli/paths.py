"""Where things are. Other modules ask here, so that nobody builds a path by hand."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = ROOT / "runs"
BUILD = ROOT / "build"


def build_dir(preset: str, design: str | None = None) -> Path:
    """The build folder of a preset; the kernel has one per design."""
    return BUILD / (f"{preset}-{design}" if design else preset)


def tool(preset: str, name: str) -> Path:
    """An executable that the preset builds."""
    return build_dir(preset) / "bin" / name


def from_root(path: Path) -> str:
    """The path as results and commands have it: from the repository's root if it is inside."""
    path = Path(path)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
