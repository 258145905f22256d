/// Every test of the kernel, in the order in which they run. Each leaves memory as it found it.
#pragma once

#include "kernel-shim/tests/ktap.h"

namespace assay::kernel {

// map_tests.cc: who lies where, the two phases, page tables
void run_lists_add_up(Test& test);
void layout_is_sound(Test& test);
void phase_1_manages_the_window(Test& test);
void phase_2_manages_the_rest(Test& test);
void reserved_frames_stay_reserved(Test& test);
void page_tables_come_from_the_design(Test& test);
void direct_map_reaches_all_ram(Test& test);
void a_frame_can_be_mapped_twice(Test& test);
void frames_stand_in_a_row_where_they_are_mapped(Test& test);

// frame_tests.cc: the design under real page tables
void single_frames_keep_their_content(Test& test);
void runs_keep_their_content(Test& test);
void misuse_is_refused(Test& test);
void requests_that_cannot_be_served_fail(Test& test);
void every_frame_can_be_had_and_given_back(Test& test);

// trace_tests.cc: modules
void traces_pass_the_trial(Test& test);

// machine_tests.cc: what the CPU does when it is asked to
void probes_survive_faults(Test& test);
void ticks_come_unless_kept_off(Test& test);
void spurious_interrupts_do_no_harm(Test& test);
// swarm_tests.cc: random sequences
void swarm_passes_the_trial(Test& test);

// boot_tests.cc: at the end
void every_frame_came_back(Test& test);
void stack_sufficed(Test& test);

inline constexpr TestCase kTests[] = {
    {"run_lists_add_up", run_lists_add_up},
    {"layout_is_sound", layout_is_sound},
    {"phase_1_manages_the_window", phase_1_manages_the_window},
    {"phase_2_manages_the_rest", phase_2_manages_the_rest},
    {"reserved_frames_stay_reserved", reserved_frames_stay_reserved},
    {"page_tables_come_from_the_design", page_tables_come_from_the_design},
    {"direct_map_reaches_all_ram", direct_map_reaches_all_ram},
    {"a_frame_can_be_mapped_twice", a_frame_can_be_mapped_twice},
    {"frames_stand_in_a_row_where_they_are_mapped", frames_stand_in_a_row_where_they_are_mapped},
    {"single_frames_keep_their_content", single_frames_keep_their_content},
    {"runs_keep_their_content", runs_keep_their_content},
    {"misuse_is_refused", misuse_is_refused},
    {"requests_that_cannot_be_served_fail", requests_that_cannot_be_served_fail},
    {"every_frame_can_be_had_and_given_back", every_frame_can_be_had_and_given_back},
    {"traces_pass_the_trial", traces_pass_the_trial},
    {"probes_survive_faults", probes_survive_faults},
    {"ticks_come_unless_kept_off", ticks_come_unless_kept_off},
    {"spurious_interrupts_do_no_harm", spurious_interrupts_do_no_harm},
    {"swarm_passes_the_trial", swarm_passes_the_trial},
    {"every_frame_came_back", every_frame_came_back},
    {"stack_sufficed", stack_sufficed},
};

}  // namespace assay::kernel
