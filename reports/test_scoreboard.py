"""The scoreboard against the fixture: numbers, the best of a column, why some are missing."""

from reports import choose, scoreboard


def board_of(run) -> scoreboard.Scoreboard:
    loaded = run.load()
    return scoreboard.make(loaded, choose.choose(loaded))


def column(board: scoreboard.Scoreboard, head: str) -> scoreboard.Column:
    return next(each for each in board.columns if each.head == head)


def texts(run, head: str) -> dict[str, str]:
    return {design: each.text for design, each in column(board_of(run), head).values.items()}


def test_every_column_of_a_run_that_measured_everything(measured_run):
    assert [each.head for each in board_of(measured_run).columns] == [
        "time", "p50", "p99.9", "max", "growth", "unusable", "runs", "metadata",
        "code", "stack",
    ]  # fmt: skip
    assert texts(measured_run, "p50") == {
        "bitmap": "10.0", "coremap": "20.0", "free_list": "80.0"
    }  # fmt: skip
    assert texts(measured_run, "growth") == {
        "bitmap": "0.00", "coremap": "0.25", "free_list": "1.00"
    }  # fmt: skip
    assert texts(measured_run, "runs") == {
        "bitmap": "50", "coremap": "93.3", "free_list": "40"
    }  # fmt: skip
    assert texts(measured_run, "unusable") == {"bitmap": "75", "coremap": "50", "free_list": "80"}
    assert texts(measured_run, "max") == {
        "bitmap": "4,700",
        "coremap": "1,600",
        "free_list": "36,000",
    }
    assert column(board_of(measured_run), "max").values["coremap"].note == "once 9.60\u00a0µs"


def test_high_is_best_where_it_is(measured_run):
    board = board_of(measured_run)
    assert column(board, "runs").best == {"coremap"}
    assert column(board, "code").best == {"free_list"}


def test_the_time_is_a_geometric_mean_over_what_all_did(run):
    # The fixture's ratios have these means: the scores of a choice by time alone.
    assert texts(run, "time") == {"bitmap": "2.00×", "free_list": "4.00×", "coremap": "8.00×"}
    assert column(board_of(run), "time").unit == "× best (5)"

    def leave_out(document):
        kept = [c for c in document["cells"] if (c["design"], c["workload"]) != LEFT_OUT]
        document["cells"] = kept

    values = column(board_of(run.change("bench.json", leave_out)), "time").values
    assert values["coremap"].number is None  # no longer eligible: the others share all workloads
    assert values["coremap"].why == "coremap has no valid time under mixed_50"


LEFT_OUT = ("coremap", "mixed_50")


def test_a_design_that_is_out_is_not_the_best(measured_run):
    measured_run.change_target("free_list", status="finding", findings=["k"])
    assert column(board_of(measured_run), "code").best == {"coremap"}


def test_what_is_missing_has_a_reason_and_what_nobody_has_a_command(measured_run, run):
    board = board_of(measured_run)
    stack = column(board, "stack").values["free_list"]
    assert stack.text == "–" and board.number_of(stack) == 1
    assert board.reasons == ["no stack depth of free_list is known"] and board.absent == []
    measured_run.remove("latency.json", "size.json")
    board = board_of(measured_run)
    assert board.absent == [
        ("p50, p99.9 and max", "./assay bench"),
        ("code and stack", "./assay bench --size"),
    ]


def test_a_stack_that_is_not_known_to_its_end_is_a_least(measured_run):
    def edit(document):
        document["designs"][1]["stack_not_counted"] = ["a call through a pointer"]

    values = column(board_of(measured_run.change("size.json", edit)), "stack").values
    assert values["coremap"].note == "at least" and values["bitmap"].note == ""


def test_without_a_run_of_the_benchmarks_there_is_no_column(run):
    assert board_of(run.remove("bench.json")).columns == []
