"""What the figures say of the fixture, whose answers are known: titles, numbers, edge cases."""

import pytest

from reports import choose, figures, latencies, runs_served
from reports.figures import (
    contiguous_success,
    cost_by_arena,
    cost_by_occupancy,
    cost_on_cpus,
    fragmentation_over_time,
    instructions_in_kernel,
    latency_tail,
    occupancy_heatmap,
    pareto,
    time_per_operation,
)
from reports.figures.subject import subject_of


def subject(run):
    loaded = run.load()
    return subject_of(loaded, choose.choose(loaded), "runs/example")


def drawn(run, *modules) -> dict[str, figures.Figure]:
    """These figures, or all."""
    made = [module.make(subject(run)) for module in modules or figures.MODULES]
    return {figure.key: figure for figure in made if figure}


def plain(text: str) -> str:
    """With blanks that may break."""
    return text.replace("\u00a0", " ")


def entry(document: dict, design: str, workload: str | None = None) -> dict:
    key = (design, workload)
    found = (e for e in document["entries"] if (e["design"], e.get("workload")) == key)
    return next(found)


TITLES = {
    # 75 of 150 at 90 %: 50 + 25 + 0; 140: 50 + 50 + 40; 60: 50 + 10 + 0.
    "contiguous-success": "Served at 90 % occupancy: 40 % with free_list and 93.3 % with coremap; "
    "free_list misses runs that exist, 92 of 450",
    "latency-tail": "One allocate(1) in a thousand takes longer than 100 ns with bitmap and "
    "800 ns with free_list (trace_pgbench)",
    "pareto": "Between a short tail and served runs, nobody beats bitmap and coremap in both",
    "cost-by-arena": "free_list has a cost that grows with the arena, up to frames^1.00; nothing "
    "of bitmap and coremap does so faster than frames^0.25",
    "fragmentation-over-time": "Huge frames wholly free at the end of trace_pgbench: 0 % with "
    "free_list and 50 % with coremap",
    "occupancy-heatmap": "Share of the arena ever used under trace_pgbench: 75 % with coremap and "
    "100 % with bitmap and free_list",
    "metadata": "Metadata per frame of memory: 0.125 bytes with free_list and 16.0 bytes with "
    "coremap",
    # Medians of 10 and 100 ns, 20 and 60, 40 and 48.
    "cost-on-cpus": "Time per operation on 2 CPUs behind a lock, over that on one: 1.20× with "
    "free_list and 10.0× with bitmap",
    "instructions-in-kernel": "The dearest allocate(1) in the kernel takes 90 instructions with "
    "free_list and 200,000 instructions with coremap (trace_pgbench)",
    "code-size": "Code on i686: 4,020 bytes with free_list and 9,120 bytes with bitmap",
}


def test_titles_state_what_the_data_say(measured_run):
    made = drawn(measured_run)
    for key, title in TITLES.items():
        assert plain(made[key].title) == title
        assert title in plain(made[key].svgs["wide"])  # what a screen reader says


def test_one_design_is_not_compared_with_itself(measured_run):
    for name in ("latency", "timeline", "contiguous"):
        measured_run.change(
            f"{name}.json",
            lambda d: d.update(entries=[e for e in d["entries"] if e["design"] == "bitmap"]),
        )
    made = drawn(measured_run, contiguous_success, latency_tail, pareto)
    assert made["contiguous-success"].title == (
        "Served at 90 % occupancy: 50 % with bitmap; none was missed"
    )
    assert "longer than 100\u00a0ns with bitmap (trace" in made["latency-tail"].title
    assert made["pareto"].title == "Tail and served runs of bitmap, the only design with both"


def test_one_design_is_compared_among_workloads(run):
    def keep(document):
        document["cells"] = [c for c in document["cells"] if c["design"] == "bitmap"]

    run.remove("fuzz.json", "boot-bitmap.json").change("bench.json", keep)
    made = drawn(run, time_per_operation)["time-per-operation"]
    assert plain(made.title).startswith("Time per served operation of bitmap: 4.00 ns under ")


def test_a_tie_is_said_as_one(measured_run):
    def level(document):
        for each in document["entries"]:
            for call in each["calls"]:
                call["p999_ns"] = 55.0

    made = drawn(measured_run.change("latency.json", level), latency_tail, pareto)
    assert made["latency-tail"].title == (
        "One allocate(1) in a thousand takes longer than 55.0\u00a0ns with all of bitmap, "
        "free_list and coremap (trace_pgbench)"
    )
    assert made["pareto"].title == (
        "coremap is best in both: the tail of allocate(1) and the runs that it serves"
    )


def test_shares_of_a_cell_add_up_and_are_in_the_figure(measured_run):
    document = measured_run.load().contiguous
    cells = [c for c in entry(document, "free_list")["cells"] if c["frames"] == 512]
    shares = runs_served.shares_of([c for c in cells if c["occupancy"] == 0.5])
    assert (shares.served, shares.none_existed, shares.missed) == (0.4, 0.36, 0.24)
    assert runs_served.shares_of([]) is None
    made = drawn(measured_run, contiguous_success)["contiguous-success"]
    assert ">40</text>" in made.svgs["wide"] and ">40</text>" in made.svgs["narrow"]
    row = next(row for row in made.table.rows if row[0] == "free_list")
    # 50 + 50 + 50, 40 + 10 + 0, 20 + 0 + 0 of 450; two fifths of the rest were missed.
    assert row[1:] == ("450", "220", "138", "92", "it looks at 64 runs and no further")


def test_the_tail_is_the_share_of_slower_calls(measured_run):
    call = latencies.by_design(measured_run.load(), "mixed_90", "allocate_one")["bitmap"]
    assert latencies.slower(call) == [
        (10.0, 1.0), (10.0, 0.5), (20.0, 0.1), (50.0, 0.01), (100.0, 0.001), (1000.0, 1e-4),
        (4800.0, 1e-4),
    ]  # fmt: skip


def test_thinning_keeps_the_ends_and_every_large_step():
    buckets = [[10 * 1.01**k, 100] for k in range(900)] + [[1e9, 1]]
    points = latencies.slower({"buckets": buckets, "max_ns": 9e8})
    assert len(points) <= 2 * latencies.POINTS
    assert points[0][1] == 1.0 and points[-1] == (9e8, 1 / 90001)
    assert max(b / a for (a, _), (b, _) in zip(points, points[1:-1])) < 1.5


def test_the_slowest_call_says_noise_or_work_and_how_to_see_it(measured_run):
    table = drawn(measured_run, latency_tail)["latency-tail"].table
    rows = {(r[0], r[1], r[2]): r for r in table.rows}
    longest, kind, costliest, command = rows["bitmap", "allocate(1)", "trace_pgbench"][-4:]
    assert (longest, kind, costliest) == ("4.80\u00a0µs", "work", "4.70\u00a0µs")
    assert command == (
        "./assay replay runs/example/workloads/trace_pgbench.opsb --design bitmap --until 1234"
    )
    # The slowest call was 30 ns another time; that of 1.8 µs was 1.6 µs.
    longest, kind, costliest, command = rows["coremap", "allocate(1)", "trace_pgbench"][-4:]
    assert (longest, kind) == ("9.60\u00a0µs", "noise, context switch")
    assert costliest == "1.60\u00a0µs" and command.endswith("--until 77")


def test_costliest_are_those_that_were_never_fast():
    worst = [{"ns": 900.0, "again_ns": 50.0, "operation": 1, "disturbed": False}]
    listed = [{"again_ns": 70.0, "operation": 5}, {"again_ns": 60.0, "operation": 6}]
    assert latencies.costliest({"worst": worst, "costliest": listed})["operation"] == 5
    assert latencies.costliest({"worst": worst})["operation"] == 1
    assert latencies.costliest({"worst": [worst[0] | {"again_ns": None}]}) is None


def test_a_span_of_a_curve_has_its_least_median_and_greatest():
    curve = [float(value % 2) for value in range(300)]
    parts = fragmentation_over_time.smoothed(list(range(300)), [None] * 4 + curve[4:])
    assert len(parts) == 74 and parts[0] == (6, 0.0, 50.0, 100.0)
    assert fragmentation_over_time.smoothed([1, 2], [None, 0.25]) == [(2, 25.0, 25.0, 25.0)]


def test_where_nothing_is_free_a_measure_is_not_defined(measured_run):
    made = subject(measured_run)
    curves = fragmentation_over_time.curves_of(made, "mixed_90", "unusable_9")
    assert curves["free_list"][-1] is None and curves["coremap"][-1] == 0.5
    assert fragmentation_over_time.curves_of(made, "mixed_90", "largest")["bitmap"][0] == 0.5
    workload, ends = fragmentation_over_time.unusable_at_end_of(made.results)
    assert workload == "trace_pgbench"
    assert ends == {"bitmap": 0.75, "coremap": 0.5, "free_list": 0.8}


def test_a_row_of_the_arena_that_is_never_used_is_not_touched(measured_run):
    document = measured_run.load().timeline
    assert occupancy_heatmap.touched_share(entry(document, "coremap", "mixed_90")) == 0.75
    assert occupancy_heatmap.touched_share(entry(document, "bitmap", "mixed_90")) == 1.0


@pytest.mark.parametrize(
    "points, best",
    [
        ({"a": (1, 0.5), "b": (2, 0.9), "c": (3, 0.9)}, ["a", "b"]),
        ({"a": (1, 0.5), "b": (1, 0.5)}, ["a", "b"]),
        ({"a": (2, 0.5), "b": (1, 0.5)}, ["b"]),
    ],
)
def test_undominated(points, best):
    assert pareto.undominated(points) == best


def test_what_was_broken_on_several_cpus_has_no_time(measured_run):
    def break_bitmap(document):
        document["cells"][0].update(sound=False, broken="I3: a frame is lost")

    figure = drawn(measured_run.change("cpus.json", break_bitmap), cost_on_cpus)["cost-on-cpus"]
    assert [row[0] for row in figure.table.rows] == ["free_list", "coremap"]
    assert figure.table.rows[1][1:] == ("20.0", "60.0", "3.00×", "0")
    assert "Broken by it: bitmap (I3: a frame is lost)." in figure.caption


def test_each_call_in_the_kernel_has_a_row(measured_run):
    """A call that costs nothing is one that an axis of logarithms can hold."""
    figure = drawn(measured_run, instructions_in_kernel)["instructions-in-kernel"]
    assert len(figure.table.rows) == 9
    (row,) = [row for row in figure.table.rows if row[:2] == ("coremap", "allocate(1)")]
    assert row[2:6] == ("trace_pgbench", "50,000", "121.5", "120")
    assert row[6:] == ("180", "240", "200,000", "1,234")
    assert ("bitmap", "failed request", "fail_full", "64", "0.0", "0") in {
        row[:6] for row in figure.table.rows
    }
    for row in ("1 frame: trace_pgbench", "free: trace_pgbench", "fail_full"):
        assert f">{row}</text>" in figure.svgs["wide"]


def with_occupancies(run, medians: dict[str, float]):
    """bench.json with a workload per occupancy, the same for every design."""

    def edit(document):
        workload = document["workloads"][0]
        cells = [c for c in document["cells"] if c["workload"] == workload["name"]]
        document["workloads"] = [workload | {"name": name} for name in medians]
        document["cells"] = [
            cell | {"workload": name, "median_ns": ns * factor, "repetitions_ns": [ns * factor] * 9}
            for name, ns in medians.items()
            for factor, cell in zip((1, 2, 4), cells)
        ]

    return run.change("bench.json", edit)


def test_cost_by_occupancy_needs_four_points(run):
    three = {"churn_50": 5.0, "churn_90": 6.0, "churn_99": 7.0}
    assert cost_by_occupancy.make(subject(with_occupancies(run, three))) is None
    four = {**three, "churn_99.9": 20.0}
    made = cost_by_occupancy.make(subject(with_occupancies(run, four)))
    assert list(cost_by_occupancy.occupancies_of(run.load())) == [50, 90, 99, 99.9]
    assert made.title.startswith("From 50 % to 99.9 % occupancy, costs change by a factor of 4.00")


def test_a_cell_that_failed_the_oracle_is_in_no_figure(run):
    run.change_cell("bitmap", "mixed_90", oracle="C1: overlaps", median_ns=None)
    table = drawn(run, time_per_operation)["time-per-operation"].table
    row = next(row for row in table.rows if row[0] == "mixed_90")
    assert row[table.heads.index("bitmap")] == "failed the oracle"


def test_nothing_that_grows_is_said_to_grow(measured_run):
    def flatten(document):
        for each in document["fits"]:
            each["exponent"] = 0.1

    title = drawn(measured_run.change("growth.json", flatten), cost_by_arena)["cost-by-arena"].title
    assert title == "No cost grows faster than frames^0.10, of any design"


def test_every_caption_says_n_and_every_figure_its_file(measured_run):
    for figure in drawn(measured_run).values():
        assert "n = " in figure.caption or "n: " in figure.caption, figure.key
        assert all((measured_run.folder / name).exists() for name in figure.source.split(" and "))


def test_the_same_results_give_the_same_figures(measured_run):
    some = (contiguous_success, occupancy_heatmap)  # hatches and pictures have ids of their own
    assert drawn(measured_run, *some) == drawn(measured_run, *some)
