"""What a design adds to an i686 kernel: `./assay bench --size`.

The kernel's build links the design alone, behind a C function for each call of the interface
(kernel-shim/bare_design.cc), with the kernel's own flags and without the compiler's library.
"""

import re

from cli import build, errors, paths, programs, table
from cli.errors import FailedError

TARGET = "bare_design"
# What the compiler calls where i686 has no instruction: 64-bit division and remainder.
DIVISION = {"__udivdi3", "__umoddi3", "__udivmoddi4", "__divdi3", "__moddi3", "__divmoddi4"}


def size_step(folder, chosen: list[str]) -> dict:
    """Builds and weighs each design; writes size.json."""
    designs = [weigh(name) for name in chosen]
    result = {"schema": "assay-size", "target": "i686", "designs": designs}
    folder.write_json("size.json", result)
    return result


def weigh(design: str) -> dict:
    """A design's bytes by what they are, and the functions that it leaves to others."""
    image = build.build("kernel", [TARGET], design=design) / f"{TARGET}.elf"
    sections = read_sections(run("llvm-size-19", "-A", "-d", image))
    return {
        "design": design,
        "code_bytes": bytes_in(sections, ".text"),
        "constant_bytes": bytes_in(sections, ".rodata"),
        "variable_bytes": bytes_in(sections, ".data", ".bss"),
        "calls": sorted(run("llvm-nm-19", "--undefined-only", "-j", image).split()),
    }


def run(program: str, *arguments) -> str:
    """What a program says of an image."""
    done = programs.capture([program, *arguments])
    if not done.ok:
        raise FailedError(f"{program} {paths.from_root(arguments[-1])}: {done.cause()}")
    return done.stdout


def read_sections(text: str) -> dict[str, int]:
    """Sections and their bytes from `llvm-size -A -d`."""
    return {name: int(size) for name, size in re.findall(r"^(\.\S+)\s+(\d+)", text, re.MULTILINE)}


def bytes_in(sections: dict[str, int], *names: str) -> int:
    """Of the sections of these names and their parts, such as .rodata.cst4."""
    fitting = [name for name in sections if any(f"{name}.".startswith(f"{n}.") for n in names)]
    return sum(sections[name] for name in fitting)


def division_in(weighed: dict) -> list[str]:
    """The calls for 64-bit division, of which there are to be none."""
    return [name for name in weighed["calls"] if name in DIVISION]


def exit_code(result: dict) -> int:
    """No design may divide 64-bit numbers."""
    return errors.FAILED if any(map(division_in, result["designs"])) else errors.OK


def summarize(result: dict) -> str:
    """A row per design."""
    rows = [["design", "code", "constants", "variables", "calls of the compiler's library"]]
    for each in result["designs"]:
        kinds = ("code_bytes", "constant_bytes", "variable_bytes")
        sizes = [f"{each[kind]:,}" for kind in kinds]
        rows.append([each["design"], *sizes, ", ".join(each["calls"]) or "none"])
    lines = [table.render(rows)]
    lines += ["bytes on i686, by the kernel's compiler at -O2, without validate()"]
    lines += [
        f"{each['design']} divides 64-bit numbers: {', '.join(division_in(each))}; use shifts, or "
        "32-bit numbers"
        for each in result["designs"]
        if division_in(each)
    ]
    return "\n".join(lines)
