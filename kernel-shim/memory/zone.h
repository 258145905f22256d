/// A zone: one instance of the design and the frames that it manages. The kernel has a low one and,
/// where there is as much memory, a high one. Its frames are blocks of the kernel's or hold pages
/// of address spaces, which leave when memory runs out (impls/paged/paged.h).
#pragma once

#include <optional>

#include "impls/designs.h"
#include "impls/paged/paged.h"
#include "kernel-shim/calls/recorded.h"
#include "kernel-shim/foreign/foreign_design.h"
#include "kernel-shim/foreign/unpaged.h"
#include "kernel-shim/memory/filling.h"
#include "kernel-shim/memory/layout.h"
#include "oracle/zoo/zoo.h"

namespace assay::kernel {

#ifdef ASSAY_KERNEL_PLUGIN
using KernelDesign = ForeignDesign;
using ZoneDesign = Unpaged<Filling<Recorded<KernelDesign>>>;
#else
/// Every design by name, so that the build's ASSAY_KERNEL_DESIGN picks one. The zoo is among them:
/// a kernel on top of a wrong allocator shows that the tests here can fail.
namespace named {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a type
#define ASSAY_NAME_DESIGN(name, type) using name = type;
ASSAY_DESIGNS(ASSAY_NAME_DESIGN)
ASSAY_ZOO(ASSAY_NAME_DESIGN)
#undef ASSAY_NAME_DESIGN
}  // namespace named

using KernelDesign = named::ASSAY_KERNEL_DESIGN;
/// The design as a zone has it: its calls can be recorded, its free frames filled, and its frames
/// can hold pages.
using ZoneDesign = Paged<Filling<Recorded<KernelDesign>>>;
#endif

struct FrameCounts {
  FrameCount free;
  FrameCount used;
  FrameCount managed;

  bool operator==(const FrameCounts&) const = default;
};

/// Every call is made under the memory's lock, so several CPUs may call.
class Zone {
 public:
  static constexpr std::byte kFill = Filling<KernelDesign>::kFill;

  /// `recording`: as whom the design's calls are in the log.
  constexpr explicit Zone(Recording recording) : recording_(recording) {}

  /// Junk in the metadata, then the design's `init` with `usable`, all of the zone's or a part.
  /// Ends the kernel if the design cannot manage such an arena.
  void start(const char* name, const ZoneLayout& layout, std::span<std::byte> metadata,
             FrameWindow window, const RunList& usable, bool fills);
  void add_usable(Run run);

  /// Of the bytes of its table, those of the design; the others are for pages.
  [[nodiscard]] std::uint32_t design_bytes() const;

  [[nodiscard]] bool is_up() const { return layout_ != nullptr; }
  [[nodiscard]] const char* name() const { return name_; }
  [[nodiscard]] Run arena() const { return layout_->arena; }
  /// Frames that the design manages, once all phases are done.
  [[nodiscard]] const RunList& usable() const { return layout_->usable; }

  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1});
  /// Frees a block. Returns: as the design's free.
  FreeResult free(Run block);
  /// Tries a free that must be refused. A panic that the contract promises is a refusal.
  FreeResult free_wrongly(Pfn pfn);

  // Pages, as in Paged: the pager alone calls what changes any (pager/pager.h).

  void attach(const PagingCalls& calls);
  [[nodiscard]] Pfn allocate_page(Page page, bool fixed);
  [[nodiscard]] Pfn load_page(Page page);
  [[nodiscard]] bool make_page_available(FrameCount count);
  bool page_written(Pfn frame);
  bool page_free(Pfn frame);
  FrameCount teardown(std::uint32_t space);
  [[nodiscard]] std::optional<PageInFrame> page_at(Pfn frame) const;
  [[nodiscard]] FrameCount evictable_pages() const;

  [[nodiscard]] FrameCounts counts() const;
  [[nodiscard]] FrameCount largest_free_run() const;
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const;
  [[nodiscard]] const char* validate() const;

  /// The first byte of a free frame that is not as it was filled. Requires: the zone fills.
  [[nodiscard]] std::optional<SpoiledByte> check_free_list() const;
  [[nodiscard]] bool fills() const { return fills_; }

  /// What somebody else's allocator has kept for itself since `init`.
  [[nodiscard]] std::span<const Run> kept() const;

 private:
  Recording recording_;
  const char* name_ = "";
  const ZoneLayout* layout_ = nullptr;
  ZoneDesign design_;
  bool fills_ = false;
};

}  // namespace assay::kernel
