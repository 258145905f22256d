#include "oracle/paging/paging_trial.h"

namespace assay {

PagingTrial::PagingTrial(AnyPager pager, PagingMemory memory) : pager_(pager), memory_(memory) {
  calls_ = {.context = this,
            .unmap = &on_unmap,
            .remap = &on_remap,
            .write_back = &on_write_back,
            .read_in = &on_read_in};
}

bool PagingTrial::begin(const PagingArena& arena) {
  model_.init(arena.arena, pager_.contract);
  memory_.store->begin(arena.swap_pages);
  for (std::uint32_t i = 0; i < arena.arena.frames.value(); ++i) {
    content_of(i, model_.pfn_of(i), ContentDepth::whole).lay_initial(arena.arena);
  }
  for (std::size_t i = 0; i < memory_.metadata.size(); ++i) {
    memory_.metadata[i] =
        static_cast<std::byte>(scramble(arena.arena.seed, static_cast<std::uint32_t>(i)));
  }
  const UsableRuns usable(arena.arena);
  pager_.init({arena.arena.base, arena.arena.frames, usable.runs()}, memory_.ram, memory_.metadata);
  pager_.attach(calls_);
  judge_state();
  return ok();
}

bool PagingTrial::step(const PagingOperation& operation) {
  operation_ = &operation;
  ++position_;
  kernel_calls_ = 0;
  plan_ = {};
  blame_ = PagingCheck::books;
  perform(operation);
  if (ok()) judge_state();
  operation_ = nullptr;
  return ok();
}

void PagingTrial::perform(const PagingOperation& operation) {
  const Pfn picked = model_.pick_frame(operation.pick);
  switch (operation.kind) {
    case PagingKind::read:
    case PagingKind::write:
    case PagingKind::new_fixed: return touch(operation);
    case PagingKind::nalloc: return make_run(operation.count, operation.alignment);
    case PagingKind::make_available: return make_available(operation.count, operation.alignment);
    case PagingKind::allocate: make_block(operation.count, operation.alignment); return;
    case PagingKind::free_block: return free_at(model_.pick_block(operation.pick));
    case PagingKind::free_at: return free_at(picked);
    case PagingKind::pin:
    case PagingKind::unpin:
    case PagingKind::written:
    case PagingKind::page_free: return change(operation.kind, picked);
    case PagingKind::teardown:
      return teardown(operation.pick == 0 ? kKernelSpace : operation.page.space);
    case PagingKind::discard: return forget(PagingModel::id_of(operation.page));
    case PagingKind::break_store:
      return memory_.store->fail_next(operation.pick % 4, operation.pick % 2);
    case PagingKind::grow: return grow();
    case PagingKind::bad_space: return ask_for_bad_space();
  }
}

/// What a fault handler does.
void PagingTrial::touch(const PagingOperation& operation) {
  const std::uint32_t id = PagingModel::id_of(operation.page);
  switch (model_.page(id).place) {
    case PagingModel::Place::nowhere: make_page(id, operation.kind == PagingKind::new_fixed); break;
    case PagingModel::Place::store: load(id); break;
    case PagingModel::Place::frame: expect_content(id); break;
  }
  const bool is_there = model_.page(id).place == PagingModel::Place::frame;
  if (ok() && is_there && operation.kind == PagingKind::write) write_to(id);
}

void PagingTrial::make_page(std::uint32_t id, bool fixed) {
  plan(kOne, kOne);
  const Pfn frame = pager_.allocate_page(PagingModel::page_of(id), fixed);
  if (!judge_request(!frame.is_none()) || !judge_placement({frame, kOne})) return;
  expect_zeroed({frame, kOne});
  model_.page(id).stamp = 0;
  model_.enter(id, frame, true, fixed);
  blame_ = PagingCheck::not_new;
  count(fixed ? PagingOutcome::page_fixed : PagingOutcome::page_made);
}

void PagingTrial::load(std::uint32_t id) {
  plan(kOne, kOne);
  plan_.to_read = id;
  if (plan_.phase == Plan::Phase::none && plan_.can_serve) plan_.phase = Plan::Phase::reading;
  const Pfn frame = pager_.load_page(PagingModel::page_of(id));
  // The store may have failed, whereupon the frame is free again.
  if (!plan_.can_serve && !plan_.read_frame.is_none()) model_.release_block(plan_.read_frame);
  if (!judge_request(!frame.is_none())) return;
  if (frame != plan_.read_frame) {
    fail(PagingCheck::not_read) << "returned frame " << frame << ", but the page was read into "
                                << plan_.read_frame;
    return;
  }
  model_.release_block(frame);
  model_.enter(id, frame, false, false);
  expect_content(id);
  blame_ = PagingCheck::not_read;
  count(PagingOutcome::page_loaded);
}

/// The first write to a clean page is told.
void PagingTrial::write_to(std::uint32_t id) {
  PagingModel::PageBook& page = model_.page(id);
  const Pfn frame = model_.pfn_of(page.frame);
  if (!page.is_dirty) {
    count(PagingOutcome::page_written_clean);
    judge_change(pager_.page_written(frame), true, PagingCheck::written);
    page.is_dirty = true;
  }
  page.stamp = ++stamps_;
  content_of(id, frame, ContentDepth::whole).lay_owned(page.stamp);
}

void PagingTrial::make_run(FrameCount count_of_frames, FrameCount alignment) {
  plan(count_of_frames, alignment);
  const Pfn first = pager_.page_nalloc(count_of_frames, alignment);
  if (!judge_request(!first.is_none())) return;
  const Run run{first, pager_.contract.granted(count_of_frames)};
  if (!judge_placement(run)) return;
  if (first.value() % alignment.value() != 0) {
    fail(PagingCheck::overlaps) << "returned " << first << ", no multiple of " << alignment;
    return;
  }
  expect_zeroed(run);
  count(PagingOutcome::run_made);
  model_.take_block(run, ++stamps_);
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    const Pfn frame = first + FrameCount{i};
    content_of(kBlockIdentity, frame, ContentDepth::edges).lay_owned(stamps_);
  }
}

void PagingTrial::make_available(FrameCount count_of_frames, FrameCount alignment) {
  plan(count_of_frames, alignment);
  judge_request(pager_.make_page_available(count_of_frames, alignment));
}

/// A block past the paging side: nothing is evicted for it. Also from inside of a call.
Pfn PagingTrial::make_block(FrameCount count_of_frames, FrameCount alignment) {
  const bool fits = model_.fits(count_of_frames, alignment);
  const Pfn first = pager_.allocate(count_of_frames, alignment);
  if (first.is_none() == fits) {
    fail(fits ? PagingCheck::missed : PagingCheck::granted)
        << "allocate " << count_of_frames << " returned " << first;
    return Pfn::none();
  }
  if (first.is_none()) return first;
  const Run block{first, pager_.contract.granted(count_of_frames)};
  if (!judge_placement(block)) return Pfn::none();
  count(PagingOutcome::block_made);
  model_.take_block(block, ++stamps_);
  for (std::uint32_t i = 0; i < block.count.value(); ++i) {
    const Pfn frame = first + FrameCount{i};
    content_of(kBlockIdentity, frame, ContentDepth::edges).lay_owned(stamps_);
  }
  return first;
}

/// A free past the paging side, good or not. Also from inside of a call.
void PagingTrial::free_at(Pfn pfn) {
  const FreeResult should = model_.expected_free(pfn);
  // The frame that a page is being read into is the pager's own until it is there.
  if (!plan_.read_frame.is_none() && model_.block_at(pfn) == Run{plan_.read_frame, kOne}) return;
  for (std::uint32_t i = 0; should && i < should->value(); ++i) {
    if (holds_what_it_must(model_.index_of(pfn) + i, ContentDepth::edges)) continue;
    fail(PagingCheck::content) << "a block's frame " << pfn + FrameCount{i} << " has changed";
    return;
  }
  const bool may_be_asked = should || pager_.contract.on_misuse == OnMisuse::named;
  if (!may_be_asked) return;
  const FreeResult freed = pager_.free(pfn, should.value_or(kOne));
  if (freed != should) {
    fail(PagingCheck::books) << "free of frame " << pfn << ": "
                             << (freed ? "released something" : name_of(freed.error()))
                             << ", should be " << (should ? "released" : name_of(should.error()));
    return;
  }
  count(should ? PagingOutcome::block_freed : PagingOutcome::misuse_refused);
  if (should) model_.release_block(pfn);
}

/// A call that is told a frame, whatever that holds.
void PagingTrial::change(PagingKind kind, Pfn pfn) {
  const std::optional<PageInFrame> held = model_.page_at(pfn);
  const std::uint32_t id = held ? PagingModel::id_of(held->page) : PagingModel::kNobody;
  switch (kind) {
    case PagingKind::pin: {
      const bool may = held && !held->is_fixed;
      judge_change(pager_.pin(pfn), may, PagingCheck::pinned);
      if (may) model_.pin(id);
      if (may) count(PagingOutcome::pinned);
      return;
    }
    case PagingKind::unpin: {
      const bool may = held && held->is_fixed;
      judge_change(pager_.unpin(pfn), may, PagingCheck::pinned);
      if (may) model_.unpin(id);
      if (may) count(PagingOutcome::unpinned);
      return;
    }
    case PagingKind::written:
      judge_change(pager_.page_written(pfn), held.has_value(), PagingCheck::written);
      if (held) model_.page(id).is_dirty = true;
      return;
    default: return release(id, pfn);
  }
}

void PagingTrial::judge_change(bool done, bool expected, PagingCheck check) {
  blame_ = expected ? check : PagingCheck::changed;
  if (done == expected) return;
  fail(check) << (done ? "was done, but must be refused" : "was refused, but must be done");
}

void PagingTrial::release(std::uint32_t id, Pfn pfn) {
  const bool is_page = id != PagingModel::kNobody;
  if (is_page) {
    expect_content(id);
    plan_.phase = Plan::Phase::releasing;
    plan_.victims.pages[plan_.victims.count++] = id;
  }
  const bool done = pager_.page_free(pfn);
  if (ok() && expected().call != KernelCall::none) {
    fail(PagingCheck::not_unmapped) << "page_free did not unmap it";
  }
  if (ok()) judge_change(done, is_page, PagingCheck::released);
  if (ok() && is_page) {
    memory_.store->discard(id);
    count(PagingOutcome::page_freed);
  }
}

void PagingTrial::teardown(std::uint32_t space) {
  plan_.phase = Plan::Phase::releasing;
  PagingModel::Victims& leaving = plan_.victims;
  for (std::uint32_t i = 0; i < model_.arena().count.value(); ++i) {
    const std::optional<PageInFrame> held = model_.page_at(model_.pfn_of(i));
    if (!held || held->page.space != space) continue;
    leaving.pages[leaving.count++] = PagingModel::id_of(held->page);
  }
  const std::uint32_t should = leaving.count;
  const FrameCount freed = pager_.teardown(space);
  if (!ok()) return;
  if (freed.value() != should) {
    fail(PagingCheck::released) << "teardown freed " << freed << " frames, not " << should;
    return;
  }
  if (expected().call != KernelCall::none) {
    fail(PagingCheck::not_unmapped) << "teardown did not unmap all pages";
    return;
  }
  blame_ = PagingCheck::released;
  if (should > 0) count(PagingOutcome::torn_down);
  for (std::uint32_t id = 0; id < kPagingPages; ++id) {
    if (PagingModel::page_of(id).space != space) continue;
    model_.page(id).place = PagingModel::Place::nowhere;
    memory_.store->discard(id);
  }
}

void PagingTrial::forget(std::uint32_t id) {
  if (model_.page(id).place != PagingModel::Place::store) return;
  model_.page(id).place = PagingModel::Place::nowhere;
  memory_.store->discard(id);
}

void PagingTrial::grow() {
  if (!pager_.contract.can_grow) return;
  for (std::uint32_t i = 0; i < model_.arena().count.value(); ++i) {
    if (model_.frame(i).use != PagingModel::Use::reserved) continue;
    const Run run{model_.pfn_of(i), kOne};
    pager_.add_usable(run);
    model_.make_usable(run);
    count(PagingOutcome::grown);
    return;
  }
}

void PagingTrial::ask_for_bad_space() {
  for (const std::uint32_t space : {kKernelSpace, kNobody}) {
    const Page page{.space = space, .number = 1};
    const bool refused =
        pager_.allocate_page(page, false).is_none() && pager_.load_page(page).is_none();
    if (!refused) {
      fail(PagingCheck::granted) << "a page of space " << space << " was made";
      return;
    }
  }
  blame_ = PagingCheck::changed;
}

bool PagingTrial::finish() {
  ++position_;
  memory_.store->begin(kPagingPages);  // no page comes back; those that leave need room
  while (ok()) {
    while (ok() && model_.fits(kOne, kOne)) make_block(kOne, kOne);
    if (!ok() || model_.queue().empty()) break;
    plan_ = {};
    make_available(kOne, kOne);
    if (ok()) judge_state();
  }
  for (std::uint32_t space = 1; ok() && space <= kPagingSpaces; ++space) {
    plan_ = {};
    teardown(space);
  }
  plan_ = {};
  while (ok() && !model_.pick_block(0).is_none()) free_at(model_.pick_block(0));
  blame_ = PagingCheck::books;
  if (ok()) judge_state();
  return ok();
}

}  // namespace assay
