/// Every test of the kernel, in the order in which they run. Each leaves memory as it found it.
/// One that a boot must ask for stands in unasked.py too.
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
void direct_map_reaches_low_memory(Test& test);
void a_frame_can_be_mapped_twice(Test& test);
void frames_stand_in_a_row_where_they_are_mapped(Test& test);

// frame_tests.cc: the design under real page tables
void single_frames_keep_their_content(Test& test);
void runs_keep_their_content(Test& test);
void misuse_is_refused(Test& test);
void requests_that_cannot_be_served_fail(Test& test);
void every_frame_can_be_had_and_given_back(Test& test);

// xv6_tests.cc, os161_tests.cc, heap_tests.cc: the sources' functions (docs/KERNEL.md)
void kalloc_gives_every_low_frame_and_then_0(Test& test);
void check_free_list_reads_every_byte(Test& test);
void pgdir_walk_makes_tables_when_asked(Test& test);
void map_region_rounds_and_fails_whole(Test& test);
void kvm_init_makes_a_whole_directory(Test& test);
void kvm_init_takes_nothing_when_it_fails(Test& test);
void vm_free_frees_what_the_directory_owns(Test& test);
void a_write_to_code_faults(Test& test);
void memory_comes_up_in_the_sources_order(Test& test);
void stolen_frames_stay_accounted_for(Test& test);
void alloc_kpages_gives_runs(Test& test);
void the_coremap_s_fields_are_true(Test& test);
void get_vaddr_is_the_direct_map(Test& test);
void page_alloc_maps_and_page_free_unmaps(Test& test);
void alloc_frame_prefers_high_memory(Test& test);
void the_kernel_s_heap_hands_out_pages(Test& test);
void guards_are_not_mapped(Test& test);
void a_process_has_a_heap_of_its_own(Test& test);
void kmmap_maps_pages_in_a_row(Test& test);
void kmmap_undoes_itself_whole(Test& test);
void later_heap_maps_appear_in_every_directory(Test& test);
void frames_are_shown_by_turns_and_for_good(Test& test);

// trace_tests.cc: modules
void traces_pass_the_trial(Test& test);

// cost_tests.cc: instructions of each call
void calls_cost_instructions(Test& test);

// machine_tests.cc: what the CPU does when it is asked to
void probes_survive_faults(Test& test);
void the_page_below_the_stack_faults(Test& test);
void ticks_come_unless_kept_off(Test& test);
void spurious_interrupts_do_no_harm(Test& test);
// swarm_tests.cc: random sequences
void swarm_passes_the_trial(Test& test);

// cpu_tests.cc: several CPUs
void all_cpus_come_up(Test& test);
void what_is_unmapped_is_gone_on_all_cpus(Test& test);
void cpus_look_into_high_memory_at_once(Test& test);
// storm_tests.cc
void cpus_storm_the_allocator(Test& test);
// lock_tests.cc
void who_waits_for_a_sleeping_lock_sleeps(Test& test);
void the_memory_s_lock_can_be_given_back_for_a_while(Test& test);
// user_tests.cc: programs in ring 3
void programs_run_in_ring_3(Test& test);
void what_a_program_may_not_do_ends_it(Test& test);
void programs_run_on_all_cpus_at_once(Test& test);

// disk_tests.cc: --disk
void the_disk_keeps_what_is_written(Test& test);

// paging_tests.cc: --pages
void programs_outgrow_memory(Test& test);
void a_full_swap_loses_nothing(Test& test);
void a_run_of_the_kernel_s_drives_pages_out(Test& test);
void a_page_that_was_freed_is_new(Test& test);
void the_pager_serves_only_what_was_reserved(Test& test);
void cpus_page_at_once(Test& test);

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
    {"direct_map_reaches_low_memory", direct_map_reaches_low_memory},
    {"a_frame_can_be_mapped_twice", a_frame_can_be_mapped_twice},
    {"frames_stand_in_a_row_where_they_are_mapped", frames_stand_in_a_row_where_they_are_mapped},
    {"single_frames_keep_their_content", single_frames_keep_their_content},
    {"runs_keep_their_content", runs_keep_their_content},
    {"misuse_is_refused", misuse_is_refused},
    {"requests_that_cannot_be_served_fail", requests_that_cannot_be_served_fail},
    {"every_frame_can_be_had_and_given_back", every_frame_can_be_had_and_given_back},
    {"kalloc_gives_every_low_frame_and_then_0", kalloc_gives_every_low_frame_and_then_0},
    {"check_free_list_reads_every_byte", check_free_list_reads_every_byte},
    {"pgdir_walk_makes_tables_when_asked", pgdir_walk_makes_tables_when_asked},
    {"map_region_rounds_and_fails_whole", map_region_rounds_and_fails_whole},
    {"kvm_init_makes_a_whole_directory", kvm_init_makes_a_whole_directory},
    {"kvm_init_takes_nothing_when_it_fails", kvm_init_takes_nothing_when_it_fails},
    {"vm_free_frees_what_the_directory_owns", vm_free_frees_what_the_directory_owns},
    {"a_write_to_code_faults", a_write_to_code_faults},
    {"memory_comes_up_in_the_sources_order", memory_comes_up_in_the_sources_order},
    {"stolen_frames_stay_accounted_for", stolen_frames_stay_accounted_for},
    {"alloc_kpages_gives_runs", alloc_kpages_gives_runs},
    {"the_coremap_s_fields_are_true", the_coremap_s_fields_are_true},
    {"get_vaddr_is_the_direct_map", get_vaddr_is_the_direct_map},
    {"page_alloc_maps_and_page_free_unmaps", page_alloc_maps_and_page_free_unmaps},
    {"alloc_frame_prefers_high_memory", alloc_frame_prefers_high_memory},
    {"the_kernel_s_heap_hands_out_pages", the_kernel_s_heap_hands_out_pages},
    {"guards_are_not_mapped", guards_are_not_mapped},
    {"a_process_has_a_heap_of_its_own", a_process_has_a_heap_of_its_own},
    {"kmmap_maps_pages_in_a_row", kmmap_maps_pages_in_a_row},
    {"kmmap_undoes_itself_whole", kmmap_undoes_itself_whole},
    {"later_heap_maps_appear_in_every_directory", later_heap_maps_appear_in_every_directory},
    {"frames_are_shown_by_turns_and_for_good", frames_are_shown_by_turns_and_for_good},
    {"traces_pass_the_trial", traces_pass_the_trial},
    {"probes_survive_faults", probes_survive_faults},
    {"the_page_below_the_stack_faults", the_page_below_the_stack_faults},
    {"ticks_come_unless_kept_off", ticks_come_unless_kept_off},
    {"spurious_interrupts_do_no_harm", spurious_interrupts_do_no_harm},
    {"swarm_passes_the_trial", swarm_passes_the_trial},
    {"calls_cost_instructions", calls_cost_instructions},
    {"all_cpus_come_up", all_cpus_come_up},
    {"what_is_unmapped_is_gone_on_all_cpus", what_is_unmapped_is_gone_on_all_cpus},
    {"cpus_look_into_high_memory_at_once", cpus_look_into_high_memory_at_once},
    {"cpus_storm_the_allocator", cpus_storm_the_allocator},
    {"who_waits_for_a_sleeping_lock_sleeps", who_waits_for_a_sleeping_lock_sleeps},
    {"the_memory_s_lock_can_be_given_back_for_a_while",
     the_memory_s_lock_can_be_given_back_for_a_while},
    {"programs_run_in_ring_3", programs_run_in_ring_3},
    {"what_a_program_may_not_do_ends_it", what_a_program_may_not_do_ends_it},
    {"programs_run_on_all_cpus_at_once", programs_run_on_all_cpus_at_once},
    {"the_disk_keeps_what_is_written", the_disk_keeps_what_is_written},
    {"programs_outgrow_memory", programs_outgrow_memory},
    {"a_full_swap_loses_nothing", a_full_swap_loses_nothing},
    {"a_run_of_the_kernel_s_drives_pages_out", a_run_of_the_kernel_s_drives_pages_out},
    {"a_page_that_was_freed_is_new", a_page_that_was_freed_is_new},
    {"the_pager_serves_only_what_was_reserved", the_pager_serves_only_what_was_reserved},
    {"cpus_page_at_once", cpus_page_at_once},
    {"every_frame_came_back", every_frame_came_back},
    {"stack_sufficed", stack_sufficed},
};

}  // namespace assay::kernel
