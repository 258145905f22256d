#include "kernel-shim/boot/boot_info.h"

#include <algorithm>
#include <cstring>

#include "kernel-shim/machine/exit.h"
#include "kernel-shim/memory/layout.h"
#include "kernel-shim/memory/paging.h"

namespace assay::kernel {

namespace {

constinit BootInfo the_boot_info{};

constexpr std::uint32_t kLoaderMagic = 0x2BAD'B002;
constexpr std::uint32_t kHasCommandLine = 1U << 2;
constexpr std::uint32_t kHasModules = 1U << 3;
constexpr std::uint32_t kHasMemoryMap = 1U << 6;
constexpr std::uint32_t kTypeRam = 1;
constexpr std::uint32_t kLongestText = 4096;

/// The loader's structures, as the Multiboot 1 specification draws them.
struct Information {
  std::uint32_t flags;
  std::uint32_t mem_lower, mem_upper;
  std::uint32_t boot_device;
  std::uint32_t command_line;
  std::uint32_t modules_count, modules_address;
  std::uint32_t symbols[4];
  std::uint32_t map_bytes, map_address;
};

struct [[gnu::packed]] MapEntry {
  std::uint32_t size;  ///< of what follows this field
  std::uint64_t base;
  std::uint64_t length;
  std::uint32_t type;
};

struct Module {
  std::uint32_t begin, end;
  std::uint32_t text;
  std::uint32_t reserved;
};

/// Reads what the loader left, and notes where it lay.
class LoaderMemory {
 public:
  explicit LoaderMemory(RunList& frames) : frames_(frames) {}

  [[nodiscard]] const std::byte* bytes(std::uint32_t address, std::uint32_t size) {
    const PhysicalRange range{address, std::uint64_t{address} + size};
    if (range.end > bytes_of(entry_map_frames())) {
      begin_panic(Exit::bad_boot) << "the loader's tables at " << Hex{address}
                                  << " lie above the first "
                                  << entry_map_frames().value() / kEntryFrames.value() * 4
                                  << " MiB, and only those are mapped yet";
      exit_machine(Exit::bad_boot);
    }
    frames_.add(frames_around(range));
    return window_at_boot(address);
  }

  template <class T>
  [[nodiscard]] T object(std::uint32_t address) {
    T copy;
    std::memcpy(&copy, bytes(address, sizeof copy), sizeof copy);
    return copy;
  }

  /// Copies a text; what does not fit is cut off.
  template <std::size_t size>
  void text(std::uint32_t address, std::array<char, size>& copy) {
    const std::string_view text(
        reinterpret_cast<const char*>(bytes(address, 1)),
        std::min<std::uint64_t>(kLongestText, bytes_of(entry_map_frames()) - address));
    const std::size_t length = std::min(text.find('\0'), text.size());
    const std::size_t kept = std::min(length, size - 1);
    std::memcpy(copy.data(), bytes(address, length), kept);
    copy[kept] = '\0';
  }

 private:
  RunList& frames_;
};

void read_memory_map(const Information& information, LoaderMemory& memory, BootInfo& info) {
  std::uint32_t address = information.map_address;
  const std::uint32_t end = address + information.map_bytes;
  while (address < end) {
    const auto entry = memory.object<MapEntry>(address);
    if (info.entry_count == BootInfo::kMaxEntries) {
      panic(Exit::bad_boot, "the loader's memory map has more than 48 entries");
    }
    const std::uint64_t room = ~std::uint64_t{0} - entry.base;
    const PhysicalRange range{entry.base, entry.base + std::min(entry.length, room)};
    info.entries[info.entry_count++] = {.range = range, .is_ram = entry.type == kTypeRam};
    address += entry.size + sizeof entry.size;
  }
}

/// `inject=no_ram`: QEMU has no machine without RAM below 4 GiB.
void move_ram_above_4_gib(BootInfo& info) {
  constexpr std::uint64_t k4GiB = std::uint64_t{1} << 32;
  for (std::size_t i = 0; i < info.entry_count; ++i) {
    MemoryEntry& entry = info.entries[i];
    if (entry.is_ram) entry.range = {entry.range.begin + k4GiB, entry.range.end + k4GiB};
  }
}

/// `inject=frame_8_no_ram` and `inject=frame_8_taken`: QEMU leaves that frame alone.
void spoil_trampoline(BootInfo& info, RunList& loader_frames) {
  const std::uint64_t begin = bytes_of(kTrampoline.first - Pfn{0});
  if (info.option("inject") == "frame_8_taken") loader_frames.add(kTrampoline);
  if (info.option("inject") != "frame_8_no_ram" || info.entry_count == BootInfo::kMaxEntries) {
    return;
  }
  const PhysicalRange range{begin, begin + bytes_of(kTrampoline.count)};
  info.entries[info.entry_count++] = {.range = range, .is_ram = false};
}

void read_modules(const Information& information, LoaderMemory& memory, BootInfo& info) {
  if (information.modules_count > BootInfo::kMaxModules) {
    panic(Exit::bad_boot, "the loader brings more than 64 modules");
  }
  for (std::uint32_t i = 0; i < information.modules_count; ++i) {
    const auto entry = memory.object<Module>(information.modules_address + i * sizeof(Module));
    BootModule& module = info.modules[info.module_count++];
    module.range = {entry.begin, entry.end};
    module.name = {};
    if (entry.text != 0) memory.text(entry.text, module.name);
  }
}

}  // namespace

void read_boot_info(std::uint32_t magic, std::uint32_t physical_address) {
  if (magic != kLoaderMagic) panic(Exit::bad_boot, "the boot loader is no multiboot loader");
  BootInfo& info = the_boot_info;
  LoaderMemory memory(info.loader_frames);
  const auto information = memory.object<Information>(physical_address);
  if ((information.flags & kHasMemoryMap) == 0) {
    panic(Exit::bad_boot, "the boot loader tells no memory map");
  }
  if ((information.flags & kHasCommandLine) != 0) {
    memory.text(information.command_line, info.command_line);
  }
  read_memory_map(information, memory, info);
  if (info.option("inject") == "no_ram") move_ram_above_4_gib(info);
  spoil_trampoline(info, info.loader_frames);
  if ((information.flags & kHasModules) != 0) read_modules(information, memory, info);
}

const BootInfo& boot_info() { return the_boot_info; }

std::string_view BootInfo::option(std::string_view name) const {
  std::string_view rest(command_line.data());
  while (!rest.empty()) {
    const std::size_t blank = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, blank);
    if (word.starts_with(name) && word.substr(name.size()).starts_with('=')) {
      return word.substr(name.size() + 1);
    }
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  return {};
}

std::uint32_t BootInfo::number(const char* name, std::uint32_t otherwise) const {
  constexpr std::size_t kMostDigits = 9;
  const std::string_view digits = option(name);
  if (digits.empty()) return otherwise;
  std::uint32_t value = 0;
  bool is_number = digits.size() <= kMostDigits;
  for (const char c : digits) {
    is_number = is_number && c >= '0' && c <= '9';
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (is_number && value > 0) return value;
  begin_panic(Exit::bad_boot) << name << "= is no number from 1 to 999999999";
  exit_machine(Exit::bad_boot);
}

Run frames_around(PhysicalRange range) {
  const std::uint64_t first = range.begin / kFrameBytes;
  const std::uint64_t end = (range.end + kFrameBytes - 1) / kFrameBytes;
  return {Pfn{static_cast<std::uint32_t>(first)},
          FrameCount{static_cast<std::uint32_t>(end - first)}};
}

Run frames_inside(PhysicalRange range) {
  const std::uint64_t first = (range.begin + kFrameBytes - 1) / kFrameBytes;
  const std::uint64_t end = range.end / kFrameBytes;
  if (end <= first) return {Pfn{static_cast<std::uint32_t>(first)}, FrameCount{0}};
  return {Pfn{static_cast<std::uint32_t>(first)},
          FrameCount{static_cast<std::uint32_t>(end - first)}};
}

}  // namespace assay::kernel
