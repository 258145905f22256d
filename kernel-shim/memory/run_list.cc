#include "kernel-shim/memory/run_list.h"

#include <algorithm>

#include "kernel-shim/machine/exit.h"

namespace assay::kernel {

namespace {

constexpr Run run_between(Pfn first, Pfn end) {
  return {first, end > first ? end - first : FrameCount{0}};
}

}  // namespace

FrameCount RunList::frames() const {
  FrameCount sum;
  for (const Run& run : runs()) sum += run.count;
  return sum;
}

bool RunList::contains(Run wanted) const {
  return std::ranges::any_of(runs(), [&](const Run& run) {
    return run.first <= wanted.first && wanted.end() <= run.end();
  });
}

bool RunList::touches(Run wanted) const { return !within(wanted).is_empty(); }

RunList RunList::within(Run window) const {
  RunList part;
  for (const Run& run : runs()) {
    part.append(run_between(std::max(run.first, window.first), std::min(run.end(), window.end())));
  }
  return part;
}

Pfn RunList::find(FrameCount count, Pfn from) const {
  for (const Run& run : runs()) {
    const Pfn first = std::max(run.first, from);
    if (run_between(first, run.end()).count >= count) return first;
  }
  return Pfn::none();
}

void RunList::add(Run added) {
  RunList sum;
  for (const Run& run : runs()) {
    if (run.end() < added.first) {
      sum.append(run);
    } else if (added.end() < run.first) {
      sum.append(added);
      added = run;
    } else {
      added = run_between(std::min(run.first, added.first), std::max(run.end(), added.end()));
    }
  }
  sum.append(added);
  *this = sum;
}

void RunList::remove(Run removed) {
  RunList rest;
  for (const Run& run : runs()) {
    rest.append(run_between(run.first, std::min(run.end(), removed.first)));
    rest.append(run_between(std::max(run.first, removed.end()), run.end()));
  }
  *this = rest;
}

void RunList::append(Run run) {
  if (run.count == FrameCount{0}) return;
  if (size_ == kCapacity) panic(Exit::bad_map, "the memory map falls into more than 64 pieces");
  runs_[size_++] = run;
}

}  // namespace assay::kernel
