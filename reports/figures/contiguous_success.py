"""Which runs are served at which occupancy, and whose fault it is where they are not: a panel per
design, a cell per length and occupancy, filled by its shares."""

from matplotlib.patches import PathPatch
from matplotlib.path import Path

from reports import runs_served, wording
from reports.figures import panels, style

KEY = "contiguous-success"
SOURCES = ("contiguous.json",)
TOPIC = "which runs are served at which occupancy, and why the others are not"
COMMAND = "./assay bench"
COLOURS = {"served": style.SERVED, "none_existed": style.LACKING, "missed": style.MISSED}
NAMES = {
    "served": "served",
    "none_existed": "no such run existed: an earlier placement's fault",
    "missed": "a run existed and was missed: the search's fault, or a stated limit",
}
CELL = 0.235  # inches high
GAP = 0.06  # of a cell


def make(subject) -> style.Figure | None:
    """None, if it was not measured."""
    document = subject.results.contiguous
    if not (document and document["entries"]):
        return None
    entries = {entry["design"]: entry for entry in document["entries"]}
    designs = subject.sort(entries)
    lengths = sorted({c["frames"] for e in entries.values() for c in e["cells"]})
    frame = panels.Frame(height=CELL * len(lengths), left=0.52, below=0.42)

    def draw(canvas, layout):
        headings = [heading_of(entries[design]) for design in designs]
        axes = panels.grid(canvas, layout, headings, frame, bottom=0.0, columns=3)
        for axis, design in zip(axes, designs):
            draw_grid(axis, entries[design], lengths)

    return style.Figure(
        KEY,
        state_finding(subject),
        caption(document, [entries[design] for design in designs]),
        SOURCES[0],
        style.render(KEY, state_finding(subject), draw),
        marks=tuple((kind.replace("_", "-"), NAMES[kind]) for kind in NAMES),
        table=missing_table(designs, entries),
    )


def heading_of(entry: dict) -> str:
    """The design and its one number."""
    at_90 = runs_served.at_occupancy(entry)
    served = f": {wording.percent(at_90.served)} served at 90 %" if at_90 else ""
    return f"{entry['design']}{served}"


def draw_grid(axis, entry: dict, lengths: list[int]) -> None:
    """Rows by length, the longest on top; columns by occupancy."""
    columns = sorted({cell["occupancy"] for cell in entry["cells"]})
    boxes = {kind: [] for kind in COLOURS}
    for cell in entry["cells"]:
        x, y = columns.index(cell["occupancy"]), lengths.index(cell["frames"])
        shares = runs_served.shares_of([cell])
        if shares is None:
            continue
        left = x + GAP / 2
        for kind in COLOURS:
            width = getattr(shares, kind) * (1 - GAP)
            if width:
                boxes[kind].append((left, y + GAP, width, 1 - 2 * GAP))
            left += width
        is_whole = shares.served == 1
        axis.text(
            x + 0.5, y + 0.47, f"{shares.served * 100:.0f}", ha="center", va="center", fontsize=7.5,
            color=style.MUTED if is_whole else style.INK, weight="normal" if is_whole else "bold",
        )  # fmt: skip
    for kind, found in boxes.items():
        draw_boxes(axis, found, COLOURS[kind], "/////" if kind == "missed" else None)
    axis.set_xlim(0, max(len(columns), 1))
    axis.set_ylim(0, len(lengths))
    axis.grid(False)
    axis.spines["bottom"].set_visible(False)
    names = [f"{occupancy * 100:g}" for occupancy in columns]
    axis.set_xticks([at + 0.5 for at in range(len(columns))], names, fontsize=8)
    axis.set_yticks([at + 0.5 for at in range(len(lengths))], lengths, fontsize=8)
    axis.set_xlabel("occupancy, %", labelpad=2)
    axis.set_ylabel("frames in the request", labelpad=3)


def draw_boxes(axis, boxes: list[tuple], colour: str, hatch: str | None) -> None:
    """All boxes of a colour as one path: a page holds thousands of them."""
    if not boxes:
        return
    vertices, codes = [], []
    for x, y, width, height in boxes:
        vertices += [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
        codes += [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    fill = {"fc": style.PAPER, "ec": colour, "hatch": hatch} if hatch else {"fc": colour}
    axis.add_patch(PathPatch(Path(vertices, codes), lw=0, **fill))


def state_finding(subject) -> str:
    """Who serves how much at 90 %, and who misses runs that exist."""
    success = runs_served.success_by_design(subject.results)
    success = {design: success[design] for design in subject.sort(success)}
    entries = {e["design"]: e for e in subject.results.contiguous["entries"]}
    missing = [d for d in subject.sort(entries) if any(c["missed"] for c in entries[d]["cells"])]
    if len(missing) == 1:
        cells = entries[missing[0]]["cells"]
        count, whole = (sum(cell[name] for cell in cells) for name in ("missed", "requests"))
        last = f"{missing[0]} misses runs that exist, {count:,} of {whole:,}"
    elif missing:
        last = f"{wording.listed(missing)} miss runs that exist"
    else:
        last = "no design misses a run that exists" if len(entries) > 1 else "none was missed"
    if not success:
        return f"Runs at other occupancies than 90 %: {last}"
    return f"Served at 90 % occupancy: {wording.compared(success, wording.percent)}; {last}"


def missing_table(designs: list[str], entries: dict[str, dict]) -> style.Table:
    """All failures of each design, and what its contract says of those that were missed."""
    rows = []
    for design in designs:
        cells = entries[design]["cells"]
        counts = [sum(cell[kind] for cell in cells) for kind in runs_served.KINDS]
        reason = entries[design]["reason_for_missing"]
        reason = reason or ("none is stated" if counts[2] else wording.ABSENT)
        numbers = [wording.count(each) for each in (sum(c["requests"] for c in cells), *counts)]
        rows.append((design, *numbers, reason))
    heads = ("Design", "Requests", "Served", "No such run", "Missed", "Stated reason for missing")
    return style.Table(heads, ("design", *["num"] * 4, "text"), tuple(rows))


def caption(document: dict, entries: list[dict]) -> str:
    """What a cell is, and n."""
    n = wording.span([cell["requests"] for entry in entries for cell in entry["cells"]])
    return (
        "Number: the share of requests that were served, in %; a cell is filled by its three "
        f"shares from the left. n = {n} requests per cell, each made at another moment of the same "
        f"churn and given back at once; {document['frames']:,} frames, seed {document['seed']}. "
        "Whether a run existed is read from the judge's own map, not from the design's. What a "
        "design grants beyond a request counts as used, which leans towards it. The percentage of "
        "a heading takes all lengths together. Higher is better."
    )
