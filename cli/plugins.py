"""Other people's allocators: a folder with an adapter becomes a shared object that tools load.

The adapter, `adapter.c` (or .cc, .cpp), and every source beside it are compiled unchanged and
linked with the stubs (impls/plugin/stubs). In a comment of the adapter, lines may say more:

    assay: sources ../kern/pmm.c ../kern/list.c
    assay: flags -I../include -DNCPU=1
    assay: low
    assay: undefined

`low` is for code that takes addresses for numbers of 32 bits: arena, code and data are put below
2^31. `undefined` has the compiler check for undefined behaviour, which then stops the machine.

On a command line a plug-in is named by its folder; everywhere else it goes by the folder's last
name, as a design does, and `find` remembers which folder that was.
"""

import hashlib
import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from cli import files, paths, programs
from cli.build import alone_in
from cli.errors import USAGE, FailedError, UsageError

ADAPTERS = ("adapter.c", "adapter.cc", "adapter.cpp")
C, CXX = (".c",), (".cc", ".cpp", ".cxx")
STUBS = paths.ROOT / "impls" / "plugin" / "stubs"
IN_FRONT_OF_REPORTS = paths.ROOT / "impls" / "plugin" / "watched" / "reports.c"
EXPORTED = ("assay_plugin_entry", "assay_box")
FAST, WATCHED = "fast", "watched"  # watched: by AddressSanitizer, coverage and steps
I686 = "i686"  # one object for the kernel instead of a shared one
FLAVOURS = {"release": FAST, "fuzz": WATCHED}  # which one the tools of a preset load

# Code is compiled as kernels do it. A function that it defines itself, memset or printf, must not
# be taken for the C library's.
FLAGS = (
    "-O2 -g1 -ffreestanding -fno-builtin -fvisibility=hidden -fno-strict-aliasing "
    "-fno-omit-frame-pointer -fno-stack-protector"
).split()
FLAVOUR_FLAGS = {
    FAST: ["-fPIC"],
    # As the designs' own targets are (impls/CMakeLists.txt); no_sanitize spares the stubs' counter.
    WATCHED: [
        "-fPIC",
        "-fsanitize=address",
        "-fsanitize-address-use-after-return=never",
        "-fsanitize-coverage=inline-8bit-counters,pc-table,trace-pc",
        "-fsanitize-recover=address",
    ],
    # As the kernel itself is (kernel-shim/toolchain.cmake).
    I686: [
        "--target=i686-unknown-none-elf",
        *"-march=i686 -mno-sse -mno-mmx -mno-implicit-float -fno-pic".split(),
        *"-ffunction-sections -fdata-sections".split(),
    ],
}
# What impls/plugin/watched/reports.c stands in front of.
REPORTS = [
    f"__asan_report_{access}{size}_noabort"
    for access in ("load", "store")
    for size in ("1", "2", "4", "8", "16", "_n")
]
LOAD_S = 30  # to be loaded and switched on, which is a moment unless something hangs
DIRECTIVE = re.compile(r"^[\s/*]*assay:\s+(sources|flags)\s+(.+?)[\s*/]*$", re.MULTILINE)
SWITCH = re.compile(r"^[\s/*]*assay:\s+(low|undefined)[\s*/]*$", re.MULTILINE)
# Only the plug-in's own code; the handlers are stubs (impls/plugin/stubs/undefined.c).
UNDEFINED_FLAGS = ["-fsanitize=undefined", "-fno-sanitize=function,vptr"]
LOW_BASE = 0x2000_0000  # of the shared object; oracle/host/host_trial.cc maps arenas behind it
ERROR = re.compile(r"^.*?(?:fatal )?error: .*$", re.MULTILINE)
UNDEFINED = re.compile(r"undefined symbol: (\S+)\n>>> referenced by (\S+)")


@dataclass(frozen=True)
class Plugin:
    """Somebody's allocator: where it is, and what is compiled."""

    folder: Path
    adapter: Path
    sources: tuple[Path, ...]
    flags: tuple[str, ...]
    low: bool = False
    undefined: bool = False

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @property
    def place(self) -> Path:
        """Where it is built. Folders of one name do not get in each other's way."""
        place = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:8]
        return paths.BUILD / "plugins" / f"{self.name}-{place}"

    def object_file(self, flavour: str) -> Path:
        """What is built: a shared object, or for the kernel plugin.o."""
        name = "plugin.o" if flavour == I686 else f"{self.name}.so"
        return self.place / flavour / name


_found: dict[str, Plugin] = {}


def is_meant(name: str) -> bool:
    """Whether a name on the command line is a plug-in's folder rather than a design."""
    path = Path(name)
    return "/" in name or any((path / adapter).is_file() for adapter in ADAPTERS)


def get(name: str) -> Plugin | None:
    """The plug-in that was found by this name."""
    return _found.get(name)


def for_tool(design: str, preset: str) -> str:
    """What a tool of this build is told: a design's name, or the plug-in's shared object."""
    plugin = get(design)
    return str(plugin.object_file(FLAVOURS[preset])) if plugin else design


def folders_of(names) -> dict[str, str]:
    """Where the plug-ins among the designs are, so that another process finds them."""
    return {name: str(_found[name].folder.resolve()) for name in names if name in _found}


def build_named(names, presets) -> None:
    """Builds the plug-ins among the designs, as the tools of these builds load them."""
    for plugin in filter(None, map(get, names)):
        for flavour in dict.fromkeys([FAST, *(FLAVOURS[preset] for preset in presets)]):
            build(plugin, flavour)


def find(name: str, taken=(), *, low: bool = False, undefined: bool = False) -> Plugin:
    """The plug-in in a folder, or that an adapter's file belongs to. Designs have `taken` names;
    `low` and `undefined`: as if its adapter asked for it.
    """
    path = Path(name)
    if path.is_file():
        path = path.parent
    if not path.is_dir():
        raise UsageError(f"{name}: no such folder; `./assay new {path.name}` begins one")
    adapters = [path / each for each in ADAPTERS if (path / each).is_file()]
    if not adapters:
        raise UsageError(f"{name}: has no adapter.c; `./assay new NAME` writes one to fill in")
    if len(adapters) > 1:
        raise UsageError(f"{name}: has several adapters; keep one of {adapters[0]}, {adapters[1]}")
    check_name(path)
    plugin = read_adapter(path, adapters[0])
    if plugin.name in taken:
        raise UsageError(f"{name}: '{plugin.name}' is the name of a design; rename the folder")
    plugin = replace(
        plugin, low=low or plugin.low, undefined=undefined or plugin.undefined
    )
    other = _found.setdefault(plugin.name, plugin)
    if other.folder.resolve() != plugin.folder.resolve():
        raise UsageError(f"{name}, {other.folder}: both are called {plugin.name}; rename one")
    return plugin


def check_name(folder: Path) -> None:
    """A plug-in's name is a part of file names and keys."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", folder.resolve().name):
        raise UsageError(f"{folder}: its name may have letters, digits, '_', '-' and '.'")


def read_adapter(folder: Path, adapter: Path) -> Plugin:
    """What is to be compiled: all sources beside the adapter, but for those that it includes."""
    text = adapter.read_text(errors="replace")
    named, flags = [], []
    for kind, rest in DIRECTIVE.findall(text):
        (named if kind == "sources" else flags).extend(shlex.split(rest))
    included = set(re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.MULTILINE))
    beside = [path for path in sorted(folder.iterdir()) if path.suffix in (*C, *CXX)]
    sources = [path for path in beside if path.name not in included and path.name not in ADAPTERS]
    for each in named:
        if not (folder / each).is_file():
            raise UsageError(f"{adapter}: names the source '{each}', which is not there")
        sources.append(folder / each)
    switches = {name: True for name in SWITCH.findall(text)}
    return Plugin(folder, adapter, tuple(dict.fromkeys(sources)), tuple(flags), **switches)


def build(plugin: Plugin, flavour: str) -> Path:
    """Compiles it and returns its object. One line says what is wrong, if anything is."""
    work = plugin.object_file(flavour).parent
    work.mkdir(parents=True, exist_ok=True)
    with alone_in(work):
        return _build_alone(plugin, flavour, work)


def _build_alone(plugin: Plugin, flavour: str, work: Path) -> Path:
    stubs = [(path, ["-Wall"]) for path in sorted(STUBS.glob("*.c"))]
    sources = [(path, ["-w"]) for path in plugin.sources]
    objects = [
        _compile(plugin, path, [*FLAVOUR_FLAGS[flavour], *flags], work / f"{number}-{path.stem}.o")
        for number, (path, flags) in enumerate(
            [(plugin.adapter, ["-Wall"]), *sources, *stubs]
        )
    ]
    link = _link_for_kernel if flavour == I686 else _link_shared
    fresh = link(plugin, flavour, objects, work)
    return fresh.replace(plugin.object_file(flavour))


def _link_shared(plugin: Plugin, flavour: str, objects: list[Path], work: Path) -> Path:
    """A shared object that exports nothing but the adapter and the box."""
    wrapped = []
    if flavour == WATCHED:
        flags = ["-Wall", *FLAVOUR_FLAGS[FAST]]  # it watches, and is not watched itself
        objects = [*objects, _compile(plugin, IN_FRONT_OF_REPORTS, flags, work / "reports.o")]
        # Wrapped is only what is known as undefined already.
        wrapped = [f"-Wl,--undefined={name},--wrap={name}" for name in REPORTS]
    script = work / "exported.map"
    files.write_text(script, f"{{ global: {'; '.join(EXPORTED)}; local: *; }};\n")
    fresh = work / "fresh.so"
    command = ["clang-19", "-shared", "-nostdlib", "-fuse-ld=lld", "-Wl,-Bsymbolic"]
    command += [f"-Wl,--version-script={script}", *FLAVOUR_FLAGS[flavour], *wrapped]
    # Sanitizers and coverage are in the program that loads it; all else must be here.
    command += ["-Wl,--no-undefined"] if flavour == FAST else []
    command += [f"-Wl,--image-base={LOW_BASE:#x}"] if plugin.low else []
    _link(plugin, [*command, "-o", fresh, *objects])
    return fresh


def _link_for_kernel(plugin: Plugin, flavour: str, objects: list[Path], work: Path) -> Path:
    """One object in which all names but those two are its own: its memset and the kernel's do not
    get in each other's way. What it needs beside is the compiler's library, which the kernel has.
    """
    whole, fresh = work / "whole.o", work / "fresh.o"
    _link(plugin, ["ld.lld-19", "-m", "elf_i386", "-r", "-o", whole, *objects])
    kept = [f"--keep-global-symbol={name}" for name in EXPORTED]
    _link(plugin, ["llvm-objcopy-19", *kept, whole, fresh])
    return fresh


def _link(plugin: Plugin, command: list) -> None:
    done = programs.capture(command)
    if not done.ok:
        raise FailedError(f"{plugin.folder}: {explain_link(done)}")


def switch_on(plugin: Plugin) -> None:
    """Loads it and lets it initialise one machine: what is wrong with the adapter shows here. Needs
    the release build of assay-ops.
    """
    tool = paths.tool("release", "assay-ops")
    done = programs.capture(
        [tool, "check", for_tool(plugin.name, "release")], seconds=LOAD_S
    )
    if done.returncode == USAGE:
        _, _, why = done.cause().partition(".so: ")
        raise FailedError(f"{plugin.adapter}: {why or done.cause()}")
    if not done.ok:
        raise FailedError(f"{plugin.adapter}: {done.stdout.strip() or done.cause()}")


def _compile(plugin: Plugin, path: Path, flags: list[str], goal: Path) -> Path:
    compiler = ["clang-19", "-std=gnu11"]
    if path.suffix in CXX:
        compiler = ["clang++-19", "-std=gnu++20", "-fno-exceptions", "-fno-rtti"]
    command = [*compiler, *FLAGS, *flags, "-I", STUBS.parent]
    if path in (plugin.adapter, *plugin.sources):
        command += ["-I", plugin.folder, *_from(plugin.folder, plugin.flags)]
        command += UNDEFINED_FLAGS if plugin.undefined else []
    command += ["-c", path, "-o", goal]
    done = programs.capture(command, cwd=Path.cwd())
    if done.ok:
        return goal
    errors = ERROR.findall(done.stderr)
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    raise FailedError(f"{errors[0]}{more}" if errors else f"{path}: {done.cause()}")


def _from(folder: Path, flags: tuple[str, ...]) -> list[str]:
    """Include folders are meant from the adapter's folder."""
    return [
        f"-I{folder / flag[2:]}" if flag.startswith("-I") and len(flag) > 2 else flag
        for flag in flags
    ]


def explain_link(done: programs.Finished) -> str:
    """Why it cannot be linked."""
    undefined = dict(UNDEFINED.findall(done.stderr))
    if undefined:
        shown = ", ".join(f"{name} (used in {where})" for name, where in undefined.items())
        return (
            f"nothing defines {shown}: put the source that does into the folder, name it in the "
            "adapter ('assay: sources FILE'), or write the function there"
        )
    errors = ERROR.findall(done.stderr)
    return errors[0] if errors else done.cause()
