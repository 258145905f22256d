"""Writing files so that a final name never holds half a file."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path):
    """A temporary file beside `path`, to be written; renamed at the end, or gone after an error."""
    path = Path(path)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        error.filename = str(path)
        raise
    try:
        with os.fdopen(handle):
            os.fchmod(handle, 0o644)
        yield Path(temporary)
        os.replace(temporary, path)
    except BaseException as error:
        os.unlink(temporary)
        if isinstance(error, OSError) and error.filename in (None, temporary):
            error.filename = str(path)  # a failed write does not know its file
        raise


@contextlib.contextmanager
def replacing_folder(path: Path):
    """A temporary folder beside `path`, to be filled; it takes the place of `path`, with all that
    is in there, at the end, or is gone after an error.
    """
    path = Path(path).resolve()
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        whole, old = temporary / "new", temporary / "old"
        whole.mkdir()
        yield whole
        if path.exists():
            os.rename(path, old)
        try:
            os.rename(whole, path)
        except BaseException:
            if old.exists():
                os.rename(old, path)
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Writes to a temporary name beside `path`, then renames: all or nothing."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """As `write_bytes`, for text."""
    write_bytes(path, text.encode())
