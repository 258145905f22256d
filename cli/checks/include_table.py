"""Checks the rooms' include table: who may include whom, and what freestanding parts may use.

C files are parts of plug-ins, or go to other people's kernels, and know nothing of the rooms: they
name what lies beside them, or on top of their own (the plug-ins' header, the exported ones).
"""

import re
from pathlib import Path

from cli.checks import sources

# A file is in the room with the longest fitting path. Each room may include itself and these.
MAY_INCLUDE = {
    "impls": (),
    "oracle": ("impls",),
    "oracle/host": ("oracle", "oracle/zoo", "impls"),
    "oracle/zoo": ("oracle", "impls"),
    "fuzz": ("oracle", "oracle/host", "oracle/zoo", "impls"),
    "bench": ("oracle", "oracle/host", "oracle/zoo", "impls"),
    "kernel-shim": ("oracle", "oracle/zoo", "impls"),
}

# Rooms that the kernel compiles too, and the library headers that work there and need neither heap
# nor OS. Their unit tests run on the host and may include any library.
FREESTANDING_ROOMS = {"impls", "oracle", "oracle/zoo"}
FREESTANDING_HEADERS = set(
    "algorithm array atomic bit climits compare concepts cstddef cstdint cstring expected "
    "initializer_list limits new numeric optional source_location span string_view tuple "
    "type_traits utility variant version".split()
)
FREESTANDING_C_HEADERS = {f"{name}.h" for name in "limits stdarg stdbool stddef stdint".split()}
GENERATED = {"design_source.h"}  # by the build, into its own folder

_INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def find_problems(root: Path) -> tuple[list[str], int]:
    """What breaks the table, and how many files were looked at."""
    problems, looked_at = [], 0
    for path in sources.cxx_files(root):
        name = str(path.relative_to(root))
        room = room_of(name)
        if room is None:
            problems.append(f"{name}: is in no room of the include table")
            continue
        looked_at += 1
        for number, quote, header in includes_of(path):
            if problem := problem_with(name, room, quote, header):
                problems.append(f"{name}:{number}: {problem}")
    for path in sources.c_files(root):
        looked_at += 1
        for number, quote, header in includes_of(path):
            if problem := problem_in_c(root, path, quote, header):
                problems.append(f"{path.relative_to(root)}:{number}: {problem}")
    return problems, looked_at


def includes_of(path: Path) -> list[tuple[int, str, str]]:
    """Of each include of a file the number of its line, its kind (a quote or '<') and its name."""
    lines = enumerate(path.read_text().splitlines(), 1)
    return [(number, *found.groups()) for number, line in lines if (found := _INCLUDE.match(line))]


def problem_in_c(root: Path, path: Path, quote: str, header: str) -> str | None:
    """What is wrong with an include of a C file, or None."""
    if quote == "<":
        if header in FREESTANDING_C_HEADERS:
            return None
        return f"C has no library here and must not include <{header}>"
    return None if c_header(root, path, header) else f'"{header}" is not beside it'


def c_header(root: Path, path: Path, header: str) -> Path | None:
    """The file that a C file includes by this name."""
    room = sources.c_room(root, path)
    if room is None:
        return None
    for folder in (path.parent, room):
        file = (folder / header).resolve()
        if file.is_file() and file.is_relative_to(room.resolve()):
            return file
    return None


def problem_with(name: str, room: str, quote: str, header: str) -> str | None:
    """What is wrong with an include, or None."""
    is_test = name.endswith("_test.cc") or Path(name).name.startswith("test_")
    if quote == "<":
        if room in FREESTANDING_ROOMS and not is_test and header not in FREESTANDING_HEADERS:
            return f"{room}/ is freestanding and must not include <{header}>"
        return None
    if header in GENERATED:
        return None
    other = room_of(header)
    if other is None:
        return f'"{header}" is not named from the repository\'s root'
    allowed = {room, *MAY_INCLUDE[room]}
    if is_test and room != "impls":
        allowed |= {"oracle/host", "oracle/zoo"}
    if other not in allowed:
        return f'{room}/ must not include {other}/: "{header}"'
    return None


def room_of(name: str) -> str | None:
    """The room that a path from the root is in."""
    fitting = [room for room in MAY_INCLUDE if name.startswith(f"{room}/")]
    return max(fitting, key=len, default=None)
