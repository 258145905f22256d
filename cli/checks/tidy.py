"""Checks what clang-format and clang-tidy say of the C++."""

import json
import re
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cli import machine, paths, programs
from cli.checks.check import Check, from_problems
from cli.checks.tidy_units import Unit, make_units

FORMAT, TIDY = "clang-format-19", "clang-tidy-19"
SECONDS_PER_FILE = 120
NOT_COMPILED = "[clang-diagnostic-error]"


def check_format(files: list[Path]) -> Check:
    """Everything is formatted as .clang-format says."""
    done = programs.capture([FORMAT, "--dry-run", "-Werror", *files], seconds=SECONDS_PER_FILE)
    if done.ok:
        return from_problems("format", [], len(files))
    places = Counter(re.findall(r"^(.+?):\d+:\d+: error: ", done.stderr, re.MULTILINE))
    problems = [f"{paths.from_root(name)}: {count} places" for name, count in places.items()]
    advice = f"{FORMAT} -i FILE formats it" if problems else done.cause()
    return from_problems("format", [*problems, advice], len(files))


def check_tidy(name: str, build_folder: Path, rooms: tuple[str, ...]) -> Check:
    """clang-tidy finds nothing in the rooms' sources, compiled as this build compiles them."""
    files = compiled_files(build_folder, rooms)
    units = make_units(build_folder, files)
    with ThreadPoolExecutor(machine.usable_cores()) as pool:
        together = list(pool.map(lambda unit: tidy_together(build_folder, unit), units))
        alone = [unit for unit, problems in zip(units, together) if problems is None]
        parts = [(file, unit.flags) for unit in alone for file in unit.files]
        found = [*filter(None, together), *pool.map(lambda part: tidy_file(*part), parts)]
    problems = list(dict.fromkeys(problem for problems in found for problem in problems))
    return from_problems(name, problems, len(files))


def compiled_files(build_folder: Path, rooms: tuple[str, ...]) -> list[Path]:
    """The sources of these rooms that the build compiles, each once."""
    commands = json.loads((build_folder / "compile_commands.json").read_text())
    files = {Path(command["directory"], command["file"]).resolve() for command in commands}
    folders = [paths.ROOT / room for room in rooms]
    return sorted(f for f in files if f.suffix == ".cc" and any(map(f.is_relative_to, folders)))


def tidy_together(build_folder: Path, unit: Unit) -> list[str] | None:
    """What clang-tidy says against the files of a unit; None if they do not compile together, or if
    it is one file.
    """
    if len(unit.files) == 1:
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".cc", dir=build_folder) as joined:
        joined.write(unit.text())
        joined.flush()
        command = [TIDY, "--quiet", joined.name, "--", *unit.flags]
        done = programs.capture(command, seconds=SECONDS_PER_FILE * len(unit.files))
    if done.ok:
        return []
    problems = problems_in(done.stdout)
    return problems if problems and NOT_COMPILED not in done.stdout else None


def tidy_file(file: Path, flags: tuple[str, ...]) -> list[str]:
    """What clang-tidy says against a file and the headers of ours that it includes."""
    command = [TIDY, "--quiet", file, "--", *flags]
    done = programs.capture(command, seconds=SECONDS_PER_FILE)
    if done.ok:
        return []
    return problems_in(done.stdout) or [f"{paths.from_root(file)}: {done.cause()}"]


def problems_in(output: str) -> list[str]:
    """Each problem with its place."""
    found = re.findall(r"^(\S+?)(:\d+:\d+): error: (.*)$", output, re.MULTILINE)
    return [f"{paths.from_root(Path(name))}{place}: {text}" for name, place, text in found]
