/// Pages of programs that leave to a disk and come back: every byte is looked at.
#include <algorithm>
#include <array>
#include <atomic>
#include <numeric>

#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/cpus/shootdown.h"
#include "kernel-shim/disk/ata.h"
#include "kernel-shim/pager/pager.h"
#include "kernel-shim/pager/swap_area.h"
#include "kernel-shim/tests/frame_chain.h"
#include "kernel-shim/tests/process.h"
#include "kernel-shim/tests/tests.h"

// programs.S
ASSAY_PROGRAM(works_through);
ASSAY_PROGRAM(reads);
ASSAY_PROGRAM(writes);

namespace assay::kernel {

namespace {

constexpr const char* kNotAsked = "not asked for (--pages)";
constexpr std::uint32_t kPagesPerMib = 256;
constexpr std::uint32_t kMostSlots = 1U << 20;  // that an entry can name
constexpr std::uint32_t kSomeFrames = 512;      // that a test leaves free: 2 MiB
constexpr std::uint32_t kFewSlots = 64;
constexpr std::uint32_t kCrowdPages = kSomeFrames + kSomeFrames / 2;  // of all CPUs' programs
constexpr std::uint32_t kRunsInARow = 16;
constexpr std::uint32_t kPart = 16'384;  // pages that a program goes through in one run

/// MiB of pages that a program shall work through; 0: none.
std::uint32_t wanted_mib() { return boot_info().number("pages", 0); }

/// The swap area, on the whole disk, while a test lasts.
class Swap {
 public:
  /// `usable`: slots that can be had at first. Fails the test where there can be no area.
  explicit Swap(Test& test, std::uint32_t usable = kMostSlots) : test_(test) {
    Disk disk;
    const DiskError error = disk.find();
    if (error != DiskError::none) {
      test.fail(describe(error));
      return;
    }
    slots_ = std::min(disk.sectors() / kSlotSectors, kMostSlots);
    is_up_ = start_swap(disk, slots_, std::min(usable, slots_));
    test.check(is_up_, "there are frames for the books of a swap area");
  }
  Swap(const Swap&) = delete;
  Swap& operator=(const Swap&) = delete;
  /// Behind the processes: none of their slots is taken any more.
  ~Swap() {
    if (!is_up_) return;
    test_.equal("slots that are still taken", swap_use().used, page_traffic().bad);
    stop_swap();
  }

  [[nodiscard]] bool is_up() const { return is_up_; }
  /// Lets all slots be had.
  void open() const { grow_swap(slots_ - swap_use().usable); }

 private:
  Test& test_;
  std::uint32_t slots_ = 0;
  bool is_up_ = false;
};

/// Number `i` of the pages, as the step leads from one to the next.
std::uint32_t nth_page(std::uint32_t i, std::uint32_t step, std::uint32_t pages) {
  return static_cast<std::uint32_t>(std::uint64_t{i} * step % pages);
}

/// Far from one page to the next, and yet all of them.
std::uint32_t far_step(std::uint32_t pages) {
  std::uint32_t step = pages / 3 + 1;
  while (std::gcd(step, pages) != 1) ++step;
  return step;
}

/// All pages of a program once.
struct Round {
  std::uint32_t step;  ///< from one page to the next
  std::uint32_t seed;  ///< that every word is of
  std::uint32_t next;  ///< that it becomes one of; 0: it is left alone
};

/// Pages of a process that programs work through.
struct Work {
  Process& process;
  vaddr_t first = 0;
  std::uint32_t pages = 0;

  /// Goes through `count` pages from number `from` of the round on: every word must be of its seed,
  /// and becomes one of the next.
  [[nodiscard]] ProgramEnd go_through(const Round& round, std::uint32_t from,
                                      std::uint32_t count) const {
    const std::uint32_t page = nth_page(from, round.step, pages);
    const std::uint32_t arguments[] = {first, pages,      page,      round.step,
                                       count, round.seed, round.next};
    return process.run(ASSAY_CODE(works_through), arguments);
  }
  [[nodiscard]] ProgramEnd go_through(const Round& round) const {
    return go_through(round, 0, pages);
  }
};

constexpr std::uint32_t kAllFrames = 0xFFFF'FFFF;

/// Frames of the kernel's, so that few are left for pages.
class Hostages {
 public:
  explicit Hostages(std::uint32_t left) {
    if (left == kAllFrames) return;
    for (std::size_t i = 0; i < zones().size(); ++i) chains_[i].take_all();
    for (std::uint32_t i = 0; i < left && chains_[0].give_back_one(); ++i) {
    }
  }
  Hostages(const Hostages&) = delete;
  Hostages& operator=(const Hostages&) = delete;
  ~Hostages() {
    for (FrameChain& chain : chains_) chain.give_back_all();
  }

 private:
  std::array<FrameChain, 2> chains_{FrameChain(low_zone()), FrameChain(high_zone())};
};

/// A swap area, a process with pages, and as many frames for these as a test leaves. All of it is
/// gone behind its scope, and the counts are as before.
struct Stage {
  Stage(Test& test, std::uint32_t pages, std::uint32_t frames, std::uint32_t slots = kMostSlots)
      : counts(test),
        swap(test, slots),
        work{process, process.reserve(pages), pages},
        hostages(frames) {
    if (!is_ready()) test.fail("there is no room for a process with as many pages");
  }
  [[nodiscard]] bool is_ready() const { return swap.is_up() && work.first != 0; }

  CountsStay counts;
  Swap swap;
  Process process{Process::Faults::are_served};
  Work work;
  Hostages hostages;
};

/// The program has gone through all, and no word was wrong.
void expect_all(Test& test, const ProgramEnd& end) {
  if (!end.ended_itself()) test.fail(end.reason);
  test.equal("wrong words", end.value, 0);
}

/// A program was ended in a round: whether all pages but the one that it was ended for are as that
/// round left them.
void look_at_rest(Test& test, const Work& work, const Round& round, vaddr_t ended_at) {
  const std::uint32_t end = (ended_at - work.first) / kFrameBytes;
  std::uint32_t wrong = 0;
  std::uint32_t kept = 0;
  bool is_behind = false;
  for (std::uint32_t i = 0; i < work.pages; ++i) {
    const std::uint32_t page = nth_page(i, round.step, work.pages);
    if (page == end) is_behind = true;
    const std::uint32_t seed = is_behind || round.next == 0 ? round.seed : round.next;
    const ProgramEnd looked =
        page == end ? ProgramEnd{.reason = ""} : work.go_through({round.step, seed, 0}, i, 1);
    if (looked.ended_itself()) looked.value == 0 ? ++kept : ++wrong;
  }
  test.note() << "paging kept=" << kept << " wrong=" << wrong << " of=" << work.pages << '\n';
  test.equal("pages that are not as they were", wrong, 0);
}

/// The program goes through all pages, some thousand in a run: each run says something, so that the
/// watch for silence sees it go on. Returns: how the last one ended.
ProgramEnd go_through_in_parts(Test& test, const Work& work, const Round& round) {
  ProgramEnd end;
  for (std::uint32_t from = 0; from < work.pages; from += kPart) {
    if (from != 0) test.note() << "paging page=" << from << " of=" << work.pages << '\n';
    end = work.go_through(round, from, std::min(kPart, work.pages - from));
    if (!end.ended_itself() || end.value != 0) break;
  }
  return end;
}

/// Returns: false, and the test has failed, if the program was ended or saw a wrong word.
bool do_round(Test& test, const Work& work, std::uint32_t number, const Round& round) {
  const ProgramEnd end = go_through_in_parts(test, work, round);
  const PageTraffic all = page_traffic();
  test.note() << "paging round=" << number << " pages=" << work.pages << " step=" << round.step
              << " faults=" << all.faults << " zeroed=" << all.zeroed << " in=" << all.in
              << " out=" << all.out << " dropped=" << all.dropped
              << " sectors=" << (all.in + all.out) * kSlotSectors << '\n';
  test.check(work.process.keeps_fixed_pages(), "fixed pages are where they were");
  for (const Zone& zone : zones()) {
    if (const char* broken = zone.validate()) test.fail(broken);
  }
  if (!end.ended_itself()) {
    TextBuffer why;
    const std::uint32_t page = (end.address - work.first) / kFrameBytes;
    test.fail(why << "the program was ended at page " << page << ": " << end.reason);
    look_at_rest(test, work, round, end.address);
    return false;
  }
  test.equal("wrong words", end.value, 0);
  return end.value == 0;
}

/// Asks for what a test of paging takes. Returns: false, and the test is skipped, if that is not
/// there.
bool is_asked(Test& test) {
  if (wanted_mib() == 0) {
    test.skip(kNotAsked);
  } else if (KernelDesign::contract.foreign) {
    test.skip("pages of somebody else's allocator stay where they are");
  }
  return test.skipped() == nullptr;
}

/// What the CPUs share that page at once.
struct Crowd {
  struct Member {
    Process process{Process::Faults::are_served};
    vaddr_t first = 0;
    ProgramEnd end;
  };
  std::uint32_t pages = kCrowdPages / (cpu_count() - 1);  ///< of each
  std::array<Member, kMostCpus> members;                  ///< that of the boot CPU does nothing
  std::atomic<std::uint32_t> busy = cpu_count() - 1;      ///< CPUs whose program is not done
};
constinit Crowd* the_crowd = nullptr;

/// For the other CPUs: a program through new pages, through all of them again, and once more to
/// read. It stops at the first wrong word.
void page_in_crowd(std::uint32_t cpu) {
  Crowd::Member& own = the_crowd->members[cpu];
  const Work work{.process = own.process, .first = own.first, .pages = the_crowd->pages};
  const std::uint32_t seed = 2 * cpu + 1;
  const std::uint32_t far = far_step(work.pages);
  for (const Round& round : {Round{1, 0, seed}, Round{far, seed, ~seed}, Round{1, ~seed, 0}}) {
    own.end = work.go_through(round);
    if (!own.end.ended_itself() || own.end.value != 0) break;
  }
  --the_crowd->busy;
}

struct Taken {
  std::uint32_t runs = 0;
  std::uint32_t in_a_turn = 0;  ///< while the disk was at work from before to behind the call
};

/// Takes and frees runs of the kernel's until the others are done, some in each tick: the others
/// have to get at the memory's lock, too.
Taken take_runs_meanwhile(Test& test) {
  Taken taken;
  for (std::uint32_t round = 0; the_crowd->busy > 0; ++round) {
    if (round % kRunsInARow == 0) asm volatile("hlt");
    const unsigned npages = 1 + round % 4;
    const std::uint32_t turn = disk_turn();
    const vaddr_t run = alloc_kpages(npages);
    if (run != 0 && turn % 2 == 1 && disk_turn() == turn) ++taken.in_a_turn;
    const char* broken = round % 64 == 0 ? low_zone().validate() : nullptr;
    if (broken != nullptr) test.fail(broken);
    if (run == 0) continue;
    auto* words = reinterpret_cast<std::uint32_t*>(run);
    const std::uint32_t count = npages * kFrameBytes / sizeof *words;
    std::fill_n(words, count, round);
    const bool is_kept =
        std::all_of(words, words + count, [&](auto word) { return word == round; });
    test.check(is_kept, "a run of the kernel's is nobody else's");
    test.equal("pages freed", free_kpages(run), npages);
    ++taken.runs;
  }
  return taken;
}

}  // namespace

/// A program works through more pages than there are frames: new ones, then all of them in another
/// order, then only reading, then writing again.
void programs_outgrow_memory(Test& test) {
  if (!is_asked(test)) return;
  const std::uint32_t pages = wanted_mib() * kPagesPerMib;
  const Stage stage(test, pages, kAllFrames);
  if (!stage.is_ready()) return;
  const std::uint32_t far = far_step(pages);
  const std::uint32_t zeroed = page_traffic().zeroed;
  const std::array rounds{Round{1, 0, 0x5EED}, Round{far, 0x5EED, 0xF00D}, Round{1, 0xF00D, 0},
                          Round{far, 0xF00D, 0xC0DE}};
  for (std::uint32_t i = 0; i < rounds.size(); ++i) {
    if (!do_round(test, stage.work, i + 1, rounds[i])) break;
  }
  test.equal("new pages", page_traffic().zeroed - zeroed, pages);
}

/// A program is ended when neither memory nor the swap area has room for its next page. What it
/// wrote is all there, as soon as there are more slots.
void a_full_swap_loses_nothing(Test& test) {
  if (!is_asked(test)) return;
  Stage stage(test, 2 * kSomeFrames, kSomeFrames, kFewSlots);
  if (!stage.is_ready()) return;
  Work& work = stage.work;
  const ProgramEnd end = work.go_through({1, 0, 0x5EED});
  if (end.ended_itself()) return test.fail("the program is not ended");
  const std::uint32_t reached = (end.address - work.first) / kFrameBytes;
  const PageTraffic traffic = page_traffic();
  test.note() << "paging ended at page " << reached << ": " << end.reason << ", out " << traffic.out
              << ", bad " << traffic.bad << '\n';
  test.check(reached >= kSomeFrames / 2 && reached < work.pages, "memory was full before it was");
  stage.swap.open();
  work.pages = reached;
  // First the page that could not be written: its eviction was given up.
  expect_all(test, work.go_through({1, 0x5EED, 0xF00D}, kFewSlots, reached - kFewSlots));
  expect_all(test, work.go_through({1, 0x5EED, 0xF00D}, 0, kFewSlots));
}

/// alloc_kpages: pages leave for a run of the kernel's, those of the window that is free first.
void a_run_of_the_kernel_s_drives_pages_out(Test& test) {
  if (!is_asked(test)) return;
  constexpr unsigned kRun = 16;
  const Stage stage(test, kSomeFrames, kSomeFrames);
  if (!stage.is_ready()) return;
  expect_all(test, stage.work.go_through({1, 0, 0x5EED}));
  const std::uint32_t out = page_traffic().out;
  test.check(low_zone().largest_free_run() < FrameCount{kRun}, "no such run is free");
  test.check(make_page_available(kRun), "pages leave for a run");
  test.check(low_zone().largest_free_run() >= FrameCount{kRun}, "such a run is free");
  const vaddr_t runs[] = {alloc_kpages(kRun), alloc_kpages(kRun)};
  test.check(runs[0] != 0 && runs[1] != 0, "the second drives pages out by itself");
  test.note() << "paging out=" << page_traffic().out - out << " for two runs of " << kRun << '\n';
  test.check(page_traffic().out - out >= kRun, "as many pages were written");
  for (const vaddr_t run : runs) {
    if (run != 0) test.equal("pages freed", free_kpages(run), kRun);
  }
  expect_all(test, stage.work.go_through({1, 0x5EED, 0}));
}

/// page_free: a page in a frame leaves nothing, in no slot either; the next touch finds zeros.
void a_page_that_was_freed_is_new(Test& test) {
  if (!is_asked(test)) return;
  const Stage stage(test, kSomeFrames + kFewSlots, kSomeFrames);
  if (!stage.is_ready()) return;
  const Work& work = stage.work;
  const std::uint32_t last = work.pages - 1;
  // The second time all have been in a slot, and the last ones are in frames again.
  expect_all(test, work.go_through({1, 0, 0x5EED}));
  expect_all(test, work.go_through({1, 0x5EED, 0xF00D}));
  const std::uint32_t used = swap_use().used;
  const paddr_t frame = stage.process.frame_of(work.first + last * kFrameBytes);
  test.check(frame != 0 && page_free(frame), "the last page is in a frame, which can be freed");
  test.check(!page_free(frame), "a second free is refused");
  test.equal("slots", swap_use().used, used - 1);
  expect_all(test, work.go_through({1, 0, 0xC0DE}, last, 1));
  expect_all(test, work.go_through({1, 0xF00D, 0xC0DE}, 0, last));
  expect_all(test, work.go_through({1, 0xC0DE, 0}));
}

/// Faults that are no business of the pager's end the program: where nobody reserved pages, and at
/// a page of the kernel's among them.
void the_pager_serves_only_what_was_reserved(Test& test) {
  if (!is_asked(test)) return;
  Stage stage(test, 2, kAllFrames);
  const Pfn frame = take_frame();
  if (!stage.is_ready() || frame.is_none()) return test.fail("no frames for a process");
  const std::uint32_t own[] = {stage.work.first};
  const std::uint32_t kernels[] = {own[0] + kFrameBytes};
  const std::uint32_t behind[] = {own[0] + 2 * kFrameBytes};
  const auto touch_kernels = [&](Code code, PageEntry flags) {
    return stage.process.run_with(frame, kernels[0], code, kernels, flags);
  };
  for (const ProgramEnd& end :
       {stage.process.run(ASSAY_CODE(reads), behind), stage.process.run(ASSAY_CODE(writes), behind),
        touch_kernels(ASSAY_CODE(reads), 0), touch_kernels(ASSAY_CODE(writes), kWritable)}) {
    test.check(!end.ended_itself(), "the program is ended");
    if (!end.ended_itself()) test.equal("the exception", end.vector, kPageFault);
  }
  test.check(stage.process.run(ASSAY_CODE(reads), own).ended_itself(), "its own it may read");
  give_frame(frame);
}

/// A program on each other CPU, all short of frames, while the boot CPU takes and frees runs: whose
/// page leaves may be on any of them, and a page that is being written is nobody's to evict.
void cpus_page_at_once(Test& test) {
  if (!is_asked(test)) return;
  if (cpu_count() == 1) return test.skip("not asked for (cpus=N)");
  const CountsStay counts(test);
  const Swap swap(test);
  Crowd crowd;
  for (Crowd::Member& member : crowd.members) member.first = member.process.reserve(crowd.pages);
  const bool are_ready =
      std::ranges::none_of(crowd.members, [](const auto& member) { return member.first == 0; });
  if (!swap.is_up() || !are_ready) return test.fail("no frames for a process on each CPU");
  const Hostages hostages(kSomeFrames);
  the_crowd = &crowd;
  const std::uint32_t shootdowns = shootdowns_sent();
  begin_on_others(page_in_crowd);
  const Taken taken = take_runs_meanwhile(test);
  wait_for_others();
  const PageTraffic traffic = page_traffic();
  test.note() << "paging cpus=" << cpu_count() << " runs=" << taken.runs
              << " in_a_turn=" << taken.in_a_turn << " faults=" << traffic.faults
              << " in=" << traffic.in << " out=" << traffic.out << " dropped=" << traffic.dropped
              << " shootdowns=" << shootdowns_sent() - shootdowns << '\n';
  test.check(taken.in_a_turn > 0, "runs can be taken while the disk is at work");
  for (std::uint32_t cpu = 1; cpu < cpu_count(); ++cpu) {
    expect_all(test, crowd.members[cpu].end);
  }
}

}  // namespace assay::kernel
