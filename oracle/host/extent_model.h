/// The second oracle: the same books as `Model`, kept in another way, so that the judge is judged.
///
/// Extents in Boost.Container's flat maps instead of an entry per frame. It shares no code with
/// `Model` or with any design; `PairedModel` holds both against each other, call by call.
#pragma once

#include <boost/container/flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "impls/allocator.h"
#include "oracle/model.h"
#include "oracle/operations/operation.h"

namespace assay {

class ExtentModel {
 public:
  void init(const Arena& arena);

  [[nodiscard]] FrameCount free_frames() const { return free_frames_; }
  [[nodiscard]] FrameCount used_frames() const { return used_frames_; }
  [[nodiscard]] FrameCount largest_free_run() const;
  [[nodiscard]] std::optional<Pfn> first_not_free(Run run) const;
  /// Whether such a request fits anywhere. Cost: O(free extents).
  [[nodiscard]] bool fits_somewhere(FrameCount count, FrameCount alignment) const;
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const;
  [[nodiscard]] FreeResult expected_free(Pfn pfn) const;
  [[nodiscard]] bool is_reserved(Run run) const;
  [[nodiscard]] Pfn next_block(Pfn pfn) const;

  void take(Run run);
  void release(Pfn pfn);
  void make_usable(Run run);
  void reserve(Run run);

 private:
  /// First frame → number of frames; extents are disjoint and, but for blocks, never touch.
  using Extents = boost::container::flat_map<Pfn, FrameCount>;

  [[nodiscard]] static std::optional<Run> extent_around(const Extents& extents, Pfn pfn);
  static void add(Extents& extents, Run run);
  static void cut(Extents& extents, Run run);

  Run arena_;
  Extents free_;
  Extents reserved_;
  Extents blocks_;
  FrameCount free_frames_;
  FrameCount used_frames_;
};

/// Both oracles as one: answers as `Model` does, and ends the process with a line on stderr where
/// the other one would have answered differently. For tests and fuzzing.
class PairedModel : public Model {
 public:
  void init(const Arena& arena, std::span<std::byte> memory);

  [[nodiscard]] FrameCount free_frames() const;
  [[nodiscard]] FrameCount used_frames() const;
  [[nodiscard]] FrameCount managed_frames() const { return free_frames() + used_frames(); }
  [[nodiscard]] FrameCount largest_free_run() const;
  [[nodiscard]] std::optional<Pfn> first_not_free(Run run) const;
  [[nodiscard]] Pfn find_fit(FrameCount count, FrameCount alignment) const;
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const;
  [[nodiscard]] FreeResult expected_free(Pfn pfn) const;
  [[nodiscard]] bool is_reserved(Run run) const;
  [[nodiscard]] Pfn next_block(Pfn pfn) const;

  void take(Run run, std::uint32_t owner);
  void release(Pfn pfn);
  void make_usable(Run run);
  void reserve(Run run);

 private:
  ExtentModel extents_;
};

}  // namespace assay
