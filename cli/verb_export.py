"""The verb `export`: a design as a library with C headers, for a kernel of somebody else's."""

from pathlib import Path

from cli import designs, exporting, paths, plugins
from cli.errors import OK, UsageError

SUMMARY = "write a design as an i686 library with C headers, for your own kernel"
GROUP = "boot"
EXAMPLE = "./assay export bitmap -o ../my_kernel/assay"
NEEDS = ("build",)


def add_arguments(parser):
    parser.add_argument("design", metavar="DESIGN", help="who is exported")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="DIR",
        help="the folder to write; an export that is there is replaced",
    )


def run(args) -> int:
    if args.design not in designs.names() and plugins.is_meant(args.design):
        raise UsageError(
            f"{args.design}: an allocator of your own is a kernel's already, and is not exported; "
            f"name a design: {', '.join(designs.names())}"
        )
    design = designs.check(args.design, designs.names())
    folder = Path(args.output)
    exporting.check_target(folder)  # before anything is built
    said = exporting.export(design, folder)
    print(f"written: {paths.from_root(folder.resolve())}")
    sizes = said["stack_calls"].values()
    stack = "not bounded" if None in sizes else f"{max(sizes):,} bytes at most"
    print(f"size:    {said['code_bytes']:,} bytes of code and constants, stack {stack}")
    print(f"next:    {folder / 'README.md'} says how to link it and what to call when")
    return OK
