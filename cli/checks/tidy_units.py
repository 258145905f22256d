"""What clang-tidy reads at a time.

It looks at all that a source includes as long as at the source itself: of a test, what it includes
is ten times what it says. So sources that are compiled alike become one unit, and what they include
is looked at once.
"""

import json
import re
import shlex
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

TEST = "_test.cc"
PRECOMPILED = "-Winvalid-pch"  # CMake's words for such headers begin with it,
PRECOMPILED_WORDS = 9  # two options for clang and their values follow, -Xclang before each

_INCLUDE = re.compile(r"^#include [<\"].+[>\"]", re.MULTILINE)
_SOURCE = '#include "{file}"  // NOLINT(bugprone-suspicious-include)\n'
# Each test in a namespace of its own, where names of the project are found all the same: tests have
# helpers of one name. What they include stands in front of all.
_PART = """namespace part_{number} {{
namespace assay {{ using namespace ::assay; }}
{source}}}
"""


@dataclass(frozen=True)
class Unit:
    """Sources with the flags that all of them are compiled with."""

    flags: tuple[str, ...]
    files: tuple[Path, ...]

    def text(self) -> str:
        """One source that stands for all."""
        sources = [_SOURCE.format(file=file) for file in self.files]
        if not self.files[0].name.endswith(TEST):
            return "".join(sources)
        said = [line for file in self.files for line in _INCLUDE.findall(file.read_text())]
        includes = sorted(dict.fromkeys(said), key=lambda line: '"' in line)
        parts = [_PART.format(number=n, source=source) for n, source in enumerate(sources)]
        return "\n".join([*includes, "namespace assay {}", *parts])


def make_units(build_folder: Path, files: list[Path]) -> list[Unit]:
    """All of `files`; the largest unit comes first."""
    groups = defaultdict(list)
    flags = flags_by_file(build_folder)
    for file in files:
        groups[flags[file], file.name.endswith(TEST)].append(file)
    units = [Unit(words, tuple(group)) for (words, _), group in groups.items()]
    return sorted(units, key=lambda unit: -len(unit.files))


def flags_by_file(build_folder: Path) -> dict[Path, tuple[str, ...]]:
    """What each source is compiled with; of one that is compiled several times, the first."""
    found = {}
    for command in json.loads((build_folder / "compile_commands.json").read_text()):
        words = shlex.split(command["command"])[1:]
        source = Path(command["directory"], command["file"]).resolve()
        if "-o" in words:
            output = words.index("-o")
            del words[output : output + 2]
        flags = [word for word in words if word not in ("-c", command["file"])]
        found.setdefault(source, tuple(without_precompiled(flags)))
    return found


def without_precompiled(flags: list[str]) -> list[str]:
    """A source is read with what it includes itself, not with headers that are compiled ahead."""
    if PRECOMPILED not in flags:
        return flags
    begin = flags.index(PRECOMPILED)
    return flags[:begin] + flags[begin + PRECOMPILED_WORDS :]
