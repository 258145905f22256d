/// The shell's commands, each a function that reads its arguments, does one thing and says what
/// came of it. Where an argument is wrong it does nothing, and the shell says what is.
#pragma once

#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/shell/arguments.h"
#include "kernel-shim/shell/holdings.h"

namespace assay::kernel {

/// What lives from one command to the next.
struct Shell {
  BlockTable blocks;
  PageTable pages;
  bool has_colour = false;  ///< the terminal takes ANSI's
  bool is_left = false;
};

namespace commands {

// block_commands.cc: frames taken and given back.
void alloc(Shell& shell, Arguments& arguments);
void free(Shell& shell, Arguments& arguments);
void blocks(Shell& shell, Arguments& arguments);
void churn(Shell& shell, Arguments& arguments);
void release(Shell& shell, Arguments& arguments);

// page_commands.cc: the kernel's directory.
void map(Shell& shell, Arguments& arguments);
void unmap(Shell& shell, Arguments& arguments);
void fault(Shell& shell, Arguments& arguments);

// look_commands.cc, picture.cc: how the design stands.
void stats(Shell& shell, Arguments& arguments);
void check(Shell& shell, Arguments& arguments);
void run(Shell& shell, Arguments& arguments);
void picture(Shell& shell, Arguments& arguments);

}  // namespace commands

/// Who lies where, a line for a run of frames.
void print_memory_map();

/// Undoes page number `i`: unmapped, and its frame given back if it was taken for it.
void unmap_page(Shell& shell, std::size_t i);

/// Gives back pages, then frames, all that the shell holds of both. Returns: false if the design
/// refused one, which is said.
bool release_all(Shell& shell);

}  // namespace assay::kernel
