"""Time per served operation, by workload: the median and every repetition."""

from reports import wording
from reports.figures import rows, style
from reports.look import looks_of
from reports.results import ORACLE_PASS

KEY = "time-per-operation"
SOURCE = "bench.json"
LABEL = "ns per served operation (lower is better)"


def make(results, choice) -> style.Figure:
    """A panel per workload with a scale of its own: workloads are not compared with each other."""
    order = [entry["design"] for entry in choice["ranking"]]
    designs = [each for each in order if any(c["design"] == each for c in results.bench["cells"])]
    looks = looks_of(order)
    groups = [
        rows.Group(each["title"], tuple(make_row(results, name, each["name"]) for name in designs))
        for each in results.bench["workloads"]
    ]

    def draw(canvas, layout):
        room = rows.room_for_numbers(layout, groups)
        for axis, group in rows.panels(canvas, layout, groups, LABEL):
            reach = [value for row in group.rows for value in (row.value or 0, *row.points)]
            axis.set_xlim(0, (max(reach) or 1) * room)
            style.set_linear_ticks(axis, layout)
            for place, row in enumerate(group.rows):
                rows.draw_row(axis, row, place, looks[row.design], 0)

    eligible = [entry["design"] for entry in choice["ranking"] if entry["eligible"]]
    title = state_finding(results, designs, eligible)
    return style.Figure(KEY, title, caption(results), SOURCE, style.render(KEY, title, draw))


def make_row(results, design: str, workload: str) -> rows.Row:
    """The measurement, or the reason why there is none."""
    cell = results.cell(design, workload)
    if cell is None:
        return rows.Row(design, None, "", "not measured")
    if cell["oracle"] != ORACLE_PASS:
        return rows.Row(design, None, "", f"failed the oracle: {cell['oracle']}")
    if cell["median_ns"] is None:
        return rows.Row(design, None, "", "served no operation")
    median = cell["median_ns"]
    return rows.Row(
        design, median, wording.significant(median), points=tuple(cell["repetitions_ns"])
    )


def state_finding(results, designs: list[str], eligible: list[str]) -> str:
    """Who is fastest how often; a design that is out does not count while another is in."""
    names = [each["name"] for each in results.bench["workloads"]]
    among = " among eligible designs" if 0 < len(eligible) < len(designs) else ""
    designs = eligible or designs
    fastest = {design: 0 for design in designs}
    for name in names:
        medians = {design: make_row(results, design, name).value for design in designs}
        shortest = min((value for value in medians.values() if value is not None), default=None)
        for design, value in medians.items():
            fastest[design] += value is not None and value == shortest
    leaders = [design for design in designs if fastest[design]]
    if not leaders:
        return "No design has a valid measurement"
    leaders.sort(key=lambda design: -fastest[design])
    shares = [f"{design} in {fastest[design]}" for design in leaders]
    shares[0] += f" of {wording.plural(len(names), 'workload')}"
    return f"Shortest time per served operation{among}: {wording.listed(shares)}"


def caption(results) -> str:
    """What a mark is, and n."""
    counts = sorted({len(cell["repetitions_ns"]) for cell in results.bench["cells"]})
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return (
        f"Marker and number: the median. Strokes: every repetition, n = {n} per row. A failed "
        "request costs time and serves nobody, so its time counts and it does not. Every axis "
        "starts at 0; each workload has a scale of its own. Lower is better."
    )
