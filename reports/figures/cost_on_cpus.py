"""What a recorded load costs on the CPUs that it was recorded on, behind a lock."""

import statistics
from pathlib import PurePath

from reports import wording
from reports.figures import strips, style

KEY = "cost-on-cpus"
SOURCES = ("cpus.json",)
TOPIC = "what a recorded load costs on several CPUs, behind a lock"
COMMAND = "./assay bench --cpus bench/traces/pgbench.opsb"
LABEL = "ns of wall time per operation (log)"
HEADS = ("Design", "one thread, ns", "{}, ns", "multiple", "requests that failed")


def make(subject) -> style.Figure | None:
    """None, if nothing was measured on several CPUs."""
    document = subject.results.cpus
    cells = {each["design"]: each for each in document["cells"]} if document else {}
    designs = subject.sort(design for design, cell in cells.items() if cell["sound"])
    if not designs:
        return None
    several = wording.plural(document["threads"], "thread")
    rows = [
        strips.Row(name, tuple(mark_of(design, cells[design][times]) for design in designs))
        for name, times in (("one thread", "one_thread_ns"), (several, "threads_ns"))
    ]

    def draw(canvas, layout):
        strips.draw(canvas, layout, rows, subject.looks, LABEL, is_log=True)

    title = state_finding(document, {design: cells[design] for design in designs})
    return style.Figure(
        KEY,
        title,
        "Mark: the median; line: from the shortest to the longest of "
        f"n = {document['repetitions']} repetitions of "
        f"{wording.count(document['operations'])} operations. Each thread performs what its CPU "
        "did, in that order, and waits for a block that another one has yet to allocate; one spin "
        "lock stands around the design. What the load did between two calls is "
        "left out, so that the threads meet at the lock more often than its CPUs did. Lower is "
        f"better. {describe_broken(cells)}Load: {load_of(document)}.",
        SOURCES[0],
        style.render(KEY, title, draw),
        designs=tuple(designs),
        table=make_table(cells, designs, several),
    )


def mark_of(design: str, times: list[float]) -> strips.Mark:
    """The median, and how far the repetitions reach."""
    return strips.Mark(design, statistics.median(times), min(times), max(times))


def multiple(cell: dict) -> float:
    """How many times as long an operation takes on all CPUs."""
    return statistics.median(cell["threads_ns"]) / statistics.median(cell["one_thread_ns"])


def load_of(document: dict) -> str:
    """The sequence's file, without its folder."""
    return PurePath(document["sequence"]).name


def describe_broken(cells: dict[str, dict]) -> str:
    """Whose counts or blocks were wrong behind the threads: they have no time."""
    those = [cell for cell in cells.values() if not cell["sound"]]
    broken = [f"{cell['design']} ({cell['broken']})" for cell in those]
    return f"Broken by it: {wording.listed(broken)}. " if broken else ""


def state_finding(document: dict, cells: dict[str, dict]) -> str:
    """How many times as much an operation costs."""
    several = wording.plural(document["threads"], "CPU")
    words = wording.compared({d: multiple(cell) for d, cell in cells.items()}, wording.times)
    return f"Time per operation on {several} behind a lock, over that on one: {words}"


def make_table(cells: dict[str, dict], designs: list[str], several: str) -> style.Table:
    """The medians, and the requests that failed since the CPUs overtake each other."""
    rows = []
    for design in designs:
        cell = cells[design]
        medians = [statistics.median(cell[name]) for name in ("one_thread_ns", "threads_ns")]
        shown = [wording.significant(each) for each in medians]
        rows.append((design, *shown, wording.times(multiple(cell)), wording.count(cell["failed"])))
    heads = tuple(head.format(several) for head in HEADS)
    caption = "Medians. A request fails where the CPUs overtake each other in a full arena."
    return style.Table(heads, ("design", *["num"] * 4), tuple(rows), caption)
