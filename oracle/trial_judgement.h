/// What the trial asks of each answer: the definitions of `judge_…` of oracle/trial.h.
///
/// Included by trial.h and by nobody else. Each fails the trial at most once, by the first check
/// that is broken (oracle/check.h).
#pragma once

#include "oracle/trial.h"

namespace assay {

/// How the last call went beside its answer, if it was one of foreign code. Returns: whether no
/// clause is broken; a panic where there may be none breaks `clause`.
template <AllocatorCalls Design, class Guard, class Books>
bool Trial<Design, Guard, Books>::judge_mishap(Clause clause, bool may_panic) {
  if constexpr (requires { design_.mishap(); }) {
    const Mishap mishap = design_.contract.foreign ? design_.mishap() : Mishap{};
    if (mishap.kind == Mishap::Kind::panicked && !may_panic && judges(Check::panicked)) {
      fail(Check::panicked, clause) << "panicked: " << mishap.message;
    } else if (mishap.kind == Mishap::Kind::locked_twice && judges(Check::locked_twice)) {
      fail(Check::locked_twice, Clause::hang) << "waits for itself: " << mishap.message;
    } else if (mishap.kind == Mishap::Kind::lock_held && judges(Check::lock_held)) {
      fail(Check::lock_held, Clause::failed_call)
          << "returned with the lock held that was taken by " << mishap.message;
    }
  }
  return ok();
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::judge_none(FrameCount count, FrameCount alignment) {
  blame_ = Clause::failed_call;
  const bool must_find = design_.contract.finds_longer_runs || count == FrameCount{1};
  if (must_find && is_satisfiable(count, alignment)) {
    const Pfn fit = find_fit(count, alignment);
    if (!fit.is_none() && judges(Check::missed)) {
      const Run run{fit, design_.contract.granted(count)};
      const bool is_one = run.count == FrameCount{1};
      fail(Check::missed, Clause::completeness)
          << "returned none, but frame" << (is_one ? " " : "s ") << run
          << (is_one ? " is free" : " are free");
      return;
    }
  }
  judge_counts(Clause::failed_call);
}

/// Returns: whether the run becomes a block. Where a check is off it may not, and yet nothing is
/// broken.
template <AllocatorCalls Design, class Guard, class Books>
bool Trial<Design, Guard, Books>::judge_placement(Run run, FrameCount count, FrameCount alignment) {
  if (!is_satisfiable(count, alignment) && judges(Check::granted)) {
    fail(Check::granted, Clause::edge_request)
        << "returned " << run.first << ", but a request for " << count
        << " frames at a multiple of " << alignment << " must fail";
    return false;
  }
  if (const std::optional<Pfn> taken = model_.first_not_free(run)) {
    if (!judges(Check::overlaps)) return false;
    TextBuffer& text = fail(Check::overlaps, Clause::placement);
    text << "returned frames " << run << ", but ";
    describe_frame(text, *taken);
    if (design_.contract.foreign && !arena_.run().contains(*taken)) {
      text << "; if that is an address or an index, the adapter must make a frame number of it "
              "(assay_frame)";
    }
    return false;
  }
  if (alignment > FrameCount{0} && run.first.value() % alignment.value() != 0 &&
      judges(Check::misaligned)) {
    fail(Check::misaligned, Clause::placement)
        << "returned " << run.first << ", which is not a multiple of " << alignment;
    return false;
  }
  return run.count > FrameCount{0};
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::judge_free(Pfn first, const FreeResult& expected,
                                             const FreeResult& got) {
  const OnMisuse on_misuse = design_.contract.on_misuse;
  if (design_.contract.foreign && got == kNotSaid) {
    // Whether it changed anything is seen by the books.
    ++outcomes_.unsaid;
    if (expected || on_misuse != OnMisuse::panics || !judges(Check::released)) return;
    TextBuffer& text = fail(Check::released, Clause::misuse);
    text << "did not panic, but ";
    describe_frame(text, first);
    return;
  }
  if (expected && !got && judges(Check::refused)) {
    fail(Check::refused, Clause::exact_free)
        << "refused as " << name_of(got.error()) << ", but the block " << Run{first, *expected}
        << " starts there";
  } else if (expected && got && *got != *expected && judges(Check::wrong_size)) {
    fail(Check::wrong_size, Clause::exact_free)
        << "released " << *got << " frames, but the block is " << Run{first, *expected};
  } else if (!expected && got && judges(Check::released)) {
    TextBuffer& text = fail(Check::released, Clause::misuse);
    text << "released " << *got << " frames, but ";
    describe_frame(text, first);
  } else if (!expected && !got && got.error() != expected.error() && on_misuse == OnMisuse::named &&
             judges(Check::misnamed)) {
    TextBuffer& text = fail(Check::misnamed, Clause::misuse);
    text << "refused as " << name_of(got.error()) << ", but ";
    describe_frame(text, first);
  }
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::judge_counts(Clause clause) {
  const Contract& contract = design_.contract;
  if (!contract.foreign) return compare_counts(clause);
  // Where nothing is called, the last mishap is that of a call which was judged before.
  if (!contract.counts_free && !contract.counts_used && !contract.counts_managed) return;
  watched([&] {
    compare_counts(clause);
    return 0;
  });
  if (ok()) static_cast<void>(judge_mishap(clause));
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::compare_counts(Clause clause) {
  const Contract& contract = design_.contract;
  // Nearly always there is nothing to say.
  if ((!contract.counts_free || design_.free_frames() == model_.free_frames()) &&
      (!contract.counts_used || design_.used_frames() == model_.used_frames()) &&
      (!contract.counts_managed || design_.managed_frames() == model_.managed_frames())) {
    return;
  }
  const auto judge = [&](Check check, FrameCount got, FrameCount expected, FrameCount at_init) {
    if (got == expected || !ok() || !judges(check)) return;
    TextBuffer& text = fail(check, clause);
    text << name_of(check) << " is " << got << ", but must be " << expected;
    if (contract.foreign && position_ > 0 && got == at_init) {
      text << "; it is as it was at init: does the adapter ask the right counter?";
    }
  };
  const FrameCount all = model_.managed_frames();
  if (contract.counts_free) {
    judge(Check::free_frames, design_.free_frames(), model_.free_frames(), all);
  }
  if (contract.counts_used) {
    judge(Check::used_frames, design_.used_frames(), model_.used_frames(), FrameCount{0});
  }
  if (contract.counts_managed) {
    judge(Check::managed_frames, design_.managed_frames(), all, FrameCount{0});
  }
}

/// Everything that costs O(frames).
template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::judge_deeply(Clause clause) {
  const char* broken = watched([&] { return design_.validate(); });
  if (!judge_mishap(clause)) return;
  if (broken != nullptr && judges(Check::invalid)) {
    fail(Check::invalid, clause) << "breaks its own invariant " << broken;
    return;
  }
  if (design_.contract.knows_longest_run) judge_longest_run(clause);
  if (!ok()) return;
  if (!design_.contract.knows_blocks) {
    judge_free_frames(memory_.depth.content);
    return;
  }
  if (looks_often()) {
    judge_frames(clause);
  } else {
    judge_blocks(clause);
  }
  if (ok()) judge_free_frames(memory_.depth.content);
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::judge_longest_run(Clause clause) {
  const FrameCount largest = model_.largest_free_run();
  const FrameCount got = watched([&] { return design_.largest_free_run(); });
  if (!judge_mishap(clause) || got == largest || !judges(Check::largest_free_run)) return;
  fail(Check::largest_free_run, clause)
      << "largest_free_run is " << got << ", but must be " << largest;
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::judge_frames(Clause clause) {
  for (std::uint32_t i = 0; ok() && i < arena_.frames.value(); ++i) {
    const Pfn pfn = arena_.base + FrameCount{i};
    const std::optional<Run> block = model_.block_at(pfn);
    // Looking up a frame deep inside a block, or a free run, may be a walk: in large arenas the
    // edges of blocks must do, and in still larger ones those of free runs and a part of the rest,
    // another one with each look.
    const bool inside = block && block->first != pfn && block->end() - FrameCount{1} != pfn;
    const bool in_turn = arena_.frames.value() <= kAlwaysWholeFrames || block ||
                         (i + position_ / deep_interval()) % kTurns == 0 || is_edge_of_free(pfn);
    if (is_small() || (!inside && in_turn)) judge_block_at(pfn, clause);
  }
}

/// Whether a frame that is in no block has a neighbour that is.
template <AllocatorCalls Design, class Guard, class Books>
bool Trial<Design, Guard, Books>::is_edge_of_free(Pfn pfn) const {
  const Run arena = arena_.run();
  const bool first = pfn == arena.first || model_.block_at(pfn - FrameCount{1});
  return first || pfn + FrameCount{1} == arena.end() || model_.block_at(pfn + FrameCount{1});
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::judge_blocks(Clause clause) {
  Pfn first = model_.next_block(arena_.base);
  while (ok() && !first.is_none()) {
    const Pfn end = model_.block_at(first).value_or(Run{}).end();
    judge_block_at(first, clause);
    if (ok()) judge_block_at(end - FrameCount{1}, clause);
    first = model_.next_block(end);
  }
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::judge_block_at(Pfn pfn, Clause clause) {
  const std::optional<Run> got = watched([&] { return design_.block_at(pfn); });
  if (!judge_mishap(clause) || got == model_.block_at(pfn) || !judges(Check::block_at)) return;
  TextBuffer& text = fail(Check::block_at, clause);
  text << "block_at " << pfn << " is ";
  if (got) {
    text << *got;
  } else {
    text << "none";
  }
  text << ", but ";
  describe_frame(text, pfn);
}

/// Nobody has any business in a hole.
template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::judge_holes() {
  for (const Run& hole : arena_.hole_runs()) {
    for (std::uint32_t i = 0; i < hole.count.value(); ++i) {
      const Pfn pfn = hole.first + FrameCount{i};
      if (!model_.is_reserved({pfn, FrameCount{1}})) continue;
      if (content_in(pfn).holds_initial(arena_)) continue;
      if (!judges(Check::hole)) return;
      fail(Check::hole, Clause::memory)
          << "the content of the reserved frame " << pfn << " has changed";
      return;
    }
  }
}

/// Whoever promises to fill free frames has filled these, but for the design's links.
template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::judge_fill(Run run, ContentDepth depth) {
  const Contract& contract = design_.contract;
  if (!contract.fill || !looks_into_frames() || !judges(Check::fill)) return;
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    const Pfn pfn = run.first + FrameCount{i};
    const FrameContent content(memory_.ram(pfn), pfn, depth);
    const auto offset = content.not_filled(*contract.fill, contract.link_bytes);
    if (!offset) continue;
    fail(Check::fill, Clause::fill)
        << "byte " << *offset << " of the free frame " << pfn << " does not hold the fill "
        << std::to_integer<std::uint32_t>(*contract.fill);
    return;
  }
}

/// The fill of all of them.
template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::judge_free_frames(ContentDepth depth) {
  if (!design_.contract.fill) return;
  for (std::uint32_t i = 0; ok() && i < arena_.frames.value(); ++i) {
    const Run frame{arena_.base + FrameCount{i}, FrameCount{1}};
    if (!model_.first_not_free(frame)) judge_fill(frame, depth);
  }
}

/// As good as new: the longest run can be had in one piece, then all of it in long blocks, then
/// every frame one by one. A shallow look ends behind the longest run.
template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::judge_capacity() {
  FrameCount count = std::min(model_.largest_free_run(), design_.contract.max_block);
  if (count > FrameCount{0}) allocate(count, FrameCount{1}, kExamine);
  while (looks_often() && ok() && count > FrameCount{0}) {
    const Pfn block = allocate(count, FrameCount{1}, kExamine);
    if (block.is_none()) count = FrameCount{count.value() / 2};
  }
  if (ok()) free_all();
  if (!looks_often()) return;
  while (ok() && !allocate(FrameCount{1}, FrameCount{1}, kExamine).is_none()) {
  }
  if (ok()) free_all();
  if (ok()) judge_deeply(Clause::restitution);
}

template <AllocatorCalls Design, class Guard, class Books>
TextBuffer& Trial<Design, Guard, Books>::fail(Check check, Clause clause) {
  verdict_.clause = clause;
  verdict_.operation = position_;
  verdict_.outcome = name_of(check);
  verdict_.call = operation_ != nullptr ? call_of(operation_->kind)
                  : position_ == 0      ? "init"
                                        : "end";
  verdict_.text << "C" << number_of(clause) << ": ";
  if (operation_ != nullptr) {
    verdict_.text << "op " << position_ << " '";
    print_action(verdict_.text, *operation_);
    verdict_.text << "': ";
  } else {
    verdict_.text << (position_ == 0 ? "init: " : "at the end: ");
  }
  return verdict_.text;
}

template <AllocatorCalls Design, class Guard, class Books>
void Trial<Design, Guard, Books>::describe_frame(TextBuffer& out, Pfn pfn) const {
  out << "frame " << pfn.value() << " is ";
  const FreeResult state = model_.expected_free(pfn);
  if (state) {
    out << "the start of block " << Run{pfn, *state};
    return;
  }
  switch (state.error()) {
    case Misuse::outside_arena: out << "outside the arena"; return;
    case Misuse::reserved: out << "reserved"; return;
    case Misuse::already_free: out << "free"; return;
    case Misuse::inside_block:
      out << "inside the block " << model_.block_at(pfn).value_or(Run{});
      return;
  }
}

}  // namespace assay
