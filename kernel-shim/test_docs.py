"""docs/KERNEL.md lists every function of the sources' headers, with a test that is there."""

import re
from pathlib import Path

import pytest

ROOM = Path(__file__).parent
PAGE = (ROOM.parent / "docs" / "KERNEL.md").read_text()
HEADERS = sorted((ROOM / "sources").glob("*.h"))


def functions(header: Path) -> list[str]:
    """The names declared in a header, without comments and types."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", header.read_text(), flags=re.DOTALL)
    return re.findall(r"^[a-z][\w *]*[ *](\w+)\([^;{]*\);", code, flags=re.MULTILINE)


@pytest.mark.parametrize("header", HEADERS, ids=lambda path: path.name)
def test_every_function_is_in_the_page(header):
    part = PAGE.split(f"### [{header.name}]")[1].split("###")[0]
    names = functions(header)
    assert len(names) >= 9
    assert [name for name in names if f"`{name}`" not in part] == []


def test_every_test_in_the_page_is_run():
    rows = [line for line in PAGE.split("## Functions")[1].splitlines() if line.startswith("| `")]
    tests = re.findall(r"\{\"(\w+)\"", (ROOM / "tests" / "tests.h").read_text())
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[3])]
    assert len(named) >= len(rows)
    assert [name for name in named if name not in tests] == []
