"""Coverage over the time of a run, a panel per target."""

from matplotlib.ticker import FixedLocator, MaxNLocator

from reports import coverage, wording
from reports.figures import panels, style
from reports.look import BLUE

KEY = "coverage-over-time"
SOURCE = "fuzz.json"
FRAME = panels.Frame(height=0.62)
UNITS = ((7200, 3600, "hours"), (120, 60, "minutes"), (0, 1, "seconds"))


def make(results) -> style.Figure:
    """Blue up to the last new edge, grey behind it."""
    histories = list(coverage.histories(results.fuzz).values())
    end = max(history.points[-1].seconds for history in histories)
    end = max(end, results.fuzz.get("elapsed", 0))
    unit, name = next((unit, name) for limit, unit, name in UNITS if end >= limit)

    def draw(canvas, layout):
        headings = [f"{each.target}: {each.state}" for each in histories]
        axes = panels.grid(canvas, layout, headings, FRAME, bottom=0.12)
        for axis, history in zip(axes, histories):
            draw_history(axis, history, unit)
            axis.set_xlim(0, (end / unit or 1) * 1.01)
            axis.xaxis.set_major_locator(MaxNLocator(5, steps=(1, 2, 5, 10)))
            axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.9g}")
        canvas.text(0.5, 0, f"{name} into the run", ha="center", va="bottom", color=style.MUTED)

    title = state_finding(histories)
    return style.Figure(KEY, title, caption(), SOURCE, style.render(KEY, title, draw))


def draw_history(axis, history: coverage.History, unit: float) -> None:
    """What was covered at the end of a slice holds until the next one ends."""
    points, last = history.thinned(), history.last_new
    low, high = points[0].edges, history.edges
    for colour, part in (
        (BLUE, [point for point in points if point.seconds <= last.seconds]),
        (style.MUTED, [point for point in points if point.seconds >= last.seconds]),
    ):
        if part:
            times = [point.seconds / unit for point in part]
            edges = [point.edges for point in part]
            axis.plot(times, edges, color=colour, lw=1.6, drawstyle="steps-post")
    marker = {"marker": "o", "ms": 5, "mfc": BLUE, "mec": style.PAPER, "mew": 0.8}
    axis.plot([last.seconds / unit], [high], ls="", zorder=4, clip_on=False, **marker)
    room = max((high - low) * 0.15, 0.5)
    axis.set_ylim(low - room, high + room)
    axis.yaxis.set_major_locator(FixedLocator(sorted({low, high})))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def state_finding(histories: list[coverage.History]) -> str:
    """How many are where."""
    states = [history.state for history in histories]
    order = (coverage.LEVELLED_OFF, coverage.SLOWING, coverage.STILL_GROWING, coverage.TOO_SHORT)
    shares = [f"{states.count(state)} {state}" for state in order if state in states]
    return f"Coverage of {wording.plural(len(states), 'target')}: {wording.listed(shares)}"


def caption() -> str:
    """What is shown, and by which rule a target has levelled off."""
    return (
        "Edges (branches of the code) that a target had covered at the end of each of its slices, "
        "in blue up to the last new one, in grey behind it. An axis spans what is covered in this "
        "run and does not start at 0, so that late growth can be seen; the corpora of earlier "
        "runs count from the first slice. Levelled off: no new edge in the last "
        f"{coverage.SETTLED:.0%} of a target's executions; still growing: one in the last "
        f"{coverage.GROWING:.0%}. What is covered need not be tested well, and new edges are not "
        "the only thing that is new."
    ).replace("%", "\u00a0%")
