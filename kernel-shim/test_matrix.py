"""Each design on machines of several sizes, with random sequences that the kernel makes itself.

What takes long and says little more is named `rest`, and is for `./assay test kernel --full`.
"""

import itertools

import pytest

import unasked
from cli import designs, paths, runs, verb_boot
from cli.booting.sequences import Swarm

MILLION, FEW = 1_000_000, 10_000
UNFILLED, FILLED = "", "fill=on"

# MiB, operations, the kernel's option. Beyond 3 GiB there is RAM above the hole for devices.
MACHINES = [
    (16, MILLION, FILLED),
    (128, MILLION, FILLED),
    (3072, FEW, UNFILLED),
    (4096, FEW, UNFILLED),
]
ALL = itertools.product([16, 128, 3072, 4096], [MILLION], [UNFILLED, FILLED])
REST = [machine for machine in ALL if machine not in MACHINES]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    return runs.RunFolder.create("boot")


def check(folder, design: str, memory_mib: int, operations: int, option: str) -> None:
    result = verb_boot.boot_step(
        folder,
        design,
        memory_mib=memory_mib,
        traces=["none"],
        swarm=Swarm(operations),
        command_line=option,
    )
    assert (result["verdict"], result["reason"]) == ("pass", None)
    assert result["swarm"]["equal"] and result["swarm"]["operations"] >= operations
    skipped = [test["name"] for test in result["tests"] if test["skipped"]]
    assert skipped == unasked.skipped_with("--swarm", *(["--fill"] if option == FILLED else []))


@pytest.mark.parametrize("design", designs.names())
@pytest.mark.parametrize("memory_mib, operations, option", MACHINES)
def test_a_design_behaves_on_every_machine(design, memory_mib, operations, option, folder):
    check(folder, design, memory_mib, operations, option)


@pytest.mark.parametrize("design", designs.names())
@pytest.mark.parametrize("memory_mib, operations, option", REST)
def test_the_rest_of_all_combinations(design, memory_mib, operations, option, folder):
    check(folder, design, memory_mib, operations, option)
