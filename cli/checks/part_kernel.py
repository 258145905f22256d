"""The part `kernel`: each design in a booted kernel, and every way in which a boot can fail."""

from cli import build, code_size, designs
from cli.checks import suites
from cli.checks.check import FAILED, PASSED, Check, skipped

NEEDS = ("build", "kernel", "image", "test")
WRONG = ("circular_list", "double_free_accepted")  # members of the zoo; test_boot.py boots them
FAST = "each_design_boots or each_design_behaves or wrong_allocator"
SUITE_S = 1800  # a busy machine needs ten minutes
NOT_THE_REST = ("-k", "not rest_of_all")


def run(scope: str):
    build.build("release", ["assay-bench", "assay-ops", "assay-swarm"])
    for design in [*designs.names(), designs.zoo()[0], *WRONG]:
        build.build("kernel", design=design)
    build.build("kernel", design="bitmap", ubsan=True)
    for design in designs.names():
        yield judge_calls(code_size.weigh(design))
    if scope == "fast":
        yield from suites.run_pytest("kernel-shim", "-k", FAST)
        yield skipped("kernel-shim: faults, modules, sizes, costs", "--fast")
    else:
        selection = () if scope == "full" else NOT_THE_REST
        yield from suites.run_pytest("kernel-shim", *selection, seconds=SUITE_S)


def judge_calls(weighed: dict) -> Check:
    """i686 has no 64-bit division; a kernel should not need the compiler's library for it."""
    design, calls = weighed["design"], code_size.division_in(weighed)
    name = f"{design}: no 64-bit division on i686"
    if calls:
        return Check(name, FAILED, f"calls {', '.join(calls)}", f"./assay bench {design} --size")
    return Check(name, PASSED)
