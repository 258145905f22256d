/// A design that is chosen at run time.
///
/// A trial or an explorer takes long to compile, and the zoo has scores of types: over AnyDesign
/// one does for all of them, and each type costs a table of its calls. What must be fast, or shall
/// show its code to the compiler whole, is templated on the design instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>

#include "impls/allocator.h"

namespace assay {

/// An object of a type that only its maker knows. Copies are copies of that object.
class AnyDesign {
 public:
  Contract contract;

  template <FrameAllocator Design>
  [[nodiscard]] static AnyDesign of() {
    static_assert(sizeof(Design) <= kMaxBytes && alignof(Design) <= kAlignment);
    AnyDesign any(kCalls<Design>, Design::contract);
    std::construct_at(reinterpret_cast<Design*>(any.object_));
    return any;
  }

  /// A foreign design that lives elsewhere, one of a kind: copies share it. It must outlive them.
  template <class Foreign>
  [[nodiscard]] static AnyDesign around(Foreign& foreign) {
    AnyDesign any(kForeignCalls<Foreign>, foreign.contract);
    std::construct_at(reinterpret_cast<Foreign**>(any.object_), &foreign);
    return any;
  }

  [[nodiscard]] std::uint64_t metadata_bytes(const MemoryMap& map) const {
    return calls_->metadata_bytes(object_, map);
  }
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    calls_->init(object_, map, window, metadata);
  }
  void add_usable(Run run) { calls_->add_usable(object_, run); }
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    return calls_->allocate(object_, count, alignment);
  }
  /// A design that wants no size is not told it.
  FreeResult free(Pfn first, FrameCount count) { return calls_->free(object_, first, count); }
  [[nodiscard]] FrameCount free_frames() const { return calls_->free_frames(object_); }
  [[nodiscard]] FrameCount used_frames() const { return calls_->used_frames(object_); }
  [[nodiscard]] FrameCount managed_frames() const { return calls_->managed_frames(object_); }
  [[nodiscard]] FrameCount largest_free_run() const { return calls_->largest_free_run(object_); }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const {
    return calls_->block_at(object_, pfn);
  }
  [[nodiscard]] const char* validate() const { return calls_->validate(object_); }
  /// Where a design leaves nothing stale, this does nothing.
  void refresh() { calls_->refresh(object_); }

  /// Of designs that are not foreign, nothing.
  [[nodiscard]] Mishap mishap() const { return calls_->mishap(object_); }
  void expect_panic() { calls_->expect_panic(object_); }
  [[nodiscard]] std::span<const Run> kept() const { return calls_->kept(object_); }
  /// Where it keeps state beside this object, the metadata and the frames.
  [[nodiscard]] std::span<const std::span<std::byte>> data() const { return calls_->data(object_); }

  /// How many bytes from the start of this object on can differ between two of the same type.
  [[nodiscard]] std::size_t used_bytes() const {
    const auto* start = reinterpret_cast<const std::byte*>(this);
    return static_cast<std::size_t>(object_ - start) + calls_->object_bytes;
  }

 private:
  static constexpr std::size_t kMaxBytes = 512;
  static constexpr std::size_t kAlignment = 8;

  struct Calls {
    std::size_t object_bytes;
    std::uint64_t (*metadata_bytes)(const std::byte* object, const MemoryMap& map);
    void (*init)(std::byte* object, const MemoryMap& map, FrameWindow window,
                 std::span<std::byte> metadata);
    void (*add_usable)(std::byte* object, Run run);
    Pfn (*allocate)(std::byte* object, FrameCount count, FrameCount alignment);
    FreeResult (*free)(std::byte* object, Pfn first, FrameCount count);
    FrameCount (*free_frames)(const std::byte* object);
    FrameCount (*used_frames)(const std::byte* object);
    FrameCount (*managed_frames)(const std::byte* object);
    FrameCount (*largest_free_run)(const std::byte* object);
    std::optional<Run> (*block_at)(const std::byte* object, Pfn pfn);
    const char* (*validate)(const std::byte* object);
    void (*refresh)(std::byte* object);
    Mishap (*mishap)(const std::byte* object);
    void (*expect_panic)(std::byte* object);
    std::span<const Run> (*kept)(const std::byte* object);
    std::span<const std::span<std::byte>> (*data)(const std::byte* object);
  };

  AnyDesign(const Calls& calls, const Contract& promised) : contract(promised), calls_(&calls) {}

  template <class Design>
  static Design& as(std::byte* object) {
    return *std::launder(reinterpret_cast<Design*>(object));
  }
  template <class Design>
  static const Design& as(const std::byte* object) {
    return *std::launder(reinterpret_cast<const Design*>(object));
  }

  template <FrameAllocator Design>
  static FreeResult free_of(std::byte* object, Pfn first, FrameCount count) {
    if constexpr (Design::contract.free_takes_size) {
      return as<Design>(object).free(first, count);
    } else {
      return as<Design>(object).free(first);
    }
  }

  template <FrameAllocator Design>
  static constexpr Calls kCalls{
      .object_bytes = sizeof(Design),
      .metadata_bytes = [](const std::byte* /*object*/,
                           const MemoryMap& map) { return Design::metadata_bytes(map); },
      .init = [](std::byte* object, const MemoryMap& map, FrameWindow window,
                 std::span<std::byte> metadata) { as<Design>(object).init(map, window, metadata); },
      .add_usable = [](std::byte* object, Run run) { as<Design>(object).add_usable(run); },
      .allocate =
          [](std::byte* object, FrameCount count, FrameCount alignment) {
            return as<Design>(object).allocate(count, alignment);
          },
      .free = &free_of<Design>,
      .free_frames = [](const std::byte* object) { return as<Design>(object).free_frames(); },
      .used_frames = [](const std::byte* object) { return as<Design>(object).used_frames(); },
      .managed_frames = [](const std::byte* object) { return as<Design>(object).managed_frames(); },
      .largest_free_run =
          [](const std::byte* object) { return as<Design>(object).largest_free_run(); },
      .block_at = [](const std::byte* object, Pfn pfn) { return as<Design>(object).block_at(pfn); },
      .validate = [](const std::byte* object) { return as<Design>(object).validate(); },
      .refresh =
          [](std::byte* object) {
            if constexpr (requires(Design design) { design.refresh(); }) {
              as<Design>(object).refresh();
            }
          },
      .mishap = [](const std::byte* object) -> Mishap {
        if constexpr (Design::contract.foreign) return as<Design>(object).mishap();
        return {};
      },
      .expect_panic =
          [](std::byte* object) {
            if constexpr (Design::contract.foreign) as<Design>(object).expect_panic();
          },
      .kept = [](const std::byte* object) -> std::span<const Run> {
        if constexpr (Design::contract.foreign) return as<Design>(object).kept();
        return {};
      },
      .data = [](const std::byte* /*object*/) { return std::span<const std::span<std::byte>>(); },
  };

  template <class Foreign>
  static Foreign& at(const std::byte* object) {
    return *as<Foreign*>(object);
  }

  template <class Foreign>
  static constexpr Calls kForeignCalls{
      .object_bytes = sizeof(Foreign*),
      .metadata_bytes =
          [](const std::byte* object, const MemoryMap& map) {
            return at<Foreign>(object).metadata_bytes(map);
          },
      .init =
          [](std::byte* object, const MemoryMap& map, FrameWindow window,
             std::span<std::byte> metadata) { at<Foreign>(object).init(map, window, metadata); },
      .add_usable = [](std::byte* object, Run run) { at<Foreign>(object).add_usable(run); },
      .allocate =
          [](std::byte* object, FrameCount count, FrameCount alignment) {
            return at<Foreign>(object).allocate(count, alignment);
          },
      .free = [](std::byte* object, Pfn first,
                 FrameCount count) { return at<Foreign>(object).free(first, count); },
      .free_frames = [](const std::byte* object) { return at<Foreign>(object).free_frames(); },
      .used_frames = [](const std::byte* object) { return at<Foreign>(object).used_frames(); },
      .managed_frames =
          [](const std::byte* object) { return at<Foreign>(object).managed_frames(); },
      .largest_free_run =
          [](const std::byte* object) { return at<Foreign>(object).largest_free_run(); },
      .block_at = [](const std::byte* object,
                     Pfn pfn) { return at<Foreign>(object).block_at(pfn); },
      .validate = [](const std::byte* object) { return at<Foreign>(object).validate(); },
      .refresh = [](std::byte* /*object*/) {},
      .mishap = [](const std::byte* object) { return at<Foreign>(object).mishap(); },
      .expect_panic = [](std::byte* object) { at<Foreign>(object).expect_panic(); },
      .kept = [](const std::byte* object) { return at<Foreign>(object).kept(); },
      .data = [](const std::byte* object) { return at<Foreign>(object).data(); },
  };

  const Calls* calls_;
  alignas(kAlignment) std::byte object_[kMaxBytes]{};
};

static_assert(AllocatorCalls<AnyDesign>);

}  // namespace assay
