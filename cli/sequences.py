"""Files of operations that a user names: which file, and on which design it is tried."""

import re
from dataclasses import dataclass
from pathlib import Path

from cli import designs, errors, paths, plugins, programs
from cli.errors import FailedError, UsageError

CANARY = "canary"


@dataclass(frozen=True)
class Broken:
    """The design that a sequence breaks, by which operation, and how."""

    design: str
    operation: int  # from 1; 0 is init, one more than there are is the end
    verdict: str


def find_file(name: str) -> Path:
    """The file, or the shortest sequence of a finding's folder. One that cannot be read is named
    here, before minutes go into building.
    """
    file = Path(name)
    if file.is_dir():
        file /= "shortest.ops"
    with open(file, "rb"):
        pass
    return file


def design_of_finding(file: Path) -> str | None:
    """The design whose finding this is, if the file lies in a finding's folder."""
    folder = file.resolve().parent
    if folder.parent == paths.RUNS / "findings":
        for name in sorted(designs.everybody(), key=len, reverse=True):
            if folder.name.startswith(f"{name}-"):
                return name
    return None


def candidates(wanted: str | None, file: Path) -> list[str]:
    """Who may be meant: the design that is named, else that of the finding, else all on trial and
    the canary.
    """
    if wanted:
        design, width = re.fullmatch(r"(.*?)(/\d+)?", wanted).groups()  # bitmap/8: words of 8 bits
        return [designs.find(design, designs.everybody()) + (width or "")]
    found = design_of_finding(file)
    return [found] if found else [*designs.names(), CANARY]


def first_broken(file: Path, names: list[str]) -> Broken:
    """The first of these designs that the sequence breaks. Needs the fuzz build of assay-ops."""
    for name in names:
        broken = locate(file, name)
        if broken:
            return broken
    hint = "" if len(names) == 1 else "; name another with --design"
    raise UsageError(f"{file}: breaks no clause on {', '.join(names)}{hint}")


def locate(file: Path, name: str) -> Broken | None:
    """Which operation breaks this design, if one does."""
    tool = paths.tool("fuzz", "assay-ops")
    plugins.build_named([name], ["fuzz"])
    on_trial = plugins.for_tool(name, "fuzz")
    done = programs.capture([tool, "locate", file.resolve(), "--design", on_trial])
    if done.returncode == errors.OK:
        return None
    if done.returncode == errors.USAGE:
        raise UsageError(re.sub("^assay-ops: ", "", done.cause()))
    if done.returncode != errors.FAILED or not done.stdout:
        raise FailedError(f"assay-ops locate: {done.cause()}")
    operation, verdict = done.stdout.strip().split("\n", 1)
    return Broken(name, int(operation), verdict)
