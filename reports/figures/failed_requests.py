"""The share of requests that a design could not serve, by workload."""

from reports import setting, wording
from reports.figures import strips, style
from reports.results import ORACLE_PASS

KEY = "failed-requests"
SOURCES = ("bench.json",)
TOPIC = "which share of the requests fails"
COMMAND = "./assay bench"
LABEL = "failed requests, % of all {}"
CAPTION = (
    "Requests that got no frames, as a share of all {}; workloads in which none failed are left "
    "out, and those made of requests that nobody can serve. The oracle looked at each: the "
    "design's contract allows it to fail there. The axis starts at 0. Lower is better. n = the "
    "measured operations of a workload (appendix). {}"
)


def make(subject) -> style.Figure | None:
    """None, if nothing was measured or everything was served."""
    results = subject.results
    if not (results.bench and results.bench["cells"]):
        return None
    shares = {each["name"]: shares_of(subject, each["name"]) for each in results.bench["workloads"]}
    shares = {name: found for name, found in shares.items() if is_servable(found)}
    rows = [
        strips.Row(name, tuple(strips.Mark(d, s * 100, s * 100, s * 100) for d, s in found.items()))
        for name, found in shares.items()
        if any(found.values())
    ]
    title, whole = state_finding(subject, shares), whole_of(results)
    if not rows:
        return style.Figure(KEY, title, CAPTION.format(whole, ""), SOURCES[0], {})

    def draw(canvas, layout):
        label = LABEL.format(whole.split(" (")[0])
        strips.draw(canvas, layout, rows, subject.looks, label, is_log=False)

    designs = subject.sort(mark.design for row in rows for mark in row.marks)
    text = CAPTION.format(whole, setting.describe(results, [row.name for row in rows]))
    drawn = style.render(KEY, title, draw)
    return style.Figure(KEY, title, text, SOURCES[0], drawn, designs=tuple(designs))


def is_servable(shares: dict[str, float]) -> bool:
    """Whether somebody served a request: there is a difference to show."""
    return not shares or min(shares.values()) < 1


def whole_of(results) -> str:
    """What the failed requests are a share of: older results do not count allocations apart."""
    counted = all("allocated" in cell for cell in results.bench["cells"])
    return "requests" if counted else "operations (requests and frees)"


def shares_of(subject, workload: str) -> dict[str, float]:
    """By design, the share that failed, from 0 to 1; without those that asked for nothing."""
    served = "allocated" if whole_of(subject.results) == "requests" else "served"
    shares = {}
    for design in subject.order:
        cell = subject.results.cell(design, workload)
        if cell and cell["oracle"] == ORACLE_PASS and cell[served] + cell["failed"]:
            shares[design] = cell["failed"] / (cell[served] + cell["failed"])
    return shares


def state_finding(subject, shares: dict[str, dict[str, float]]) -> str:
    """Who fails most, and where."""
    every = [(s, design, name) for name, found in shares.items() for design, s in found.items()]
    if not every:
        return "No design has a valid measurement"
    worst = max(share for share, _, _ in every)
    if worst == 0:
        return "No design failed a request"
    whole = whole_of(subject.results).split(" (")[0]
    name = next(workload for share, _, workload in every if share == worst)
    those = [design for share, design, workload in every if (share, workload) == (worst, name)]
    verb = "fails" if len(those) == 1 else "fail"
    return (
        f"{wording.listed(those)} {verb} most: {wording.percent(worst)} of the {whole} under "
        f"“{setting.title_of(subject.results, name)}”"
    )
