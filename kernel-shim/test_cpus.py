"""Boots kernels on machines with several CPUs."""

import pytest

from cli import designs
from test_boot import boot


def boot_with(cpus, design="bitmap", **options):
    """A boot on as many CPUs as the kernel is told of."""
    return boot(design, command_line=f"cpus={cpus}", cpus=cpus, **options)


def find_test(log, name):
    return next(test for test in log.tests if test.name == name)


@pytest.mark.parametrize("cpus", [2, 3, 4])
def test_all_cpus_come_up(cpus):
    done, log, failure = boot_with(cpus)
    assert failure is None
    assert f"# cpus {cpus}\n" in done.serial
    assert find_test(log, "all_cpus_come_up").skipped is None


def test_one_cpu_has_nothing_to_show():
    _, log, failure = boot()
    assert failure is None
    assert find_test(log, "all_cpus_come_up").skipped == "not asked for (cpus=N)"


@pytest.mark.parametrize("design", designs.names())
def test_each_design_gives_stacks_to_other_cpus(design):
    _, _, failure = boot_with(2, design)
    assert failure is None


def test_a_cpu_that_does_not_come_is_named():
    done, _, failure = boot(command_line="cpus=3", cpus=2)
    assert done.returncode == 249
    assert "1 of 2 other CPUs came up" in failure


def test_more_cpus_than_wanted_sleep():
    done, _, failure = boot(command_line="cpus=2", cpus=4)
    assert failure is None
    assert "# cpus 2\n" in done.serial


def test_too_many_cpus_are_refused():
    _, _, failure = boot(command_line="cpus=5")
    assert "cpus= must be a number from 1 to 4" in failure
