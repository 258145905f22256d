"""Comparison and gate: known changes are found, with the right direction, and nothing else is."""

import copy

import pytest

from reports import compare, compare_table, gate, noise
from reports.compare import NotComparable

NEAR = [0.99, 0.995, 1.0, 1.005, 1.01, 1.001, 0.998, 1.003, 0.997]  # median 1


class Runs:
    """Two runs of the fixture with nine close repetitions a cell; a test changes the second."""

    def __init__(self, run):
        self.base = compare.Run("base", run.load())
        for cell in self.base.results.bench["cells"]:
            times = [cell["median_ns"] * factor for factor in NEAR]
            cell.update(repetitions_ns=times, allocated=cell["served"] - 10)
        self.new = compare.Run("new", copy.deepcopy(self.base.results))

    def cell(self, design="bitmap", workload="mixed_90") -> dict:
        return self.new.results.cell(design, workload)

    def scale(self, factor: float, design="bitmap", workload="mixed_90") -> None:
        cell = self.cell(design, workload)
        cell["repetitions_ns"] = [t * factor for t in cell["repetitions_ns"]]
        cell["median_ns"] *= factor

    def outcome(self, measure=None) -> compare.Comparison:
        return compare.compare(self.base, [self.new], measure)[0]

    def change(self, measure, design="bitmap", workload="mixed_90") -> compare.Change:
        found = [
            change
            for change in self.outcome().changes
            if (change.design, change.workload, change.measure) == (design, workload, measure)
        ]
        assert len(found) == 1
        return found[0]

    def broken(self, *rules) -> list[str]:
        judged = gate.judge([gate.parse(text) for text in rules], self.outcome())
        return [str(change) for changes in judged.values() for change in changes]

    def add_stack(self, base: float, new: float) -> None:
        """A stack on every workload, which took `base` and `new` ns; and ratios to it."""
        for run, median in ((self.base, base), (self.new, new)):
            bench = run.results.bench
            bench["references"] = []
            for cell in bench["cells"]:
                cell["yardstick"] = cell["workload"]
                cell["repetitions_ratio"] = [t / median for t in cell["repetitions_ns"]]
                stack = {"design": noise.STACK, "workload": cell["workload"], "median_ns": median}
                bench["references"].append(stack | {"ratio": 1.0, "ratio_mad": 0.0})


@pytest.fixture
def runs(run):
    return Runs(run)


def test_a_run_and_itself_differ_in_nothing(runs):
    comparison = runs.outcome()
    assert {change.kind for change in comparison.changes} <= {compare.SAME, compare.UNCLEAR}
    assert compare_table.headline(comparison).startswith("Nothing changed in ")
    assert [mean.ratio for mean in comparison.geomeans] == pytest.approx([1, 1, 1])
    assert runs.broken("median>0%", "failed>0pp", "metadata>0%") == []


@pytest.mark.parametrize(
    "factor, kind, word",
    [(1.3, "worse", "slower"), (1 / 1.3, "better", "faster"), (1.001, "same", "same")],
)
def test_the_direction_is_right(runs, factor, kind, word):
    runs.scale(factor)
    change = runs.change(compare.TIME)
    assert (change.kind, change.word) == (kind, word)
    assert change.ratio == pytest.approx(factor)
    assert change.interval[0] <= change.ratio <= change.interval[1]
    mean = {mean.design: mean for mean in runs.outcome().geomeans}
    assert mean["bitmap"].ratio == pytest.approx(factor ** (1 / 5)) and mean["bitmap"].cells == 5
    assert mean["coremap"].ratio == pytest.approx(1)


def test_what_is_significant_but_within_the_floor_is_no_change(runs):
    runs.scale(1.04)
    assert runs.change(compare.TIME).kind == compare.WORSE
    for each in runs.base.results.bench["workloads"]:
        each["noise_floor"] = 0.05
    change = runs.change(compare.TIME)
    assert change.p < 0.05 and change.floor == 0.05 and change.kind != compare.WORSE


def test_what_is_large_but_not_significant_is_noise(runs):
    cell = runs.cell()
    cell["repetitions_ns"] = [t * f for t, f in zip(cell["repetitions_ns"], [2, 0.6, 1.2] * 3)]
    change = runs.change(compare.TIME)
    assert noise.is_beyond(change.ratio, change.floor) and change.p > 0.05
    assert (change.kind, change.word) == (compare.UNCLEAR, "noise")


def test_three_repetitions_cannot_show_a_change_and_the_gate_says_so(runs):
    for each in (runs.base, runs.new):
        for cell in each.results.bench["cells"]:
            cell["repetitions_ns"] = cell["repetitions_ns"][:3]
    runs.scale(3.0)
    assert runs.change(compare.TIME).kind == compare.UNCLEAR
    assert "Too few repetitions" in " ".join(runs.outcome().remarks)
    with pytest.raises(NotComparable, match="'median>5%' has nothing to judge .*too few"):
        runs.broken("median>5%")


def test_the_same_program_is_unchanged_by_definition(runs):
    runs.scale(1.3)
    for each in (runs.base, runs.new):
        each.results.bench["binary_sha256"] = "a" * 64
    change = runs.change(compare.TIME)
    assert (change.kind, change.word, change.p) == (compare.SAME, "the same program", None)
    assert runs.broken("median>5%") == []
    runs.cell()["foreign"] = True  # a plug-in is not in the program
    assert runs.change(compare.TIME).kind == compare.WORSE
    for each in (runs.base, runs.new):
        each.results.bench["plugin_sha256"] = {"bitmap": "b" * 64}
    assert runs.change(compare.TIME).word == "the same program"


def test_the_gate_fires_and_only_beyond_its_limit(runs):
    runs.scale(1.08)
    assert runs.broken("median>5%") == ["bitmap on mixed_90: median"]
    assert runs.broken("median>10%") == []
    runs.cell()["failed"] += 5000  # 9,000 of 99,990 requests become 14,000 of 104,990
    runs.cell()["metadata_bytes"] += 200
    assert runs.broken("failed>4pp") == ["bitmap on mixed_90: failed"]
    assert runs.broken("failed>5pp") == []
    assert runs.broken("metadata>1%") == ["bitmap on 65,536 frames: metadata"]
    assert runs.broken("metadata>2%") == []


def test_an_improvement_never_breaks_a_rule(runs):
    runs.scale(0.5)
    runs.cell()["failed"] = 0
    runs.cell()["metadata_bytes"] = 1
    assert runs.broken("median>0%", "failed>0pp", "metadata>0%") == []


def test_instructions_code_and_stack_have_gates(runs):
    for run, count in ((runs.base, 100.0), (runs.new, 103.0)):
        run.results.cell("bitmap", "mixed_90")["instructions"] = count
        code = {"design": "bitmap", "code_bytes": int(count) * 10, "constant_bytes": 0}
        size = {"designs": [code | {"stack_bytes": int(count)}]}
        object.__setattr__(run.results, "size", size)
    assert runs.broken("instructions>2%") == ["bitmap on mixed_90: instructions"]
    assert runs.broken("code>2%", "stack>2%") == ["bitmap: code", "bitmap: stack"]
    assert runs.broken("instructions>3%", "code>3%", "stack>3%") == []


def test_a_rule_that_nothing_could_break_is_no_gate(runs):
    with pytest.raises(NotComparable, match="'code>2%' has nothing to judge .*size.json"):
        runs.broken("code>2%")
    with pytest.raises(NotComparable, match="'instructions>1%' has nothing .*no instructions"):
        runs.broken("instructions>1%")


@pytest.mark.parametrize(
    "text", ["", "median", "median>5", "median<5%", "speed>5%", "failed>1%", "median>1pp", "5%"]
)
def test_a_bad_rule_shows_the_grammar(text):
    with pytest.raises(ValueError, match="is no rule: a rule is MEASURE>N%"):
        gate.parse(text)


def test_a_cell_that_has_become_wrong_is_a_regression_and_has_no_time(runs):
    runs.cell()["oracle"] = "C1: op 9 'alloc 1': overlaps"
    changes = [c for c in runs.outcome().changes if str(c).startswith("bitmap on mixed_90:")]
    assert [(c.measure, c.kind) for c in changes] == [(compare.ORACLE, compare.WORSE)]
    (broken,) = gate.broken_designs(runs.outcome())
    assert "overlaps" in broken.note
    runs.base, runs.new = runs.new, runs.base
    assert gate.broken_designs(runs.outcome()) == []
    assert runs.change(compare.ORACLE).kind == compare.BETTER


def test_moved_blocks_are_told_without_praise_or_blame(runs):
    runs.cell()["placement_hash"] = "00"
    change = runs.change(compare.PLACEMENTS)
    assert change.kind == compare.OTHER and change.is_change and change.note is None
    for each in (runs.base, runs.new):
        each.results.bench["binary_sha256"] = "a" * 64
    assert "though the program" in runs.change(compare.PLACEMENTS).note


def test_the_geomean_is_over_common_cells_and_what_is_missing_is_told(runs):
    bench = runs.new.results.bench
    bench["cells"] = [c for c in bench["cells"] if c["workload"] != "mixed_50"]
    runs.scale(16.0, "bitmap", "mixed_90")
    mean = runs.outcome().geomeans[0]
    assert (mean.design, mean.cells) == ("bitmap", 4) and mean.ratio == pytest.approx(2)
    assert "Only in base: the workload mixed_50." in runs.outcome().remarks


def test_what_one_design_lacks_is_named_beside_what_all_lack(runs):
    bench = runs.new.results.bench
    lost = [("bitmap", "mixed_90"), ("coremap", "mixed_90")]
    bench["cells"] = [
        c
        for c in bench["cells"]
        if c["workload"] not in ("mixed_50", "fill_drain")
        and (c["design"], c["workload"]) not in lost
    ]
    remarks = [remark for remark in runs.outcome().remarks if remark.startswith("Only in")]
    (remark,) = remarks
    assert "the workloads " in remark and "fill_drain" in remark and "mixed_50" in remark
    assert remark.endswith("; bitmap on mixed_90, coremap on mixed_90.")


def test_the_ratio_to_the_stack_takes_a_slow_machine_out(runs):
    for cell in runs.new.results.bench["cells"]:
        runs.scale(1.5, cell["design"], cell["workload"])
    runs.add_stack(2.0, 3.0)
    assert runs.outcome().measure == compare.RATIO
    assert runs.change(compare.TIME).kind in (compare.SAME, compare.UNCLEAR)
    assert "The stack itself took 1.50×" in " ".join(runs.outcome().remarks)
    in_ns = runs.outcome(compare.NS)
    assert in_ns.count(compare.WORSE) == 0  # the floor knows that the machine was slower
    assert in_ns.changes[0].ratio == pytest.approx(1.5)


def test_a_stack_that_moves_alone_is_in_the_floor(runs):
    runs.add_stack(2.0, 1.8)  # all ratios grow by 11 %, and no design did
    change = runs.change(compare.TIME)
    assert change.ratio == pytest.approx(2 / 1.8) and change.p < 0.05
    assert change.floor == pytest.approx(1.01 * 2 / 1.8 - 1) and change.kind != compare.WORSE


def test_what_only_disturbed_passes_show_is_no_change(runs):
    runs.scale(1.5)
    runs.cell()["fastest_ns"] = runs.base.results.cell("bitmap", "mixed_90")["fastest_ns"] = 18.0
    assert runs.change(compare.TIME).kind == compare.UNCLEAR  # as fast as ever when left alone
    runs.cell()["fastest_ns"] = 12.0
    assert runs.change(compare.TIME).kind == compare.UNCLEAR  # the other way
    runs.cell()["fastest_ns"] = 27.0
    assert runs.change(compare.TIME).kind == compare.WORSE
    runs.add_stack(2.0, 2.0)
    for run, fastest in ((runs.base, 1.0), (runs.new, 1.5)):
        for cell in run.results.bench["references"]:
            cell["fastest_ns"] = fastest * 4 / 3
    assert runs.change(compare.TIME).fastest == pytest.approx(1.0)  # the stack's is slower as well


def test_a_busy_machine_is_in_the_floor_and_told(runs):
    runs.scale(1.5)
    runs.add_stack(2.0, 2.0)
    for run, median in ((runs.base, 2.0), (runs.new, 4.0)):
        for cell in run.results.bench["references"]:
            cell.update(fastest_ns=2.0, median_ns=median)
    assert runs.change(compare.TIME).kind == compare.WORSE  # as long a pass of the stack beside it
    for run in (runs.base, runs.new):
        for cell in run.results.bench["cells"]:
            pair, fill = "single_pair", "fill_drain"
            cell["yardstick"] = fill if cell["workload"] == pair else pair  # of another length
    change = runs.change(compare.TIME)
    assert change.floor == pytest.approx(1.01 * 2 - 1) and change.kind != compare.WORSE
    remarks = " ".join(runs.outcome().remarks)
    assert "new: the stack's median was 2.00× its fastest pass" in remarks
    assert "base: the stack's" not in remarks
    assert runs.change(compare.TIME, "coremap").kind == compare.UNCLEAR  # nor is it the same
    with pytest.raises(NotComparable, match="nothing to judge .* too busy a machine"):
        runs.broken("median>5%")


def test_a_design_that_alone_becomes_slower_is_not_hidden_by_the_floor(runs):
    runs.scale(1.2)
    runs.add_stack(2.0, 2.0)
    assert runs.change(compare.TIME).floor == pytest.approx(0.01)
    assert runs.change(compare.TIME).kind == compare.WORSE


def test_a_ratio_that_is_not_there_cannot_be_asked_for(runs):
    assert runs.outcome().measure == compare.NS
    with pytest.raises(NotComparable, match="no ratio to the stack .* --measure ns"):
        runs.outcome(compare.RATIO)
    runs.add_stack(2.0, 2.0)
    runs.cell()["yardstick"] = "other"
    assert runs.outcome().measure == compare.NS


def obstacle(runs) -> tuple[str, str] | None:
    found = compare.obstacles(runs.base, runs.new)
    assert len(found) <= 1
    return (found[0].kind, str(found[0])) if found else None


def test_another_machine_or_workload_is_an_obstacle(runs):
    assert obstacle(runs) is None
    runs.new.results.bench["machine"]["cores"] = 64
    kind, text = obstacle(runs)
    assert kind == compare.MACHINE and text.startswith("cores: 2 in base, 64 in new")
    runs.new.results.bench["machine"]["cores"] = 2
    runs.new.results.bench["workloads"][3]["sha256"] = "f" * 64
    kind, text = obstacle(runs)
    assert kind == compare.WORKLOAD
    assert text.startswith("workload mixed_90: not the same operations")
    assert "ffffffffffff" in text


def test_what_the_design_itself_causes_is_no_obstacle_but_is_told(runs):
    runs.cell()["sequence_sha256"] = "e" * 64
    runs.cell()["placement_hash"] = "00"
    assert obstacle(runs) is None
    assert "other operations" in runs.change(compare.TIME).note
    measures = [c.measure for c in runs.outcome().changes if c.workload == "mixed_90"]
    assert compare.PLACEMENTS not in measures  # other requests, so other places mean nothing


def test_runs_with_nothing_in_common_are_refused(runs):
    for cell in runs.new.results.bench["cells"]:
        cell["design"] = f"other_{cell['design']}"
    with pytest.raises(NotComparable, match="base and new have nothing in common"):
        runs.outcome()
