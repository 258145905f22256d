"""Writes a design as other kernels take it: a library for i686, C headers, and a page."""

import json
import re
import shutil
import struct
from pathlib import Path

from cli import build, code_size, files, paths, stack_depth
from cli.errors import UsageError

ROOM = paths.ROOT / "kernel-shim" / "export"
HEADERS = ("assay_allocator.h", "assay_direct_map.h", "frames.h", "os161.h", "xv6.h")
MANIFEST = "export.json"  # by which an export is known
SCHEMA = "assay-export"
CALL = "assay_"  # how the library's functions begin
FACTS = ("rounds", "naturally_aligned", "link_bytes")  # as export.cc lays them down


def export(design: str, target: Path) -> dict:
    """Builds the library of a design and writes all of it to the folder `target`, or nothing.

    Returns what export.json says. Raises UsageError where `target` may not be replaced.
    """
    check_target(target)
    place = build.build("kernel", ["exported"], design=design)
    library = place / f"libassay_{design}.a"
    said = describe(design, place, library)
    with files.replacing_folder(target) as folder:
        shutil.copyfile(library, folder / library.name)
        for name in HEADERS:
            shutil.copyfile(ROOM / name, folder / name)
        shutil.copyfile(paths.ROOT / "LICENSE", folder / "LICENSE")
        (folder / "README.md").write_text(page(said))
        said["files"] = sorted([MANIFEST, *(path.name for path in folder.iterdir())])
        (folder / MANIFEST).write_text(json.dumps(said, indent=1) + "\n")
        check_target(target)  # again: meanwhile somebody may have put something there
    return said


def check_target(target: Path) -> None:
    """Refuses a folder with anything in it that is not of an export."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise UsageError(f"{target}: is no folder; name one to write the export to")
    if not target.resolve().parent.is_dir():
        raise UsageError(f"{target}: there is no folder {target.resolve().parent} to make it in")
    there = sorted(path.name for path in target.iterdir()) if target.is_dir() else []
    if not there:
        return
    others = sorted(set(there) - set(files_of(target)))
    if others:
        raise UsageError(
            f"{target}: holds {others[0]}, which no export has written; name an empty folder"
        )


def files_of(target: Path) -> list[str]:
    """The files that an earlier export has written there; none if there was no export."""
    try:
        said = json.loads((target / MANIFEST).read_text())
    except (OSError, ValueError):
        return []
    is_export = isinstance(said, dict) and said.get("schema") == SCHEMA
    return said["files"] if is_export and isinstance(said.get("files"), list) else []


def describe(design: str, place: Path, library: Path) -> dict:
    """What is known of a built library: its source, bytes, calls, and the stack below each call."""
    sections = code_size.read_sections(code_size.run("llvm-size-19", "-A", "-d", library))
    undefined = code_size.run("llvm-nm-19", "--undefined-only", "-j", library).split()
    image = place / "assay_whole.elf"
    code_size.run(
        "ld.lld-19",
        *"-m elf_i386 --unresolved-symbols=ignore-all -e assay_init -o".split(),
        image,
        place / "assay_whole.o",
    )
    code = code_size.run("llvm-objdump-19", "-d", "-C", "--no-show-raw-insn", image)
    depths = stack_depth.depths(stack_depth.read(code))
    calls = {name: depth for name, depth in depths.items() if name.startswith(CALL)}
    notes = [text for depth in calls.values() for text in depth.not_counted]
    facts = dict(zip(FACTS, struct.unpack("<3I", (place / "assay_facts.bin").read_bytes())))
    return {
        "schema": SCHEMA,
        "design": design,
        "design_source_hash": source_hash_of(place),
        "code_bytes": code_size.bytes_in(sections, ".text", ".rodata"),
        "variable_bytes": code_size.bytes_in(sections, ".data", ".bss"),
        "calls": sorted(name for name in undefined if not name.endswith(":")),
        "stack_calls": {name: calls[name].size for name in sorted(calls)},
        "stack_not_counted": list(dict.fromkeys(notes)),
        **facts,
    }


def source_hash_of(place: Path) -> str:
    """The hash of the design's source, which the build has written down."""
    header = (place / "generated" / "design_source.h").read_text()
    return re.search(r'"(\w+)"', header)[1]


def page(said: dict) -> str:
    """README.md of an export."""
    link, calls = said["link_bytes"], [f"`{name}`" for name in said["calls"]]
    words = {
        "DESIGN": said["design"],
        "SOURCE": f"`{said['design_source_hash']}`",
        "CALLS": " and ".join(calls) + ", which your kernel defines" if calls else "nothing",
        "ROUNDING": ", rounded up to a power of two" if said["rounds"] else "",
        "NATURAL": " at a multiple of its length" if said["naturally_aligned"] else "",
        "FRAMES_TOUCHED": f"It keeps links in the first {link} bytes of free frames: they must be "
        "reachable, and nobody else may write there."
        if link
        else "It never touches the frames, so they need not be mapped.",
        "SIZES": sizes(said),
    }
    text = (ROOM / "page.md").read_text()
    for name, value in words.items():
        text = text.replace(f"@{name}@", value)
    return text


def sizes(said: dict) -> str:
    """Bytes of code, and the deepest stack below each call."""
    variables = said["variable_bytes"]
    lines = [f"{said['code_bytes']:,} bytes of code and constants, {variables:,} of variables."]
    lines += ["", "| call | bytes of stack, its return address included |", "|---|---|"]
    for name, size in said["stack_calls"].items():
        lines.append(f"| `{name}` | {'no bound found' if size is None else size} |")
    notes = said["stack_not_counted"]
    return "\n".join(lines + (["", f"Not counted: {'; '.join(notes)}."] if notes else []))
