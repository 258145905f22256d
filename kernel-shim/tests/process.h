/// A process for tests: an address space with a page of code and one of stack.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>

#include "kernel-shim/machine/user.h"
#include "kernel-shim/memory/address_space.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/pager/pager.h"
#include "kernel-shim/sources/frames.h"
#include "kernel-shim/sources/os161.h"

/// A program of programs.S, outside of any namespace, and its code.
#define ASSAY_PROGRAM(name)                    \
  extern "C" const std::byte program_##name[]; \
  extern "C" const std::byte program_##name##_end[]
#define ASSAY_CODE(name) std::span(program_##name, program_##name##_end)

namespace assay::kernel {

using Code = std::span<const std::byte>;

class Process {
 public:
  static constexpr vaddr_t kCode = 0xBFFF'A000;
  static constexpr vaddr_t kStack = 0xBFFF'C000;  ///< the page above the code's is not mapped

  /// Whether its page faults go to the pager, or end it.
  enum class Faults : std::uint8_t { end_it, are_served };

  explicit Process(Faults faults = Faults::end_it) : as_(as_create()), faults_(faults) {
    if (as_ == nullptr) return;
    code_ = page_alloc(as_, kCode, true);
    stack_ = page_alloc(as_, kStack, true);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (as_ != nullptr) as_destroy(as_);
  }

  [[nodiscard]] bool exists() const { return as_ != nullptr && code_ != 0 && stack_ != 0; }

  /// On the CPU that calls it.
  ProgramEnd run(Code code, std::span<const std::uint32_t> arguments) {
    std::memcpy(frame_bytes(Pfn{code_ / kFrameBytes}), code.data(), code.size());
    as_activate(as_);
    const bool are_served = faults_ == Faults::are_served;
    const ProgramEnd end = run_program({.eip = kCode,
                                        .esp = kStack + kFrameBytes,
                                        .arguments = arguments,
                                        .on_fault = are_served ? serve_page_fault : nullptr,
                                        .context = loaded_space()});
    last_loaded_ = loaded_space();
    load_kernel_directory();
    has_kernel_segments_ = has_kernel_segments_ && are_kernel_segments();
    return end;
  }
  /// The same, with a frame mapped at `address` meanwhile.
  ProgramEnd run_with(Pfn frame, vaddr_t address, Code code,
                      std::span<const std::uint32_t> arguments,
                      PageEntry flags = kUser | kWritable) {
    as_activate(as_);
    const PageDirectory own = loaded_directory();
    const bool is_mapped = own.map(address, frame, flags);
    const ProgramEnd end = run(code, arguments);
    if (is_mapped) own.unmap(address);
    return end;
  }

  /// Pages in a row that come when they are touched. Returns: the first one's address, or 0.
  [[nodiscard]] vaddr_t reserve(std::uint32_t pages) {
    if (!exists()) return 0;
    as_activate(as_);
    const vaddr_t first = allocPages(pages, USER_HEAP_START);
    load_kernel_directory();
    return first;
  }

  /// The frame that an address of its is mapped to now, or 0.
  [[nodiscard]] paddr_t frame_of(vaddr_t address) const {
    as_activate(as_);
    const paddr_t frame = getFrameAddr(address);
    load_kernel_directory();
    return frame;
  }

  /// Whether the pages of code and stack are in the frames in which they began.
  [[nodiscard]] bool keeps_fixed_pages() const {
    const auto holds = [](paddr_t frame, vaddr_t address) {
      const std::optional<PageInFrame> held = page_in(Pfn{frame / kFrameBytes});
      return held && held->is_fixed && held->page.number == address / kFrameBytes;
    };
    return holds(code_, kCode) && holds(stack_, kStack);
  }

  /// The space that the kernel took for the loaded one behind the last run.
  [[nodiscard]] const AddressSpace* last_loaded() const { return last_loaded_; }
  /// Whether the kernel had its own segments behind each run. QEMU lets it do without.
  [[nodiscard]] bool has_kernel_segments() const { return has_kernel_segments_; }

 private:
  static bool are_kernel_segments() {
    std::uint32_t segments[4];
    asm volatile("movl %%ds, %0; movl %%es, %1; movl %%fs, %2; movl %%gs, %3"
                 : "=r"(segments[0]), "=r"(segments[1]), "=r"(segments[2]), "=r"(segments[3]));
    return std::ranges::all_of(segments, [](auto segment) { return segment == kDataSegment; });
  }

  addrspace* as_;
  Faults faults_;
  const AddressSpace* last_loaded_ = nullptr;
  bool has_kernel_segments_ = true;
  paddr_t code_ = 0;
  paddr_t stack_ = 0;
};

}  // namespace assay::kernel
