"""How the cost of each call grows with the arena, a panel per call, with the exponents."""

from matplotlib.ticker import FixedLocator, NullLocator

from reports import wording
from reports.figures import latency_tail, lines, panels, style
from reports.figures.time_per_operation import describe_reference

KEY = "cost-by-arena"
SOURCES = ("growth.json",)
TOPIC = "how the cost of each call grows with the arena"
COMMAND = "./assay bench --growth"
COSTS = {
    "allocate_one": "allocate(1) at 90 %",
    "free_one": "free at 90 %",
    "fail_full": "allocate(1) fails: nothing is free",
    "fail_checkerboard": "allocate(2) fails: every second is free",
    "fail_512": "allocate(512) fails at 90 %",
}
GROWS = 0.5  # an exponent from which on a cost is said to grow with the arena
FRAME = panels.Frame(height=1.6, left=0.56, below=0.5)


def make(subject) -> style.Figure | None:
    """None, if it was not measured."""
    growth = subject.results.growth
    if not (growth and any(cell["fastest_ns"] for cell in cells_of(growth))):
        return None
    costs = [name for name in names_of(growth) if any(points_of(growth, name).values())]
    designs = subject.sort(cell["design"] for cell in growth["cells"])

    stack = tuple(dict.fromkeys(cell["design"] for cell in growth["references"]))[:1]

    def draw(canvas, layout):
        axes = panels.grid(
            canvas, layout, [COSTS.get(c, c) for c in costs], FRAME, bottom=0.0, columns=3
        )
        reach = [
            point for cost in costs for own in points_of(growth, cost).values() for point in own
        ]
        for axis, cost in zip(axes, costs):
            set_axes(axis, reach)
            for design, points in points_of(growth, cost).items():
                if design in subject.looks:
                    lines.draw_line(axis, *map(list, zip(*points)), subject.looks[design])
                elif design in stack:
                    axis.plot(*zip(*points), color=style.MUTED, lw=1.6, zorder=2)

    title = state_finding(subject, growth)
    return style.Figure(
        KEY,
        title,
        caption(growth),
        SOURCES[0],
        style.render(KEY, title, draw),
        designs=tuple(designs),
        marks=tuple(("yardstick", describe_reference(name)) for name in stack),
        table=make_table([*designs, *stack], growth, costs),
    )


def cells_of(growth: dict) -> list[dict]:
    """Of designs and yardstick."""
    return [*growth["cells"], *growth["references"]]


def names_of(growth: dict) -> list[str]:
    """The workloads that were measured, in the order of the list above."""
    measured = list(dict.fromkeys(cell["workload"] for cell in cells_of(growth)))
    return sorted(measured, key=lambda name: list(COSTS).index(name) if name in COSTS else 99)


def points_of(growth: dict, workload: str) -> dict[str, list[tuple[int, float]]]:
    """By design, sizes with the cost of the fastest pass, ascending."""
    points: dict[str, list] = {}
    for cell in cells_of(growth):
        if cell["workload"] == workload and cell.get("fastest_ns"):
            points.setdefault(cell["design"], []).append((cell["frames"], cell["fastest_ns"]))
    return {design: sorted(own) for design, own in points.items()}


def set_axes(axis, reach: list[tuple[int, float]]) -> None:
    """Both logarithmic and alike in all panels; grey guides for what is constant and what doubles
    with the arena."""
    sizes, costs = zip(*reach)
    low, high = min(costs) / 1.6, max(costs) * 1.6
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    axis.set_xlim(min(sizes) / 1.3, max(sizes) * 1.3)
    axis.set_ylim(low, high)
    exponents = sorted({size.bit_length() - 1 for size in sizes})
    wanted = exponents[:: max(len(exponents) // 4, 1)]
    names = [wording.power_of_two(2**each) for each in wanted]
    axis.set_xticks([2**each for each in wanted], names, fontsize=8)
    axis.xaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_major_locator(FixedLocator([10.0**power for power in range(0, 10)]))
    axis.yaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_major_formatter(lambda value, _: latency_tail.short_time(value))
    axis.tick_params(axis="y", labelsize=8)
    start, end = low * 3, min(high / 1.5 / (low * 3), max(sizes) / min(sizes))
    guide = ([min(sizes), min(sizes) * end], [start, start * end])
    axis.plot(*guide, color=style.MUTED, lw=0.8, ls=(0, (2, 3)), zorder=1)
    axis.set_xlabel("frames in the arena", labelpad=2)


def state_finding(subject, growth: dict) -> str:
    """Whose cost grows with the arena."""
    steepest: dict[str, float] = {}
    for each in growth["fits"]:
        if each["exponent"] is not None and each["design"] in subject.looks:
            steepest[each["design"]] = max(steepest.get(each["design"], -9), each["exponent"])
    if not steepest:
        return "Too few sizes to tell how costs grow with the arena"
    steepest = {design: steepest[design] for design in subject.sort(steepest)}
    growing = {d: e for d, e in steepest.items() if e >= GROWS}
    flat = {d: e for d, e in steepest.items() if e < GROWS}
    if not growing:
        return f"No cost grows faster than frames^{max(flat.values()):.2f}, of any design"
    verb = "has a cost that grows" if len(growing) == 1 else "have costs that grow"
    first = f"{wording.listed(list(growing))} {verb} with the arena, up to frames^"
    first += f"{max(growing.values()):.2f}"
    rest = f"; the other costs stay below frames^{GROWS}" if not flat else (
        f"; nothing of {wording.listed(list(flat))} does so faster than "
        f"frames^{max(max(flat.values()), 0):.2f}"
    )  # fmt: skip
    return first + (rest if flat else "")


def make_table(designs: list[str], growth: dict, costs: list[str]) -> style.Table:
    """The exponents."""
    fits = {(each["design"], each["workload"]): each for each in growth["fits"]}
    rows = [(d, *(describe_fit(fits.get((d, cost))) for cost in costs)) for d in designs]
    return style.Table(
        ("Design", *(COSTS.get(cost, cost) for cost in costs)),
        ("design", *["num"] * len(costs)),
        tuple(rows),
        "The exponent e of cost ~ frames^e, a least-squares slope ± its standard error: 0 does not "
        "grow, 1 doubles with the arena.",
    )


def describe_fit(fit: dict | None) -> str:
    """0.03 ± 0.01."""
    if fit is None or fit["exponent"] is None:
        return wording.ABSENT
    error = f" ± {fit['standard_error']:.2f}" if fit["standard_error"] is not None else ""
    return f"{fit['exponent']:.2f}{error}".replace("-", "\u2212")


def caption(growth: dict) -> str:
    """What a point is, and n."""
    n = wording.span([len(cell["repetitions_ns"]) for cell in growth["cells"]])
    return (
        f"Time of the fastest pass of n = {n} repetitions in arenas of different size, both axes "
        "logarithmic and alike in all panels. Dotted: what doubles with the arena; level: what "
        "does not grow. Large arenas have more metadata than caches hold, so that a cost may grow "
        "though the work does not. Workloads are generated from fixed seeds. Lower and flatter is "
        "better."
    )
