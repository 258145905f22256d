// The half of the paging trial that judges: what the kernel is called for, and what a call came to.
#include "oracle/paging/paging_trial.h"

namespace assay {

namespace {

TextBuffer& operator<<(TextBuffer& out, Page page) {
  print_page(out, page);
  return out;
}

}  // namespace

const char* PagingTrial::name_of_call(KernelCall call) {
  constexpr const char* kNames[] = {"no call", "unmap", "remap", "write_back", "read_in"};
  return kNames[static_cast<std::size_t>(call)];
}

void PagingTrial::on_unmap(void* trial, Page page, Pfn frame) {
  static_cast<PagingTrial*>(trial)->answer(KernelCall::unmap, page, frame);
}

void PagingTrial::on_remap(void* trial, Page page, Pfn frame) {
  static_cast<PagingTrial*>(trial)->answer(KernelCall::remap, page, frame);
}

bool PagingTrial::on_write_back(void* trial, Page page, Pfn frame) {
  return static_cast<PagingTrial*>(trial)->answer(KernelCall::write_back, page, frame);
}

bool PagingTrial::on_read_in(void* trial, Page page, Pfn frame) {
  return static_cast<PagingTrial*>(trial)->answer(KernelCall::read_in, page, frame);
}

bool PagingTrial::answer(KernelCall call, Page page, Pfn frame) {
  if (ok()) judge_call(call, page, frame);
  if (ok()) call_from_inside(page, frame);
  if (!ok()) return false;
  ++kernel_calls_;
  const bool done = perform_call(call, PagingModel::id_of(page), frame);
  advance(done);
  return done;
}

PagingTrial::Expected PagingTrial::expected() const {
  const std::uint32_t victim = plan_.victims.pages[plan_.at % plan_.victims.pages.size()];
  switch (plan_.phase) {
    case Plan::Phase::none: return {};
    case Plan::Phase::evicting:
      return {plan_.is_unmapped ? KernelCall::write_back : KernelCall::unmap, victim};
    case Plan::Phase::restoring: return {KernelCall::remap, victim};
    case Plan::Phase::reading: return {KernelCall::read_in, plan_.to_read};
    case Plan::Phase::releasing:
      if (plan_.at == plan_.victims.count) return {};
      return {KernelCall::unmap, victim};
  }
  return {};
}

void PagingTrial::judge_call(KernelCall call, Page page, Pfn frame) {
  if (!PagingModel::is_known(page)) {
    fail(PagingCheck::books) << "the kernel was called for a page of nobody's, " << page;
    return;
  }
  const std::uint32_t id = PagingModel::id_of(page);
  const Expected next = expected();
  if (next.call == call && next.page == id) return judge_frame_told(call, id, frame);

  TextBuffer& text = fail(check_of_unexpected(call, id));
  text << name_of_call(call) << " of page " << page << " in frame " << frame << ", expected "
       << name_of_call(next.call);
  if (next.call != KernelCall::none) text << " of page " << PagingModel::page_of(next.page);
}

void PagingTrial::judge_frame_told(KernelCall call, std::uint32_t id, Pfn frame) {
  const Page page = PagingModel::page_of(id);
  if (call == KernelCall::read_in) {
    if (!judge_placement({frame, kOne})) return;
    plan_.read_frame = frame;
    model_.take_block({frame, kOne}, ++stamps_);
    return;
  }
  if (model_.pfn_of(model_.page(id).frame) != frame) {
    fail(PagingCheck::books) << "page " << page << " is not in frame " << frame;
  } else if (pager_.page_at(frame) != model_.page_at(frame)) {
    fail(PagingCheck::not_unmapped) << "the kernel is called for page " << page << " when frame "
                                    << frame << " is no longer its own";
  } else if (call == KernelCall::write_back) {
    expect_content(id);
  }
}

PagingCheck PagingTrial::check_of_unexpected(KernelCall call, std::uint32_t id) const {
  const Expected next = expected();
  if (call == KernelCall::unmap) return check_of_unmap(id);
  if (call == KernelCall::remap) return PagingCheck::not_remapped;
  if (call == KernelCall::read_in) return check_of_missing(true);
  if (next.call == KernelCall::unmap && next.page == id) return PagingCheck::not_unmapped;
  if (!model_.page(id).is_dirty) return PagingCheck::clean_written;
  return next.call == KernelCall::none ? PagingCheck::needless : check_of_missing(true);
}

PagingCheck PagingTrial::check_of_unmap(std::uint32_t id) const {
  const bool is_eviction = plan_.phase != Plan::Phase::releasing;
  const PagingModel::PageBook& page = model_.page(id);
  if (page.place != PagingModel::Place::frame) return PagingCheck::books;
  if (page.is_fixed && is_eviction) return PagingCheck::fixed_evicted;
  switch (expected().call) {
    case KernelCall::none:
    case KernelCall::read_in: return PagingCheck::needless;
    case KernelCall::write_back: return PagingCheck::not_written;
    case KernelCall::remap: return PagingCheck::not_remapped;
    case KernelCall::unmap: break;
  }
  if (!is_eviction) return PagingCheck::released;
  return plan_.victims.window.count == kOne ? PagingCheck::wrong_victim : PagingCheck::wrong_window;
}

/// As in a kernel whose function sleeps: others go on, and what concerns pages is refused.
void PagingTrial::call_from_inside(Page page, Pfn frame) {
  if (operation_ == nullptr || kernel_calls_ != operation_->inside_at) return;
  bool is_refused = true;
  switch (operation_->inside) {
    case Inside::nothing: return;
    case Inside::allocate:
      if (!make_block(kOne, kOne).is_none()) count(PagingOutcome::block_made_inside);
      return;
    case Inside::free_block:
      if (model_.pick_block(operation_->pick).is_none()) return;
      free_at(model_.pick_block(operation_->pick));
      return count(PagingOutcome::block_freed_inside);
    case Inside::free_frame: return free_at(frame);
    case Inside::change_page:
      is_refused = !pager_.page_free(frame) && !pager_.pin(frame) && !pager_.unpin(frame) &&
                   !pager_.page_written(frame);
      break;
    case Inside::make_page:
      is_refused = pager_.allocate_page({.space = 1, .number = kPagingNumbers}, false).is_none() &&
                   pager_.load_page(page).is_none();
      break;
    case Inside::make_room:
      is_refused =
          pager_.page_nalloc(kOne, kOne).is_none() && !pager_.make_page_available(kOne, kOne);
      break;
    case Inside::tear_down: is_refused = pager_.teardown(page.space) == FrameCount{0}; break;
  }
  if (!ok()) return;
  count(PagingOutcome::refused_inside);
  if (!is_refused) {
    fail(PagingCheck::reentered) << "inside of a call for page " << page << " in frame " << frame
                                 << " another one was not refused";
  }
}

bool PagingTrial::perform_call(KernelCall call, std::uint32_t id, Pfn frame) {
  if (call == KernelCall::write_back) return write_page(id, frame);
  if (call != KernelCall::read_in) return true;
  const bool done = memory_.store->read(id, memory_.ram(frame));
  if (!done) count(PagingOutcome::read_failed);
  return done;
}

bool PagingTrial::write_page(std::uint32_t id, Pfn frame) {
  const bool is_full = memory_.store->is_full_for(id);
  const bool done = memory_.store->write(id, memory_.ram(frame));
  if (done) return true;
  count(is_full ? PagingOutcome::store_full : PagingOutcome::write_failed);
  if (plan_.at > 0) count(PagingOutcome::window_given_up);
  return false;
}

/// The call that was expected has been made: on to the next.
void PagingTrial::advance(bool done) {
  switch (plan_.phase) {
    case Plan::Phase::none: return;
    case Plan::Phase::evicting: return advance_eviction(done);
    case Plan::Phase::restoring:
      if (++plan_.at == plan_.restored) plan_.phase = Plan::Phase::none;
      return;
    case Plan::Phase::reading:
      plan_.can_serve = done;
      plan_.phase = Plan::Phase::none;
      return;
    case Plan::Phase::releasing:
      model_.leave(plan_.victims.pages[plan_.at++], PagingModel::Place::nowhere);
      return;
  }
}

void PagingTrial::advance_eviction(bool done) {
  const bool was_written = plan_.is_unmapped;
  plan_.is_unmapped = !was_written && model_.page(plan_.victims.pages[plan_.at]).is_dirty;
  if (plan_.is_unmapped) return;
  if (was_written && !done) return start_restoring(plan_.at + 1);
  if (++plan_.at == plan_.victims.count) settle_eviction();
}

/// All are saved. They leave, unless a block was made in their midst meanwhile.
void PagingTrial::settle_eviction() {
  const PagingModel::Victims& leaving = plan_.victims;
  if (!model_.is_vacant(leaving.window)) {
    count(PagingOutcome::taken_meanwhile);
    return start_restoring(leaving.count);
  }
  for (std::uint32_t i = 0; i < leaving.count; ++i) {
    const bool is_dirty = model_.page(leaving.pages[i]).is_dirty;
    count(is_dirty ? PagingOutcome::evicted_dirty : PagingOutcome::evicted_clean);
    model_.leave(leaving.pages[i], PagingModel::Place::store);
  }
  if (leaving.count > 1) count(PagingOutcome::window_evicted);
  const bool reads = plan_.to_read != PagingModel::kNobody;
  plan_.phase = reads ? Plan::Phase::reading : Plan::Phase::none;
}

void PagingTrial::start_restoring(std::uint32_t unmapped) {
  plan_.phase = Plan::Phase::restoring;
  plan_.restored = unmapped;
  plan_.at = 0;
  plan_.can_serve = false;
}

void PagingTrial::plan(FrameCount count_of_frames, FrameCount alignment) {
  plan_ = {};
  plan_.can_serve = model_.fits(count_of_frames, alignment);
  if (plan_.can_serve) return;
  const auto victims = model_.victims_for(count_of_frames, alignment);
  if (!victims) return;
  plan_.phase = Plan::Phase::evicting;
  plan_.victims = *victims;
  plan_.can_serve = true;
}

/// Returns: whether it was served, and rightly so.
bool PagingTrial::judge_request(bool served) {
  if (!ok()) return false;
  if (expected().call != KernelCall::none) {
    fail(check_of_missing(served))
        << (served ? "served" : "failed") << ", but " << name_of_call(expected().call)
        << " of page " << PagingModel::page_of(expected().page) << " did not come";
    return false;
  }
  if (served != plan_.can_serve) {
    fail(served ? PagingCheck::granted : PagingCheck::missed)
        << (served ? "served, but must fail" : "returned none, but can be served");
    return false;
  }
  if (served) return true;
  count(PagingOutcome::request_failed);
  blame_ = PagingCheck::changed;
  return false;
}

PagingCheck PagingTrial::check_of_missing(bool served) const {
  switch (expected().call) {
    case KernelCall::none: return PagingCheck::needless;
    case KernelCall::unmap: return served ? PagingCheck::not_unmapped : PagingCheck::missed;
    case KernelCall::write_back: return served ? PagingCheck::not_written : PagingCheck::missed;
    case KernelCall::remap: return PagingCheck::not_remapped;
    case KernelCall::read_in: return served ? PagingCheck::not_read : PagingCheck::missed;
  }
  return PagingCheck::books;
}

bool PagingTrial::judge_placement(Run run) {
  if (model_.is_all(run, PagingModel::Use::free)) return true;
  fail(PagingCheck::overlaps) << "of the frames " << run << " handed out, not all were free";
  return false;
}

void PagingTrial::judge_state() {
  for (std::uint32_t i = 0; ok() && i < model_.arena().count.value(); ++i) judge_frame(i);
  if (ok()) judge_counts();
}

void PagingTrial::judge_frame(std::uint32_t index) {
  const Pfn pfn = model_.pfn_of(index);
  if (pager_.page_at(pfn) != model_.page_at(pfn)) {
    const auto should = model_.page_at(pfn);
    TextBuffer& text = fail(blame_);
    text << "frame " << pfn << " should hold ";
    if (!should) {
      text << "no page";
      return;
    }
    text << "page " << should->page << (should->is_dirty ? ", dirty" : ", clean")
         << (should->is_fixed ? ", fixed" : "");
  } else if (pager_.block_at(pfn) != model_.block_at(pfn)) {
    fail(blame_) << "the block at frame " << pfn << " is wrong";
  } else if (!holds_what_it_must(index, ContentDepth::edges)) {
    fail(PagingCheck::content) << "what frame " << pfn << " holds has changed";
  }
}

void PagingTrial::judge_counts() {
  const PagingCheck blame =
      blame_ == PagingCheck::changed ? PagingCheck::changed : PagingCheck::books;

  const FrameCount free = model_.count(PagingModel::Use::free);
  const FrameCount managed = model_.arena().count - model_.count(PagingModel::Use::reserved);
  if (pager_.free_frames() != free) {
    fail(blame) << pager_.free_frames() << " frames are free, should be " << free;
  } else if (pager_.managed_frames() != managed || pager_.used_frames() != managed - free) {
    fail(blame) << "the used or managed frames are miscounted";
  } else if (pager_.evictable_pages().value() != model_.queue().size()) {
    fail(blame) << pager_.evictable_pages() << " pages are evictable, should be "
                << static_cast<std::uint32_t>(model_.queue().size());
  } else if (const char* broken = pager_.validate()) {
    fail(PagingCheck::books) << broken;
  }
}

bool PagingTrial::holds_what_it_must(std::uint32_t index, ContentDepth depth) {
  const PagingModel::Frame& frame = model_.frame(index);
  const Pfn pfn = model_.pfn_of(index);
  if (frame.use == PagingModel::Use::block) {
    return content_of(kBlockIdentity, pfn, ContentDepth::edges).holds_owned(frame.stamp);
  }
  if (frame.use != PagingModel::Use::page) return true;
  const std::uint32_t stamp = model_.page(frame.page).stamp;
  const FrameContent content = content_of(frame.page, pfn, depth);
  return stamp == 0 ? content.holds_initial(Arena{}) : content.holds_owned(stamp);
}

void PagingTrial::expect_content(std::uint32_t id) {
  if (!ok() || holds_what_it_must(model_.page(id).frame, ContentDepth::whole)) return;
  fail(PagingCheck::content) << "page " << PagingModel::page_of(id) << " in frame "
                             << model_.pfn_of(model_.page(id).frame)
                             << " does not hold what was written to it";
}

void PagingTrial::expect_zeroed(Run run) {
  for (std::uint32_t i = 0; i < run.count.value(); ++i) {
    const Pfn pfn = run.first + FrameCount{i};
    if (content_of(0, pfn, ContentDepth::whole).holds_initial(Arena{})) continue;
    fail(PagingCheck::not_zeroed) << "frame " << pfn << " is not all zeros";
    return;
  }
}

TextBuffer& PagingTrial::fail(PagingCheck check) {
  verdict_.check = check;
  verdict_.operation = position_;
  verdict_.text << "P" << info_of(check).clause << ": ";
  if (operation_ == nullptr) {
    return verdict_.text << (position_ == 0 ? "init: " : "at the end: ");
  }
  verdict_.text << "op " << position_ << " '";
  print_paging_operation(verdict_.text, *operation_);
  return verdict_.text << "': ";
}

}  // namespace assay
