"""The share of requests that a design could not serve, by workload."""

from reports import wording
from reports.figures import rows, style
from reports.figures.ratio_to_best import was_measured
from reports.look import looks_of
from reports.results import ORACLE_PASS

KEY = "failed-requests"
SOURCE = "bench.json"
LABEL = "failed requests, % of all {} (lower is better)"
CAPTION = (
    "Requests that got no frames, as a share of all {}. The oracle confirmed for each that no "
    "fitting run was free, so none of them was a search that missed one. The axis starts at 0. "
    "Lower is better."
)


def make(results, choice) -> style.Figure:
    """A group per workload on one linear axis."""
    order = [entry["design"] for entry in choice["ranking"]]
    designs = [each for each in order if was_measured(results, each)]
    looks = looks_of(order)
    groups = [
        rows.Group(each["title"], tuple(make_row(results, name, each["name"]) for name in designs))
        for each in results.bench["workloads"]
    ]

    whole = whole_of(results)

    def draw(canvas, layout):
        axis, starts = rows.shared(canvas, layout, groups, LABEL.format(whole.split(" (")[0]))
        values = [row.value for group in groups for row in group.rows if row.value]
        axis.set_xlim(0, max(values, default=1) * rows.room_for_numbers(layout, groups))
        style.set_linear_ticks(axis, layout)
        for group, start in zip(groups, starts):
            for offset, row in enumerate(group.rows):
                rows.draw_row(axis, row, start + offset, looks[row.design], 0)

    title = state_finding(results, designs)
    return style.Figure(KEY, title, CAPTION.format(whole), SOURCE, style.render(KEY, title, draw))


def whole_of(results) -> str:
    """What the failed requests are a share of: older results do not count allocations apart."""
    counted = all("allocated" in cell for cell in results.bench["cells"])
    return "requests" if counted else "operations (requests and frees)"


def make_row(results, design: str, workload: str) -> rows.Row:
    """A design's share in per cent."""
    served = "allocated" if whole_of(results) == "requests" else "served"
    cell = results.cell(design, workload)
    if cell is None or cell["oracle"] != ORACLE_PASS:
        return rows.Row(design, None, "", "not measured" if cell is None else "failed the oracle")
    whole = cell[served] + cell["failed"]
    if whole == 0:
        return rows.Row(design, None, "", "no requests")
    share = cell["failed"] / whole
    return rows.Row(design, share * 100, wording.percent(share))


def state_finding(results, designs: list[str]) -> str:
    """Who fails most, and where."""
    shares = [
        (row.value, design, workload["title"])
        for workload in results.bench["workloads"]
        for design in designs
        if (row := make_row(results, design, workload["name"])).value is not None
    ]
    if not shares:
        return "No design has a valid measurement"
    worst, design, title = max(shares, key=lambda each: each[0])
    if worst == 0:
        return "No design failed a request"
    whole = whole_of(results).split(" (")[0]
    return f"{design} fails most: {wording.percent(worst / 100)} of its {whole} under “{title}”"
