"""The verb `new`: begins a plug-in, to put somebody's own allocator on trial."""

from pathlib import Path

from cli import files, paths, plugins
from cli.errors import OK, UsageError

SUMMARY = "begin the adapter for an allocator of your own"
GROUP = "start"
EXAMPLE = "./assay new my_pmm"
NEEDS = ()
TEMPLATE = paths.ROOT / "impls" / "plugin" / "template" / "adapter.c"


def add_arguments(parser):
    parser.add_argument(
        "folder", metavar="NAME", help="the folder to make; its name is the allocator's"
    )


def run(args) -> int:
    folder = Path(args.folder)
    plugins.check_name(folder)
    for name in plugins.ADAPTERS:
        if (folder / name).exists():
            raise UsageError(f"{folder / name}: is there already, and stays as it is")
    adapter = folder / plugins.ADAPTERS[0]
    text = TEMPLATE.read_text()
    text = text.replace("@NAME@", folder.resolve().name).replace("@FOLDER@", str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    files.write_text(adapter, text)
    print(f"written: {adapter}")
    print("next:    put your allocator's sources beside it and let the adapter call them")
    print(f"then:    ./assay try {folder}")
    return OK
