/// Who lies where in physical memory, in the order of its frames.
#include <algorithm>
#include <array>

#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/machine/console.h"
#include "kernel-shim/shell/commands.h"

namespace assay::kernel {

namespace {

struct Entry {
  Run run;
  const char* what;
  const char* name = "";  ///< of a module
};

/// What does not fit is counted.
class EntryList {
 public:
  void add(Run run, const char* what, const char* name = "") {
    if (run.count == FrameCount{0}) return;
    if (size_ == entries_.size()) {
      ++left_out_;
    } else {
      entries_[size_++] = {run, what, name};
    }
  }
  void add(const RunList& list, const char* what) {
    for (const Run& run : list.runs()) add(run, what);
  }

  void print() {
    const std::span all(entries_.data(), size_);
    std::ranges::sort(all, {}, [](const Entry& entry) { return entry.run.first; });
    for (const Entry& entry : all) print(entry);
    if (left_out_ > 0) console << "  … and " << left_out_ << " more\n";
  }

 private:
  static void print(const Entry& entry) {
    TextBuffer frames;
    TextBuffer size;
    frames << "  " << entry.run;
    size << static_cast<std::uint32_t>(bytes_of(entry.run.count) / 1024) << " KiB";
    console << frames.c_str();
    const std::size_t printed =
        std::string_view(frames.c_str()).size() + std::string_view(size.c_str()).size();
    for (std::size_t i = printed; i < kWidth; ++i) console << ' ';
    console << size.c_str() << "  " << entry.what << entry.name << '\n';
  }

  static constexpr std::size_t kWidth = 32;

  std::array<Entry, 160> entries_{};
  std::size_t size_ = 0;
  std::uint32_t left_out_ = 0;
};

void print_frames() {
  const Layout& layout = memory().layout;
  EntryList list;
  list.add(Run{Pfn{0}, FrameCount{1}}, "the BIOS's data");
  if (cpu_count() > 1) list.add(kTrampoline, "where other CPUs begin");
  list.add(layout.image, "the kernel");
  list.add(boot_info().loader_frames, "what the loader left");
  for (const BootModule& module : boot_info().boot_modules()) {
    list.add(frames_around(module.range), "sequence ", module.name.data());
  }
  list.add(layout.stolen, "stolen before there was an allocator");
  list.add(layout.low.metadata, "the design's table for low memory");
  list.add(layout.low.usable, "low memory, the design's");
  for (const Run& run : low_zone().kept()) list.add(run, "low memory that the design keeps");
  list.add(layout.spare, "spare: its contract does not take them");
  list.add(layout.high.metadata, "the design's table for high memory");
  list.add(layout.high.usable, "high memory, the design's");
  list.add(layout.unused, "high memory, nobody's");
  list.print();
}

}  // namespace

void print_memory_map() {
  print_frames();
  std::uint32_t tables = 0;
  for (std::uint32_t i = 0; i < kEntries; ++i) {
    if ((kernel_directory().directory_entry(i) & (kPresent | kLarge)) == kPresent) ++tables;
  }
  console << "the kernel's directory is frame " << kernel_directory().frame() << ", with " << tables
          << " page tables in low memory\n"
          << "the kernel's heap has the addresses from " << Hex{memory().heap.begin()} << " to "
          << Hex{memory().heap.end() - 1} << '\n';
}

}  // namespace assay::kernel
