"""Time per operation: a row per workload, a mark per design, on one logarithmic axis."""

from reports import setting, wording
from reports.figures import strips, style
from reports.results import ORACLE_PASS

KEY = "time-per-operation"
SOURCES = ("bench.json",)
TOPIC = "what an operation costs under each workload"
COMMAND = "./assay bench"
STACK, EMPTY = "reference_stack", "empty_call"
LABEL = "ns per served operation (log)"


def make(subject) -> style.Figure | None:
    """None, if nothing was measured."""
    bench = subject.results.bench
    if not (bench and bench["cells"]):
        return None
    designs = subject.sort(cell["design"] for cell in bench["cells"])
    references = {(c["design"], c["workload"]): c["median_ns"] for c in references_of(bench)}
    yardsticks = list(dict.fromkeys(name for name, _ in references))[: len(strips.DASHES)]
    rows = []
    for workload in bench["workloads"]:
        cells = {d: valid_cell(subject.results, d, workload["name"]) for d in designs}
        marks = [
            strips.Mark(d, cell["median_ns"], min(times), max(times))
            for d, cell in cells.items()
            if cell and (times := cell["repetitions_ns"] or [cell["median_ns"]])
        ]
        lines = tuple(references.get((each, workload["name"])) for each in yardsticks)
        rows.append(strips.Row(workload["name"], tuple(marks), lines))

    def draw(canvas, layout):
        strips.draw(canvas, layout, rows, subject.looks, LABEL, is_log=True)

    title = state_finding(subject, designs)
    return style.Figure(
        KEY,
        title,
        caption(subject.results),
        SOURCES[0],
        style.render(KEY, title, draw),
        designs=tuple(designs),
        marks=tuple(zip(("yardstick", "yardstick dashed"), map(describe_reference, yardsticks))),
        table=make_table(subject, designs),
    )


def references_of(bench: dict) -> list[dict]:
    """What was measured beside the designs."""
    return bench.get("references", [])


def describe_reference(name: str) -> str:
    """A yardstick in words."""
    known = {EMPTY: "a call that does nothing", STACK: "a bare stack of frame numbers"}
    return f"{known.get(name, name)}, no allocator"


def valid_cell(results, design: str, workload: str) -> dict | None:
    """The measurement, if it counts."""
    cell = results.cell(design, workload)
    is_valid = cell and cell["oracle"] == ORACLE_PASS and cell["median_ns"] is not None
    return cell if is_valid else None


def why_none(results, design: str, workload: str) -> str:
    """Why a design has no time under a workload."""
    cell = results.cell(design, workload)
    if cell is None:
        return "not measured"
    return "failed the oracle" if cell["oracle"] != ORACLE_PASS else "served none"


def make_table(subject, designs: list[str]) -> style.Table:
    """The medians: a row per workload, a column per contestant, the shortest in bold."""
    bench = subject.results.bench
    yardsticks = {(c["design"], c["workload"]): c["median_ns"] for c in references_of(bench)}
    stacks = list(dict.fromkeys(name for name, _ in yardsticks))
    rows, best = [], set()
    for place, name in enumerate(each["name"] for each in bench["workloads"]):
        cells = {d: valid_cell(subject.results, d, name) for d in designs}
        times = {d: cell["median_ns"] for d, cell in cells.items() if cell}
        among = {d: times[d] for d in times if d in subject.eligible} or times
        best |= {(place, designs.index(d) + 1) for d in among if times[d] == min(among.values())}
        shown = [
            wording.significant(times[d]) if d in times else why_none(subject.results, d, name)
            for d in designs
        ]
        shown += [wording.significant(yardsticks.get((stack, name))) for stack in stacks]
        rows.append((name, *shown))
    heads = ("Workload", *designs, *stacks)
    what = " Yardsticks are no allocators and cannot win." if stacks else ""
    return style.Table(
        heads,
        ("text", *["num"] * (len(heads) - 1)),
        tuple(rows),
        f"Medians in ns per served operation; bold is the shortest of an eligible design.{what}",
        frozenset(best),
    )


def state_finding(subject, designs: list[str]) -> str:
    """Who is fastest how often; a design that is out does not count while another is in."""
    results = subject.results
    names = [each["name"] for each in results.bench["workloads"]]
    if len(designs) == 1:
        return state_alone(results, designs[0], names)
    eligible = [design for design in subject.order if design in subject.eligible]
    among = " among eligible designs" if 0 < len(eligible) < len(designs) else ""
    designs = eligible or designs
    fastest = {design: 0 for design in designs}
    for name in names:
        cells = {design: valid_cell(results, design, name) for design in designs}
        medians = {design: cell["median_ns"] for design, cell in cells.items() if cell}
        for design, value in medians.items():
            fastest[design] += value == min(medians.values())
    leaders = [design for design in designs if fastest[design]]
    if not leaders:
        return "No design has a valid measurement"
    leaders.sort(key=lambda design: -fastest[design])
    shares = [f"{design} in {fastest[design]}" for design in leaders]
    shares[0] += f" of {wording.plural(len(names), 'workload')}"
    return f"Shortest time per served operation{among}: {wording.listed(shares)}"


def describe_noise(results) -> str:
    """How far two equal contestants lay apart, if the run knows it."""
    floors = [w["noise_floor"] for w in results.bench["workloads"] if w.get("noise_floor")]
    if not floors:
        return ""
    return (
        "Noise floor: the medians of two equal contestants lay up to "
        f"{wording.percent(max(floors))} apart. "
    )


def state_alone(results, design: str, workloads: list[str]) -> str:
    """Without anybody to compare with: its own shortest and longest time."""
    cells = {name: valid_cell(results, design, name) for name in workloads}
    medians = {name: cell["median_ns"] for name, cell in cells.items() if cell}
    if not medians:
        return "No design has a valid measurement"
    words = wording.compared(medians, wording.nanoseconds, link="under")
    return f"Time per served operation of {design}: {words}"


def caption(results) -> str:
    """What a mark is, and n."""
    n = wording.span([len(cell["repetitions_ns"]) for cell in results.bench["cells"]])
    names = [each["name"] for each in results.bench["workloads"]]
    return (
        f"Mark: the median; line: from the shortest to the longest repetition, n = {n}. On a "
        "logarithmic axis equal distances are equal ratios. A failed request costs time and serves "
        "nobody, so its time counts and it does not. Workloads are not compared with each other. "
        f"Lower is better. {describe_noise(results)}{setting.describe(results, names)}"
    )
