"""What a person sees of a run that goes on."""

from types import SimpleNamespace

import pytest

from cli.fuzzing import view
from cli.fuzzing.tally import Tally


def fake_runner(**changes):
    tally = Tally("bitmap", seconds=5, coverage_edges=1234, corpus_entries=56)
    for name, value in changes.items():
        setattr(tally, name, value)
    target = SimpleNamespace(
        tally=tally, new_at=40.0, progress_now=lambda: (1000, 9000), live_seconds=lambda _: 5.0
    )
    return SimpleNamespace(
        targets={"bitmap": target},
        running={"bitmap": 1},
        seconds=28800,
        elapsed=lambda: 3723.0,
    )


def test_a_row_has_rates_over_all_its_processes_and_when_something_was_new():
    (row,) = view.rows_of(fake_runner(), now=100.0)
    assert row == ["bitmap", "100", "900", "1,234", "56", "0", "1:00 ago", "running"]
    assert len(row) == len(view.HEAD)


@pytest.mark.parametrize(
    "changes, running, state",
    [
        ({}, 0, "waiting"),
        ({"restarts": 2}, 1, "running, died 2×"),
        ({"failure": "it is not there"}, 0, "failed: it is not there"),
    ],
)
def test_a_worker_that_died_is_shown(changes, running, state):
    assert view.state_of(Tally("bitmap", **changes), running) == state


def test_the_line_says_how_far_it_is_and_what_was_found_and_failed():
    line = view.summary_of(fake_runner(findings=["bitmap-C4"], failure="gone"))
    assert line == "fuzzing 1:02:03 of 8:00:00: 1,000 executions, 1 finding, failed: bitmap"


def test_the_table_can_be_drawn():
    from rich.console import Console

    console = Console(width=120, record=True, file=open("/dev/null", "w"))
    console.print(view._table(fake_runner(findings=["k"])))
    text = console.export_text()
    assert "fuzzing 1:02:03 of 8:00:00" in text and "bitmap" in text and "running" in text
