"""The costs that are expected of each design, by compiler: a change of any shows in `./assay test`.

They are exact, so any other number is a change of code: of a design, of a workload, of the
compiler or its options.
"""

import json

from cli import files, paths

GOLDEN = paths.ROOT / "kernel-shim" / "costs" / "golden.json"
RENEW = "./assay boot --costs --renew"
FIGURES = ("count", "mean", "p50", "p99", "p99_9", "max")


def figures_of(document: dict) -> dict:
    """design → workload → call → what was counted."""
    figures = {}
    for cell in document["cells"]:
        calls = {call["call"]: [call[key] for key in FIGURES] for call in cell["calls"]}
        figures.setdefault(cell["design"], {})[cell["workload"]] = calls
    return figures


def read() -> dict:
    """compiler → design → …, empty where nothing was written yet."""
    return json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}


def renew(document: dict) -> None:
    """Makes what was counted the expected; other compilers and designs keep theirs."""
    golden = read()
    of_compiler = golden.setdefault(document["kernel_compiler"], {})
    of_compiler.update(figures_of(document))
    files.write_text(GOLDEN, _render(golden))


def find_changes(document: dict) -> list[str]:
    """What differs from the expected, a line each. Requires: the compiler is known."""
    expected, changes = read()[document["kernel_compiler"]], []
    for design, workloads in figures_of(document).items():
        before = expected.get(design, {})
        for workload in sorted({*workloads, *before}):
            old, new = before.get(workload, {}), workloads.get(workload, {})
            for call in sorted({*old, *new}):
                if old.get(call) != new.get(call):
                    what = f"{design}, {workload}, {call}"
                    changes.append(f"{what}: {_say(old.get(call))}, now {_say(new.get(call))}")
    return changes


def _say(figures: list | None) -> str:
    if figures is None:
        return "not counted"
    return " ".join(f"{name} {value:,}" for name, value in zip(FIGURES, figures))


def _render(golden: dict) -> str:
    """JSON with a line for each workload, so that a change is read in a diff."""
    compilers = []
    for compiler, designs in sorted(golden.items()):
        rows = []
        for design, workloads in sorted(designs.items()):
            lines = [f"   {json.dumps(w)}: {json.dumps(c)}" for w, c in workloads.items()]
            rows.append(f"  {json.dumps(design)}: {{\n" + ",\n".join(lines) + "\n  }")
        compilers.append(f" {json.dumps(compiler)}: {{\n" + ",\n".join(rows) + "\n }")
    return "{\n" + ",\n".join(compilers) + "\n}\n"
