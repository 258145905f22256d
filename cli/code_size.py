"""What a design adds to an i686 kernel: `./assay bench --size`.

The kernel's build links the design alone, behind a C function for each call of the interface
(kernel-shim/bare_design.cc), with the kernel's own flags and without the compiler's library. The
stack that each call needs is read off the same image (cli/stack_depth.py).
"""

import re

from cli import build, errors, paths, programs, stack_depth, table
from cli.errors import FailedError

TARGET = "bare_design"
CALL = "call_"  # how its C functions begin
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
        **weigh_stack(run("llvm-objdump-19", "-d", "-C", "--no-show-raw-insn", image)),
    }


def weigh_stack(disassembly: str) -> dict:
    """The deepest stack of each call in bytes, from the return address of the C function on; of the
    deepest one the chain; and what the figures leave out. None where nothing bounds it.
    """
    found = stack_depth.depths(stack_depth.read(disassembly))
    calls = {name: depth for name, depth in found.items() if name.startswith(CALL)}
    sizes = {name.removeprefix(CALL): depth.size for name, depth in calls.items()}
    is_bounded = bool(sizes) and None not in sizes.values()
    deepest = max(calls.values(), key=lambda depth: depth.size) if is_bounded else None
    notes = [text for depth in calls.values() for text in depth.not_counted]
    return {
        "stack_bytes": deepest.size if deepest else None,
        "stack_calls": sizes,
        "stack_chain": list(deepest.chain) if deepest else [],
        "stack_not_counted": list(dict.fromkeys(notes)),
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
    heads = ["design", "code", "constants", "variables", "stack"]
    rows = [[*heads, "calls of the compiler's library"]]
    for each in result["designs"]:
        kinds = ("code_bytes", "constant_bytes", "variable_bytes", "stack_bytes")
        sizes = ["–" if each[kind] is None else f"{each[kind]:,}" for kind in kinds]
        rows.append([each["design"], *sizes, ", ".join(each["calls"]) or "none"])
    lines = [table.render(rows)]
    lines += ["bytes on i686, by the kernel's compiler at -O2, without validate()"]
    lines += ["stack: the deepest of any call, with all return addresses from its C function on"]
    lines += [
        f"not in {each['design']}'s stack: {text}"
        for each in result["designs"]
        for text in each["stack_not_counted"]
    ]
    lines += [
        f"{each['design']} divides 64-bit numbers: {', '.join(division_in(each))}; use shifts, or "
        "32-bit numbers"
        for each in result["designs"]
        if division_in(each)
    ]
    return "\n".join(lines)
