"""The verb `replay`: judges a sequence of operations on a design, step by step."""

from pathlib import Path

from cli import arguments, build, designs, errors, paths, programs

SUMMARY = "replay an .ops file step by step and judge it"
GROUP = "break"
EXAMPLE = "./assay replay fuzz/regressions/example.ops --design bitmap --until 5"
NEEDS = ("build", "fuzz")


def add_arguments(parser):
    parser.add_argument("file", metavar="FILE.ops", help="a sequence, or the folder of a finding")
    parser.add_argument(
        "--design",
        metavar="D",
        help="who is on trial (default: the design of the finding, else all in turn)",
    )
    parser.add_argument(
        "--until", type=arguments.positive, metavar="K", help="stop after K operations"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document per design")


def run(args) -> int:
    file = Path(args.file)
    if file.is_dir():
        file /= "shortest.ops"
    with open(file, "rb"):  # an unreadable file is named before minutes go into building
        pass
    on_trial = pick_designs(args.design, file)
    options = ["--until", args.until] if args.until else []
    options += ["--json"] if args.json else []
    build.build("fuzz", ["assay-ops"])
    tool = paths.tool("fuzz", "assay-ops")
    worst = errors.OK
    for design in on_trial:
        code = programs.pass_through([tool, "replay", file, "--design", design, *options])
        if code == errors.USAGE:
            return code
        worst = max(worst, code)
    return worst


def pick_designs(wanted: str | None, file: Path) -> list[str]:
    """The design that is named, else the one whose finding this is, else all."""
    known = [*designs.names(), *designs.settings(), *designs.zoo(), designs.LOCKSTEP]
    if wanted:
        return [designs.check(wanted, known)]
    folder = file.resolve().parent
    if folder.parent == paths.RUNS / "findings":
        for name in sorted(known, key=len, reverse=True):
            if folder.name.startswith(f"{name}-"):
                return [name]
    return designs.names()
