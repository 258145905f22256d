/// The paging trial: operations, a paged design and the paging oracle in step.
///
/// The trial is the kernel around the design: owner of all pages, of the mappings and of a backing
/// store. Before each call the oracle says which pages must leave; every function of the kernel
/// that is then called must be the next one that has to come; what the call returns, and after it
/// every frame, page and count, must be as the oracle has it. The first broken clause ends the
/// trial.
///
/// Freestanding: the caller owns all memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "oracle/frame_content.h"
#include "oracle/paging/any_pager.h"
#include "oracle/paging/backing_store.h"
#include "oracle/paging/paging_model.h"
#include "oracle/paging/paging_operation.h"
#include "oracle/paging/paging_verdict.h"

namespace assay {

struct PagingMemory {
  FrameWindow ram;                ///< every frame of the arena
  std::span<std::byte> metadata;  ///< what the pager asks for, aligned to kMetadataAlignment
  BackingStore* store = nullptr;
};

class PagingTrial {
 public:
  PagingTrial(AnyPager pager, PagingMemory memory);
  PagingTrial(const PagingTrial&) = delete;  // the pager holds a pointer to it
  PagingTrial& operator=(const PagingTrial&) = delete;

  /// Each returns: true while no clause is broken. Call begin, then step for each operation, then
  /// finish.
  [[nodiscard]] bool begin(const PagingArena& arena);
  [[nodiscard]] bool step(const PagingOperation& operation);
  /// Lets every page leave, which shows the order of the queue, and frees everything.
  [[nodiscard]] bool finish();

  /// For those who had to end the step under way from outside: makes it the verdict that it did not
  /// return within `limit`. Call nothing but verdict() and outcomes() behind it.
  void give_up(const char* limit) { fail(PagingCheck::hang) << "did not return within " << limit; }

  [[nodiscard]] const PagingVerdict& verdict() const { return verdict_; }
  [[nodiscard]] const PagingOutcomes& outcomes() const { return outcomes_; }

 private:
  enum class KernelCall : std::uint8_t { none, unmap, remap, write_back, read_in };

  static constexpr FrameCount kOne{1};
  static constexpr std::uint32_t kBlockIdentity = 1U << 20;  ///< no page has such a number

  /// The function of the kernel that must be called next, and for which page.
  struct Expected {
    KernelCall call = KernelCall::none;
    std::uint32_t page = PagingModel::kNobody;
  };

  /// What the call under way must do, and how far it is.
  struct Plan {
    enum class Phase : std::uint8_t { none, evicting, restoring, reading, releasing };

    Phase phase = Phase::none;
    PagingModel::Victims victims{};
    std::uint32_t at = 0;        ///< evicting, restoring, releasing: victims that are done
    bool is_unmapped = false;    ///< evicting: the victim is, and has to be written
    std::uint32_t restored = 0;  ///< restoring: how many must be mapped again
    std::uint32_t to_read = PagingModel::kNobody;
    Pfn read_frame;          ///< the frame that it was read into
    bool can_serve = false;  ///< once it is through
  };

  // Operations.
  void perform(const PagingOperation& operation);
  void touch(const PagingOperation& operation);
  void make_page(std::uint32_t id, bool fixed);
  void load(std::uint32_t id);
  void write_to(std::uint32_t id);
  void make_run(FrameCount count, FrameCount alignment);
  void make_available(FrameCount count, FrameCount alignment);
  Pfn make_block(FrameCount count, FrameCount alignment);
  void free_at(Pfn pfn);
  void change(PagingKind kind, Pfn pfn);
  void judge_change(bool done, bool expected, PagingCheck check);
  void release(std::uint32_t id, Pfn pfn);
  void teardown(std::uint32_t space);
  void forget(std::uint32_t id);
  void grow();
  void ask_for_bad_space();

  // What the kernel is called for (paging_judgement.cc, as all below).
  static void on_unmap(void* trial, Page page, Pfn frame);
  static void on_remap(void* trial, Page page, Pfn frame);
  static bool on_write_back(void* trial, Page page, Pfn frame);
  static bool on_read_in(void* trial, Page page, Pfn frame);
  [[nodiscard]] static const char* name_of_call(KernelCall call);
  bool answer(KernelCall call, Page page, Pfn frame);
  [[nodiscard]] Expected expected() const;
  void judge_call(KernelCall call, Page page, Pfn frame);
  void judge_frame_told(KernelCall call, std::uint32_t id, Pfn frame);
  [[nodiscard]] PagingCheck check_of_unexpected(KernelCall call, std::uint32_t id) const;
  [[nodiscard]] PagingCheck check_of_unmap(std::uint32_t id) const;
  void call_from_inside(Page page, Pfn frame);
  bool perform_call(KernelCall call, std::uint32_t id, Pfn frame);
  bool write_page(std::uint32_t id, Pfn frame);
  void advance(bool done);
  void advance_eviction(bool done);
  void settle_eviction();
  void start_restoring(std::uint32_t unmapped);

  // What a call came to.
  void plan(FrameCount count, FrameCount alignment);
  bool judge_request(bool served);
  [[nodiscard]] PagingCheck check_of_missing(bool served) const;
  bool judge_placement(Run run);
  void judge_state();
  void judge_frame(std::uint32_t index);
  void judge_counts();
  [[nodiscard]] bool holds_what_it_must(std::uint32_t index, ContentDepth depth);
  void expect_content(std::uint32_t id);
  void expect_zeroed(Run run);

  [[nodiscard]] FrameContent content_of(std::uint32_t identity, Pfn frame, ContentDepth depth) {
    return {memory_.ram(frame), Pfn{identity}, depth};
  }
  [[nodiscard]] bool ok() const { return verdict_.passed(); }
  void count(PagingOutcome outcome) { ++outcomes_[static_cast<std::size_t>(outcome)]; }
  TextBuffer& fail(PagingCheck check);

  AnyPager pager_;
  PagingMemory memory_;
  PagingCalls calls_;
  PagingModel model_;
  Plan plan_;
  PagingCheck blame_ = PagingCheck::books;  ///< what is broken if the state is not as expected
  const PagingOperation* operation_ = nullptr;
  std::uint32_t position_ = 0;
  std::uint32_t kernel_calls_ = 0;  ///< in this operation
  std::uint32_t stamps_ = 0;        ///< given out so far
  PagingOutcomes outcomes_{};
  PagingVerdict verdict_;
};

}  // namespace assay
