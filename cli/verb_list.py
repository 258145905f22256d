"""The verb `list`: the designs on trial, the workloads and the traces that there are."""

import re

from cli import designs, errors, paths, workloads

SUMMARY = "list designs, workloads and traces"
GROUP = "start"
EXAMPLE = "./assay list"
NEEDS = ()


def add_arguments(parser):
    pass


def run(args) -> int:
    print("Designs")
    print_entries((name, idea_of(name)) for name in designs.names())
    print("\nWrong on purpose")
    print_entries((name, "must be caught") for name in designs.zoo())
    print("\nWorkloads")
    print_entries((entry["name"], entry["title"]) for entry in workloads.read_all())
    print("\nTraces")
    traces = find_traces()
    print_entries((path.stem, f"{paths.from_root(path)}, {size_of(path)}") for path in traces)
    return errors.OK


def print_entries(entries) -> None:
    """A name and a line of text each."""
    for name, text in entries:
        print(f"  {name:<28}{text}".rstrip())


def idea_of(design: str) -> str:
    """The first paragraph of the design's README, which says its idea in a sentence or two."""
    try:
        text = (paths.ROOT / "impls" / design / "README.md").read_text()
    except FileNotFoundError:
        return ""
    paragraphs = [part.strip() for part in text.split("\n\n")]
    prose = [part for part in paragraphs if part and not part.startswith("#")]
    sentence = re.split(r"(?<=\.)\s", " ".join(prose[0].split()))[0] if prose else ""
    return sentence


def find_traces():
    """Recorded workloads, imported."""
    return sorted((paths.ROOT / "bench" / "traces").glob("*.opsb*"))


def size_of(path) -> str:
    return f"{path.stat().st_size / 1e6:.2f} MB"
