/// A paged design that is chosen at run time: a trial is compiled once for all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "impls/paged/paged.h"

namespace assay {

/// A reference to an object of a type with the calls of `Paged`; that must outlive it.
class AnyPager {
 public:
  template <class Pager>
  [[nodiscard]] static AnyPager of(Pager& pager) {
    return AnyPager(Pager::contract, &pager, kCalls<Pager>);
  }

  Contract contract;

  [[nodiscard]] std::uint64_t metadata_bytes(const MemoryMap& map) const {
    return calls_->metadata_bytes(map);
  }
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    calls_->init(object_, map, window, metadata);
  }
  void attach(const PagingCalls& kernel) { calls_->attach(object_, kernel); }
  void add_usable(Run run) { calls_->add_usable(object_, run); }
  Pfn allocate(FrameCount count, FrameCount alignment) {
    return calls_->allocate(object_, count, alignment);
  }
  /// Who wants no size is not told it.
  FreeResult free(Pfn first, FrameCount count) { return calls_->free(object_, first, count); }
  [[nodiscard]] FrameCount free_frames() const { return calls_->free_frames(object_); }
  [[nodiscard]] FrameCount used_frames() const { return calls_->used_frames(object_); }
  [[nodiscard]] FrameCount managed_frames() const { return calls_->managed_frames(object_); }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const {
    return calls_->block_at(object_, pfn);
  }
  [[nodiscard]] const char* validate() const { return calls_->validate(object_); }
  Pfn allocate_page(Page page, bool fixed) { return calls_->allocate_page(object_, page, fixed); }
  Pfn load_page(Page page) { return calls_->load_page(object_, page); }
  Pfn page_nalloc(FrameCount count, FrameCount alignment) {
    return calls_->page_nalloc(object_, count, alignment);
  }
  bool make_page_available(FrameCount count, FrameCount alignment) {
    return calls_->make_page_available(object_, count, alignment);
  }
  bool page_free(Pfn frame) { return calls_->page_free(object_, frame); }
  bool page_written(Pfn frame) { return calls_->page_written(object_, frame); }
  bool pin(Pfn frame) { return calls_->pin(object_, frame); }
  bool unpin(Pfn frame) { return calls_->unpin(object_, frame); }
  FrameCount teardown(std::uint32_t space) { return calls_->teardown(object_, space); }
  [[nodiscard]] std::optional<PageInFrame> page_at(Pfn frame) const {
    return calls_->page_at(object_, frame);
  }
  [[nodiscard]] FrameCount evictable_pages() const { return calls_->evictable_pages(object_); }

 private:
  struct Calls {
    std::uint64_t (*metadata_bytes)(const MemoryMap& map);
    void (*init)(void* object, const MemoryMap& map, FrameWindow window,
                 std::span<std::byte> metadata);
    void (*attach)(void* object, const PagingCalls& kernel);
    void (*add_usable)(void* object, Run run);
    Pfn (*allocate)(void* object, FrameCount count, FrameCount alignment);
    FreeResult (*free)(void* object, Pfn first, FrameCount count);
    FrameCount (*free_frames)(const void* object);
    FrameCount (*used_frames)(const void* object);
    FrameCount (*managed_frames)(const void* object);
    std::optional<Run> (*block_at)(const void* object, Pfn pfn);
    const char* (*validate)(const void* object);
    Pfn (*allocate_page)(void* object, Page page, bool fixed);
    Pfn (*load_page)(void* object, Page page);
    Pfn (*page_nalloc)(void* object, FrameCount count, FrameCount alignment);
    bool (*make_page_available)(void* object, FrameCount count, FrameCount alignment);
    bool (*page_free)(void* object, Pfn frame);
    bool (*page_written)(void* object, Pfn frame);
    bool (*pin)(void* object, Pfn frame);
    bool (*unpin)(void* object, Pfn frame);
    FrameCount (*teardown)(void* object, std::uint32_t space);
    std::optional<PageInFrame> (*page_at)(const void* object, Pfn frame);
    FrameCount (*evictable_pages)(const void* object);
  };

  AnyPager(const Contract& promised, void* object, const Calls& calls)
      : contract(promised), object_(object), calls_(&calls) {}

  template <class Pager>
  static Pager& as(void* object) {
    return *static_cast<Pager*>(object);
  }
  template <class Pager>
  static const Pager& as(const void* object) {
    return *static_cast<const Pager*>(object);
  }

  template <class Pager>
  static FreeResult free_of(void* object, Pfn first, FrameCount count) {
    if constexpr (Pager::contract.free_takes_size) {
      return as<Pager>(object).free(first, count);
    } else {
      return as<Pager>(object).free(first);
    }
  }

  template <class P>
  static constexpr Calls kCalls{
      .metadata_bytes = [](const MemoryMap& map) { return P::metadata_bytes(map); },
      .init = [](void* object, const MemoryMap& map, FrameWindow window,
                 std::span<std::byte> metadata) { as<P>(object).init(map, window, metadata); },
      .attach = [](void* object, const PagingCalls& kernel) { as<P>(object).attach(kernel); },
      .add_usable = [](void* object, Run run) { as<P>(object).add_usable(run); },
      .allocate = [](void* object, FrameCount count,
                     FrameCount alignment) { return as<P>(object).allocate(count, alignment); },
      .free = &free_of<P>,
      .free_frames = [](const void* object) { return as<P>(object).free_frames(); },
      .used_frames = [](const void* object) { return as<P>(object).used_frames(); },
      .managed_frames = [](const void* object) { return as<P>(object).managed_frames(); },
      .block_at = [](const void* object, Pfn pfn) { return as<P>(object).block_at(pfn); },
      .validate = [](const void* object) { return as<P>(object).validate(); },
      .allocate_page = [](void* object, Page page,
                          bool fixed) { return as<P>(object).allocate_page(page, fixed); },
      .load_page = [](void* object, Page page) { return as<P>(object).load_page(page); },
      .page_nalloc =
          [](void* object, FrameCount count, FrameCount alignment) {
            return as<P>(object).page_nalloc(count, alignment);
          },
      .make_page_available =
          [](void* object, FrameCount count, FrameCount alignment) {
            return as<P>(object).make_page_available(count, alignment);
          },
      .page_free = [](void* object, Pfn frame) { return as<P>(object).page_free(frame); },
      .page_written = [](void* object, Pfn frame) { return as<P>(object).page_written(frame); },
      .pin = [](void* object, Pfn frame) { return as<P>(object).pin(frame); },
      .unpin = [](void* object, Pfn frame) { return as<P>(object).unpin(frame); },
      .teardown = [](void* object, std::uint32_t space) { return as<P>(object).teardown(space); },
      .page_at = [](const void* object, Pfn frame) { return as<P>(object).page_at(frame); },
      .evictable_pages = [](const void* object) { return as<P>(object).evictable_pages(); },
  };

  void* object_;
  const Calls* calls_;
};

}  // namespace assay
