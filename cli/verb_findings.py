"""The verb `findings`: what fuzzing has found, and what became of it."""

import json

from cli import build, designs, errors, files, paths, programs, table
from cli.fuzzing import findings

SUMMARY = "list what fuzzing has found, show one, mark it as fixed"
GROUP = "break"
EXAMPLE = "./assay findings bitmap-C4-free-count --fixed"
NEEDS = ("build", "fuzz")
REPLAY_S = 60


def add_arguments(parser):
    parser.add_argument("key", nargs="?", metavar="KEY", help="show this one (default: list all)")
    parser.add_argument(
        "--fixed",
        action="store_true",
        help="move it to fuzz/regressions/, which `./assay test` runs on every design",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args) -> int:
    stored = findings.load_all()
    if args.key is None:
        if args.fixed:
            raise errors.UsageError("--fixed needs the KEY of a finding; `./assay findings` lists")
        print(json.dumps(stored, indent=1) if args.json else list_all(stored))
        return errors.OK
    if args.key not in stored:
        known = ", ".join(stored) or "none"
        raise errors.UsageError(f"no finding '{args.key}' in runs/findings; there are: {known}")
    if args.fixed:
        print(f"kept: {paths.from_root(move_to_regressions(args.key))}; commit it with the fix")
    elif args.json:
        described = findings.describe_folder(findings.folder_of(args.key))
        print(json.dumps({**stored[args.key], **described}, indent=1))
    else:
        print(show(args.key, stored[args.key]))
    return errors.OK


def list_all(stored: dict[str, dict]) -> str:
    """A row per finding, open ones first. The canary's stand apart: it is wrong on purpose."""
    if not stored:
        return "no findings yet; `./assay fuzz` looks for some"
    zoo = designs.zoo()
    rows = [["key", "status", "hits", "operations", "first found"]]
    for key, found in sorted(stored.items(), key=lambda each: (each[1]["status"] != "open", each)):
        ops = (findings.folder_of(key) / "shortest.ops").read_text()
        status = "on purpose" if found["design"] in zoo else found["status"]
        operations = str(findings.count_operations(ops)) if ops else "–"
        when = found["found"].replace("T", " ")[:16]
        rows.append([key, status, f"{found['hits']:,}", operations, when])
    return table.render(rows) + "\n\n`./assay findings KEY` shows one"


def show(key: str, stored: dict) -> str:
    """Verdict, operations, and how to see it again."""
    folder = findings.folder_of(key)
    described = findings.describe_folder(folder)
    lines = [f"{key}: {stored['status']}, hit {stored['hits']:,} times", described["verdict"], ""]
    steps = described["ops"] or "\n".join(findings.read_verdict_file(folder)[1:])
    lines += [f"  {line}" for line in steps.splitlines()]
    lines += ["", described["replay"]]
    if more := sorted((folder / "more").glob("*")):
        lines += ["", "Other inputs with this key, which may be other bugs:"]
        lines += [f"  {paths.from_root(file)}" for file in more]
    lines += ["", f"stack and output: {paths.from_root(folder / 'stderr.txt')}"]
    return "\n".join(lines)


def move_to_regressions(key: str):
    """Keeps the sequence for good, if its design passes it now. Returns: the file."""
    folder = findings.folder_of(key)
    described = findings.describe_folder(folder)
    if not described["ops"]:
        raise errors.UsageError(
            f"{key}: no sequence of operations, so it cannot be a regression; once it is fixed, "
            f"remove {paths.from_root(folder)}"
        )
    design = described["design"]
    build.build("fuzz", ["assay-ops"])
    command = [paths.tool("fuzz", "assay-ops"), "replay", folder / "shortest.ops"]
    done = programs.capture([*command, "--design", design], seconds=REPLAY_S)
    if not done.ok:
        said = (done.stdout.strip().splitlines() or [done.cause()])[-1]
        raise errors.FailedError(f"{key}: {design} still breaks on it: {said}; fix it first")
    kept = paths.ROOT / "fuzz" / "regressions" / f"{key}.ops"
    kept.parent.mkdir(exist_ok=True)
    files.write_text(kept, f"{described['ops'].rstrip()}\n# {described['verdict']}\n")
    findings.update(folder, status=findings.FIXED)
    return kept
