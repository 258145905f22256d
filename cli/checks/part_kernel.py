"""The part `kernel`: each design in a booted kernel, and every way in which a boot can fail."""

from cli import build, designs
from cli.checks import suites
from cli.checks.check import skipped

NEEDS = ("build", "kernel", "test")
FAST = "each_design or wrong_allocator"


def run(scope: str):
    build.build("release", ["assay-ops"])
    for design in [*designs.names(), designs.zoo()[0]]:
        build.build("kernel", design=design)
    if scope == "fast":
        yield from suites.run_pytest("kernel-shim", "-k", FAST)
        yield skipped("kernel-shim: faults, modules, sizes", "--fast")
    else:
        yield from suites.run_pytest("kernel-shim")
