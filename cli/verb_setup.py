"""The verb `setup`: installs every package that any verb needs."""

from cli import errors, setup_packages

SUMMARY = "install what is lacking (every verb does this for its own needs)"
GROUP = "assay"
EXAMPLE = "./assay setup --yes"
NEEDS = ()


def add_arguments(parser):
    parser.add_argument(
        "sets",
        nargs="*",
        metavar="SET",
        help=f"package sets: {', '.join(setup_packages.SETS)} (default: all)",
    )


def run(args) -> int:
    sets = args.sets or list(setup_packages.SETS)
    setup_packages.ensure(sets, assume_yes=args.yes)
    print(f"{len(setup_packages.packages_of(sets))} packages are installed, nothing is lacking")
    return errors.OK
