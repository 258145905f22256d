"""The seed corpus: the sequences that every target starts from.

They are kept as text, which people can read and which outlives the byte form; libFuzzer gets bytes.
What once broke a design is a seed, too.
"""

from pathlib import Path

from cli import paths, programs
from cli.errors import FailedError

FOLDERS = ("corpus", "regressions")
PARSERS = ("text", "bytes")
DICTIONARY = paths.ROOT / "fuzz" / "parsers" / "ops.dict"


def find_seeds() -> list[Path]:
    """The committed seeds, as `.ops` files."""
    return sorted(
        file for folder in FOLDERS for file in (paths.ROOT / "fuzz" / folder).glob("*.ops")
    )


def write_seeds(folder: Path) -> Path:
    """Writes each seed in its byte form into `folder`, which is made. Needs `assay-ops`."""
    folder.mkdir()
    for file in find_seeds():
        seed = folder / f"{file.parent.name}-{file.stem}.opsb"
        done = programs.capture([paths.tool("fuzz", "assay-ops"), "convert", file, seed])
        if not done.ok:
            raise FailedError(f"the seed {paths.from_root(file)} cannot be used: {done.cause()}")
    return folder


def seeds_of(form: str, folder: Path) -> Path:
    """The committed seeds as a parser reads them: text, as they are, or bytes. Makes `folder`."""
    if form == "bytes":
        return write_seeds(folder)
    folder.mkdir()
    for file in find_seeds():
        (folder / f"{file.parent.name}-{file.name}").write_bytes(file.read_bytes())
    return folder
