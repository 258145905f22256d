"""The designs on trial and the zoo, read from the C++ lists that the build reads."""

import difflib
import re

from cli import paths
from cli.errors import UsageError

_ENTRY = re.compile(r"^\s*DESIGN\((\w+),", re.MULTILINE)


def names() -> list[str]:
    """The designs on trial, in the order of impls/designs.h."""
    return _ENTRY.findall((paths.ROOT / "impls" / "designs.h").read_text())


def zoo() -> list[str]:
    """The allocators that are wrong on purpose."""
    return _ENTRY.findall((paths.ROOT / "oracle" / "zoo" / "zoo.h").read_text())


def choose(wanted: list[str]) -> list[str]:
    """The designs that the user named, each once, or all; an unknown one ends the verb."""
    for name in wanted:
        check(name, names())
    return list(dict.fromkeys(wanted)) or names()


def check(name: str, known: list[str]) -> str:
    """`name`, if there is such a design."""
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    raise UsageError(f"no design '{name}'; {hint}there are: {', '.join(known)}")


def expected_clause(member: str) -> str:
    """The clause that must catch a member of the zoo, as its type's kFault says."""
    zoo_h = (paths.ROOT / "oracle" / "zoo" / "zoo.h").read_text()
    headers = "".join(path.read_text() for path in (paths.ROOT / "oracle" / "zoo").glob("*.h"))
    clauses = (paths.ROOT / "oracle" / "verdict.h").read_text()
    kind = re.search(rf"^\s*DESIGN\({member}, *(\w+)", zoo_h, re.MULTILINE)
    body = kind and re.search(rf"^class {kind[1]} .*?^}};", headers, re.MULTILINE | re.DOTALL)
    name = body and re.search(r"\.clause = Clause::(\w+)", body[0])
    number = name and re.search(rf"^ *{name[1]}, +///< (C\d+)$", clauses, re.MULTILINE)
    if not number:
        raise UsageError(f"oracle/zoo/ does not say which clause must catch '{member}'")
    return number[1]
