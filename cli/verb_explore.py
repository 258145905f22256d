"""The verb `explore`: every reachable state of small arenas, every call in each of them, judged."""

from cli import arguments, build, designs, paths, plugins, programs

SUMMARY = "try every call in every reachable state of a small arena"
GROUP = "break"
EXAMPLE = "./assay explore bitmap --frames 10"
NEEDS = ("build",)


def add_arguments(parser):
    parser.add_argument(
        "designs", nargs="*", metavar="DESIGN", help="who is explored (default: all)"
    )
    parser.add_argument(
        "--frames",
        type=arguments.positive,
        default=8,
        metavar="N",
        help="frames of the arena, without holes (default: 8)",
    )
    parser.add_argument(
        "--from",
        dest="first",
        type=arguments.positive,
        metavar="N",
        help="all arenas from this many frames up to --frames",
    )
    parser.add_argument(
        "--hole-frames",
        type=arguments.positive,
        metavar="N",
        help="also all hole maps of arenas of 1 to N frames",
    )
    parser.add_argument(
        "--zero-frames",
        type=arguments.positive,
        metavar="N",
        help="these also over RAM that is zero at first, up to N frames",
    )
    parser.add_argument(
        "--both-oracles",
        type=arguments.positive,
        metavar="N",
        help="both oracles judge arenas of up to N frames (default: 6)",
    )
    parser.add_argument("--base", type=int, metavar="PFN", help="the first frame (default: 1)")
    parser.add_argument(
        "--memory",
        type=arguments.positive,
        metavar="MIB",
        help="memory for the states of one arena; it stops there (default: 4096)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args) -> int:
    known = [*designs.names(), *designs.settings(), *designs.zoo()]
    chosen = [designs.find(name, known) for name in args.designs]
    plugins.build_named(chosen, ["release"])
    build.build("release", ["assay-explore"])
    chosen = [plugins.for_tool(name, "release") for name in chosen]
    return programs.pass_through([paths.tool("release", "assay-explore"), *chosen, *options(args)])


def options(args) -> list:
    """What the tool is to be told; it knows the defaults itself."""
    told = {
        "--frames": args.frames,
        "--from": args.first,
        "--hole-frames": args.hole_frames,
        "--zero-frames": args.zero_frames,
        "--both-oracles": args.both_oracles,
        "--base": args.base,
        "--memory": args.memory,
    }
    given = [word for name, value in told.items() if value is not None for word in (name, value)]
    return given + (["--json"] if args.json else [])
