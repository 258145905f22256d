"""Makes mutants of a design's source: an overlay of its files with every fault behind a switch.

Only one mutant is on at a time, so a mutated branch repeats the plain text of its parts, and the
copy grows with the number of mutants alone. What does not compile is left out, by the compiler's
word. Not mutated: declarations that are constants, template arguments, and the self-checks
(`validate` and what only it calls): they judge, and a mutant of them says nothing about frames.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from clang import cindex
from clang.cindex import CursorKind as Kind

SELF_CHECKS = {
    "validate", "validate_sets", "validate_frames", "has_free_buddy",
    "validate_tile", "validate_bins", "validate_stack",
    "count_free", "count_used", "count_members",
}  # fmt: skip
FUNCTIONS = {Kind.FUNCTION_DECL, Kind.CXX_METHOD, Kind.FUNCTION_TEMPLATE, Kind.CONSTRUCTOR}
CALLS = {Kind.CALL_EXPR, Kind.BINARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR}
SKIPPED = {
    Kind.STATIC_ASSERT, Kind.CASE_STMT, Kind.ENUM_DECL, Kind.TYPE_REF, Kind.TYPE_ALIAS_DECL,
    Kind.TYPE_ALIAS_TEMPLATE_DECL,
}  # fmt: skip
OPERATORS = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
    "==": ["!="], "!=": ["=="], "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["/"],
    "&": ["|"], "|": ["&"], "^": ["|"], "<<": [">>"], ">>": ["<<"], "&&": ["||"], "||": ["&&"],
    "+=": ["-="], "-=": ["+="], "|=": ["&="], "&=": ["|="],
}  # fmt: skip
ADDABLE = {"std::uint32_t": "1", "FrameCount": "FrameCount{1}", "Pfn": "FrameCount{1}"}
MAX_ROUNDS = 8  # of compiling and leaving out what does not compile


class FileMutator:
    """The mutants of one file."""

    def __init__(self, name: str, source: bytes, first_id: int, refused: set):
        self.name, self.source, self.next_id, self.refused = name, source, first_id, refused
        self.mutants = []
        self.function = self.result = ""

    def text(self, start: int, end: int) -> str:
        """Source on one line, without its comments."""
        plain = re.sub(r"//[^\n]*", "", self.source[start:end].decode())
        return re.sub(r"\s+", " ", plain).strip()

    def note(self, cursor, kind: str, old: str, new: str) -> int | None:
        """The id of a new mutant; None if it did not compile."""
        number, self.next_id = self.next_id, self.next_id + 1
        if number in self.refused:
            return None
        at = cursor.extent.start
        self.mutants.append(
            {"id": number, "file": self.name, "line": at.line, "column": at.column,
             "function": self.function, "kind": kind, "original": old, "mutated": new}
        )  # fmt: skip
        return number

    def choice(self, cursor, kind: str, plain: str, rendered: str, others: list[str]) -> str:
        """An expression that is one of the others where their mutant is on."""
        out = f"({rendered})"
        for other in others:
            number = self.note(cursor, kind, plain, other)
            if number is not None:
                out = f"(assay::is_mutant({number})\n? ({other}) /*{number}*/\n: {out})"
        return out

    def render(self, cursor) -> str:
        """The cursor's text with all mutants of it and of its parts."""
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        kids = self.parts(cursor)
        is_instance = self.source[start:end].startswith(b"template class")
        if cursor.kind in SKIPPED or is_instance or is_constant(cursor):
            return self.source[start:end].decode()
        if cursor.kind in FUNCTIONS:
            if cursor.spelling in SELF_CHECKS:
                return self.source[start:end].decode()
            self.function = cursor.spelling
            self.result = cursor.result_type.spelling.replace("assay::", "")
        out, at = "", start
        for kid in kids:
            inner = self.statement(kid) if cursor.kind == Kind.COMPOUND_STMT else self.render(kid)
            if is_condition(cursor, kid, self):
                plain = self.text(kid.extent.start.offset, kid.extent.end.offset)
                inner = self.choice(kid, "condition", plain, inner, ["true", "false"])
            out += self.source[at : kid.extent.start.offset].decode() + inner
            at = kid.extent.end.offset
        out += self.source[at:end].decode()
        return self.expression(cursor, kids, out)

    def parts(self, cursor) -> list:
        """The children that are written in this file, in order and without those of another."""
        kids, at = [], cursor.extent.start.offset
        own = [k for k in cursor.get_children() if k.extent.start.file and
               k.extent.start.file.name == cursor.extent.start.file.name]  # fmt: skip
        for kid in sorted(own, key=lambda k: (k.extent.start.offset, -k.extent.end.offset)):
            inside = kid.extent.end.offset <= cursor.extent.end.offset
            if kid.extent.start.offset >= at and inside and kid.extent.end.offset > at:
                kids.append(kid)
                at = kid.extent.end.offset
        return kids

    def expression(self, cursor, kids: list, rendered: str) -> str:
        """Operators, literals and signs."""
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        plain = self.text(start, end)
        if cursor.kind == Kind.INTEGER_LITERAL and plain[:1].isdigit():
            return self.choice(cursor, "literal", plain, rendered, [f"{plain} + 1", f"{plain} - 1"])
        if cursor.kind == Kind.UNARY_OPERATOR and plain[:2] in ("++", "--"):
            swapped = ("--" if plain[0] == "+" else "++") + plain[2:]
            return self.choice(cursor, "operator", plain, rendered, [swapped])
        if cursor.kind == Kind.UNARY_OPERATOR and plain[0] == "!":
            # Still a truth value: beside one, an optional number would swallow it as its content.
            return self.choice(cursor, "operator", plain, rendered, [f"!{plain}"])
        if cursor.kind == Kind.UNARY_OPERATOR and plain[0] in "~-":
            return self.choice(cursor, "operator", plain, rendered, [plain[1:]])
        if cursor.kind not in CALLS or len(kids) < 2:
            return rendered
        left = self.text(start, kids[0].extent.end.offset)
        operator, right_at = self.operator_between(kids)
        if operator not in OPERATORS:
            return rendered
        right = self.text(right_at, end)
        others = [f"{left} {other} {right}" for other in OPERATORS[operator]]
        return self.choice(cursor, "operator", plain, rendered, others)

    def operator_between(self, kids: list) -> tuple[str, int]:
        """The operator in front of the last part, and where that part begins."""
        right_at = kids[-1].extent.start.offset
        return self.text(kids[0].extent.end.offset, right_at), right_at

    def statement(self, cursor) -> str:
        """A statement of a block: it may be left out, a result may be another."""
        rendered = self.render(cursor)
        plain = self.text(cursor.extent.start.offset, cursor.extent.end.offset)
        if cursor.kind == Kind.RETURN_STMT and " " in plain:
            value, out = plain.removeprefix("return "), f"return {rendered[7:]}"
            others = [] if value == "std::nullopt" else ["{}"]  # the same value
            if self.result == "bool":
                others = [f"!({value})"]
            elif self.result in ADDABLE:
                others.append(f"({value}) + {ADDABLE[self.result]}")
            for other in others:
                number = self.note(cursor, "return", plain, f"return {other}")
                if number is not None:
                    out = f"if (assay::is_mutant({number}))\nreturn {other}; /*{number}*/\n{out}"
            return f"{{ {out}; }}"
        if cursor.kind.is_expression() or cursor.kind in (Kind.IF_STMT, Kind.WHILE_STMT):
            number = self.note(cursor, "statement", plain, "")
            if number is not None:
                return f"if (!assay::is_mutant({number})) {rendered}"
        return rendered


def is_constant(cursor) -> bool:
    """A variable whose value the compiler must know."""
    if cursor.kind not in (Kind.VAR_DECL, Kind.FIELD_DECL):
        return False
    return any(token.spelling == "constexpr" for token in cursor.get_tokens())


def is_condition(cursor, kid, mutator: FileMutator) -> bool:
    """The condition of an if or a loop, where it is a plain expression."""
    if cursor.kind not in (Kind.IF_STMT, Kind.WHILE_STMT) or not kid.kind.is_expression():
        return False
    head = mutator.text(cursor.extent.start.offset, kid.extent.start.offset)
    return head in ("if (", "while (")


def mutate(root: Path, overlay: Path, names: list[str], arguments: list, refused: set) -> list:
    """Writes the overlay. Returns: its mutants."""
    mutants, next_id = [], 1
    for name in names:
        path = root / name
        unit = cindex.Index.create().parse(str(path), arguments)
        mutator = FileMutator(name, path.read_bytes(), next_id, refused)
        own = [c for c in unit.cursor.get_children() if c.location.file and
               c.location.file.name == str(path)]  # fmt: skip
        out, at = "", 0
        for cursor in own:
            if cursor.extent.start.offset < at:
                continue
            out += mutator.source[at : cursor.extent.start.offset].decode()
            out += mutator.render(cursor)
            at = cursor.extent.end.offset
        out += mutator.source[at:].decode()
        if name.endswith(".h"):
            head, once, rest = out.partition("#pragma once\n")
            out = f'{head}{once}#include "fuzz/mutants/switch.h"\n{rest}'
        target = overlay / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(out)
        mutants += mutator.mutants
        next_id = mutator.next_id
    return mutants


def find_refused(root: Path, overlay: Path, names: list[str], flags: list[str]) -> set:
    """The mutants that the compiler refuses, by the mark on their line."""
    refused = set()
    for name in names:
        if not name.endswith(".cc"):
            continue
        command = ["clang++-19", "-fsyntax-only", "-ferror-limit=0", f"-I{overlay}", *flags,
                   str(overlay / name)]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        for file, line in re.findall(r"^(\S+?):(\d+):\d+: error: ", done.stderr, re.MULTILINE):
            lines = Path(file).read_text().splitlines()
            around = " ".join(lines[max(0, int(line) - 1) : int(line) + 1])
            marks = re.findall(r"/\*(\d+)\*/", lines[int(line) - 1]) or re.findall(
                r"/\*(\d+)\*/|is_mutant\((\d+)\)", around
            )
            found = {int(part) for mark in marks for part in (mark if isinstance(mark, tuple)
                                                              else (mark,)) if part}  # fmt: skip
            if not found:
                sys.exit(f"{file}:{line}: does not compile, and no mutant is on that line:\n"
                         f"{done.stderr[:2000]}")  # fmt: skip
            refused |= found
    return refused


def main() -> None:
    """Mutates the files until the rest compiles."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--overlay", type=Path, required=True)
    parser.add_argument("files", nargs="+", help="headers and sources, named from the root")
    options = parser.parse_args()
    cindex.Config.set_library_file("/usr/lib/llvm-19/lib/libclang-19.so.1")
    flags = [f"-I{options.root}", "-std=c++23", "-Wno-everything", "-Wno-c++11-narrowing"]
    refused = set()
    for _ in range(MAX_ROUNDS):
        arguments = ["-xc++", *flags]
        mutants = mutate(options.root, options.overlay, options.files, arguments, refused)
        found = find_refused(options.root, options.overlay, options.files, flags)
        if not found - refused:
            break
        refused |= found
    else:
        sys.exit(f"after {MAX_ROUNDS} rounds something still does not compile")
    (options.overlay / "mutants.json").write_text(json.dumps(mutants, indent=1) + "\n")
    print(f"{len(mutants)} mutants, {len(refused)} do not compile", file=sys.stderr)


if __name__ == "__main__":
    main()
