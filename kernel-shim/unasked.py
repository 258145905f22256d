"""Which tests of the kernel are skipped unless a boot asks for them.

A new one of that kind is a line here.
"""

# The option of `./assay boot` that asks for each, in the order in which they run.
ASKED_BY = {
    "check_free_list_reads_every_byte": "--fill",
    "traces_pass_the_trial": "--trace",
    "swarm_passes_the_trial": "--swarm",
    "calls_cost_instructions": "--costs",
    "all_cpus_come_up": "--cpus",
    "what_is_unmapped_is_gone_on_all_cpus": "--cpus",
    "cpus_look_into_high_memory_at_once": "--cpus",
    "cpus_storm_the_allocator": "--cpus",
    "who_waits_for_a_sleeping_lock_sleeps": "--cpus",
    "the_memory_s_lock_can_be_given_back_for_a_while": "--cpus",
    "programs_run_on_all_cpus_at_once": "--cpus",
    "the_disk_keeps_what_is_written": "--disk",
    "programs_outgrow_memory": "--pages",
    "a_full_swap_loses_nothing": "--pages",
    "a_run_of_the_kernel_s_drives_pages_out": "--pages",
    "a_page_that_was_freed_is_new": "--pages",
    "the_pager_serves_only_what_was_reserved": "--pages",
    "cpus_page_at_once": "--pages",
}


def skipped_with(*options: str) -> list[str]:
    """The tests that a boot with these of the options above skips, in the order of its log."""
    unknown = set(options) - set(ASKED_BY.values())
    if unknown:
        raise ValueError(f"no test is asked for by {sorted(unknown)}")
    return [test for test, option in ASKED_BY.items() if option not in options]
