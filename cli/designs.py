"""The designs on trial and the zoo, read from the C++ lists that the build reads."""

import difflib
import json
import re

from cli import paths, plugins, programs
from cli.errors import FailedError, UsageError

LOCKSTEP = "lockstep"  # all designs on trial at once: fuzzed and replayed by this name
_ENTRY = re.compile(r"^\s*DESIGN\((\w+),", re.MULTILINE)


def names() -> list[str]:
    """The designs on trial, in the order of impls/designs.h."""
    return _ENTRY.findall((paths.ROOT / "impls" / "designs.h").read_text())


def settings() -> list[str]:
    """Designs in a setting of their own: fuzzed, explored and replayed, but no contestants."""
    lists = ("oracle/host/booted_coremap.h", "impls/wrapped_designs.h")
    return [name for path in lists for name in _ENTRY.findall((paths.ROOT / path).read_text())]


def zoo() -> list[str]:
    """The allocators that are wrong on purpose."""
    return _ENTRY.findall((paths.ROOT / "oracle" / "zoo" / "zoo.h").read_text())


def everybody() -> list[str]:
    """Everyone who can be put on trial by name."""
    return [*names(), *settings(), *zoo(), LOCKSTEP]


def choose(wanted: list[str], beside: list[str] | None = None) -> list[str]:
    """The designs that the user named, each once, or all; an unknown one ends the verb.

    Those `beside` the designs on trial may be named, too, and plug-ins by their folders.
    """
    chosen = [find(name, [*names(), *(beside or [])]) for name in wanted]
    return list(dict.fromkeys(chosen)) or names()


def find(name: str, known: list[str]) -> str:
    """What somebody goes by who is named on a command line: a design, or a plug-in's folder."""
    if name not in known and plugins.is_meant(name):
        return plugins.find(name, taken=everybody()).name
    return check(name, known)


def check(name: str, known: list[str]) -> str:
    """`name`, if there is such a design."""
    if name in known:
        return name
    if plugins.is_meant(name):
        raise UsageError(
            f"{name}: this takes designs only; an allocator of your own goes with try, fuzz, "
            "explore, replay, shrink, bench and boot"
        )
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    raise UsageError(f"no design '{name}'; {hint}there are: {', '.join(known)}")


def faults() -> dict[str, dict]:
    """What each member of the zoo says of its fault: `clause`, `calls`, `frames`, `ram`,
    `must_be_caught_by`. Needs the release build of assay-ops.
    """
    done = programs.capture([paths.tool("release", "assay-ops"), "designs", "--json"])
    if not done.ok:
        raise FailedError(f"assay-ops designs: {done.cause()}")
    return {entry["name"]: entry["fault"] for entry in json.loads(done.stdout) if entry["fault"]}
